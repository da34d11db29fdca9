import {
  isPlain,
  nameGlob,
  nameOf,
  namesMeet,
  plainName,
  spelledOut,
  unknownPart,
  type NameGlob,
} from './name-glob.ts';

/** Where a path begins: at the root, or at the home of the account that logs in, wherever that is. */
export type PathRoot = '/' | '~';

/** A path, or a word of a command that stands for several. */
export interface PathShape {
  readonly root: PathRoot;
  readonly names: readonly NameGlob[];
}

/** Any number of directories, none too. */
const anyDepth = Symbol('**');

/** A pattern of a path set: absolute, below the home (`~/…`), or anywhere, with two stars for its first directory. */
export interface PathPattern {
  readonly text: string;
  readonly root: PathRoot;
  readonly names: readonly (NameGlob | typeof anyDepth)[];
  /** It begins with any number of directories. */
  readonly anywhere: boolean;
  /** The names that it spells out: a path without one of them is not meant. */
  readonly needs: readonly string[];
}

/** What is wrong with a pattern, or undefined. */
export function patternProblem(text: string): string | undefined {
  if (!/^(?:\/|~(?:\/|$)|\*\*\/)/.test(text)) return 'must begin with /, ~/ or **/';
  if (/(?:^|\/)\.\.?(?:\/|$)/.test(text)) return 'must not hold . or .. as a directory';
  if (text.includes(unknownPart)) return 'must not hold NUL';
  if (/\*\*/.test(text.replace(/(?<=^|\/)\*\*(?=\/|$)/g, ''))) return '** stands for whole directories only';
  return text.length > 512 ? 'must not be longer than 512 characters' : undefined;
}

/** The patterns that a text with `{a,b}` means. */
export function pathPatterns(text: string): readonly PathPattern[] {
  return expandBraces(text).map(toPattern);
}

function toPattern(text: string): PathPattern {
  const root = text.startsWith('~') ? '~' : '/';
  const segments = text.replace(/^~/, '').split('/').filter(Boolean);
  const names = segments.map((segment) => (segment === '**' ? anyDepth : nameGlob(segment)));
  const needs = names.flatMap((name) => (name === anyDepth ? [] : (nameOf(name) ?? [])));
  return { text, root, names, anywhere: root === '/' && names[0] === anyDepth, needs };
}

function expandBraces(text: string): readonly string[] {
  const [, before, inside, after] = /^(.*?)\{([^{}]*)\}(.*)$/s.exec(text) ?? [];
  if (before === undefined || inside === undefined || after === undefined) return [text];
  return inside.split(',').flatMap((choice) => expandBraces(`${before}${choice}${after}`));
}

/** Whether a path that the shape may stand for matches the pattern. `X/**` matches X itself. */
export function patternMeets(shape: PathShape, pattern: PathPattern): boolean {
  if (!pattern.anywhere && shape.root !== pattern.root) return false;
  return meetFrom(shape.names, pattern.names);
}

/** As `patternMeets`, where wildcards of the shape stand for no particular text: only what it spells out counts. */
export function patternNames(shape: PathShape, pattern: PathPattern): boolean {
  return patternMeets({ ...shape, names: shape.names.map(spelledOut) }, pattern);
}

/** Whether the pattern matches something below the path: reading the whole tree would read it. */
export function patternLiesBelow(shape: PathShape, pattern: PathPattern): boolean {
  if (pattern.anywhere || shape.root !== pattern.root || shape.names.length >= pattern.names.length) return false;
  return meetFrom(shape.names, pattern.names.slice(0, shape.names.length));
}

/** Sets of places in a pattern are the bits of a number. */
const maxBits = 30;

function meetFrom(names: readonly NameGlob[], pattern: PathPattern['names']): boolean {
  if (pattern.length > maxBits) return meetFromLong(names, pattern);
  // Bit j: what was read so far can be the first j segments of the pattern.
  let reached = closureOf(pattern, 1);
  for (const name of names) {
    let next = 0;
    for (const [j, segment] of pattern.entries()) {
      if ((reached & (1 << j)) === 0) continue;
      if (segment === anyDepth) next |= 1 << j;
      else if (namesMeet(name, segment)) next |= 1 << (j + 1);
    }
    if (next === 0) return false;
    reached = closureOf(pattern, next);
  }
  return (reached & (1 << pattern.length)) !== 0;
}

function closureOf(pattern: PathPattern['names'], reached: number): number {
  let closed = reached;
  for (const [j, segment] of pattern.entries())
    if (segment === anyDepth && (closed & (1 << j)) !== 0) closed |= 1 << (j + 1);
  return closed;
}

function meetFromLong(names: readonly NameGlob[], pattern: PathPattern['names']): boolean {
  let reached = closure(pattern, [true]);
  for (const name of names) {
    const next: boolean[] = [];
    for (const [j, segment] of pattern.entries()) {
      if (reached[j] !== true) continue;
      if (segment === anyDepth) next[j] = true;
      else if (namesMeet(name, segment)) next[j + 1] = true;
    }
    reached = closure(pattern, next);
  }
  return reached[pattern.length] === true;
}

function closure(pattern: PathPattern['names'], reached: readonly (boolean | undefined)[]): readonly boolean[] {
  const closed = Array.from({ length: pattern.length + 1 }, (_, j) => reached[j] === true);
  for (const [j, segment] of pattern.entries()) if (closed[j] === true && segment === anyDepth) closed[j + 1] = true;
  return closed;
}

/** Whether the shape is one path. */
export function isOnePath(shape: PathShape): boolean {
  return shape.names.every(isPlain);
}

/** The segments of a glob text. A backslash quotes what follows, never a slash. */
export function globNames(text: string): readonly NameGlob[] {
  return text.split('/').filter(Boolean).map(nameGlob);
}

export function plainNames(text: string): readonly NameGlob[] {
  return text.split('/').filter(Boolean).map(plainName);
}
