import { isWordStart, restOf, runEnd, type ByteClass } from './byte-class.ts';
import { none, startsWith, unknown, type SecretPattern, type View } from './secret-pattern.ts';

export interface TokenShape {
  /** Any of these begins it. */
  readonly prefixes: readonly string[];
  readonly body: ByteClass;
  /** Bytes of the body that there must be. */
  readonly min: number;
  /** There are no more than these: a longer run is something else. */
  readonly exact?: boolean;
  /** Where the prefix alone would be found within other words. */
  readonly startsWord?: boolean;
  /** What must follow the body, and a body of that again; for tokens of several parts. */
  readonly parts?: readonly { readonly separator: string; readonly min: number }[];
}

/** Longest part of a token of several parts that has another behind it. */
const maxPart = 1_024;

/** A token as its makers mark them: a prefix of its own and a run of characters. */
export function tokenPattern(name: string, shape: TokenShape): SecretPattern {
  return {
    name,
    anchors: shape.prefixes,
    begin: (view, at, from) => {
      if (shape.startsWord && !isWordStart(view, at)) return none;
      const end = bodyEnd(view, from, shape);
      if (typeof end !== 'number') return end === 'unknown' ? unknown : none;
      return { kind: 'found', start: at, end, ...(shape.exact !== true && { rest: restOf(shape.body) }) };
    },
  };
}

function bodyEnd(
  view: View,
  from: number,
  { body, min, exact = false, parts = [] }: TokenShape,
): number | 'no' | 'unknown' {
  let at = from;
  let needed = min;
  for (const { separator, min: next } of parts) {
    const end = runEnd(view, at, body, maxPart);
    if (end === view.bytes.length && end - at < maxPart && !view.isWhole) return 'unknown';
    if (end - at < needed) return 'no';
    const is = startsWith(view, end, separator);
    if (is !== 'yes') return is;
    at = end + separator.length;
    needed = next;
  }
  const end = runEnd(view, at, body, exact ? needed + 1 : needed);
  if (end === view.bytes.length && !view.isWhole && end - at <= needed && (exact || end - at < needed))
    return 'unknown';
  return end - at < needed || (exact && end - at > needed) ? 'no' : end;
}
