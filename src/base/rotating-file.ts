import { constants } from 'node:fs';
import { lstat, mkdir, open, rename, stat, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { hasErrorCode } from './error-code.ts';
import { GatewayError } from './errors.ts';
import { withFileLock } from './file-lock.ts';

export interface RotatingFileOptions {
  readonly path: string;
  /** The file is put aside before it would grow beyond this, unless one write alone does. */
  readonly maxBytes: number;
  /** Files put aside that are kept: `path.1` is the newest. */
  readonly backups: number;
}

/** Two attempts may meet a file that another process puts aside at that moment; a third that does is no coincidence. */
const maxAttempts = 3;

/**
 * Appends whole lines to a file that any number of processes append to, and puts it aside when it is full.
 *
 * Each append opens the file anew and is a single write in append mode, which Linux makes in one piece on a local file
 * system: a line is never torn by another's. One that lands in a file put aside meanwhile is where the older lines are.
 */
export class RotatingFile {
  readonly #options: RotatingFileOptions;
  /** Our last write ended in the middle of a line, which has to be ended first. */
  #isTorn = false;

  constructor(options: RotatingFileOptions) {
    this.#options = options;
  }

  /** Rejects where not all could be written; then perhaps a part was. */
  async append(lines: Buffer): Promise<void> {
    for (let attempt = 1; attempt <= maxAttempts; attempt += 1) {
      await using handle = await this.#open();
      const isLast = attempt === maxAttempts;
      if (!isLast && (await this.#isPutAside(handle, lines.length))) continue;
      await this.#write(handle, lines);
      // Removed as the oldest of those put aside, before we wrote: nobody would ever read it.
      if (isLast || (await handle.stat()).nlink > 0) return;
    }
  }

  async #open(): Promise<FileHandle> {
    const { path } = this.#options;
    try {
      return await open(path, flags, 0o600);
    } catch (error) {
      if (!hasErrorCode(error, 'ENOENT')) throw error;
    }
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    return await open(path, flags, 0o600);
  }

  async #write(handle: FileHandle, lines: Buffer): Promise<void> {
    const bytes = this.#isTorn ? Buffer.concat([Buffer.from('\n'), lines]) : lines;
    const { bytesWritten } = await handle.write(bytes);
    this.#isTorn = bytesWritten === 0 ? this.#isTorn : bytes[bytesWritten - 1] !== 0x0a;
    if (bytesWritten < bytes.length) throw new Error(`only ${bytesWritten} of ${bytes.length} bytes could be written`);
  }

  /** Whether the file was too full and is put aside now, by us or by another process. */
  async #isPutAside(handle: FileHandle, more: number): Promise<boolean> {
    const { path, maxBytes, backups } = this.#options;
    const { ino, size } = await handle.stat();
    if (size === 0 || size + more <= maxBytes) return false;
    // What is behind a link, or no file at all, is somebody else's to keep small.
    try {
      if (!(await lstat(path)).isFile()) return false;
      await withFileLock(path, async (target) => {
        if (await isStill(target, ino)) await putAside(target, backups);
      });
      return true;
    } catch (error) {
      if (hasErrorCode(error, 'ENOENT')) return true;
      // A line in a file that is too long is better than none.
      if (error instanceof GatewayError || isFileError(error)) return false;
      throw error;
    }
  }
}

// Without O_NONBLOCK a pipe that nobody reads would hold us here.
const flags = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NONBLOCK;

async function isStill(path: string, ino: number): Promise<boolean> {
  try {
    return (await stat(path)).ino === ino;
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT')) return false;
    throw error;
  }
}

async function putAside(path: string, backups: number): Promise<void> {
  for (let n = backups; n >= 1; n -= 1) {
    try {
      await rename(n === 1 ? path : `${path}.${n - 1}`, `${path}.${n}`);
    } catch (error) {
      if (!hasErrorCode(error, 'ENOENT')) throw error;
    }
  }
}

function isFileError(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error;
}
