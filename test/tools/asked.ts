import { z } from 'zod';
import { silentLog } from '../../src/base/log.ts';
import { failureOf, resultOf } from '../../src/mcp/tool-result.ts';
import type { TestGateway } from '../fixtures/gateway.ts';

/** A tool result as its client reads it. */
export interface Answer {
  readonly text: string;
  readonly structured: Readonly<Record<string, unknown>>;
  readonly isError: boolean;
}

/** Calls a tool, and gives what the client gets, be it a result or a failure. */
export async function asked(
  gateway: TestGateway,
  name: string,
  input: object,
  options: { readonly token?: string } = {},
): Promise<Answer> {
  const tool = gateway.running.gateway.tools.find((one) => one.name === name);
  const { content, structuredContent, isError } = await gateway
    .call(name, input, options)
    .then(resultOf, (error: unknown) => failureOf(error, { tool, name, callId: 'test', arguments: input }, silentLog));
  const [block] = content;
  if (block?.type !== 'text') throw new Error('the result is not text');
  return {
    text: block.text,
    structured: z.record(z.string(), z.unknown()).parse(structuredContent),
    isError: isError ?? false,
  };
}
