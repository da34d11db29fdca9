import { constants, type Stats } from 'node:fs';
import * as fs from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { longNames } from './demo-long-name.ts';
import { SftpHandles, type OpenDirectory } from './demo-sftp-handles.ts';
import {
  MalformedPacket,
  PacketReader,
  attributesOf,
  openFlag,
  packet,
  packetType,
  protocolVersion,
  statusCode,
  string,
  uint32,
  uint64,
  type Attributes,
} from '../files/sftp-packets.ts';
import { Refusal, statusOfError } from './demo-sftp-status.ts';

/** Extensions of OpenSSH's PROTOCOL file, sections 4.3, 4.4 and 4.6, with their versions. */
const extensions = { 'posix-rename@openssh.com': '1', 'statvfs@openssh.com': '2', 'fsync@openssh.com': '1' } as const;
const permissionBits = 0o7777;
const maxReadBytes = 256 * 1024;
const entriesPerAnswer = 100;

interface Reply {
  readonly type: number;
  readonly fields: readonly Buffer[];
}

/** Answers the SFTP requests of one channel. Relative paths start at `home`; the account's rights are the only limit. */
export class DemoSftp implements AsyncDisposable {
  readonly #home: string;
  readonly #handles = new SftpHandles();
  readonly #longName = longNames();

  constructor(home: string) {
    this.#home = home;
  }

