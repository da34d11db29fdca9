import type { FileBefore, FileChanges, FileOperation, FileState, Rights } from '../../changes/change.ts';
import type { HostId } from '../../hosts/host.ts';
import type { FileQuery, PathActionKind } from '../../policy/action.ts';
import type { Permit } from '../../policy/permit.ts';
import type { Connection } from '../connect/connection.ts';
import { changeFile, type FileChange, type NewFile } from './change-file.ts';
import { findFiles, type FoundFiles } from './find-files.ts';
import { findRotated, type RotatedLog } from './find-rotated.ts';
import { accountFiles, type HostFiles } from './host-files.ts';
import { readEnd, readRange } from './read-file.ts';
import { readLines, type FileLines, type LinesWanted } from './read-lines.ts';
import { resolvePath } from './resolve-path.ts';
import { RootFiles } from './root-files.ts';
import { keepLabel } from './security-label.ts';
import type { Sftp } from './sftp.ts';

export interface FileRange {
  readonly data: Buffer;
  readonly sizeBytes: number;
  /** Lower-case hex of the whole file; null where the file is too large to be read whole for it. */
  readonly sha256: string | null;
  /** The beginning of the file. */
  readonly head: Buffer;
}

export interface DirectoryEntry {
  readonly name: string;
  readonly type: 'file' | 'directory' | 'symlink' | 'socket' | 'pipe' | 'block_device' | 'character_device' | 'other';
  readonly sizeBytes: number;
  /** The line `ls -l` would print, as the host formats it. */
  readonly longName: string;
  /** Permission bits, where the host tells them. */
  readonly mode?: number;
  /** Seconds since 1970, where the host tells them. */
  readonly modified?: number;
  /** Of a symbolic link: where it points, as it is written there. */
  readonly target?: string;
}

export interface DirectoryListing {
  readonly entries: readonly DirectoryEntry[];
  /** False where there are more than are read. */
  readonly complete: boolean;
}

export interface ListingOptions {
  /** `read`: also where symbolic links point, at the price of a question for each. */
  readonly targets?: 'read';
  readonly by?: Rights;
}

export interface FileWrite {
  readonly by?: Rights;
  readonly operation: FileOperation;
  readonly becomes: NewFile;
  /** Only where the file is this, else `conflict`. */
  readonly whileIs?: FileState | undefined;
  /** The change that this one takes back. */
  readonly undoes?: string | undefined;
  /** Throws where the file must not be changed as it is. */
  readonly check?: ((before: FileBefore) => void) | undefined;
}

/** The files of the hosts, as far as one permit goes. */
export interface FileAccess {
  /** The absolute path without symlinks; for a path that does not exist yet, its parent's plus the last name. */
  resolvePath(host: HostId, path: string, by?: Rights): Promise<string>;
  /** The older files that a log was rotated to, the newest first. */
  findRotatedLogs(host: HostId, path: string): Promise<readonly RotatedLog[]>;
  readFile(host: HostId, path: string, range: { offset: number; maxBytes: number; by?: Rights }): Promise<FileRange>;
  readLines(host: HostId, path: string, wanted: LinesWanted & { by?: Rights }): Promise<FileLines>;
  /** The last bytes of a file. */
  readFileEnd(host: HostId, path: string, maxBytes: number, by?: Rights): Promise<Omit<FileRange, 'sha256'>>;
  /** Makes, replaces, adds to or removes a file, once what it was is on record. */
  changeFile(host: HostId, path: string, write: FileWrite): Promise<FileChange>;
  listDirectory(host: HostId, path: string, options?: ListingOptions): Promise<DirectoryListing>;
  /** What is below a directory, by name or by what is in it, with the host's own `find` and `grep`. */
  findFiles(host: HostId, path: string, search: { query: FileQuery; timeoutMs: number }): Promise<FoundFiles>;
}

