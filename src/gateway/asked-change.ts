import type { AskedChange } from '../approvals/question.ts';
import { hashOf } from '../ssh/files/content-hash.ts';
import { showDiff } from '../tools/show-diff.ts';
import { decodeText } from '../tools/text-file.ts';
import type { Rehearsal } from './rehearse.ts';

/** Of larger files no difference is worked out. */
const maxShownBytes = 1024 * 1024;

/** What the plan says of the file: all of it is bound to the approval, shown or not. */
export function boundChange({ before, becomes, path }: Rehearsal): {
  readonly before: string | null;
  readonly after: string | null;
} {
  const after = contentsAfter({ before, becomes, path });
  return { before: hashBefore(before), after: after === undefined ? null : hashOf(after) };
}

/** What a person sees of it: the difference of the texts, each redacted first, so that no secret is cut by a line's mark. */
export async function askedChange(rehearsal: Rehearsal, redact: (text: string) => string): Promise<AskedChange> {
  const { path, before, becomes } = rehearsal;
  const hashes = { path, ...boundChange(rehearsal) };
  const old = before?.data ?? Buffer.alloc(0);
  const now = becomes.kind === 'removed' ? Buffer.alloc(0) : contentsAfter(rehearsal);
  const notes = [
    ...(before === undefined
      ? ['the old content is not shown: the file is too large, or the caller may not read it']
      : []),
    ...(becomes.kind === 'removed' ? ['the file is removed'] : []),
    ...(becomes.kind === 'appended' && before === undefined ? ['what is shown is added at its end'] : []),
  ];
  const noteOf = (more: readonly string[]): string | undefined => [...notes, ...more].join('; ') || undefined;
  if (now === undefined || old.length > maxShownBytes || now.length > maxShownBytes) {
    return { ...hashes, diff: undefined, note: noteOf(['the difference is too large to be shown']) };
  }
  const [from, to] = [decodeText(old), decodeText(now)];
  if (!from || !to) return { ...hashes, diff: undefined, note: noteOf(['it is not a text file']) };
  const { diff, truncated } = await showDiff(redact(from.text), redact(to.text));
  const isHidden = diff === '' && !old.equals(now);
  return {
    ...hashes,
    diff,
    note: noteOf([
      ...(truncated ? ['the difference is longer than what is shown'] : []),
      ...(isHidden ? ['it differs only in what is not shown: secrets, or how characters are encoded'] : []),
    ]),
  };
}

/** Undefined where the contents are not known beforehand. */
function contentsAfter({ before, becomes }: Rehearsal): Buffer | undefined {
  if (becomes.kind === 'removed' || !Buffer.isBuffer(becomes.contents)) return undefined;
  if (becomes.kind === 'replaced' || before === undefined) return becomes.contents;
  return Buffer.concat([before.data, becomes.contents]);
}

function hashBefore(before: Rehearsal['before']): string | null {
  return before?.state.kind === 'file' ? before.state.sha256 : null;
}
