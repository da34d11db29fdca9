import type { Attributes } from '../files/sftp-packets.ts';
import type { DirectoryEntry } from '../files/file-access.ts';
import type { ByteSource } from '../files/file-chunks.ts';

/** What stands at a path. A symbolic link is itself, not what it leads to. */
export interface FileFacts {
  readonly type: DirectoryEntry['type'];
  readonly sizeBytes: number;
  /** Permission bits, as of chmod(1). */
  readonly mode: number;
  readonly uid: number | undefined;
  /** Differs once the file has been written to, as far as the place tells. */
  readonly modified: number;
}

export interface PlacedEntry {
  readonly name: string;
  readonly facts: FileFacts;
}

/** A file open for reading. */
export interface SourceFile extends AsyncDisposable {
  readonly facts: FileFacts;
  /** Its bytes from there to the size it had when it was opened, as fast as they are taken. */
  chunks(offset: number): AsyncIterable<Buffer>;
  /** It is still what it was when it was opened. */
  isUnchanged(): Promise<boolean>;
}

/** An unfinished file, open for writing. */
export interface UnfinishedFile extends AsyncDisposable {
  write(source: ByteSource, offset: number): Promise<void>;
  /** The hash of its first bytes, read back. */
  hashBack(bytes: number): Promise<string>;
  setMode(mode: number): Promise<void>;
  /** On disk when resolved. */
  sync(): Promise<void>;
}

/** Where files come from or go to: a host, or the gateway's own directory. Paths are absolute. Nothing follows a link. */
export interface Place {
  /** As messages call it. */
  readonly name: string;
  /** A path as its callers may see it. */
  shown(path: string): string;
  lookAt(path: string): Promise<FileFacts | undefined>;
  /** The entries of a directory; `limit` instead of those that are too many. */
  entries(path: string): AsyncIterable<PlacedEntry | 'limit'>;
  openSource(path: string): Promise<SourceFile>;
  /** A new file that nobody else may read. */
  create(path: string): Promise<UnfinishedFile>;
  resume(path: string): Promise<UnfinishedFile>;
  /** The file belongs to the account that we are there: nobody else can have put it there, or write to it meanwhile. */
  isOurs(facts: FileFacts): Promise<boolean>;
  /** SHA-256 of the first bytes of a file, lower-case hex. */
  hash(path: string, bytes: number): Promise<string>;
  /** Gives an unfinished file its name in one step; with `keep`, only if the name is free. */
  giveName(from: string, to: string, existing: 'replace' | 'keep'): Promise<void>;
  /** Never rejects: what cannot be removed stays. */
  remove(path: string): Promise<void>;
  makeDirectory(path: string, mode: number): Promise<void>;
  readLink(path: string): Promise<string>;
  makeLink(path: string, target: string): Promise<void>;
  /** Bytes that are left, where the place says. */
  freeBytes(directory: string): Promise<number | undefined>;
  /** Whether the place has refused what was asked, so that nothing came of it. */
  isRefusal(error: unknown): boolean;
  /** An error of this place as callers are told of it. */
  explained(path: string, error: unknown): unknown;
}

export const permissionBits = 0o777;

export function factsOf(type: DirectoryEntry['type'], { size = 0, mode = 0, owner, times }: Attributes): FileFacts {
  return { type, sizeBytes: size, mode: mode & permissionBits, uid: owner?.uid, modified: times?.modified ?? 0 };
}
