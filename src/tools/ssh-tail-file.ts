import { z } from 'zod';
import { remotePath, wholeNumber } from './parameters.ts';
import { defineSshTool, textOutput } from './ssh-tool.ts';

const maxBytes = 262_144;

export const sshTailFile = defineSshTool({
  name: 'ssh_tail_file',
  title: 'Read the end of a file over SSH',
  description:
    'Returns the last lines of a text file on a server, as `tail -n` does; of these, at most the last 256 KB.',
  scope: 'read',
  readOnly: true,
  destructive: false,
  idempotent: true,
  input: z.object({
    path: remotePath.describe('Absolute, or relative to the home directory'),
    lines: wholeNumber(0, 1_000_000).default(100).describe('How many'),
  }),
  actions: ({ path }, host) => [{ kind: 'read_path', host, path, program: 'tail' }],
  echo: ({ path }) => ({ path }),
  async run({ path, lines }, { hosts, host }) {
    const { data, sizeBytes } = await hosts.readFileEnd(host, path, maxBytes);
    const isWhole = data.length >= sizeBytes;
    const { text, isShort } = lastLines(data.toString(), lines, isWhole ? 'whole' : 'end');
    const truncated = isShort && !isWhole;
    const note = truncated ? `[cut: of ${sizeBytes} bytes, only the last ${data.length} are read]\n` : '';
    const metadata = { operation: 'tail', bytes: data.length, size_bytes: sizeBytes };
    return textOutput(`${note}${text}`, { success: true, metadata }, { size_bytes: sizeBytes, truncated });
  },
});

/** The first line of the end of a file is the end of a line, and left out unless it is all there is. */
function lastLines(
  text: string,
  count: number,
  of: 'whole' | 'end',
): { readonly text: string; readonly isShort: boolean } {
  const lines = text.split(/(?<=\n)/);
  const complete = of === 'whole' || lines.length === 1 ? lines : lines.slice(1);
  const last = count === 0 ? [] : complete.slice(-count);
  return { text: last.join('').replace(/\n$/, ''), isShort: complete.length < count || lines.length === 1 };
}
