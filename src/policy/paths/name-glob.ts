/** One character of a name, or what may stand for some: one, a run of them, or a run that only the run itself decides. */
type Token = string | { readonly wild: 'one' | 'run' | 'unknown' };

/** One segment of a path: a name, or a pattern for names. */
export type NameGlob = readonly Token[];

const one: Token = { wild: 'one' };
const run: Token = { wild: 'run' };
const unknown: Token = { wild: 'unknown' };

/** Stands in glob texts for a part that is known only when the command runs. No text that passed the input checks holds it. */
export const unknownPart = '\0';

/** Reads `*`, `?`, `[…]` (as `?`), `\x` and unknown parts. */
export function nameGlob(text: string): NameGlob {
  const tokens: Token[] = [];
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at] ?? '';
    if (char === '\\' && at + 1 < text.length) tokens.push(text[(at += 1)] ?? '');
    else if (char === '*') tokens.push(run);
    else if (char === '?') tokens.push(one);
    else if (char === unknownPart) tokens.push(unknown);
    else if (char === '[') {
      const end = text.indexOf(']', at + 2);
      tokens.push(end === -1 ? char : one);
      if (end !== -1) at = end;
    } else tokens.push(char);
  }
  return tokens;
}

/** The name itself, nothing in it special. */
export function plainName(text: string): NameGlob {
  return text.split('');
}

/** Nothing of it is certain, and no shell pattern is in it. */
export function isUnknown(glob: NameGlob): boolean {
  return glob.every((token) => token === unknown);
}

export function isPlain(glob: NameGlob): boolean {
  return glob.every((token) => typeof token === 'string');
}

/** The name where it is certain. */
export function nameOf(glob: NameGlob | undefined): string | undefined {
  return glob?.every((token) => typeof token === 'string') === true ? glob.join('') : undefined;
}

/** With `x` for whatever is open: what a pattern for names must match to be meant by the literal part alone. */
export function spelledOut(glob: NameGlob): NameGlob {
  return glob.map((token) => (typeof token === 'string' ? token : 'x'));
}

/**
 * Whether some name matches both. A shell's wildcard at the beginning of a name does not match a dot there, and the guard
 * refuses one; of a pattern of ours it does.
 */
export function namesMeet(word: NameGlob, pattern: NameGlob): boolean {
  if (isPlain(word)) return nameMatches(word, pattern);
  return word.length > maxGlob || globsMeet(word, pattern);
}

/** Longer patterns for names are taken to match: names have 255 bytes at most. */
const maxGlob = 255;

/** Goes on behind the last run that may be longer: no more steps than the lengths' product. */
function nameMatches(name: NameGlob, pattern: NameGlob): boolean {
  let [i, j, runAt, from] = [0, 0, -1, 0];
  while (i < name.length) {
    const token = pattern[j];
    if (isRun(token)) {
      [runAt, from] = [j, i];
      j += 1;
    } else if (token !== undefined && (token === one || token === name[i])) {
      i += 1;
      j += 1;
    } else if (runAt !== -1) {
      from += 1;
      [i, j] = [from, runAt + 1];
    } else return false;
  }
  return pattern.slice(j).every(isRun);
}

function globsMeet(word: NameGlob, pattern: NameGlob): boolean {
  const width = pattern.length + 1;
  const seen = new Map<number, boolean>();
  const meet = (i: number, j: number): boolean => {
    const key = i * width + j;
    const known = seen.get(key);
    if (known !== undefined) return known;
    seen.set(key, false);
    const found = meetAt(i, j);
    seen.set(key, found);
    return found;
  };
  const meetAt = (i: number, j: number): boolean => {
    const [a, b] = [word[i], pattern[j]];
    if (a === undefined && b === undefined) return true;
    const hidesDot = i === 0 && j === 0 && b === '.' && (isRun(a) || a === one);
    if (isRun(a) && (meet(i + 1, j) || (b !== undefined && !hidesDot && meet(i, j + 1)))) return true;
    if (isRun(b) && (meet(i, j + 1) || (a !== undefined && meet(i + 1, j)))) return true;
    if (a === undefined || b === undefined || isRun(a) || isRun(b) || hidesDot) return false;
    return (a === one || b === one || a === b) && meet(i + 1, j + 1);
  };
  return meet(0, 0);
}

function isRun(token: Token | undefined): boolean {
  return token === run || token === unknown;
}
