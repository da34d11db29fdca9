import { createHash } from 'node:crypto';
import { constants, type Stats } from 'node:fs';
import {
  link,
  lstat,
  mkdir,
  open,
  opendir,
  readlink,
  realpath,
  rename,
  statfs,
  symlink,
  unlink,
  type FileHandle,
} from 'node:fs/promises';
import { dirname, relative } from 'node:path';
import { GatewayError, type ErrorCode } from '../../base/errors.ts';
import type { ByteSource } from '../files/file-chunks.ts';
import {
  permissionBits,
  type FileFacts,
  type Place,
  type PlacedEntry,
  type SourceFile,
  type UnfinishedFile,
} from './place.ts';

const chunkBytes = 1024 * 1024;
const gatheredBytes = 2 * 1024 * 1024;
/** So much is left free on the gateway's disk: its audit is written there too. */
const reservedBytes = 64 * 1024 * 1024;
const maxEntries = 100_000;

/** The files of the gateway itself, in the directory that is set aside for transfers. */
export const gatewayPlace: Place = {
  name: 'the gateway',
  shown: (path) => path,
  async lookAt(path) {
    try {
      return described(await lstat(path));
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return undefined;
      throw error;
    }
  },
  async *entries(path): AsyncGenerator<PlacedEntry | 'limit'> {
    let count = 0;
    for await (const { name } of await opendir(path)) {
      count += 1;
      if (count > maxEntries) {
        yield 'limit';
        return;
      }
      const facts = await this.lookAt(`${path}/${name}`);
      if (facts) yield { name, facts };
    }
  },
  async openSource(path): Promise<SourceFile> {
    const handle = await openToRead(path);
    const facts = described(await handle.stat());
    if (facts.type !== 'file') {
      await handle.close();
      throw new GatewayError('path_not_permitted', `${this.shown(path)} is not a regular file.`);
    }
    return {
      facts,
      chunks: (offset) => chunksOf(handle, offset, facts.sizeBytes),
      isUnchanged: async () => {
        const now = described(await handle.stat());
        return now.sizeBytes === facts.sizeBytes && now.modified === facts.modified;
      },
      [Symbol.asyncDispose]: () => handle.close(),
    };
  },
  async create(path) {
    const flags = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
    return unfinished(await open(path, flags, 0o600));
  },
  async resume(path) {
    return unfinished(await open(path, constants.O_RDWR | constants.O_NOFOLLOW | constants.O_NONBLOCK));
  },
  async isOurs({ uid }) {
    return uid === process.getuid?.();
  },
  async hash(path, bytes) {
    const handle = await openToRead(path);
    try {
      return await hashOf(handle, bytes);
    } finally {
      await handle.close();
    }
  },
  async giveName(from, to, existing) {
    const parent = dirname(to);
    if ((await realpath(parent)) !== parent)
      throw new GatewayError('path_not_permitted', `${this.shown(parent)} became a link.`);
    if (existing === 'replace') {
      await rename(from, to);
      return;
    }
    // Unlike a rename, refused where the name is taken.
    await link(from, to);
    await unlink(from);
  },
  async remove(path) {
    // What cannot be removed, nobody can do more about.
    await unlink(path).catch(() => undefined);
  },
  async makeDirectory(path, mode) {
    await mkdir(path, { mode });
  },
  readLink: (path) => readlink(path),
  async makeLink(path, target) {
    await symlink(target, path);
  },
  async freeBytes(directory) {
    const { bavail, bsize } = await statfs(directory);
    return Math.max(0, bavail * bsize - reservedBytes);
  },
  isRefusal: () => true,
  explained(path, error) {
    const known = messages.get(codeOf(error) ?? '');
    return known
      ? new GatewayError(known.code, `${this.shown(path)} on the gateway ${known.what}`, { cause: error })
      : error;
  },
};

/** The same, where paths are shown from this directory on: where it is, is the operator's business. */
export function gatewayPlaceIn(directory: string): Place {
  return { ...gatewayPlace, shown: (path) => relative(directory, path) || '.' };
}

