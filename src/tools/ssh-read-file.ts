import { z } from 'zod';
import { completeLength } from '../base/utf8.ts';
import { remotePath, wholeNumber } from './parameters.ts';
import { defineSshTool, textOutput } from './ssh-tool.ts';

const maxBytes = 262_144;

export const sshReadFile = defineSshTool({
  name: 'ssh_read_file',
  title: 'Read a file over SSH',
  description:
    'Reads a text file on a server and returns its content. Of a file over 256 KB it returns the first 256 KB and says ' +
    'in the last line how to read on.',
  scope: 'read',
  readOnly: true,
  destructive: false,
  idempotent: true,
  input: z.object({
    path: remotePath.describe('Absolute, or relative to the home directory'),
    offset: wholeNumber(0, Number.MAX_SAFE_INTEGER).default(0).describe('First byte'),
  }),
  actions: ({ path }, host) => [{ kind: 'read_path', host, path }],
  echo: ({ path }) => ({ path }),
  async run({ path, offset }, { hosts, host }) {
    const { data, sizeBytes, sha256 } = await hosts.readFile(host, path, { offset, maxBytes });
    const truncated = data.length === maxBytes && offset + data.length < sizeBytes;
    const shown = truncated ? data.subarray(0, completeLength(data)) : data;
    const next = offset + shown.length;
    const note = `\n[cut: bytes ${offset} to ${next} of ${sizeBytes}; read on with "offset": ${next}]`;
    return textOutput(
      `${shown.toString()}${truncated ? note : ''}`,
      { success: true, metadata: { offset, bytes: shown.length, size_bytes: sizeBytes } },
      { size_bytes: sizeBytes, truncated, next_offset: truncated ? next : null, sha256 },
    );
  },
});
