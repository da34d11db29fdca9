import { z } from 'zod';
import { completeLength, continuationLength } from '../base/utf8.ts';
import { compilePattern } from '../outputs/search.ts';
import { streamNames, type StreamName } from '../outputs/spool.ts';
import { oneOf, wholeNumber } from './parameters.ts';
import { defineTool, type ToolContext, type ToolOutput } from './tool.ts';

const defaultLength = 16_384;
const maxLength = 262_144;
const minLength = 4;
const maxPatternCharacters = 500;
export const maxMatches = 100;
export const maxSearchMs = 10_000;
const maxListed = 100;

export const outputPattern = z
  .string({ error: 'must be text' })
  .min(1, { error: 'is empty' })
  .max(maxPatternCharacters, { error: `is too long: at most ${maxPatternCharacters} characters` })
  .transform((text, context) => {
    const compiled = compilePattern(text);
    if (typeof compiled !== 'string') return { text, compiled };
    context.issues.push({ code: 'custom', message: `is not an RE2 regular expression: ${compiled}`, input: text });
    return z.NEVER;
  })
  .optional();

export const outputLength = wholeNumber(minLength, maxLength).default(defaultLength);

const input = z.object({
  output_id: z
    .string({ error: 'must be text' })
    .max(200, { error: 'is too long' })
    .optional()
    .describe('As the cut output names it; without it, what is kept is listed'),
  stream: oneOf(streamNames).default('stdout').describe('Which output'),
  offset: wholeNumber(0, Number.MAX_SAFE_INTEGER).default(0).describe('First byte'),
  length: outputLength.describe('Bytes at most'),
  pattern: outputPattern.describe('RE2 regular expression: return matching lines instead'),
});
type Input = z.output<typeof input>;
export type OutputPattern = Exclude<Input['pattern'], undefined>;
type Asked = Input & { readonly output_id: string };

export const readOutput = defineTool({
  name: 'read_output',
  title: 'Read kept output',
  description:
    'Reads output that was too long to be shown, by the output_id that came with it: a range of bytes, or with ' +
    '`pattern` the matching lines with number and offset. If next_offset is not null, go on from there.',
  scope: 'read',
  readOnly: true,
  destructive: false,
  idempotent: true,
  input,
  actions: ({ output_id }) => [
    output_id === undefined ? { kind: 'list_kept_outputs' } : { kind: 'read_kept_output', outputId: output_id },
  ],
  echo: ({ output_id }) => ({ output_id }),
  async run({ output_id, ...range }, context) {
    if (output_id === undefined) return await list(context);
    const asked = { ...range, output_id };
    return asked.pattern === undefined ? await readRange(asked, context) : await search(asked, asked.pattern, context);
  },
});

async function list({ caller, outputs }: ToolContext): Promise<ToolOutput> {
  const kept = await outputs.list(caller.principal);
  const json = {
    success: true,
    outputs: kept.slice(0, maxListed).map(({ id, at, bytes }) => ({
      output_id: id,
      created_at: new Date(at).toISOString(),
      stdout_bytes: bytes.stdout,
      stderr_bytes: bytes.stderr,
    })),
    truncated: kept.length > maxListed,
  };
  return { json, outcome: { success: true, metadata: { outputs: kept.length } } };
}

async function readRange(asked: Asked, { caller, outputs }: ToolContext): Promise<ToolOutput> {
  const { output_id, stream, offset, length } = asked;
  const range = { stream, offset, maxBytes: length };
  const { data, sizeBytes, writtenBytes } = await outputs.readRange(caller.principal, output_id, range);
  const isLast = data.length < length || offset + data.length >= sizeBytes;
  const start = offset === 0 ? 0 : continuationLength(data);
  const end = isLast ? data.length : completeLength(data);
  const json = {
    success: true,
    output_id,
    stream,
    contents: data.toString('utf8', start, end),
    offset: offset + start,
    next_offset: isLast ? null : offset + end,
    size_bytes: sizeBytes,
    truncated: !isLast,
    ...(writtenBytes > sizeBytes && { not_kept_bytes: writtenBytes - sizeBytes }),
  };
  return answer(json, stream);
}

async function search(
  asked: Asked,
  { text, compiled }: OutputPattern,
  { caller, outputs }: ToolContext,
): Promise<ToolOutput> {
  const { output_id, stream, offset } = asked;
  const limits = { from: offset, maxMatches, maxBytes: asked.length, maxMs: maxSearchMs };
  const query = { stream, pattern: compiled, limits };
  const { matches, nextOffset } = await outputs.search(caller.principal, output_id, query);
  const json = {
    success: true,
    output_id,
    stream,
    pattern: text,
    matches,
    match_count: matches.length,
    next_offset: nextOffset,
    truncated: nextOffset !== null,
  };
  return answer(json, stream);
}

function answer(json: ToolOutput['json'], stream: StreamName): ToolOutput {
  return { json, outcome: { success: true, metadata: { stream } } };
}
