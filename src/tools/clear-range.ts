import type { SecretSpan, SecretsShown } from '../base/secrets-shown.ts';

/** What of a range of bytes can be shown: no secret is cut in two by its ends. */
export interface ClearRange {
  readonly from: number;
  readonly end: number;
  /** Those within, or that it touches. */
  readonly spans: readonly SecretSpan[];
}

interface Asked {
  readonly start: number;
  readonly maxBytes: number;
  /** Nothing comes after these bytes. */
  readonly isWhole: boolean;
}

/** `bytes` begin `lookBackBytes` before `start`, where there is so much, and may go on beyond the range. */
export function clearRange(bytes: Buffer, { start, maxBytes, isWhole }: Asked, secrets: SecretsShown): ClearRange {
  const { spans, settled } = secrets.spans(bytes, { isWhole });
  const around = (at: number): SecretSpan =>
    spans.find((one) => one.start < at && at < one.end) ?? { start: at, end: at, mark: '' };
  const from = around(start).end;
  const limit = Math.max(from, start + maxBytes);
  if (isWhole && limit >= bytes.length) return { from, end: bytes.length, spans };
  const cut = around(Math.max(from, Math.min(limit, settled)));
  // A secret at the very beginning goes with the range all the same, for its mark is short.
  return { from, end: cut.start > from ? cut.start : cut.end, spans };
}

/** A range with marks in the place of its secrets, and how many these are. */
export function withMarks(
  bytes: Buffer,
  { from, end, spans }: ClearRange,
): { readonly bytes: Buffer; readonly count: number } {
  const within = spans.filter((one) => one.start >= from && one.end <= end && one.end > one.start);
  const ends = [from, ...within.map((one) => one.end)];
  const parts = within.flatMap((one, n) => [bytes.subarray(ends[n], one.start), Buffer.from(one.mark)]);
  return { bytes: Buffer.concat([...parts, bytes.subarray(ends.at(-1), end)]), count: within.length };
}
