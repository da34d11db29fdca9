import { z } from 'zod';
import { neutralise } from '../base/untrusted-text.ts';
import { completeLength } from '../base/utf8.ts';
import { remotePath, serverName, wholeNumber } from './parameters.ts';
import { defineTool } from './tool.ts';

const maxLength = 262_144;
/** The longest UTF-8 character: a shorter range might hold no whole one, and paging would stand still. */
const minLength = 4;

export const readFile = defineTool({
  name: 'read_file',
  title: 'Read a file',
  description:
    'Reads a text file on one server: whole up to 256 KB, else from `offset`; if truncated, read on from next_offset. ' +
    'Returns contents, size_bytes and sha256 of the whole file.',
  scope: 'read',
  readOnly: true,
  destructive: false,
  idempotent: true,
  input: z.object({
    server: serverName,
    file_path: remotePath.describe('Absolute, or relative to the home directory'),
    offset: wholeNumber(0, Number.MAX_SAFE_INTEGER).default(0).describe('First byte'),
    length: wholeNumber(minLength, maxLength).default(maxLength).describe('Bytes at most'),
  }),
  actions: ({ server, file_path }) => [{ kind: 'read_path', host: server, path: file_path }],
  echo: ({ server, file_path }) => ({ server, file_path }),
  async run({ server, file_path, offset, length }, { hosts }) {
    const { data, sizeBytes, sha256 } = await hosts.readFile(server, file_path, { offset, maxBytes: length });
    const isLast = data.length < length || offset + data.length >= sizeBytes;
    const shown = isLast ? data : data.subarray(0, completeLength(data));
    const contents = shown.toString();
    const end = offset + shown.length;
    const json = {
      success: true,
      server,
      file_path,
      contents,
      size_bytes: sizeBytes,
      truncated: !isLast,
      next_offset: isLast ? null : end,
      sha256,
      ...(!isExact(shown, contents) && { exact: false, note: inexactNote }),
    };
    return { json, outcome: { success: true, metadata: { offset, bytes: shown.length, size_bytes: sizeBytes } } };
  },
});

const inexactNote =
  'The file holds bytes that are not UTF-8, or characters that cannot be seen; these are shown as escapes or as �. ' +
  'Writing these contents back would change the file.';

function isExact(bytes: Buffer, text: string): boolean {
  return neutralise(text) === text && Buffer.from(text).equals(bytes);
}
