import type { Dir } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { Refusal } from './demo-sftp-status.ts';
import { statusCode } from '../files/sftp-packets.ts';

export interface OpenDirectory {
  readonly kind: 'directory';
  readonly directory: Dir;
  readonly path: string;
  /** The two entries that every directory has and Node does not list, until they have been listed. */
  readonly dots: string[];
}

type Opened = { readonly kind: 'file'; readonly file: FileHandle } | OpenDirectory;

const maxHandles = 64;

/** What one SFTP channel has open. Closes all of it when disposed. */
export class SftpHandles implements AsyncDisposable {
  readonly #opened = new Map<string, Opened>();
  #last = 0;

  /** Opens one more and returns its handle, unless the channel has too many open. */
  async open(opening: () => Promise<Opened>): Promise<Buffer> {
    if (this.#opened.size >= maxHandles) throw new Refusal(statusCode.failure);
    const opened = await opening();
    this.#last += 1;
    const handle = Buffer.from(String(this.#last));
    this.#opened.set(keyOf(handle), opened);
    return handle;
  }

  file(handle: Buffer): FileHandle {
    const opened = this.#find(handle);
    if (opened.kind !== 'file') throw new Refusal(statusCode.failure);
    return opened.file;
  }

  directory(handle: Buffer): OpenDirectory {
    const opened = this.#find(handle);
    if (opened.kind !== 'directory') throw new Refusal(statusCode.failure);
    return opened;
  }

  async close(handle: Buffer): Promise<void> {
    const opened = this.#find(handle);
    this.#opened.delete(keyOf(handle));
    await close(opened);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const opened = [...this.#opened.values()];
    this.#opened.clear();
    await Promise.allSettled(opened.map(close));
  }

  #find(handle: Buffer): Opened {
    const opened = this.#opened.get(keyOf(handle));
    if (opened === undefined) throw new Refusal(statusCode.failure);
    return opened;
  }
}

function keyOf(handle: Buffer): string {
  return handle.toString('latin1');
}

function close(opened: Opened): Promise<void> {
  switch (opened.kind) {
    case 'file':
      return opened.file.close();
    case 'directory':
      return opened.directory.close();
  }
}
