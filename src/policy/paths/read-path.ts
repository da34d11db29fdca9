import { nameOf, namesMeet, plainName, type NameGlob } from './name-glob.ts';
import { globNames, isOnePath, plainNames, type PathRoot, type PathShape } from './path-pattern.ts';

/** A text that is used as a path: as it stands, or as a glob in the form that `nameGlob` reads. */
export interface PathText {
  readonly text: string;
  readonly form: 'plain' | 'glob';
}

/**
 * Why it is not certain where a path leads. `above_home`: `..` leaves a home whose place we do not know. `through_parent`:
 * `..` after a directory that may be a symbolic link. `unknown_directory`: it is relative to a directory we do not know.
 */
export type Doubt = 'above_home' | 'through_parent' | 'through_kernel' | 'unknown_directory' | 'unknown_home';

export interface PathReading {
  /** Every path that may be meant. */
  readonly shapes: readonly PathShape[];
  readonly doubts: ReadonlySet<Doubt>;
}

export const home: PathShape = { root: '~', names: [] };
const rootHome: PathShape = { root: '/', names: plainNames('root') };

/** Where a path may lead from any of these directories; undefined stands for one we do not know. */
export function readPath({ text, form }: PathText, from: readonly (PathShape | undefined)[]): PathReading {
  const namesOf = form === 'glob' ? globNames : plainNames;
  const doubts = new Set<Doubt>();
  const walk = (start: PathShape, rest: string): PathShape => follow(start, namesOf(rest), doubts);
  if (text.startsWith('/')) return { shapes: [walk({ root: '/', names: [] }, text)], doubts };
  if (text.startsWith('~')) {
    const [user = '', ...rest] = text.slice(1).split('/');
    if (user !== '' && user !== 'root') doubts.add('unknown_home');
    return { shapes: [walk(user === 'root' ? rootHome : home, rest.join('/'))], doubts };
  }
  const known = from.filter((directory) => directory !== undefined);
  if (known.length < from.length) doubts.add('unknown_directory');
  return { shapes: known.map((directory) => walk(directory, text)), doubts };
}

const parent = plainName('..');
const kernelTrees = new Set(['proc', 'sys', 'dev']);

function follow(start: PathShape, steps: readonly NameGlob[], doubts: Set<Doubt>): PathShape {
  const names = [...start.names];
  let moved = false;
  for (const step of steps) {
    const text = nameOf(step);
    if (text === '.') continue;
    if (text !== '..') {
      // Before 5.2 of bash, and in other shells, `.*` and `.?` are `..` too.
      if (text === undefined && step[0] === '.' && namesMeet(step, parent)) doubts.add('through_parent');
      names.push(step);
      moved = true;
      continue;
    }
    if (start.root === '~' && names.length === 0) doubts.add('above_home');
    if (moved && names.length > 0) doubts.add('through_parent');
    if (start.root === '/' && kernelTrees.has(nameOf(names[0]) ?? '')) doubts.add('through_kernel');
    names.pop();
  }
  const isLong = names.length > 2 * kept;
  return { root: start.root, names: isLong ? [...names.slice(0, kept), ...names.slice(-kept)] : names };
}

/** Of a path with more names than anybody has, the first and the last are compared with patterns. */
const kept = 64;

/** The path as a person would write it; `*` for what is not known. */
export function showPath(shape: PathShape): string {
  const show = (name: NameGlob): string => name.map((token) => (typeof token === 'string' ? token : '*')).join('');
  const root: Record<PathRoot, string> = { '/': '/', '~': shape.names.length > 0 ? '~/' : '~' };
  return root[shape.root] + shape.names.map(show).join('/');
}

/** The one absolute path that is meant, where that is certain. */
export function onePath({ shapes, doubts }: PathReading): PathShape | undefined {
  const [shape, ...more] = shapes;
  if (shape === undefined || more.length > 0 || doubts.size > 0 || !isOnePath(shape)) return undefined;
  return shape;
}
