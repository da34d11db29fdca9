import type { HostId } from '../hosts/host.ts';
import type { PrincipalId } from '../identity/caller.ts';

/** What a file is, as far as it matters for telling whether it has changed. */
export type FileState =
  | { readonly kind: 'absent' }
  | {
      readonly kind: 'file';
      readonly sizeBytes: number;
      /** Lower-case hex; null where the file was not read whole. */
      readonly sha256: string | null;
    };

export interface FileAttributes {
  readonly mode?: number;
  readonly owner?: { readonly uid: number; readonly gid: number };
}

/** A file on a host before it is changed. */
export type FileBefore =
  | { readonly kind: 'absent' }
  | {
      readonly kind: 'file';
      readonly sizeBytes: number;
      readonly attributes: FileAttributes;
      /** Undefined where there are more than are kept, or the account may not read them. */
      readonly contents: { readonly data: Buffer; readonly sha256: string } | undefined;
    };

/** With whose rights something is done on a host. */
export type Rights = 'account' | 'sudo';

export const fileOperations = ['write', 'append', 'edit', 'transfer', 'undo'] as const;
export type FileOperation = (typeof fileOperations)[number];

/** A file that is about to be changed. */
export interface PlannedChange {
  readonly host: HostId;
  /** Where the path leads: absolute, without symlinks. */
  readonly path: string;
  /** With whose rights. */
  readonly by: Rights;
  readonly operation: FileOperation;
  readonly before: FileBefore;
  /** What the file is meant to become, where that is known before it is written. */
  readonly after: FileState | undefined;
  /** The change that this one takes back. */
  readonly undoes?: string | undefined;
}

/** Whether a change can be taken back, and why not. */
export type Undo = { readonly available: true } | { readonly available: false; readonly reason: string };

/** A change that is recorded and is about to be made: exactly one of `done` and `dropped` ends it, or nobody knows how it went. */
export interface BegunChange {
  readonly id: string | null;
  readonly undo: Undo;
  done(after: FileState): Promise<void>;
  /** The file is what it was. */
  dropped(): Promise<void>;
}

/** Where what files were is kept. */
export interface FileChanges {
  /** Of larger files the contents are not kept. */
  readonly maxFileBytes: number;
  /** Resolves once what the file was is on record. Throws `change_not_kept` where that must be and cannot. */
  begin(planned: PlannedChange): Promise<BegunChange>;
}

export interface ChangedFile extends Omit<PlannedChange, 'before' | 'after'> {
  readonly kind: 'file';
  readonly before: FileState & FileAttributes;
  /** Undefined as long as nobody knows. */
  readonly after: FileState | undefined;
  readonly undo: Undo;
}

/** Something other than a file, and what it was before. It is told, not undone. */
export interface ChangedFact {
  readonly kind: 'fact';
  readonly host: HostId;
  /** Such as `service nginx` or `package jq`. */
  readonly subject: string;
  readonly before: Readonly<Record<string, unknown>>;
}

export interface Change {
  readonly id: string;
  readonly principal: PrincipalId;
  readonly callId: string;
  readonly tool: string;
  readonly at: Date;
  /** `begun`: whether it was made is not known. */
  readonly state: 'begun' | 'done' | 'undone';
  readonly what: ChangedFile | ChangedFact;
  /** On disk, for what the file was. */
  readonly keptBytes: number;
}

/** Where changes are recorded. */
export interface ChangeStore {
  insert(change: Change): Promise<void>;
  /** Replaces the record of this id, where it is there. */
  update(change: Pick<Change, 'id' | 'state' | 'what'>): Promise<void>;
  remove(ids: readonly string[]): Promise<void>;
  find(id: string): Promise<Change | undefined>;
  /** The newest first. */
  list(query: { readonly principal: PrincipalId | undefined; readonly limit: number }): Promise<readonly Change[]>;
  /** All of them, the oldest first. */
  sizes(): Promise<readonly { readonly id: string; readonly at: Date; readonly keptBytes: number }[]>;
  close(): Promise<void>;
}
