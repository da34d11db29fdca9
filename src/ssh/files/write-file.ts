import { randomBytes } from 'node:crypto';
import { posix } from 'node:path';
import { GatewayError } from '../../base/errors.ts';
import { mustBeRegular, mustLeadToItself } from './file-checks.ts';
import { appendChunks, writeChunks, type ByteSource } from './file-chunks.ts';
import { statusOf } from './file-error.ts';
import { entriesWithin, type DirectoryLimits } from './list-directory.ts';
import { readFile } from './read-file.ts';
import { statusCode, type Attributes } from './sftp-packets.ts';
import type { Sftp } from './sftp.ts';

const permissionBits = 0o7777;
const newFileMode = 0o644;
/** With less than this left, the write that failed did not fit. */
const fullBelowBytes = 256 * 1024;
/** How far a file is looked for in its directory, to see how many links it has. */
const searchLimits: DirectoryLimits = { entries: 200_000, nameBytes: 64 * 1024 * 1024, ms: 10_000 };

/**
 * Replaces a file in one step: readers see the old bytes or the new, and a lost connection leaves the old.
 *
 * The new file gets the old one's mode and owner. Written in place instead: a file with several hard links, which a
 * rename would part, and one whose owner could not be kept, whose directory takes no new file, or whose server cannot
 * replace files. Returns how many bytes were written.
 *
 * With `replacing`, a file that no longer has the contents of that hash is left alone: `conflict`. SFTP knows no
 * compare-and-swap: who writes in the round trip between our last look and the rename is overwritten.
 */
export async function overwriteFile(sftp: Sftp, path: string, source: ByteSource, replacing?: string): Promise<number> {
  const old = await attributesOrNothing(sftp, path);
  const contents: NewContents = { path, source, replacing };
  if (old) {
    mustBeRegular(old, path);
    if (!sftp.canReplace || (await hasSeveralLinks(sftp, path))) return await writeInPlace(sftp, contents);
  }
  const written = await writeBeside(sftp, contents, old);
  return written === 'not_replaceable' ? await writeInPlace(sftp, contents) : written;
}

/** Adds to the end of a file, or makes it, and returns how many bytes were added. The file stays the same file, as its readers expect of a log. */
export async function appendFile(sftp: Sftp, path: string, source: ByteSource): Promise<number> {
  const old = await attributesOrNothing(sftp, path);
  if (old) mustBeRegular(old, path);
  const open = (): Promise<Buffer> => sftp.open(path, 'append', newFileMode);
  const handle = await (old ? open() : changing(sftp, open));
  try {
    await mustLeadToItself(sftp, path);
    const { size = 0 } = await sftp.fstat(handle);
    sftp.changesBegin();
    const written = await appendChunks(sftp, handle, source, size);
    await sftp.fsync(handle);
    return written;
  } catch (error) {
    throw await explained(sftp, path, error);
  } finally {
    await sftp.close(handle);
  }
}

/** SFTP 3 does not tell the number of links; OpenSSH's long name of a directory entry does. Unknown counts as one. */
async function hasSeveralLinks(sftp: Sftp, path: string): Promise<boolean> {
  const name = posix.basename(path);
  const handle = await sftp.opendir(posix.dirname(path)).catch((error: unknown) => {
    if (statusOf(error) === undefined) throw error;
    return undefined;
  });
  if (handle === undefined) return false;
  try {
    for await (const entry of entriesWithin(sftp, handle, searchLimits)) {
      if (entry === 'limit') return false;
      if (entry.name !== name) continue;
      const links = /^\S{10,11}\s+(\d+)\s/.exec(entry.longName)?.[1];
      return links !== undefined && Number(links) > 1;
    }
    return false;
  } finally {
    void sftp.close(handle);
  }
}

interface NewContents {
  readonly path: string;
  readonly source: ByteSource;
  readonly replacing: string | undefined;
}

async function mustHold(sftp: Sftp, { path, replacing }: NewContents): Promise<void> {
  if (replacing === undefined) return;
  const { sha256 } = await readFile(sftp, path, { offset: 0, maxBytes: 0 }).catch((error: unknown) => {
    if (statusOf(error) === statusCode.noSuchFile) return { sha256: null };
    throw error;
  });
  if (sha256 === replacing) return;
  throw new GatewayError('conflict', `${path} changed while it was being edited. Read it again, then repeat the edit.`);
}

