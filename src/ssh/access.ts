import type { HostId } from '../hosts/host.ts';

/** How a command ended: RFC 4254, section 6.10, or why we ended it. */
export type Exit =
  | { readonly kind: 'exited'; readonly status: number }
  | { readonly kind: 'signalled'; readonly signal: string }
  | { readonly kind: 'timed_out' }
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'disconnected' };

/** What we saw on the host after stopping a command. `confirmed` only after having looked. */
export interface Stopped {
  readonly state: 'confirmed' | 'still_running' | 'unknown' | 'unsupported';
  readonly pids: readonly number[];
}

/** Takes output as it arrives. Called synchronously; must keep its memory bounded. */
export interface OutputSink {
  stdout(chunk: Buffer): void;
  stderr(chunk: Buffer): void;
}

export interface CommandRun {
  readonly exit: Exit;
  /** Null when the command ended by itself. */
  readonly stopped: Stopped | null;
  readonly durationMs: number;
}

export interface FileRange {
  readonly data: Buffer;
  readonly sizeBytes: number;
  /** Lower-case hex of the whole file; null where the file is too large to be read whole for it. */
  readonly sha256: string | null;
}

export interface DirectoryEntry {
  readonly name: string;
  readonly type: 'file' | 'directory' | 'symlink' | 'other';
  readonly sizeBytes: number;
  /** The line `ls -l` would print, as the host formats it. */
  readonly longName: string;
}

/** The hosts, as far as one permit goes: every method refuses what the permit does not cover. */
export interface HostAccess {
  run(host: HostId, command: string, options: { timeoutMs: number; output: OutputSink }): Promise<CommandRun>;
  /** Runs a fixed read-only script of ours and returns its standard output. */
  gatherFacts(host: HostId): Promise<string>;
  /** The absolute path without symlinks; for a path that does not exist yet, its parent's plus the last name. */
  resolvePath(host: HostId, path: string): Promise<string>;
  readFile(host: HostId, path: string, range: { offset: number; maxBytes: number }): Promise<FileRange>;
  writeFile(host: HostId, path: string, data: Buffer, mode: 'overwrite' | 'append'): Promise<{ bytesWritten: number }>;
  listDirectory(host: HostId, path: string): Promise<{ entries: readonly DirectoryEntry[]; complete: boolean }>;
}
