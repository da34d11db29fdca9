import { createHash, randomBytes } from 'node:crypto';
import { posix } from 'node:path';
import type { Stats } from 'ssh2';
import { GatewayError } from '../base/errors.ts';
import type { DirectoryEntry, FileRange } from './access.ts';
import { sftpStatus, statusOf, type Sftp } from './sftp.ts';

/** Every SFTP server takes requests of this size (draft-ietf-secsh-filexfer-02, section 3). */
const chunkBytes = 32 * 1024;
const requestsInFlight = 16;
/** Files up to this size are read whole to give their hash. */
const maxHashedBytes = 16 * 1024 * 1024;
/** A directory with more entries, or one that never ends, is listed up to here. */
const maxEntries = 10_000;
const permissionBits = 0o7777;

/** Checks after opening that `path` still leads where it led when it was judged: a link swapped in between is refused. */
async function stillThere(sftp: Sftp, path: string): Promise<void> {
  if ((await sftp.realpath(path)) === path) return;
  throw new GatewayError('path_not_permitted', `${path} became a symbolic link while it was being opened. Try again.`);
}

function regularFile(stats: Stats, path: string): void {
  if (stats.isDirectory()) {
    throw new GatewayError('is_a_directory', `${path} is a directory. List it with list_directory.`);
  }
  if (!stats.isFile()) {
    const message = `${path} is not a regular file: devices, sockets and pipes are not read or written.`;
    throw new GatewayError('path_not_permitted', message);
  }
}

export async function readFile(
  sftp: Sftp,
  path: string,
  range: { offset: number; maxBytes: number },
): Promise<FileRange> {
  regularFile(await sftp.stat(path), path);
  const handle = await sftp.open(path, 'r');
  try {
    await stillThere(sftp, path);
    const stats = await sftp.fstat(handle);
    regularFile(stats, path);
    if (stats.size > maxHashedBytes) {
      const data = await readRange(sftp, handle, range.offset, range.maxBytes);
      return { data, sizeBytes: stats.size, sha256: null };
    }
    const whole = await readRange(sftp, handle, 0, maxHashedBytes);
    return {
      data: whole.subarray(range.offset, range.offset + range.maxBytes),
      sizeBytes: whole.length,
      sha256: createHash('sha256').update(whole).digest('hex'),
    };
  } finally {
    await closeQuietly(sftp, handle);
  }
}

/** Up to `length` bytes, fewer only at the end of the file. Its stated size is not trusted: /proc files say 0. */
async function readRange(sftp: Sftp, handle: Buffer, offset: number, length: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  let position = offset;
  const end = offset + length;
  while (position < end) {
    const sizes: number[] = [];
    for (let at = position; at < end && sizes.length < requestsInFlight; at += chunkBytes) {
      sizes.push(Math.min(chunkBytes, end - at));
      // One request tells a small file from a large one.
      if (position === offset) break;
    }
    const chunks = await Promise.all(sizes.map((size, n) => readChunk(sftp, handle, position + n * chunkBytes, size)));
    for (const [n, chunk] of chunks.entries()) {
      parts.push(chunk);
      position += chunk.length;
      if (chunk.length < (sizes[n] ?? 0)) return Buffer.concat(parts);
    }
  }
  return Buffer.concat(parts);
}

/** A server may answer with less than was asked; only nothing means the end. */
async function readChunk(sftp: Sftp, handle: Buffer, position: number, size: number): Promise<Buffer> {
  const chunk = Buffer.alloc(size);
  let filled = 0;
  while (filled < size) {
    const read = await sftp.read(handle, chunk.subarray(filled), position + filled);
    if (read === 0) break;
    filled += read;
  }
  return chunk.subarray(0, filled);
}

/**
 * Replaces a file in one step: readers see the old bytes or the new, and a lost connection leaves the old.
 *
 * The new file gets the old one's mode and owner. Written in place instead: a file with several hard links, which a
 * rename would part, and one whose owner could not be kept or whose directory takes no new file.
 */
export async function overwriteFile(sftp: Sftp, path: string, data: Buffer): Promise<void> {
  const old = await statOrNothing(sftp, path);
  if (old) regularFile(old, path);
  if (old && (await isLinkedTwice(sftp, path))) await writeInPlace(sftp, path, data);
  else if ((await writeBeside(sftp, path, data, old)) === 'not_replaceable') await writeInPlace(sftp, path, data);
}

/** SFTP 3 does not tell the number of links; OpenSSH's long name of a directory entry does. Unknown counts as one. */
async function isLinkedTwice(sftp: Sftp, path: string): Promise<boolean> {
  const name = posix.basename(path);
  const handle = await sftp.opendir(posix.dirname(path)).catch(() => undefined);
  if (handle === undefined) return false;
  try {
    let seen = 0;
    for await (const entry of entriesOf(sftp, handle)) {
      seen += 1;
      if (seen > maxEntries) return false;
      if (entry.filename !== name) continue;
      const links = /^\S{10,11}\s+(\d+)\s/.exec(entry.longname)?.[1];
      return links !== undefined && Number(links) > 1;
    }
    return false;
  } finally {
    await closeQuietly(sftp, handle);
  }
}

