import { GatewayError } from '../../base/errors.ts';
import type { SftpChannel } from './sftp-channel.ts';
import {
  attributes as attributesField,
  openFlag,
  packetType,
  string,
  uint32,
  uint64,
  type Attributes,
} from './sftp-packets.ts';
import * as replies from './sftp-replies.ts';

export interface SftpOptions {
  /** Ends every request at once, answered or not. */
  readonly signal: AbortSignal;
  /** So long nothing may come of the requests that wait; then the call ends. */
  readonly stallMs: number;
}

const openFlags = {
  read: openFlag.read,
  /** Makes the file; fails where the name is taken. */
  create: openFlag.write | openFlag.create | openFlag.exclusive,
  /** The same, to be read back. */
  createAndCheck: openFlag.read | openFlag.write | openFlag.create | openFlag.exclusive,
  update: openFlag.write,
  updateAndCheck: openFlag.read | openFlag.write,
  append: openFlag.write | openFlag.append | openFlag.create,
} as const;

/**
 * The SFTP requests of one call, as promises.
 *
 * Every one ends when the signal aborts, when the channel is gone, or when the host stalls. What the call has opened is
 * given back even then. Dispose it when the call ends.
 */
export class Sftp implements Disposable {
  readonly #channel: SftpChannel;
  readonly #signal: AbortSignal;
  readonly #stallMs: number;
  readonly #waiting = new Set<(error: unknown) => void>();
  readonly #onAbort = (): void => this.#end(this.#signal.reason);
  readonly #stall: NodeJS.Timeout;
  #ended: { readonly reason: unknown } | undefined;
  #mayHaveChanged = false;

  constructor(channel: SftpChannel, { signal, stallMs }: SftpOptions) {
    this.#channel = channel;
    this.#signal = signal;
    this.#stallMs = stallMs;
    this.#stall = setTimeout(() => this.#stalled(), stallMs);
    if (signal.aborted) this.#onAbort();
    else signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#stall);
    this.#signal.removeEventListener('abort', this.#onAbort);
    this.#end(new Error('the call is over'));
  }

  /** The channel that all calls on this connection share. */
  get channel(): SftpChannel {
    return this.#channel;
  }

  /** From here on the file that was asked for may be another one. */
  changesBegin(): void {
    this.#mayHaveChanged = true;
  }

  /** The host refused the change as a whole: the file is what it was. */
  changesRefused(): void {
    this.#mayHaveChanged = false;
  }

  get mayHaveChanged(): boolean {
    return this.#mayHaveChanged;
  }

  realpath(path: string): Promise<string> {
    return this.#ask(packetType.realpath, [string(path)], replies.oneName);
  }

  lstat(path: string): Promise<Attributes> {
    return this.#ask(packetType.lstat, [string(path)], replies.attributesReply);
  }

  stat(path: string): Promise<Attributes> {
    return this.#ask(packetType.stat, [string(path)], replies.attributesReply);
  }

  fstat(handle: Buffer): Promise<Attributes> {
    return this.#ask(packetType.fstat, [string(handle)], replies.attributesReply);
  }

  readlink(path: string): Promise<string> {
    return this.#ask(packetType.readlink, [string(path)], replies.oneName);
  }

  open(path: string, use: keyof typeof openFlags, mode = 0o600): Promise<Buffer> {
    const fields = [string(path), uint32(openFlags[use]), attributesField({ mode })];
    return this.#ask(packetType.open, fields, replies.handle, (handle) => this.#forget(handle));
  }

  mkdir(path: string, mode: number): Promise<void> {
    return this.#ask(packetType.mkdir, [string(path), attributesField({ mode })], replies.done);
  }

  /** Makes a link at `path`. OpenSSH takes the two the other way round than the draft has them (its PROTOCOL, 4.1), and all others follow it. */
  symlink(path: string, target: string): Promise<void> {
    return this.#ask(packetType.symlink, [string(target), string(path)], replies.done);
  }

  remove(path: string): Promise<void> {
    return this.#ask(packetType.remove, [string(path)], replies.done);
  }

  /** At most `length` bytes, which may be fewer than there are; none at the end of the file. */
  read(handle: Buffer, position: number, length: number): Promise<Buffer> {
    const fields = [string(handle), uint64(position), uint32(length)];
    return this.#ask(packetType.read, fields, replies.data(length));
  }

