import type { FileEntryWithStats, InputAttributes, SFTPWrapper, Stats } from 'ssh2';
import { GatewayError } from '../base/errors.ts';
import type { HostId } from '../hosts/host.ts';
import type { SftpChannel } from './connection.ts';

/** Status codes of draft-ietf-secsh-filexfer-02, section 7. */
export const sftpStatus = { endOfFile: 1, noSuchFile: 2, permissionDenied: 3, failure: 4, unsupported: 8 } as const;

/** The status a server answered with, or undefined when the error is not a server's answer. */
export function statusOf(error: unknown): number | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'number' ? error.code : undefined;
}

type Callback<T> = (error: Error | null | undefined, value: T) => void;

/** The SFTP requests we use, as promises. Every one ends when the signal aborts or the channel is gone, answered or not. */
export class Sftp {
  readonly #raw: SFTPWrapper;
  readonly #signal: AbortSignal;

  constructor({ raw, closed }: SftpChannel, signal: AbortSignal) {
    this.#raw = raw;
    this.#signal = AbortSignal.any([signal, closed]);
  }

  realpath(path: string): Promise<string> {
    return this.#ask((done) => this.#raw.realpath(path, done));
  }

  lstat(path: string): Promise<Stats> {
    return this.#ask((done) => this.#raw.lstat(path, done));
  }

  stat(path: string): Promise<Stats> {
    return this.#ask((done) => this.#raw.stat(path, done));
  }

  fstat(handle: Buffer): Promise<Stats> {
    return this.#ask((done) => this.#raw.fstat(handle, done));
  }

  readlink(path: string): Promise<string> {
    return this.#ask((done) => this.#raw.readlink(path, done));
  }

  open(path: string, flags: 'r' | 'r+' | 'wx' | 'a', mode = 0o600): Promise<Buffer> {
    return this.#ask((done) => this.#raw.open(path, flags, mode, done));
  }

  /** Bytes read into `target`; 0 at the end of the file. */
  async read(handle: Buffer, target: Buffer, position: number): Promise<number> {
    try {
      return await this.#ask<number>((done) => this.#raw.read(handle, target, 0, target.length, position, done));
    } catch (error) {
      if (statusOf(error) === sftpStatus.endOfFile) return 0;
      throw error;
    }
  }

  write(handle: Buffer, data: Buffer, position: number): Promise<void> {
    return this.#ask((done) => this.#raw.write(handle, data, 0, data.length, position, done));
  }

  close(handle: Buffer): Promise<void> {
    return this.#ask((done) => this.#raw.close(handle, done));
  }

  opendir(path: string): Promise<Buffer> {
    return this.#ask((done) => this.#raw.opendir(path, done));
  }

  /** The next batch of entries, or undefined at the end of the directory. */
  async readdir(handle: Buffer): Promise<readonly FileEntryWithStats[] | undefined> {
    try {
      return await this.#ask<FileEntryWithStats[]>((done) => this.#raw.readdir(handle, done));
    } catch (error) {
      if (statusOf(error) === sftpStatus.endOfFile) return undefined;
      throw error;
    }
  }

  fsetstat(handle: Buffer, attributes: InputAttributes): Promise<void> {
    return this.#ask((done) => this.#raw.fsetstat(handle, attributes, done));
  }

  unlink(path: string): Promise<void> {
    return this.#ask((done) => this.#raw.unlink(path, done));
  }

  /** posix-rename@openssh.com (OpenSSH PROTOCOL 4.3): replaces the target in one step. */
  rename(from: string, to: string): Promise<void> {
    return this.#extension((done) => this.#raw.ext_openssh_rename(from, to, done));
  }

  /** fsync@openssh.com (OpenSSH PROTOCOL 4.6). */
  fsync(handle: Buffer): Promise<void> {
    return this.#extension((done) => this.#raw.ext_openssh_fsync(handle, done));
  }

  /** Bytes left for an ordinary user on the file system of `path` (statvfs@openssh.com). */
  async freeBytes(path: string): Promise<number> {
    const info = await this.#extension<FileSystemInfo>((done) => this.#raw.ext_openssh_statvfs(path, done));
    return Number(info.f_bavail) * Number(info.f_frsize);
  }

  /** ssh2 throws when the server has not announced the extension. */
  async #extension<T>(request: (done: Callback<T>) => void): Promise<T> {
    try {
      return await this.#ask(request);
    } catch (cause) {
      if (statusOf(cause) !== undefined || cause instanceof GatewayError) throw cause;
      throw Object.assign(new Error('SFTP extension not supported', { cause }), { code: sftpStatus.unsupported });
    }
  }

  #ask<T>(request: (done: Callback<T>) => void): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#signal.throwIfAborted();
      const aborted = (): void => reject(this.#signal.reason);
      this.#signal.addEventListener('abort', aborted, { once: true });
      request((error, value) => {
        this.#signal.removeEventListener('abort', aborted);
        if (error) reject(error);
        else resolve(value);
      });
    });
  }
}

/** The fields we use of statvfs(3). */
interface FileSystemInfo {
  readonly f_bavail: number | bigint;
  readonly f_frsize: number | bigint;
}

/** What a server's refusal means to the caller. The server's own text is not quoted. */
export function fileError(host: HostId, path: string, cause: unknown): GatewayError {
  if (cause instanceof GatewayError) return cause;
  const status = statusOf(cause);
  switch (status) {
    case sftpStatus.noSuchFile:
      return new GatewayError('path_not_found', `There is no ${path} on ${host}. Look with list_directory.`, { cause });
    case sftpStatus.permissionDenied: {
      const message = `The account on ${host} may not access ${path}. Choose another path, or ask the operator.`;
      return new GatewayError('host_permission_denied', message, { cause });
    }
    case undefined: {
      const message = `The file transfer with ${host} broke off at ${path}. Look at the file before trying again.`;
      return new GatewayError('connection_lost', message, { cause, ran: 'may_have_run' });
    }
    default: {
      const message = `${host} refused the request on ${path} (SFTP status ${status}). Look at it with execute_command.`;
      return new GatewayError('host_permission_denied', message, { cause });
    }
  }
}
