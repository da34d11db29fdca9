import type { CallToolResult, InputRequiredResult, ServerContext, Tool } from '@modelcontextprotocol/server';

export type FixtureResult = CallToolResult | InputRequiredResult;

/** One tool that the conformance suite calls by name. */
export interface FixtureTool {
  readonly name: string;
  readonly inputSchema?: Tool['inputSchema'];
  readonly run: (
    context: ServerContext,
    input: Readonly<Record<string, unknown>>,
  ) => FixtureResult | Promise<FixtureResult>;
}

export function said(text: string): CallToolResult {
  return { content: [{ type: 'text', text }] };
}

/** A PNG of one pixel and a WAV of no samples, in base64. */
export const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==';
export const wav = 'UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAIA+AAACABAAZGF0YQAAAAA=';
