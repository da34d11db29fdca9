import { z } from 'zod';
import { neutraliseLine } from '../base/untrusted-text.ts';
import type { DirectoryEntry } from '../ssh/files/file-access.ts';
import { typeLetters } from '../ssh/files/file-checks.ts';
import { remotePath } from './parameters.ts';
import { defineSshTool, textOutput } from './ssh-tool.ts';

const nameWidth = 42;
const sizeWidth = 12;

export const sshListDirectory = defineSshTool({
  name: 'ssh_list_directory',
  title: 'List a directory over SSH',
  description:
    'Lists a directory on a server, hidden files too, a line each: type (d directory, - file, l symlink, s socket, ' +
    'p pipe, b and c devices), name, size. Directories come first. A long listing is cut in the middle.',
  scope: 'read',
  readOnly: true,
  destructive: false,
  idempotent: true,
  input: z.object({ path: remotePath.default('.').describe('Absolute, or relative to the home directory') }),
  actions: ({ path }, host) => [{ kind: 'list_path', host, path }],
  echo: ({ path }) => ({ path }),
  async run({ path }, { caller, hosts, outputs, host, shownHost }) {
    const { entries: all, complete } = await hosts.listDirectory(host, path);
    const entries = all.filter(({ name }) => name !== '.' && name !== '..');
    const rest = complete ? [] : [`(there are more than these ${entries.length} entries)`];
    const lines = [`Directory: ${path} on ${shownHost}`, '', ...sorted(entries).map(lineOf), ...rest];
    using output = outputs.collect(caller.principal);
    output.stdout(Buffer.from(lines.join('\n')));
    const { stdout, truncated, outputId } = output.finish();
    return textOutput(
      stdout,
      { success: true, metadata: { entries: entries.length } },
      { count: entries.length, truncated: truncated || !complete, output_id: outputId },
    );
  },
});

/** Directories first, then by name: by code unit. */
function sorted(entries: readonly DirectoryEntry[]): readonly DirectoryEntry[] {
  const rank = ({ type }: DirectoryEntry): number => (type === 'directory' ? 0 : 1);
  return entries.toSorted((a, b) => rank(a) - rank(b) || Number(a.name > b.name) - Number(a.name < b.name));
}

function lineOf({ name, type, sizeBytes }: DirectoryEntry): string {
  const size = type === 'directory' ? '<DIR>' : `${sizeBytes}B`;
  return `${typeLetters[type]}  ${neutraliseLine(name).padEnd(nameWidth)}${size.padStart(sizeWidth)}`;
}
