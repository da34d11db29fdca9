import { createHash } from 'node:crypto';
import type { FileAttributes, FileBefore, FileChanges, FileState, PlannedChange, Undo } from '../../changes/change.ts';
import { GatewayError } from '../../base/errors.ts';
import type { ByteSource } from './file-chunks.ts';
import type { HostFiles } from './host-files.ts';
import { changedMeanwhile, type InPlaceReason } from './write-file.ts';

/** Bytes that are there already, or a source that is asked for them when they are written. */
export type Contents = Buffer | ByteSource;

/** What a file is to become. */
export type NewFile =
  | { readonly kind: 'replaced'; readonly contents: Contents; readonly attributes?: FileAttributes | undefined }
  | { readonly kind: 'appended'; readonly contents: Contents }
  | { readonly kind: 'removed' };

export interface FileChangeRequest extends Pick<PlannedChange, 'host' | 'path' | 'by' | 'operation' | 'undoes'> {
  readonly becomes: NewFile;
  /** Only where the file is this, else `conflict`. */
  readonly whileIs?: FileState | undefined;
  /** Throws where the file must not be changed as it is. */
  readonly check?: ((before: FileBefore) => void) | undefined;
}

export interface FileChange {
  readonly bytesWritten: number;
  /** Of the whole file as it is now: lower-case hex; null where that is not known, or there is none any longer. */
  readonly sha256: string | null;
  readonly created: boolean;
  /** Why the file was not replaced in one step; undefined where it was. */
  readonly inPlace: InPlaceReason | undefined;
  /** `lost`: the new file could not be given the SELinux label of the old. */
  readonly label?: 'lost';
  readonly changeId: string | null;
  readonly undo: Undo;
}

/** How often a file that somebody else is changing too is looked at anew. */
const attempts = 3;

/**
 * Changes a file once what it was is on record: it is written only while it still is that. A file that others change at
 * the same time is looked at again, unless the caller said what it must be.
 */
export async function changeFile(
  files: HostFiles,
  request: FileChangeRequest,
  changes: FileChanges,
): Promise<FileChange> {
  for (let attempt = 1; ; attempt += 1) {
    const before = await files.look(request.path, changes.maxFileBytes);
    mustBe(request, before);
    request.check?.(before);
    const { host, path, by, operation, undoes } = request;
    const planned = { host, path, by, operation, undoes, before, after: intended(request.becomes, before) };
    const begun = await changes.begin(planned);
    try {
      const { after, ...written } = await write(files, request, before);
      await begun.done(after);
      const sha256 = after.kind === 'file' ? after.sha256 : null;
      return { ...written, sha256, changeId: begun.id, undo: begun.undo };
    } catch (error) {
      if (!files.mayHaveChanged) await begun.dropped();
      if (!isTornAway(error) || request.whileIs !== undefined || attempt === attempts) throw error;
    }
  }
}

type Written = Pick<FileChange, 'bytesWritten' | 'created' | 'inPlace' | 'label'> & { readonly after: FileState };

async function write(
  files: HostFiles,
  { path, becomes, whileIs }: FileChangeRequest,
  before: FileBefore,
): Promise<Written> {
  switch (becomes.kind) {
    case 'replaced': {
      const { contents, attributes } = becomes;
      const replacing = before.kind === 'absent' ? before : (before.contents?.sha256 ?? hashOf(whileIs));
      const written = await files.overwrite(path, sourceOf(contents), { replacing, attributes });
      const { sha256, ...rest } = written;
      return { ...rest, after: { kind: 'file', sizeBytes: written.bytesWritten, sha256 } };
    }
    case 'appended': {
      const bytesWritten = await files.append(path, sourceOf(becomes.contents));
      const whole: FileState = { kind: 'file', sizeBytes: sizeOf(before) + bytesWritten, sha256: null };
      const after = intended(becomes, before) ?? whole;
      return { bytesWritten, created: before.kind === 'absent', inPlace: undefined, after };
    }
    case 'removed': {
      const sha256 = before.kind === 'absent' ? undefined : (before.contents?.sha256 ?? hashOf(whileIs));
      if (sha256 !== undefined) await files.remove(path, sha256);
      return { bytesWritten: 0, created: false, inPlace: undefined, after: { kind: 'absent' } };
    }
  }
}

/** What the file will be, where that can be told beforehand. */
function intended(becomes: NewFile, before: FileBefore): FileState | undefined {
  if (becomes.kind === 'removed') return { kind: 'absent' };
  const { contents } = becomes;
  if (!Buffer.isBuffer(contents)) return undefined;
  const hash = createHash('sha256');
  let sizeBytes = contents.length;
  if (becomes.kind === 'appended' && before.kind === 'file') {
    if (before.contents === undefined) return undefined;
    hash.update(before.contents.data);
    sizeBytes += before.sizeBytes;
  }
  return { kind: 'file', sizeBytes, sha256: hash.update(contents).digest('hex') };
}

function mustBe({ whileIs, path }: FileChangeRequest, before: FileBefore): void {
  if (whileIs === undefined) return;
  const isSame =
    whileIs.kind === 'absent' || before.kind === 'absent'
      ? whileIs.kind === before.kind
      : before.sizeBytes === whileIs.sizeBytes &&
        whileIs.sha256 !== null &&
        // What is too large to be read now is compared when it is written.
        (before.contents === undefined || before.contents.sha256 === whileIs.sha256);
  if (isSame) return;
  throw changedMeanwhile(path);
}

/** Somebody else was faster: what is on record is not what would be replaced. */
function isTornAway(error: unknown): boolean {
  return error instanceof GatewayError && error.code === 'conflict';
}

function hashOf(state: FileState | undefined): string | undefined {
  return state?.kind === 'file' ? (state.sha256 ?? undefined) : undefined;
}

function sizeOf(before: FileBefore): number {
  return before.kind === 'file' ? before.sizeBytes : 0;
}

function sourceOf(contents: Contents): ByteSource {
  return Buffer.isBuffer(contents) ? () => [contents] : contents;
}
