import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { never, type Kind, type Place } from './kind.ts';
import type { Random } from './random.ts';

const count = 4;
const mostBytes = 200_000;

/** A whole file: its first line says of which call it is and how long, and all the rest follows from that. */
export function versionOf(n: number, bytes: number): string {
  const head = `version ${n} ${bytes}\n`;
  const line = createHash('sha256').update(head).digest('hex');
  return head + `${line}\n`.repeat(Math.ceil(bytes / (line.length + 1))).slice(0, bytes);
}

/** Whether the text is one version and nothing else. */
function isWhole(text: string): boolean {
  const [, n, bytes] = /^version (\d+) (\d+)\n/.exec(text) ?? [];
  return n !== undefined && bytes !== undefined && text === versionOf(Number(n), Number(bytes));
}

function pathOf(random: Random, { directory }: Place): string {
  return join(directory, `file-${random.whole(1, count)}`);
}

const write: Kind = {
  name: 'write_file',
  weight: 12,
  plan: (n, random, place) => ({
    tool: 'write_file',
    arguments: {
      server: place.servers[0],
      file_path: pathOf(random, place),
      contents: versionOf(n, random.whole(1, mostBytes)),
    },
    executions: () => never,
  }),
};

const read: Kind = {
  name: 'read_file',
  weight: 8,
  plan: (_n, random, place) => ({
    tool: 'read_file',
    arguments: { server: place.servers[0], file_path: pathOf(random, place) },
    executions: () => never,
    faults: (answer) => {
      if (answer.kind !== 'result' || answer.json['success'] !== true) return [];
      return isWhole(String(answer.json['contents'])) ? [] : ['what it read is no version of the file'];
    },
  }),
};

/** The files that are no whole version at this moment, and what was left beside them. */
export function brokenFiles(directory: string): {
  readonly half: readonly string[];
  readonly beside: readonly string[];
} {
  const names = existsSync(directory) ? readdirSync(directory) : [];
  const isOurs = (name: string): boolean => /^file-\d+$/.test(name);
  return {
    half: names.filter((name) => isOurs(name) && !isWhole(readFileSync(join(directory, name), 'utf8'))),
    beside: names.filter((name) => !isOurs(name)),
  };
}

export const files: readonly Kind[] = [write, read];