  /** The answer to one packet, without its length. Throws `MalformedPacket` where there can be no answer. */
  async answer(bytes: Buffer): Promise<Buffer> {
    const request = new PacketReader(bytes);
    const type = request.byte();
    if (type === packetType.init) {
      const announced = Object.entries(extensions).flat().map(string);
      return packet(packetType.version, uint32(protocolVersion), ...announced);
    }
    const id = uint32(request.uint32());
    try {
      const reply = await this.#perform(type, request);
      return packet(reply.type, id, ...reply.fields);
    } catch (error) {
      if (error instanceof MalformedPacket) throw error;
      return packet(packetType.status, id, ...statusFields(statusOfError(error)));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#handles[Symbol.asyncDispose]();
  }

  async #perform(type: number, request: PacketReader): Promise<Reply> {
    switch (type) {
      case packetType.open:
        return this.#open(this.#path(request), request.uint32(), request.attributes());
      case packetType.close:
        return done(this.#handles.close(request.bytes()));
      case packetType.read:
        return this.#read(this.#file(request), request.uint64(), request.uint32());
      case packetType.write:
        return this.#write(this.#file(request), request.uint64(), request.bytes());
      case packetType.stat:
        return attributes(await fs.stat(this.#path(request)));
      case packetType.lstat:
        return attributes(await fs.lstat(this.#path(request)));
      case packetType.fstat:
        return attributes(await this.#file(request).stat());
      case packetType.setstat:
        return setAttributes(pathAttributes(this.#path(request)), request.attributes());
      case packetType.fsetstat:
        return setAttributes(this.#file(request), request.attributes());
      case packetType.opendir:
        return this.#openDirectory(this.#path(request));
      case packetType.readdir:
        return this.#readDirectory(this.#handles.directory(request.bytes()));
      case packetType.remove:
        return done(fs.unlink(this.#path(request)));
      case packetType.mkdir:
        return done(fs.mkdir(this.#path(request), { mode: request.attributes().mode ?? 0o777 }));
      case packetType.rmdir:
        return done(fs.rmdir(this.#path(request)));
      case packetType.realpath:
        return name(await fs.realpath(this.#path(request)));
      case packetType.readlink:
        return name(await fs.readlink(this.#path(request)));
      case packetType.rename:
        return this.#renameToFreeName(this.#path(request), this.#path(request));
      case packetType.extended:
        return this.#extended(request.text(), request);
    }
    throw new Refusal(statusCode.unsupported);
  }

  async #extended(extension: string, request: PacketReader): Promise<Reply> {
    switch (extension) {
      case 'posix-rename@openssh.com':
        return done(fs.rename(this.#path(request), this.#path(request)));
      case 'fsync@openssh.com':
        return done(this.#file(request).sync());
      case 'statvfs@openssh.com': {
        const disk = await fs.statfs(this.#path(request));
        const counts = [
          disk.bsize,
          disk.bsize,
          disk.blocks,
          disk.bfree,
          disk.bavail,
          disk.files,
          disk.ffree,
          disk.ffree,
        ];
        const [systemId, flags, longestName] = [0, 0, 255];
        return { type: packetType.extendedReply, fields: [...counts, systemId, flags, longestName].map(uint64) };
      }
    }
    throw new Refusal(statusCode.unsupported);
  }

  async #open(path: string, pflags: number, { mode = 0o666 }: Attributes): Promise<Reply> {
    const reads = (pflags & openFlag.read) !== 0;
    const writes = (pflags & openFlag.write) !== 0;
    const flags = [
      writes ? (reads ? constants.O_RDWR : constants.O_WRONLY) : constants.O_RDONLY,
      pflags & openFlag.append ? constants.O_APPEND : 0,
      pflags & openFlag.create ? constants.O_CREAT : 0,
      pflags & openFlag.truncate ? constants.O_TRUNC : 0,
      pflags & openFlag.exclusive ? constants.O_EXCL : 0,
      // A FIFO that nobody writes to would hold one of the few threads that all file access of this process shares.
      constants.O_NONBLOCK | constants.O_NOCTTY,
    ];
    const combined = flags.reduce((all, flag) => all | flag, 0);
    return handle(
      await this.#handles.open(async () => ({
        kind: 'file',
        file: await fs.open(path, combined, mode & permissionBits),
      })),
    );
  }

  async #openDirectory(path: string): Promise<Reply> {
    return handle(
      await this.#handles.open(async () => {
        return { kind: 'directory', directory: await fs.opendir(path), path, dots: ['.', '..'] };
      }),
    );
  }

  async #read(file: fs.FileHandle, position: number, length: number): Promise<Reply> {
    const target = Buffer.alloc(Math.min(length, maxReadBytes));
    const { bytesRead } = await file.read(target, 0, target.length, position);
    if (bytesRead === 0) throw new Refusal(statusCode.endOfFile);
    return { type: packetType.data, fields: [string(target.subarray(0, bytesRead))] };
  }

  async #write(file: fs.FileHandle, position: number, data: Buffer): Promise<Reply> {
    for (let at = 0; at < data.length;) {
      at += (await file.write(data, at, data.length - at, position + at)).bytesWritten;
    }
    return ok;
  }

  async #readDirectory(opened: OpenDirectory): Promise<Reply> {
    const names = opened.dots.splice(0);
    while (names.length < entriesPerAnswer) {
      const entry = await opened.directory.read();
      if (entry === null) break;
      names.push(entry.name);
    }
    if (names.length === 0) throw new Refusal(statusCode.endOfFile);
    const listed = (await Promise.all(names.map((entry) => this.#entry(opened.path, entry)))).flat();
    // An answer without entries would be read as the end of the directory.
    if (listed.length === 0) return this.#readDirectory(opened);
    return { type: packetType.name, fields: [uint32(listed.length), ...listed] };
  }

  /** Name, long name and attributes; nothing for an entry that has gone meanwhile. */
  async #entry(directory: string, entry: string): Promise<readonly Buffer[]> {
    try {
      const stats = await fs.lstat(join(directory, entry));
      return [Buffer.concat([string(entry), string(this.#longName(entry, stats)), attributesOf(stats)])];
    } catch (error) {
      if (statusOfError(error) === statusCode.noSuchFile) return [];
      throw error;
    }
  }

  /** The plain request of the protocol: refused where the new name is taken. */
  async #renameToFreeName(from: string, to: string): Promise<Reply> {
    const taken = await fs.lstat(to).then(
      () => true,
      () => false,
    );
    if (taken) throw new Refusal(statusCode.failure);
    return done(fs.rename(from, to));
  }

  #path(request: PacketReader): string {
    const path = request.text();
    // Not normalised: only the file system knows where `link/..` leads.
    return isAbsolute(path) ? path : `${this.#home}/${path}`;
  }

  #file(request: PacketReader): fs.FileHandle {
    return this.#handles.file(request.bytes());
  }
}

const ok: Reply = { type: packetType.status, fields: statusFields(statusCode.ok) };

async function done(work: Promise<unknown>): Promise<Reply> {
  await work;
  return ok;
}

function handle(bytes: Buffer): Reply {
  return { type: packetType.handle, fields: [string(bytes)] };
}

function attributes(stats: Stats): Reply {
  return { type: packetType.attributes, fields: [attributesOf(stats)] };
}

function name(path: string): Reply {
  const none = uint32(0);
  return { type: packetType.name, fields: [uint32(1), string(path), string(path), none] };
}

type AttributeTarget = Pick<fs.FileHandle, 'truncate' | 'chmod' | 'chown' | 'utimes'>;

function pathAttributes(path: string): AttributeTarget {
  return {
    truncate: (size) => fs.truncate(path, size),
    chmod: (mode) => fs.chmod(path, mode),
    chown: (uid, gid) => fs.chown(path, uid, gid),
    utimes: (accessed, modified) => fs.utimes(path, accessed, modified),
  };
}

async function setAttributes(target: AttributeTarget, { size, owner, mode, times }: Attributes): Promise<Reply> {
  if (size !== undefined) await target.truncate(size);
  if (owner !== undefined) await target.chown(owner.uid, owner.gid);
  if (mode !== undefined) await target.chmod(mode & permissionBits);
  if (times !== undefined) await target.utimes(times.accessed, times.modified);
  return ok;
}

function statusFields(status: number): readonly Buffer[] {
  const language = '';
  return [uint32(status), string(`status ${status}`), string(language)];
}
