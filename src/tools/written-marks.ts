import { GatewayError } from '../base/errors.ts';
import { countMarks, type SecretsShown } from '../base/secrets-shown.ts';
import type { FileBefore } from '../changes/change.ts';
import type { JsonObject } from './tool.ts';

const warning =
  'The text holds marks such as [redacted], which stand for secrets that were taken out of what you read. They were ' +
  'written as they are: the secrets are not in the file.';

/** What an answer says of a text that was written with marks in it. */
export function markWarning(written: string, before = ''): JsonObject {
  return countMarks(written) > countMarks(before) ? { warning } : {};
}

/**
 * Throws `redacted_text` for a text that would put the mark of a secret where the secret is: an agent that reads, edits
 * and writes back would destroy it. What cannot be looked at is taken to hold one.
 */
export function mustKeepSecrets(before: Buffer | undefined, written: string, secrets: SecretsShown): void {
  const marks = countMarks(written);
  if (marks === 0) return;
  const old = before?.toString();
  if (old !== undefined && (countMarks(old) >= marks || secrets.redact(old).count === 0)) return;
  const message =
    'The text holds a mark such as [redacted] and the file holds a secret, which would be lost. Nothing was changed. ' +
    'Edit only other parts of the file with edit_file, by lines or with an old_text that has no mark in it.';
  throw new GatewayError('redacted_text', message);
}

/** The same, for a file that is looked at when it is written. */
export function keepsSecrets(written: string, secrets: SecretsShown): (before: FileBefore) => void {
  return (before) => {
    if (before.kind === 'file') mustKeepSecrets(before.contents?.data, written, secrets);
  };
}