  /** The data must not be changed before it is written. */
  write(handle: Buffer, position: number, data: Buffer): Promise<void> {
    return this.#ask(packetType.write, [string(handle), uint64(position), uint32(data.length), data], replies.done);
  }

  opendir(path: string): Promise<Buffer> {
    return this.#ask(packetType.opendir, [string(path)], replies.handle, (handle) => this.#forget(handle));
  }

  /** The next entries, or undefined at the end of the directory. */
  readdir(handle: Buffer): Promise<readonly replies.NamedEntry[] | undefined> {
    return this.#ask(packetType.readdir, [string(handle)], replies.entries);
  }

  fsetstat(handle: Buffer, attributes: Attributes): Promise<void> {
    return this.#ask(packetType.fsetstat, [string(handle), attributesField(attributes)], replies.done);
  }

  /** Gives a file a name that no other file has; else it is refused. */
  renameToFreeName(from: string, to: string): Promise<void> {
    return this.#ask(packetType.rename, [string(from), string(to)], replies.done);
  }

  get canReplace(): boolean {
    return this.#channel.hasExtension('posix-rename@openssh.com');
  }

  /** posix-rename@openssh.com (OpenSSH PROTOCOL 4.3): replaces the target in one step. Only where `canReplace`. */
  replace(from: string, to: string): Promise<void> {
    return this.#extended('posix-rename@openssh.com', [string(from), string(to)], replies.done);
  }

  /** fsync@openssh.com (OpenSSH PROTOCOL 4.6), where the server has it. */
  async fsync(handle: Buffer): Promise<void> {
    if (!this.#channel.hasExtension('fsync@openssh.com')) return;
    await this.#extended('fsync@openssh.com', [string(handle)], replies.done);
  }

  /** Bytes left for an ordinary user on the file system of `path`, where the server says. */
  async freeBytes(path: string): Promise<number | undefined> {
    if (!this.#channel.hasExtension('statvfs@openssh.com')) return undefined;
    return await this.#extended('statvfs@openssh.com', [string(path)], replies.freeBytes);
  }

  /** Closes a handle: also when the call has ended, but then nobody waits for it. */
  close(handle: Buffer): Promise<void> {
    return this.#askAnyway(packetType.close, [string(handle)]);
  }

  /** Removes a file of ours: also when the call has ended, but then nobody waits for it. */
  unlink(path: string): Promise<void> {
    return this.#askAnyway(packetType.remove, [string(path)]);
  }

  /** `late` gets an answer that came when nobody waited any longer. */
  #ask<T>(type: number, fields: readonly Buffer[], read: replies.ReadReply<T>, late?: (answer: T) => void): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#ended) throw this.#ended.reason;
      this.#waiting.add(reject);
      this.#stall.refresh();
      const request = { type, fields, read };
      this.#channel.request(request, {
        progressed: () => this.#stall.refresh(),
        answered: (answer) => {
          this.#stall.refresh();
          if (!this.#waiting.delete(reject)) late?.(answer);
          resolve(answer);
        },
        failed: (error) => {
          this.#waiting.delete(reject);
          reject(error);
        },
      });
    });
  }

  #extended<T>(name: string, fields: readonly Buffer[], read: replies.ReadReply<T>): Promise<T> {
    return this.#ask(packetType.extended, [string(name), ...fields], read);
  }

  async #askAnyway(type: number, fields: readonly Buffer[]): Promise<void> {
    if (this.#ended) this.#send(type, fields);
    // What cannot be closed ends with its channel; what cannot be removed, nobody can do more about.
    else await this.#ask(type, fields, replies.done).catch(() => undefined);
  }

  #forget(handle: Buffer): void {
    this.#send(packetType.close, [string(handle)]);
  }

  #send(type: number, fields: readonly Buffer[]): void {
    const nobody = { progressed: () => undefined, answered: () => undefined, failed: () => undefined };
    this.#channel.request({ type, fields, read: replies.done }, nobody);
  }

  #stalled(): void {
    if (this.#waiting.size === 0) return;
    const seconds = this.#stallMs / 1000;
    const message = `${this.#channel.host} has not answered for ${seconds} s: it, or the disk that holds the file, may be hanging. Try again later, or look with execute_command.`;
    this.#end(new GatewayError('host_unreachable', message));
    this.#channel.retireIfSilentFor(this.#stallMs);
  }

  #end(reason: unknown): void {
    this.#ended ??= { reason };
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const reject of waiting) reject(reason);
  }
}
