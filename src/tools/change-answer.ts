import type { FileChange } from '../ssh/files/change-file.ts';
import type { InPlaceReason } from '../ssh/files/write-file.ts';
import type { JsonObject } from './tool.ts';

/** What a changed file is now, and how to take the change back. */
export function changeAnswer({ sha256, created, inPlace, label, changeId, undo }: FileChange): JsonObject {
  return {
    sha256,
    created,
    change_id: changeId,
    ...(!undo.available && { undo }),
    ...(inPlace !== undefined && { in_place: true, note: notes[inPlace] }),
    ...(label === 'lost' && { note: labelNote }),
  };
}

/** For the audit. */
export function changeMetadata({ changeId, inPlace }: FileChange): JsonObject {
  return { change_id: changeId, ...(inPlace !== undefined && { in_place: inPlace }) };
}

const labelNote =
  'The SELinux label of the old file could not be given to the new one: check it with ls -Z, or restorecon.';
const writtenOver = 'The file was written over, not replaced in one step';
const notes: Readonly<Record<InPlaceReason, string>> = {
  hard_links: `${writtenOver}: it has several names (hard links), which would have come apart.`,
  owner_or_directory: `${writtenOver}: the account could not give a new one its owner, or may not replace it in its directory.`,
  server: `${writtenOver}: the SFTP server of the host cannot.`,
};
