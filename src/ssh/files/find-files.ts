import { shellWord } from '../../base/shell-word.ts';
import type { CommandRun, OutputSink } from '../access.ts';
import type { Connection } from '../connect/connection.ts';
import { runCommand } from '../runs/run.ts';

/** More paths than these bytes hold are not taken in. */
const maxBytes = 4 * 1024 * 1024;
const maxComplaintBytes = 4_000;

export interface FileQuery {
  /** A pattern of `find -name`. */
  readonly name: string;
  readonly type: 'any' | 'file' | 'directory' | 'symlink';
  /** How far down; 0 is the start alone. */
  readonly maxDepth: number | undefined;
}

export interface FoundFiles {
  readonly run: CommandRun;
  /** Paths from the start on, such as `/a/b`; empty for the start itself. Sorted by code unit. */
  readonly below: readonly string[];
  /** False where there are more than were taken in. */
  readonly complete: boolean;
  /** The beginning of what `find` had to say about places it could not look into. */
  readonly complaint: string;
}

const types = { any: [], file: ['-type', 'f'], directory: ['-type', 'd'], symlink: ['-type', 'l'] } as const;

/** Runs `find` from an absolute path on. Names are ended by NUL, the one byte that no name holds. */
export async function findFiles(
  connection: Connection,
  start: string,
  { name, type, maxDepth }: FileQuery,
  { timeoutMs, signal }: { readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<FoundFiles> {
  const depth = maxDepth === undefined ? [] : ['-maxdepth', String(maxDepth)];
  const words = ['find', start, ...depth, ...types[type], '-name', name, '-print0'];
  const found = new Found();
  const command = words.map(shellWord).join(' ');
  const run = await runCommand(connection, { command, timeoutMs, output: found, signal });
  const root = start === '/' ? '' : start;
  const below = found.paths().map((path) => path.slice(root.length));
  return { run, below: below.toSorted(byCodeUnit), complete: found.complete, complaint: found.complaint() };
}

function byCodeUnit(a: string, b: string): number {
  return Number(a > b) - Number(a < b);
}

class Found implements OutputSink {
  readonly #out: Buffer[] = [];
  readonly #complaints: Buffer[] = [];
  #outBytes = 0;
  #complaintBytes = 0;

  get complete(): boolean {
    return this.#outBytes <= maxBytes;
  }

  stdout(chunk: Buffer): void {
    if (this.#outBytes < maxBytes) this.#out.push(chunk);
    this.#outBytes += chunk.length;
  }

  stderr(chunk: Buffer): void {
    if (this.#complaintBytes < maxComplaintBytes) this.#complaints.push(chunk);
    this.#complaintBytes += chunk.length;
  }

  /** A last one without its end was cut: it is not one. */
  paths(): readonly string[] {
    return Buffer.concat(this.#out).subarray(0, maxBytes).toString().split('\0').slice(0, -1);
  }

  complaint(): string {
    return Buffer.concat(this.#complaints).subarray(0, maxComplaintBytes).toString();
  }
}
