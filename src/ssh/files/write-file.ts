import { createHash } from 'node:crypto';
import { posix } from 'node:path';
import { GatewayError } from '../../base/errors.ts';
import { lookAround, removeAbandoned, temporaryBeside, type Surroundings } from './beside.ts';
import { mustBeRegular, mustLeadToItself } from './file-checks.ts';
import { appendChunks, writeChunks, type ByteSource } from './file-chunks.ts';
import { statusOf } from './file-error.ts';
import { hashFile } from './read-file.ts';
import { statusCode, type Attributes } from './sftp-packets.ts';
import type { Sftp } from './sftp.ts';

const permissionBits = 0o7777;
const setIdBits = 0o6000;
const newFileMode = 0o644;
/** With less than this left, the write that failed did not fit. */
const fullBelowBytes = 256 * 1024;

export interface OverwriteOptions {
  /** Only if the file has the contents of this SHA-256 (lower-case hex), or is not there; else `conflict`. */
  readonly replacing?: string | { readonly kind: 'absent' } | undefined;
  /** What the new file gets, instead of what the old one has. */
  readonly attributes?: Pick<Attributes, 'mode' | 'owner'> | undefined;
  /** Gives the new file the security label of the old. */
  readonly label?: ((from: string, to: string) => Promise<'kept' | 'lost'>) | undefined;
}

/** Why a file could not be replaced in one step, and was written over instead: a crash in between leaves half of it. */
export type InPlaceReason = 'hard_links' | 'owner_or_directory' | 'server';

export interface WrittenFile {
  readonly bytesWritten: number;
  /** Of what was written: lower-case hex. */
  readonly sha256: string;
  readonly created: boolean;
  /** Undefined for a file that was replaced in one step. */
  readonly inPlace: InPlaceReason | undefined;
  /** `lost`: the new file could not be given the security label of the old. */
  readonly label?: 'lost';
}

/**
 * Replaces a file in one step: readers see the old bytes or the new, and a lost connection leaves the old.
 *
 * The new file gets the old one's mode and owner. Written in place instead: a file with several hard links, which a
 * rename would part, and one whose owner could not be kept, whose directory takes no new file, or whose server cannot
 * replace files. A file that nobody may write is refused, although its directory would let it be replaced.
 *
 * With `replacing`, a file that has other contents is left alone. SFTP knows no compare-and-swap: who writes in the
 * round trip between our last look and the rename is overwritten.
 */
