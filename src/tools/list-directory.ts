import { z } from 'zod';
import { neutraliseLine } from '../base/untrusted-text.ts';
import type { DirectoryEntry } from '../ssh/files/file-access.ts';
import { pathAction } from '../policy/action.ts';
import { bySudo, flag, remotePath, rightsOf, serverName } from './parameters.ts';
import { defineTool, type JsonObject } from './tool.ts';

export const listDirectory = defineTool({
  name: 'list_directory',
  title: 'List a directory',
  description:
    'Lists a directory on one server, a name a line, sorted. `detailed` adds hidden files, type, permissions, ' +
    'owner, size, time, also as `entries`. A long listing is cut: see read_output.',
  scope: 'read',
  readOnly: true,
  destructive: false,
  idempotent: true,
  input: z.object({
    server: serverName,
    path: remotePath.default('.').describe('Absolute, or from the home directory'),
    detailed: flag.default(false).describe('Like `ls -la`'),
    sudo: bySudo,
  }),
  actions: ({ server: host, path, sudo }) => [pathAction('list', { host, path, sudo })],
  echo: ({ server, path }) => ({ server, path }),
  async run({ server, path, detailed, sudo }, { caller, hosts, outputs }) {
    const options = { by: rightsOf(sudo), ...(detailed && ({ targets: 'read' } as const)) };
    const { entries, complete } = await hosts.listDirectory(server, path, options);
    const lines = detailed ? detailedLines(entries) : nameLines(entries);
    using output = outputs.collect(caller.principal);
    output.stdout(Buffer.from(lines.map((line) => `${line}\n`).join('')));
    const { stdout, truncated, outputId } = output.finish();
    const json = {
      success: true,
      server,
      path,
      listing: stdout,
      count: lines.length,
      truncated: truncated || !complete,
      output_id: outputId,
      ...(detailed && entriesOf(sorted(entries), outputs.inlineBytes)),
      ...(!complete && { note: `The directory has more entries than are read: these are ${entries.length} of them.` }),
    };
    return { json, outcome: { success: true, metadata: { entries: entries.length } } };
  },
});

/** As many entries as there are bytes for in an answer. */
function entriesOf(all: readonly DirectoryEntry[], maxBytes: number): JsonObject {
  const entries: JsonObject[] = [];
  let bytes = 0;
  for (const { name, type, sizeBytes, mode, modified, target } of all) {
    if (name === '.' || name === '..') continue;
    const entry = {
      name,
      type,
      size_bytes: sizeBytes,
      mode: mode === undefined ? null : mode.toString(8).padStart(4, '0'),
      modified_at: modified === undefined ? null : new Date(modified * 1000).toISOString(),
      ...(type === 'symlink' && { target: target ?? null }),
    };
    bytes += JSON.stringify(entry).length;
    if (bytes > maxBytes) return { entries, entries_truncated: true };
    entries.push(entry);
  }
  return { entries };
}

function nameLines(entries: readonly DirectoryEntry[]): readonly string[] {
  return sorted(entries.filter(({ name }) => !name.startsWith('.'))).map(({ name }) => neutraliseLine(name));
}

function detailedLines(entries: readonly DirectoryEntry[]): readonly string[] {
  return sorted(entries).map(({ name, longName }) => neutraliseLine(longName === '' ? name : longName));
}

/** By code unit, as `ls` does in the C locale. */
function sorted(entries: readonly DirectoryEntry[]): readonly DirectoryEntry[] {
  const order = (a: string, b: string): number => Number(a > b) - Number(a < b);
  return entries.toSorted((a, b) => order(a.name, b.name));
}
