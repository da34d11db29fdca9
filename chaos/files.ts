import { createHash } from 'node:crypto';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { never, type Answer, type Kind, type Place } from './kind.ts';
import type { Random } from '../test/fixtures/random.ts';

const count = 4;
const mostBytes = 200_000;
const ledgerName = 'ledger';
const ledgerEnd = 'end of the ledger\n';

/** What is there before the first call. */
export function prepareFiles(directory: string): void {
  writeFileSync(join(directory, ledgerName), ledgerEnd);
}

/** The files that are half one thing and half another. What a call that broke off left beside them is not meant. */
export function halfFiles(directory: string): readonly string[] {
  return readdirSync(directory).filter((name) => {
    if (name !== ledgerName && !/^file-[a-z\d]+$/.test(name)) return false;
    const text = readFileSync(join(directory, name), 'utf8');
    return name === ledgerName ? !/^(call \d+\n)*end of the ledger\n$/.test(text) : !isWhole(text);
  });
}

/** A whole file: its first line says of which call it is and how long, and all the rest follows from that. */
function versionOf(n: number, bytes: number): string {
  const head = `version ${n} ${bytes}\n`;
  const line = createHash('sha256').update(head).digest('hex');
  return head + `${line}\n`.repeat(Math.ceil(bytes / (line.length + 1))).slice(0, bytes);
}

function isWhole(text: string): boolean {
  const [, n, bytes] = /^version (\d+) (\d+)\n/.exec(text) ?? [];
  return n !== undefined && bytes !== undefined && text === versionOf(Number(n), Number(bytes));
}

function pathOf(random: Random, { directory }: Place): string {
  return join(directory, `file-${random.whole(1, count)}`);
}

function isDone(answer: Answer): boolean {
  return answer.kind === 'result' && answer.json['success'] === true;
}

const write: Kind = {
  name: 'write_file',
  weight: 12,
  plan: (n, random, place) => ({
    tool: 'write_file',
    arguments: {
      server: place.servers[random.whole(0, 1)],
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
    arguments: { server: place.servers[random.whole(0, 1)], file_path: pathOf(random, place) },
    executions: () => never,
    faults: (answer) => {
      if (answer.kind !== 'result' || !isDone(answer)) return [];
      return isWhole(String(answer.json['contents'])) ? [] : ['what it read is no version of the file'];
    },
  }),
};

/** From one server to the other, over whatever is there. */
const transfer: Kind = {
  name: 'transfer_file',
  weight: 4,
  plan: (_n, random, place) => ({
    tool: 'transfer_file',
    arguments: {
      from_server: place.servers[0],
      from_path: pathOf(random, place),
      to_server: place.servers[1],
      to_path: join(place.directory, 'file-copied'),
      overwrite: 'always',
    },
    executions: () => never,
  }),
};

/**
 * Each adds a line of its own before the last one. What is said to be done must not be lost to another's edit. All by one
 * server: two are two machines to the gateway, and nothing on a machine replaces a file only if it is still the same.
 */
const edit: Kind = {
  name: 'edit_file',
  weight: 6,
  plan: (n, _random, place) => ({
    tool: 'edit_file',
    arguments: {
      server: place.servers[0],
      file_path: join(place.directory, ledgerName),
      old_text: ledgerEnd,
      new_text: `call ${n}\n${ledgerEnd}`,
    },
    executions: () => never,
    afterwards: async (answer) => {
      const times = readFileSync(join(place.directory, ledgerName), 'utf8').split(`call ${n}\n`).length - 1;
      const least = isDone(answer) ? 1 : 0;
      const most =
        answer.kind === 'refused' || (answer.kind === 'result' && answer.json['ran'] === 'not_started') ? 0 : 1;
      return times >= least && times <= most ? [] : [`its line is there ${times} times`];
    },
  }),
};

export const files: readonly Kind[] = [write, read, transfer, edit];
