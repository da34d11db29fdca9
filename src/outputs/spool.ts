import { closeSync, mkdirSync, openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Log } from '../base/log.ts';

export const streamNames = ['stdout', 'stderr'] as const;
export type StreamName = (typeof streamNames)[number];

/** Bytes that may still be written, shared by all who hold it. */
export class ByteBudget {
  #left: number;

  constructor(bytes: number) {
    this.#left = bytes;
  }

  /** How many of `bytes` are granted. */
  take(bytes: number): number {
    const granted = Math.max(0, Math.min(bytes, this.#left));
    this.#left -= granted;
    return granted;
  }

  give(bytes: number): void {
    this.#left += bytes;
  }
}

/**
 * One output on its way to disk: a directory with a file for each stream.
 *
 * Writes synchronously, because the output arrives without a way to hold it back: a queue would grow without bound.
 * Each file holds an unbroken beginning of its stream; past the budgets, or on a full disk, the rest is not written.
 */
export class Spool {
  readonly id: string;
  readonly directory: string;
  readonly #own: ByteBudget;
  readonly #shared: ByteBudget;
  readonly #log: Log;
  readonly #files: Readonly<Record<StreamName, number>>;
  readonly #kept = { stdout: 0, stderr: 0 };
  #granted = 0;
  #full = false;

  /** Throws what the file system says when it cannot be begun. */
  constructor(parent: string, id: string, limits: { maxBytes: number; shared: ByteBudget; log: Log }) {
    const directory = join(parent, id);
    this.id = id;
    this.directory = directory;
    this.#own = new ByteBudget(limits.maxBytes);
    this.#shared = limits.shared;
    this.#log = limits.log;
    mkdirSync(directory, { mode: 0o700 });
    const open = (name: StreamName): number => openSync(join(directory, name), 'wx+', 0o600);
    this.#files = { stdout: open('stdout'), stderr: open('stderr') };
  }

  /** Bytes of the stream that are on disk. */
  kept(stream: StreamName): number {
    return this.#kept[stream];
  }

  write(stream: StreamName, chunk: Buffer): void {
    if (this.#full) return;
    const granted = this.#shared.take(this.#own.take(chunk.length));
    this.#granted += granted;
    this.#full = granted < chunk.length;
    try {
      for (let at = 0; at < granted;) {
        const written = writeSync(this.#files[stream], chunk, at, granted - at);
        at += written;
        this.#kept[stream] += written;
      }
    } catch (error) {
      this.#full = true;
      this.#log.warn({ err: error, directory: this.directory }, 'cannot keep the rest of an output');
    }
  }

  /** Of what was written. */
  read(stream: StreamName, offset: number, maxBytes: number): Buffer {
    const data = Buffer.alloc(Math.max(0, Math.min(maxBytes, this.#kept[stream] - offset)));
    return data.subarray(0, data.length === 0 ? 0 : readSync(this.#files[stream], data, 0, data.length, offset));
  }

  /** Gives back what it took of the shared budget. Call once. */
  close(): void {
    this.#full = true;
    this.#shared.give(this.#granted);
    closeSync(this.#files.stdout);
    closeSync(this.#files.stderr);
  }
}