const messages: ReadonlyMap<string, { readonly code: ErrorCode; readonly what: string }> = new Map([
  ['ENOENT', { code: 'path_not_found', what: 'does not exist.' }],
  ['ENOTDIR', { code: 'path_not_found', what: 'does not exist: a part of its path is no directory.' }],
  ['EISDIR', { code: 'is_a_directory', what: 'is a directory. Name the file.' }],
  ['EEXIST', { code: 'already_exists', what: 'exists already.' }],
  ['ELOOP', { code: 'path_not_permitted', what: 'is a symbolic link.' }],
  ['ENAMETOOLONG', { code: 'invalid_input', what: 'has a name that is too long for it.' }],
  ['EACCES', { code: 'path_not_permitted', what: 'may not be accessed by it. Ask the operator.' }],
  ['EPERM', { code: 'path_not_permitted', what: 'may not be accessed by it. Ask the operator.' }],
  ['ENOSPC', { code: 'disk_full', what: 'does not fit on its disk. Ask the operator to make room.' }],
  ['EDQUOT', { code: 'disk_full', what: 'does not fit on its disk. Ask the operator to make room.' }],
]);

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** No link is followed, and no pipe waited for. */
function openToRead(path: string): Promise<FileHandle> {
  return open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
}

function unfinished(handle: FileHandle): UnfinishedFile {
  return {
    write: (source, offset) => writeAll(handle, source, offset),
    hashBack: (bytes) => hashOf(handle, bytes),
    setMode: (mode) => handle.chmod(mode),
    sync: () => handle.sync(),
    [Symbol.asyncDispose]: () => handle.close(),
  };
}

/** More is asked of the source while a few chunks are written together. What came before it failed is written too. */
async function writeAll(handle: FileHandle, source: ByteSource, offset: number): Promise<void> {
  let position = offset;
  let writing: Promise<void> = Promise.resolve();
  let gathered: Buffer[] = [];
  let size = 0;
  const flush = async (): Promise<void> => {
    await writing;
    writing = writeTogether(handle, gathered, position);
    // Whoever waits for it next is told.
    writing.catch(() => undefined);
    position += size;
    [gathered, size] = [[], 0];
  };
  try {
    for await (const chunk of source()) {
      gathered.push(chunk);
      size += chunk.length;
      if (size >= gatheredBytes) await flush();
    }
  } finally {
    await flush();
    await writing;
  }
}

async function writeTogether(handle: FileHandle, chunks: readonly Buffer[], position: number): Promise<void> {
  const wanted = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  if (wanted === 0) return;
  const { bytesWritten } = await handle.writev([...chunks], position);
  if (bytesWritten === wanted) return;
  const rest = Buffer.concat(chunks).subarray(bytesWritten);
  for (let done = 0; done < rest.length;) {
    const written = await handle.write(rest, done, rest.length - done, position + bytesWritten + done);
    done += written.bytesWritten;
  }
}

async function* chunksOf(handle: FileHandle, from: number, end: number): AsyncGenerator<Buffer> {
  for (let position = from; position < end;) {
    const size = Math.min(chunkBytes, end - position);
    const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafeSlow(size), 0, size, position);
    if (bytesRead === 0) return;
    position += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

/** As far as there are so many. Nothing is kept of what is read, so that one buffer does. */
async function hashOf(handle: FileHandle, bytes: number): Promise<string> {
  const hash = createHash('sha256');
  const buffer = Buffer.allocUnsafeSlow(Math.max(1, Math.min(chunkBytes, bytes)));
  for (let position = 0; position < bytes;) {
    const { bytesRead } = await handle.read(buffer, 0, Math.min(buffer.length, bytes - position), position);
    if (bytesRead === 0) break;
    hash.update(buffer.subarray(0, bytesRead));
    position += bytesRead;
  }
  return hash.digest('hex');
}

function described(stats: Stats): FileFacts {
  const { size, mode, uid, mtimeMs } = stats;
  return { type: typeOf(stats), sizeBytes: size, mode: mode & permissionBits, uid, modified: mtimeMs };
}

function typeOf(stats: Stats): FileFacts['type'] {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'directory';
  return stats.isSymbolicLink() ? 'symlink' : 'other';
}