export async function overwriteFile(
  sftp: Sftp,
  path: string,
  source: ByteSource,
  options: OverwriteOptions = {},
): Promise<WrittenFile> {
  const old = await attributesOrNothing(sftp, path);
  const contents: NewContents = { path, source, options, old };
  if (!old) return await writeBeside(sftp, contents, { links: 0, unfinished: [] });
  mustBeRegular(old, path);
  mustBeWritable(old.mode ?? newFileMode, 0o222, path);
  if (!sftp.canReplace) return await writeInPlace(sftp, contents, 'server');
  const around = await lookAround(sftp, path);
  if (around.links > 1) return await writeInPlace(sftp, contents, 'hard_links');
  return await writeBeside(sftp, contents, around);
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

/** Removes a file while it has the contents of this SHA-256; else `conflict`. */
export async function removeFile(sftp: Sftp, path: string, replacing: string): Promise<void> {
  mustBeRegular(await sftp.lstat(path), path);
  await mustHold(sftp, path, replacing);
  await changing(sftp, () => sftp.remove(path));
}

interface NewContents {
  readonly path: string;
  readonly source: ByteSource;
  readonly options: OverwriteOptions;
  readonly old: Attributes | undefined;
}

async function mustHold(sftp: Sftp, path: string, replacing: OverwriteOptions['replacing']): Promise<void> {
  if (replacing === undefined) return;
  const sha256 = await hashFile(sftp, path).catch((error: unknown) => {
    if (statusOf(error) === statusCode.noSuchFile) return undefined;
    throw error;
  });
  if (sha256 !== (typeof replacing === 'string' ? replacing : undefined)) throw changedMeanwhile(path);
}

export function changedMeanwhile(path: string): GatewayError {
  return new GatewayError('conflict', `${path} is not what it was when it was read. Read it again, then repeat this.`);
}

/** Replacing a file needs no right to write it: one that is meant to be read only would be replaced all the same. */
function mustBeWritable(mode: number, bits: number, path: string): void {
  if ((mode & bits) !== 0) return;
  const message = `${path} is read-only (mode ${(mode & permissionBits).toString(8)}). Change its mode first if it is to be written.`;
  throw new GatewayError('host_permission_denied', message);
}

async function writeBeside(sftp: Sftp, contents: NewContents, around: Surroundings): Promise<WrittenFile> {
  const { path, source, old, options } = contents;
  const attributes = options.attributes ?? old;
  const temporary = temporaryBeside(path);
  const hashed = hashing(source);
  let handle: Buffer | undefined;
  let isThere = true;
  try {
    handle = await sftp.open(temporary, 'create', attributes ? 0o600 : newFileMode);
    if (attributes) await takeOwner(sftp, handle, { contents, around, wanted: attributes.owner });
    const label = old && (await options.label?.(path, temporary));
    const bytesWritten = await writeChunks(sftp, handle, hashed.source);
    // After the writing, which takes set-user-ID away.
    if (attributes?.mode !== undefined) await sftp.fsetstat(handle, { mode: attributes.mode & permissionBits });
    await sftp.fsync(handle);
    await mustLeadToItself(sftp, posix.dirname(path));
    await mustHold(sftp, path, options.replacing);
    await giveName(sftp, temporary, contents);
    isThere = false;
    const written = { bytesWritten, sha256: hashed.sha256(), created: !old, inPlace: undefined };
    return label === 'lost' ? { ...written, label } : written;
  } catch (error) {
    const status = statusOf(error);
    // Refused to be made, it is not ours to remove.
    if (handle === undefined && status !== undefined) isThere = false;
    if (!old || (status !== statusCode.permissionDenied && status !== statusCode.unsupported)) {
      throw await explained(sftp, path, error);
    }
  } finally {
    if (isThere) await sftp.unlink(temporary);
    if (handle !== undefined) await sftp.close(handle);
  }
  return await writeInPlace(sftp, contents, 'owner_or_directory');
}

async function giveName(sftp: Sftp, temporary: string, { path, options }: NewContents): Promise<void> {
  const isNew = typeof options.replacing === 'object';
  const rename = (): Promise<void> =>
    sftp.canReplace && !isNew ? sftp.replace(temporary, path) : sftp.renameToFreeName(temporary, path);
  await changing(sftp, rename).catch(async (error: unknown) => {
    if (isNew && statusOf(error) === statusCode.failure && (await attributesOrNothing(sftp, path))) {
      throw changedMeanwhile(path);
    }
    throw error;
  });
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

interface Taking {
  readonly contents: NewContents;
  readonly around: Surroundings;
  readonly wanted: Attributes['owner'];
}

/** Gives the unfinished file to its owner; what it belongs to before that is who we are on the host. */
async function takeOwner(sftp: Sftp, handle: Buffer, { contents, around, wanted }: Taking): Promise<void> {
  const made = await sftp.fstat(handle);
  const { old, path } = contents;
  const isOurs = old?.owner !== undefined && old.owner.uid === made.owner?.uid;
  if (isOurs && made.owner?.uid !== 0) mustBeWritable(old.mode ?? newFileMode, 0o200, path);
  await removeAbandoned(sftp, around.unfinished, made);
  if (wanted === undefined || (made.owner?.uid === wanted.uid && made.owner.gid === wanted.gid)) return;
  await sftp.fsetstat(handle, { owner: wanted });
}

async function writeInPlace(sftp: Sftp, contents: NewContents, inPlace: InPlaceReason): Promise<WrittenFile> {
  const { path, source, options, old } = contents;
  const hashed = hashing(source);
  const handle = await sftp.open(path, 'update');
  try {
    await mustLeadToItself(sftp, path);
    await mustHold(sftp, path, options.replacing);
    sftp.changesBegin();
    const size = await writeChunks(sftp, handle, hashed.source);
    await sftp.fsetstat(handle, { size });
    const mode = options.attributes?.mode ?? (setIdBits & (old?.mode ?? 0) ? old?.mode : undefined);
    if (mode !== undefined) await sftp.fsetstat(handle, { mode: mode & permissionBits });
    await sftp.fsync(handle);
    return { bytesWritten: size, sha256: hashed.sha256(), created: false, inPlace };
  } catch (error) {
    throw await explained(sftp, path, error);
  } finally {
    await sftp.close(handle);
  }
}

/** The source, and once it has been taken whole, its hash. */
function hashing(source: ByteSource): { readonly source: ByteSource; readonly sha256: () => string } {
  const hash = createHash('sha256');
  return {
    source: async function* () {
      for await (const chunk of source()) {
        hash.update(chunk);
        yield chunk;
      }
    },
    sha256: () => hash.digest('hex'),
  };
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