async function writeBeside(
  sftp: Sftp,
  contents: NewContents,
  old: Attributes | undefined,
): Promise<number | 'not_replaceable'> {
  const { path, source } = contents;
  const parent = posix.dirname(path);
  const temporary = posix.join(parent, `.${shortened(posix.basename(path))}.${randomBytes(6).toString('hex')}.tmp`);
  let handle: Buffer | undefined;
  let isThere = true;
  try {
    handle = await sftp.open(temporary, 'create', old ? 0o600 : newFileMode);
    if (old) await keepOwner(sftp, handle, old);
    const written = await writeChunks(sftp, handle, source);
    // After the writing, which takes set-user-ID away.
    if (old?.mode !== undefined) await sftp.fsetstat(handle, { mode: old.mode & permissionBits });
    await sftp.fsync(handle);
    await mustLeadToItself(sftp, parent);
    await mustHold(sftp, contents);
    await giveName(sftp, temporary, path);
    isThere = false;
    return written;
  } catch (error) {
    const status = statusOf(error);
    // Refused to be made, it is not ours to remove.
    if (handle === undefined && status !== undefined) isThere = false;
    if (old && (status === statusCode.permissionDenied || status === statusCode.unsupported)) return 'not_replaceable';
    throw await explained(sftp, path, error);
  } finally {
    if (isThere) await sftp.unlink(temporary);
    if (handle !== undefined) await sftp.close(handle);
  }
}

/** As much of a name as fits a file name of 255 bytes beside what is put around it, at four bytes a character. */
function shortened(name: string): string {
  return Array.from(name).slice(0, 50).join('');
}

async function giveName(sftp: Sftp, temporary: string, path: string): Promise<void> {
  const rename = (): Promise<void> =>
    sftp.canReplace ? sftp.replace(temporary, path) : sftp.renameToFreeName(temporary, path);
  await changing(sftp, rename);
}

/** One request that changes the file, or is refused and does not. */
async function changing<T>(sftp: Sftp, request: () => Promise<T>): Promise<T> {
  sftp.changesBegin();
  try {
    return await request();
  } catch (error) {
    if (statusOf(error) !== undefined) sftp.changesRefused();
    throw error;
  }
}

async function keepOwner(sftp: Sftp, handle: Buffer, { owner }: Attributes): Promise<void> {
  if (owner === undefined) return;
  const { owner: current } = await sftp.fstat(handle);
  if (current?.uid !== owner.uid || current.gid !== owner.gid) await sftp.fsetstat(handle, { owner });
}

async function writeInPlace(sftp: Sftp, contents: NewContents): Promise<number> {
  const { path, source } = contents;
  const handle = await sftp.open(path, 'update');
  try {
    await mustLeadToItself(sftp, path);
    await mustHold(sftp, contents);
    sftp.changesBegin();
    const size = await writeChunks(sftp, handle, source);
    await sftp.fsetstat(handle, { size });
    await sftp.fsync(handle);
    return size;
  } catch (error) {
    throw await explained(sftp, path, error);
  } finally {
    await sftp.close(handle);
  }
}

/** SFTP 3 has one status for every other failure; whether the disk is full can be asked. */
async function explained(sftp: Sftp, path: string, cause: unknown): Promise<unknown> {
  if (statusOf(cause) !== statusCode.failure) return cause;
  const free = await sftp.freeBytes(posix.dirname(path)).catch(() => undefined);
  if (free === undefined || free >= fullBelowBytes) return cause;
  const message = `The disk that holds ${path} is full. Free some space there, then try again.`;
  return new GatewayError('disk_full', message, { cause, ran: sftp.mayHaveChanged ? 'may_have_run' : 'not_started' });
}

async function attributesOrNothing(sftp: Sftp, path: string): Promise<Attributes | undefined> {
  try {
    return await sftp.lstat(path);
  } catch (error) {
    if (statusOf(error) === statusCode.noSuchFile) return undefined;
    throw error;
  }
}
