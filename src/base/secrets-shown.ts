/** Where a secret stands, and what stands for it. `end` is exclusive. */
export interface SecretSpan {
  readonly start: number;
  readonly end: number;
  readonly mark: string;
}

/** Keeps secrets from being shown where bytes are shown in parts. Implemented by `audit/`. */
export interface SecretsShown {
  /** Where secrets stand, in order and apart; from `settled` on, one may have begun that more bytes would tell. */
  spans(
    bytes: Buffer,
    end: { readonly isWhole: boolean },
  ): { readonly spans: readonly SecretSpan[]; readonly settled: number };
  /** Takes them out of a stream. */
  stream(): { push(chunk: Buffer): Buffer; end(): Buffer };
  /** Takes them out of a text, and counts them. */
  redact(text: string): { readonly text: string; readonly count: number };
}

/** So far back a secret may have begun that goes on at a place. */
export const lookBackBytes = 32 * 1024;
/** No secret's beginning is longer. */
export const lookAheadBytes = 4 * 1024;

/** What stands for a secret in what is shown. */
export const redactionMark = /\[redacted(?::[a-z0-9_]+)?\]/g;

export function countMarks(text: string): number {
  return text.match(redactionMark)?.length ?? 0;
}
