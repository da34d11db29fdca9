import { z } from 'zod';
import { GatewayError } from '../base/errors.ts';
import { pathAction } from '../policy/action.ts';
import { bySudo, filePath, rightsOf, serverName, wholeNumber } from './parameters.ts';
import { showBytes } from './shown-bytes.ts';
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

async function readBytes(asked: Input, { hosts }: ToolContext): Promise<ToolOutput> {
  const { server, file_path, offset, length } = asked;
  const range = { offset, maxBytes: length, by: rightsOf(asked.sudo) };
  const { data, sizeBytes, sha256, head } = await hosts.readFile(server, file_path, range);
  const isLast = data.length < length || offset + data.length >= sizeBytes;
  const shown = showBytes({ data, offset, head, until: isLast ? 'end' : 'more' });
  const json = {
    success: true,
    server,
    file_path,
    contents: shown.contents,
    size_bytes: sizeBytes,
    truncated: !isLast,
    next_offset: isLast ? null : offset + shown.length,
    sha256,
    ...shown.how,
  };
  return answer(json, { offset, bytes: shown.length });
}

async function readByLine(asked: Input, { hosts }: ToolContext): Promise<ToolOutput> {
  const { server, file_path, start_line: start = 1, line_count: count = maxLine, length } = asked;
  const wanted = { start, count, maxBytes: length, by: rightsOf(asked.sudo) };
  const read = await hosts.readLines(server, file_path, wanted);
  const { data, offset, lines, sizeBytes, totalLines, sha256, head } = read;
  const end = offset + data.length;
  const isCut = data.length === length && end < sizeBytes;
  const shown = showBytes({ data, offset, head, until: isCut ? 'more' : 'end' });
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
  return answer(json, { offset, bytes: shown.length });
}

async function readTail(asked: Input & { readonly tail: number }, { hosts }: ToolContext): Promise<ToolOutput> {
  const { server, file_path, tail, length } = asked;
  const { data, sizeBytes, head } = await hosts.readFileEnd(server, file_path, length, rightsOf(asked.sudo));
  const shown = showBytes({ data, offset: sizeBytes - data.length, head, until: 'end' });
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
  return answer(json, { tail, bytes: data.length });
}

function answer(json: JsonObject, metadata: JsonObject): ToolOutput {
  return { json, outcome: { success: true, metadata: { ...metadata, size_bytes: json['size_bytes'] } } };
}