async function writeBeside(
  sftp: Sftp,
  path: string,
  data: Buffer,
  old: Stats | undefined,
): Promise<'replaced' | 'not_replaceable'> {
  const parent = posix.dirname(path);
  const temporary = posix.join(parent, `.${posix.basename(path).slice(0, 60)}.${randomBytes(6).toString('hex')}.tmp`);
  let handle: Buffer | undefined;
  try {
    handle = await sftp.open(temporary, 'wx', old ? 0o600 : 0o644);
    if (old) await keepOwner(sftp, handle, old);
    await writeAll(sftp, handle, data, 0);
    // After the writing, which takes set-user-ID away.
    if (old) await sftp.fsetstat(handle, { mode: old.mode & permissionBits });
    await tolerateMissing(sftp.fsync(handle));
    await stillThere(sftp, parent);
    await sftp.rename(temporary, path);
    return 'replaced';
  } catch (error) {
    if (handle !== undefined) await sftp.unlink(temporary).catch(() => undefined);
    const status = statusOf(error);
    if (old && (status === sftpStatus.permissionDenied || status === sftpStatus.unsupported)) return 'not_replaceable';
    throw await explainFailure(sftp, { path, bytes: data.length, cause: error });
  } finally {
    if (handle !== undefined) await closeQuietly(sftp, handle);
  }
}

async function keepOwner(sftp: Sftp, handle: Buffer, old: Stats): Promise<void> {
  const current = await sftp.fstat(handle);
  if (current.uid !== old.uid || current.gid !== old.gid) {
    await sftp.fsetstat(handle, { uid: old.uid, gid: old.gid });
  }
}

async function writeInPlace(sftp: Sftp, path: string, data: Buffer): Promise<void> {
  const handle = await sftp.open(path, 'r+');
  try {
    await stillThere(sftp, path);
    await writeAll(sftp, handle, data, 0);
    await sftp.fsetstat(handle, { size: data.length });
    await tolerateMissing(sftp.fsync(handle));
  } catch (error) {
    throw await explainFailure(sftp, { path, bytes: data.length, cause: error });
  } finally {
    await closeQuietly(sftp, handle);
  }
}

/** Adds to the end of a file, or makes it. The file stays the same file, as its readers expect of a log. */
export async function appendFile(sftp: Sftp, path: string, data: Buffer): Promise<void> {
  const old = await statOrNothing(sftp, path);
  if (old) regularFile(old, path);
  const handle = await sftp.open(path, 'a', 0o644);
  try {
    await stillThere(sftp, path);
    await writeAll(sftp, handle, data, (await sftp.fstat(handle)).size);
    await tolerateMissing(sftp.fsync(handle));
  } catch (error) {
    throw await explainFailure(sftp, { path, bytes: data.length, cause: error });
  } finally {
    await closeQuietly(sftp, handle);
  }
}

async function writeAll(sftp: Sftp, handle: Buffer, data: Buffer, offset: number): Promise<void> {
  for (let at = 0; at < data.length; at += chunkBytes * requestsInFlight) {
    const batch: Promise<void>[] = [];
    for (let n = 0; n < requestsInFlight && at + n * chunkBytes < data.length; n += 1) {
      const from = at + n * chunkBytes;
      batch.push(sftp.write(handle, data.subarray(from, Math.min(from + chunkBytes, data.length)), offset + from));
    }
    await Promise.all(batch);
  }
}

/** SFTP 3 has one status for every other failure; whether the disk is full can be asked. */
async function explainFailure(
  sftp: Sftp,
  { path, bytes, cause }: { readonly path: string; readonly bytes: number; readonly cause: unknown },
): Promise<unknown> {
  if (statusOf(cause) !== sftpStatus.failure) return cause;
  const free = await sftp.freeBytes(posix.dirname(path)).catch(() => undefined);
  if (free === undefined || free > bytes) return cause;
  const message = `The disk that holds ${path} is full. Free some space there, then try again.`;
  return new GatewayError('disk_full', message, { cause });
}

export async function listDirectory(
  sftp: Sftp,
  path: string,
): Promise<{ entries: readonly DirectoryEntry[]; complete: boolean }> {
  const stats = await sftp.stat(path);
  if (!stats.isDirectory()) {
    throw new GatewayError('path_not_permitted', `${path} is not a directory. Read it with read_file.`);
  }
  const handle = await sftp.opendir(path);
  const entries: DirectoryEntry[] = [];
  try {
    await stillThere(sftp, path);
    for await (const { filename, longname, attrs } of entriesOf(sftp, handle)) {
      if (entries.length === maxEntries) return { entries, complete: false };
      entries.push({ name: filename, type: typeOf(attrs), sizeBytes: attrs.size, longName: longname });
    }
    return { entries, complete: true };
  } finally {
    await closeQuietly(sftp, handle);
  }
}

async function* entriesOf(sftp: Sftp, handle: Buffer) {
  for (let batch = await sftp.readdir(handle); batch !== undefined; batch = await sftp.readdir(handle)) yield* batch;
}

function typeOf(stats: Stats): DirectoryEntry['type'] {
  if (stats.isDirectory()) return 'directory';
  if (stats.isSymbolicLink()) return 'symlink';
  return stats.isFile() ? 'file' : 'other';
}

async function statOrNothing(sftp: Sftp, path: string): Promise<Stats | undefined> {
  try {
    return await sftp.lstat(path);
  } catch (error) {
    if (statusOf(error) === sftpStatus.noSuchFile) return undefined;
    throw error;
  }
}

/** Not every server can fsync; the rename is atomic all the same. */
async function tolerateMissing(request: Promise<void>): Promise<void> {
  try {
    await request;
  } catch (error) {
    if (statusOf(error) !== sftpStatus.unsupported) throw error;
  }
}

async function closeQuietly(sftp: Sftp, handle: Buffer): Promise<void> {
  // A handle that cannot be closed ends with its channel.
  await sftp.close(handle).catch(() => undefined);
}
