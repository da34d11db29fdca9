import { z } from 'zod';
import { GatewayError } from '../base/errors.ts';
import { lookAheadBytes, lookBackBytes, type SecretsShown } from '../base/secrets-shown.ts';
import { pathAction } from '../policy/action.ts';
import { clearRange, withMarks, type ClearRange } from './clear-range.ts';
import { bySudo, filePath, rightsOf, serverName, wholeNumber } from './parameters.ts';
import { showBytes, type BytesOfFile, type ShownBytes } from './shown-bytes.ts';
import { defineTool, type JsonObject, type ToolContext, type ToolOutput } from './tool.ts';

const maxLength = 262_144;
/** The longest UTF-8 character: a shorter range might hold no whole one, and paging would stand still. */
const minLength = 4;
const maxLine = 1_000_000_000;

const input = z.object({
  server: serverName,
  file_path: filePath,
  offset: wholeNumber(0, Number.MAX_SAFE_INTEGER).default(0).describe('First byte'),
  length: wholeNumber(minLength, maxLength).default(maxLength).describe('Bytes at most'),
  start_line: wholeNumber(1, maxLine).optional().describe('By lines: the first, from 1'),
  line_count: wholeNumber(1, maxLine).optional().describe('How many lines'),
  tail: wholeNumber(1, maxLine).optional().describe('The last so many lines'),
  sudo: bySudo,
});
type Input = z.output<typeof input>;

export const readFile = defineTool({
  name: 'read_file',
  title: 'Read a file',
  description:
    'Reads a file on one server, whole up to 256 KB, from `offset`, or by lines; if truncated, read on from next_offset ' +
    'or next_line. Returns contents (binary as base64), encoding, size_bytes and sha256 of the whole file.',
  scope: 'read',
  readOnly: true,
  destructive: false,
  idempotent: true,
  input,
  actions: ({ server: host, file_path: path, sudo }) => [pathAction('read', { host, path, sudo })],
  echo: ({ server, file_path }) => ({ server, file_path }),
  async run(asked, context) {
    const { offset, start_line, line_count, tail } = asked;
    const byLine = start_line !== undefined || line_count !== undefined;
    if ([byLine, tail !== undefined, offset > 0].filter(Boolean).length > 1) {
      throw new GatewayError('invalid_input', 'Give one of offset, start_line with line_count, and tail.');
    }
    if (tail !== undefined) return await readTail({ ...asked, tail }, context);
    return byLine ? await readByLine(asked, context) : await readBytes(asked, context);
  },
});

async function readBytes(asked: Input, { hosts, secrets }: ToolContext): Promise<ToolOutput> {
  const { server, file_path, offset, length } = asked;
  const start = Math.min(offset, lookBackBytes);
  const range = { offset: offset - start, maxBytes: start + length + lookAheadBytes, by: rightsOf(asked.sudo) };
  const { data, sizeBytes, sha256, head } = await hosts.readFile(server, file_path, range);
  const isWhole = data.length < range.maxBytes || range.offset + data.length >= sizeBytes;
  const clear = clearRange(data, { start: Math.min(start, data.length), maxBytes: length, isWhole }, secrets);
  const [from, end] = [range.offset + clear.from, range.offset + clear.end];
  const isLast = isWhole && clear.end === data.length;
  const shown = showClear(data, { ...clear, start }, { offset: from, head, until: isLast ? 'end' : 'more', secrets });
  const next = Math.min(from + shown.length, end);
  const json = {
    success: true,
    server,
    file_path,
    contents: shown.contents,
    size_bytes: sizeBytes,
    truncated: !isLast,
    next_offset: isLast ? null : next,
    sha256,
    ...shown.how,
  };
  return answer(json, { offset, bytes: next - offset, ...shown.metadata });
}

const around = { before: lookBackBytes, after: lookAheadBytes };

