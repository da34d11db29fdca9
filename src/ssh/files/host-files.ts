import type { FileBefore } from '../../changes/change.ts';
import { mustBeRegular } from './file-checks.ts';
import type { ByteSource } from './file-chunks.ts';
import { statusOf } from './file-error.ts';
import type { DirectoryListing, ListingOptions } from './file-access.ts';
import { listDirectory } from './list-directory.ts';
import { openToRead, readFile, type ReadableFile } from './read-file.ts';
import { resolvePath } from './resolve-path.ts';
import { statusCode } from './sftp-packets.ts';
import type { Sftp } from './sftp.ts';
import { appendFile, overwriteFile, removeFile, type OverwriteOptions, type WrittenFile } from './write-file.ts';

/** The files of one host, to be changed with the rights of the account or of root. Paths are resolved ones. */
export interface HostFiles {
  /** Where a path leads: see `resolvePath`. */
  resolve(path: string): Promise<string>;
  /** Opens a regular file to stream it from the host. The caller disposes it. */
  open(path: string): Promise<ReadableFile>;
  list(path: string, options?: ListingOptions): Promise<DirectoryListing>;
  /** With its contents where they are at most so many bytes. */
  look(path: string, maxBytes: number): Promise<FileBefore>;
  overwrite(path: string, source: ByteSource, options: OverwriteOptions): Promise<WrittenFile>;
  append(path: string, source: ByteSource): Promise<number>;
  remove(path: string, sha256: string): Promise<void>;
  /** False as long as every file is certainly what it was. */
  readonly mayHaveChanged: boolean;
}

/** With the rights of the account, over SFTP. */
export function accountFiles(sftp: Sftp, label?: OverwriteOptions['label']): HostFiles {
  return {
    resolve: (path) => resolvePath(sftp, path),
    open: (path) => openToRead(sftp, path),
    list: (path, options) => listDirectory(sftp, path, options),
    look: (path, maxBytes) => look(sftp, path, maxBytes),
    overwrite: (path, source, options) => overwriteFile(sftp, path, source, { ...options, label }),
    append: (path, source) => appendFile(sftp, path, source),
    remove: (path, sha256) => removeFile(sftp, path, sha256),
    get mayHaveChanged() {
      return sftp.mayHaveChanged;
    },
  };
}

async function look(sftp: Sftp, path: string, maxBytes: number): Promise<FileBefore> {
  const found = await sftp.lstat(path).catch(orNothing(statusCode.noSuchFile));
  if (!found) return { kind: 'absent' };
  mustBeRegular(found, path);
  const { size = 0, mode, owner } = found;
  const attributes = { ...(mode !== undefined && { mode }), ...(owner && { owner }) };
  const file = { kind: 'file', attributes } as const;
  if (size > maxBytes || maxBytes === 0) return { ...file, sizeBytes: size, contents: undefined };
  const read = await readFile(sftp, path, { offset: 0, maxBytes }).catch(orNothing(statusCode.permissionDenied));
  const { data, sizeBytes = size, sha256 } = read ?? {};
  const isWhole = data !== undefined && typeof sha256 === 'string' && data.length === sizeBytes;
  return { ...file, sizeBytes, contents: isWhole ? { data, sha256 } : undefined };
}

function orNothing(status: number): (error: unknown) => undefined {
  return (error) => {
    if (statusOf(error) !== status) throw error;
    return undefined;
  };
}
