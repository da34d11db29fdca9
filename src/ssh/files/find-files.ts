import type { FileQuery } from '../../policy/action.ts';
import type { CommandRun, OutputSink } from '../access.ts';
import type { Connection } from '../connect/connection.ts';
import { runCommand } from '../runs/run.ts';
import { findCommand } from './find-command.ts';

/** More than these bytes of paths, or of lines, are not taken in: then the search is ended. */
const maxBytes = 4 * 1024 * 1024;
const maxComplaintBytes = 256 * 1024;
const shownComplaintBytes = 4_000;

/** A line that holds what was searched for. */
export interface FoundLine {
  /** As in `below`. */
  readonly path: string;
  /** Counted from one. */
  readonly line: number;
  readonly text: string;
}

export interface FoundFiles {
  readonly run: CommandRun;
  /** Paths from the start on, such as `/a/b`; empty for the start itself. Sorted by code unit. */
  readonly below: readonly string[];
  /** Where contents were searched. In the order of their files, and in each from its beginning. */
  readonly lines: readonly FoundLine[];
  /** False where there are more than were taken in. */
  readonly complete: boolean;
  /** How many files and directories could not be looked into. */
  readonly unreadable: number;
  /** The beginning of what `find` had to say about places it could not look into. */
  readonly complaint: string;
}

/** Runs `find` from an absolute path on. Names are ended by NUL, the one byte that no name holds. */
export async function findFiles(
  connection: Connection,
  start: string,
  query: FileQuery,
  { timeoutMs, signal }: { readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<FoundFiles> {
  const full = new AbortController();
  const found = new Found(() => full.abort());
  const ends = AbortSignal.any([signal, full.signal]);
  const command = findCommand(start, query);
  const run = await runCommand(connection, { command, timeoutMs, output: found, signal: ends });
  const root = start === '/' ? '' : start;
  const from = (path: string): string => path.slice(root.length);
  const lines = query.contains === undefined ? [] : found.lines().map((one) => ({ ...one, path: from(one.path) }));
  const below = query.contains === undefined ? found.paths().map(from) : [];
  return {
    run,
    below: below.toSorted(byCodeUnit),
    lines: lines.toSorted((a, b) => byCodeUnit(a.path, b.path)),
    complete: found.complete,
    unreadable: found.unreadable(),
    complaint: found.complaint(),
  };
}

function byCodeUnit(a: string, b: string): number {
  return Number(a > b) - Number(a < b);
}

class Found implements OutputSink {
  readonly #onFull: () => void;
  readonly #out: Buffer[] = [];
  readonly #complaints: Buffer[] = [];
  #outBytes = 0;
  #complaintBytes = 0;

  constructor(onFull: () => void) {
    this.#onFull = onFull;
  }

  get complete(): boolean {
    return this.#outBytes <= maxBytes;
  }

  stdout(chunk: Buffer): void {
    if (this.#outBytes < maxBytes) this.#out.push(chunk);
    this.#outBytes += chunk.length;
    if (!this.complete) this.#onFull();
  }

  stderr(chunk: Buffer): void {
    if (this.#complaintBytes < maxComplaintBytes) this.#complaints.push(chunk);
    this.#complaintBytes += chunk.length;
  }

  /** A last one without its end was cut: it is not one. */
  paths(): readonly string[] {
    return this.#text().split('\0').slice(0, -1);
  }

  /** What does not look like a line that was found is passed over. */
  lines(): readonly FoundLine[] {
    return Array.from(this.#text().matchAll(/([^\0]+)\0(\d{1,10}):([^\n]*)\n/g), ([, path = '', line, text = '']) => ({
      path,
      line: Number(line),
      text: text.replace(/\r$/, ''),
    }));
  }

  unreadable(): number {
    return (
      Buffer.concat(this.#complaints)
        .toString('latin1')
        .match(/^(?:find|grep): /gm)?.length ?? 0
    );
  }

  complaint(): string {
    return Buffer.concat(this.#complaints).subarray(0, shownComplaintBytes).toString();
  }

  #text(): string {
    return Buffer.concat(this.#out).subarray(0, maxBytes).toString();
  }
}