async function readByLine(asked: Input, { hosts, secrets }: ToolContext): Promise<ToolOutput> {
  const { server, file_path, start_line: start = 1, line_count: count = maxLine, length } = asked;
  const wanted = { start, count, maxBytes: length, around, by: rightsOf(asked.sudo) };
  const read = await hosts.readLines(server, file_path, wanted);
  const { before, after, data: all, offset: first, lines, sizeBytes, totalLines, sha256, head } = read;
  const isCut = all.length === length && first + all.length < sizeBytes;
  const looked = Buffer.concat([before, all, after]);
  const isWhole = first + all.length + after.length >= sizeBytes || !isCut;
  const clear = clearRange(looked, { start: before.length, maxBytes: length, isWhole }, secrets);
  const offset = first - before.length + clear.from;
  const end = first - before.length + clear.end;
  const until = isCut ? 'more' : 'end';
  const shown = showClear(looked, { ...clear, start: before.length }, { offset, head, until, secrets });
  const next = start + lines;
  const isLast = totalLines === null ? end >= sizeBytes : next > totalLines;
  const json = {
    success: true,
    server,
    file_path,
    contents: shown.contents,
    size_bytes: sizeBytes,
    start_line: start,
    line_count: lines,
    total_lines: totalLines,
    truncated: isCut || !isLast,
    // A line that was cut in the middle goes on at its byte.
    next_line: isCut || isLast ? null : next,
    next_offset: isCut ? offset + shown.length : isLast ? null : end,
    sha256,
    ...shown.how,
  };
  return answer(json, { offset, bytes: shown.length, ...shown.metadata });
}

async function readTail(
  asked: Input & { readonly tail: number },
  { hosts, secrets }: ToolContext,
): Promise<ToolOutput> {
  const { server, file_path, tail, length } = asked;
  const maxBytes = lookBackBytes + length;
  const { data: all, sizeBytes, head } = await hosts.readFileEnd(server, file_path, maxBytes, rightsOf(asked.sudo));
  const start = Math.max(0, all.length - length);
  const clear = clearRange(all, { start, maxBytes: length, isWhole: true }, secrets);
  const data = all.subarray(clear.from);
  const shown = showClear(all, { ...clear, start }, { offset: sizeBytes - data.length, head, until: 'end', secrets });
  const isText = shown.how['encoding'] !== 'base64';
  const lines = shown.contents.split(/(?<=\n)/);
  // The first line of what was read may have begun before it.
  const whole = data.length === sizeBytes || lines.length === 1 ? lines : lines.slice(1);
  const json = {
    success: true,
    server,
    file_path,
    contents: isText ? whole.slice(-tail).join('') : shown.contents,
    size_bytes: sizeBytes,
    ...(isText && { line_count: Math.min(tail, whole.length) }),
    truncated: data.length < sizeBytes && whole.length < tail,
    next_offset: null,
    sha256: null,
    ...shown.how,
  };
  return answer(json, { tail, bytes: data.length, ...shown.metadata });
}

interface Showing extends Omit<BytesOfFile, 'data'> {
  readonly secrets: SecretsShown;
}

/** A range as an answer shows it, without its secrets. One that began before `start` is among them. */
function showClear(
  bytes: Buffer,
  clear: ClearRange & { readonly start: number },
  { secrets, ...about }: Showing,
): ShownBytes & { readonly metadata: JsonObject } {
  const shown = showBytes({ ...about, data: bytes.subarray(clear.from, clear.end) });
  const marked = withMarks(bytes, { ...clear, end: clear.from + shown.length });
  const { contents } = marked.count === 0 ? shown : showBytes({ ...about, data: marked.bytes });
  // What is in UTF-16 is found as text only.
  const { text, count } = secrets.redact(contents);
  const isTorn = clear.from > clear.start;
  const redactions = marked.count + count + (isTorn ? 1 : 0);
  if (redactions === 0) return { ...shown, metadata: {} };
  return {
    contents: isTorn ? `[redacted]${text}` : text,
    length: shown.length,
    how: { ...shown.how, redacted: redactions, exact: false, note: redactedNote },
    metadata: { redactions },
  };
}

const redactedNote =
  'Secrets were taken out, and marks such as [redacted] stand for them; sha256 is that of the file. Writing these ' +
  'contents back would destroy the secrets, and is refused: edit_file changes other parts.';

function answer(json: JsonObject, metadata: JsonObject): ToolOutput {
  return { json, outcome: { success: true, metadata: { ...metadata, size_bytes: json['size_bytes'] } } };
}
