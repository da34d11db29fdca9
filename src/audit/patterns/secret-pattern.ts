/** A piece of a stream, as patterns look at it. */
export interface View {
  readonly bytes: Buffer;
  /** The last bytes before these, `lookBehind` at most. */
  readonly before: Buffer;
  /** Whether the stream ends with these bytes. */
  readonly isWhole: boolean;
}

/** So many bytes before a place are looked at, to tell whether a word begins there. */
export const lookBehind = 3;

/** No secret is followed further: what goes on for longer is none. */
export const maxRestBytes = 24 * 1024;

/**
 * What begins at a place. `unknown`: the bytes end before it can be told; a pattern says so for a bounded number of
 * bytes only, for these are held back.
 */
export type Beginning =
  | { readonly kind: 'none' }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'found'; readonly start: number; readonly end: number; readonly rest?: Rest };

/** What follows the beginning of a secret and belongs to it. Holds the state of one secret. */
export interface Rest {
  /** How far it goes on from `at`. While it is not `done`, the bytes from `end` on must be looked at again with more. */
  next(view: View, at: number): { readonly end: number; readonly done: boolean };
}

/**
 * Secrets of one kind. Reading goes forward only and never back over what was read, so that it is linear whatever a
 * host writes; regular expressions would not be.
 */
export interface SecretPattern {
  /** As it stands in the mark. */
  readonly name: string;
  /** ASCII texts, of three characters or more, one of which all of them begin with. In lower case, for `any_case`. */
  readonly anchors: readonly string[];
  readonly letters?: 'any_case';
  /** What begins at `at`, where one of the anchors stands, which ends at `end`. */
  begin(view: View, at: number, end: number): Beginning;
}

export const none: Beginning = { kind: 'none' };
export const unknown: Beginning = { kind: 'unknown' };

export function byteAt({ bytes, before }: View, at: number): number {
  return (at < 0 ? before[before.length + at] : bytes[at]) ?? 0x0a;
}

/** Compares ASCII: `exactly`, or with the text in lower case. `unknown` where the bytes end within it. */
export function startsWith(
  { bytes, isWhole }: View,
  at: number,
  text: string,
  letters: 'exactly' | 'any_case' = 'exactly',
): 'yes' | 'no' | 'unknown' {
  for (let n = 0; n < text.length; n += 1) {
    const byte = bytes[at + n];
    if (byte === undefined) return isWhole ? 'no' : 'unknown';
    const folded = letters === 'any_case' && byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte;
    if (folded !== text.charCodeAt(n)) return 'no';
  }
  return 'yes';
}