/** How the call's work reaches a host. */
export interface FileWay {
  /** Over the SFTP channel. `path` is how the caller called the file, for messages. */
  overSftp<T>(
    host: HostId,
    path: string,
    work: (sftp: Sftp, connection: Connection, ends: AbortSignal) => Promise<T>,
  ): Promise<T>;
  /** As `overSftp`, for a question that must be answered whole within one deadline, however many requests it takes. */
  askOverSftp<T>(host: HostId, path: string, question: (sftp: Sftp) => Promise<T>): Promise<T>;
  /** For work that must not go on at the same time as other work on the same file. */
  inTurn<T>(host: HostId, path: string, work: () => Promise<T>): Promise<T>;
  onHost<T>(host: HostId, work: (connection: Connection, ends: AbortSignal) => Promise<T>): Promise<T>;
}

/** Every method refuses what the permit does not cover, and goes to the path that was judged. */
export function fileAccess(permit: Permit, way: FileWay, changes: FileChanges | undefined): FileAccess {
  const judged = (kind: PathActionKind, host: HostId, path: string, query?: FileQuery): string => {
    const resolved = permit.resolvedPath(kind, host, path, query);
    if (resolved === undefined) throw new Error(`no permit covers ${kind}`);
    return resolved;
  };
  const open = async <T>(host: HostId, place: Place, work: (files: HostFiles) => Promise<T>): Promise<T> => {
    const { path, by = 'account' } = place;
    if (by === 'account')
      return await way.overSftp(host, path, (sftp, connection, ends) => {
        const label = (from: string, to: string): Promise<'kept' | 'lost'> => keepLabel(connection, ends, { from, to });
        return work(accountFiles(sftp, label));
      });
    return await way.onHost(host, (connection, signal) =>
      work(new RootFiles({ host, connection, shownPath: path, signal })),
    );
  };
  return {
    resolvePath: async (host, path, by = 'account') => {
      const kind = by === 'sudo' ? 'sudo_resolve_path' : 'resolve_path';
      if (!permit.covers({ kind, host, path })) throw new Error(`no permit covers ${kind}`);
      if (by === 'sudo') return await open(host, { path, by }, (files) => files.resolve(path));
      return await way.askOverSftp(host, path, (sftp) => resolvePath(sftp, path));
    },
    findRotatedLogs: async (host, path) => {
      if (!permit.covers({ kind: 'find_rotated_logs', host, path }))
        throw new Error('no permit covers find_rotated_logs');
      return await way.askOverSftp(host, path, (sftp) => findRotated(sftp, path));
    },
    readFile: async (host, path, { by, ...range }) => {
      const resolved = judged(kindOf('read', by), host, path);
      return await open(host, { path, by }, async (files) => {
        await using file = await files.open(resolved);
        return await readRange(file, range);
      });
    },
    readLines: async (host, path, { by, ...wanted }) => {
      const resolved = judged(kindOf('read', by), host, path);
      return await open(host, { path, by }, async (files) => {
        await using file = await files.open(resolved);
        return await readLines(file, wanted);
      });
    },
    readFileEnd: async (host, path, maxBytes, by) => {
      const resolved = judged(kindOf('read', by), host, path);
      return await open(host, { path, by }, async (files) => {
        await using file = await files.open(resolved);
        return await readEnd(file, maxBytes);
      });
    },
    changeFile: async (host, path, { by = 'account', ...write }) => {
      const resolved = judged(kindOf('write', by), host, path);
      if (!changes) throw new Error('a file is changed by a call that keeps no changes');
      const request = { ...write, host, path: resolved, by };
      return await way.inTurn(host, resolved, () =>
        open(host, { path, by }, (files) => changeFile(files, request, changes)),
      );
    },
    listDirectory: async (host, path, { by, ...options } = {}) => {
      const resolved = judged(kindOf('list', by), host, path);
      return await open(host, { path, by }, (files) => files.list(resolved, options));
    },
    findFiles: async (host, path, { timeoutMs, query }) => {
      const resolved = judged('list_path', host, path, query);
      if (query.contains && judged('read_path', host, path, query) !== resolved) throw new Error('two starts');
      return await way.onHost(host, (connection, ends) =>
        findFiles(connection, resolved, query, { timeoutMs, signal: ends }),
      );
    },
  };
}

interface Place {
  /** As the caller called it, for messages. */
  readonly path: string;
  readonly by: Rights | undefined;
}

function kindOf(use: 'read' | 'write' | 'list', by: Rights | undefined): PathActionKind {
  return by === 'sudo' ? `sudo_${use}_path` : `${use}_path`;
}
