import { nameOf } from './name-glob.ts';
import {
  isOnePath,
  patternLiesBelow,
  patternMeets,
  patternNames,
  pathPatterns,
  type PathPattern,
  type PathShape,
} from './path-pattern.ts';

/**
 * How sure it is that a path is in a set: `certain` it is, or an absolute pattern is among what a glob may stand for;
 * `possible` a glob may stand for a name that the set has anywhere; `no`.
 */
export type Membership = 'certain' | 'possible' | 'no';

const known = new WeakMap<PathShape, ReadonlySet<string>>();

/** The names of a path that is one; undefined where it may be several. */
function certainNames(shape: PathShape): ReadonlySet<string> | undefined {
  if (!isOnePath(shape)) return undefined;
  const found = known.get(shape) ?? new Set(shape.names.flatMap((name) => nameOf(name) ?? []));
  known.set(shape, found);
  return found;
}

/** Most paths are told from most patterns by a name alone. */
function lacks(names: ReadonlySet<string> | undefined, { needs }: PathPattern): boolean {
  return names !== undefined && needs.some((need) => !names.has(need));
}

export class PathSet {
  readonly #patterns: readonly PathPattern[];

  constructor(patterns: readonly string[]) {
    this.#patterns = patterns.flatMap(pathPatterns);
  }

  has(shape: PathShape): Membership {
    let best: Membership = 'no';
    const names = certainNames(shape);
    for (const pattern of this.#patterns) {
      if (lacks(names, pattern) || !patternMeets(shape, pattern)) continue;
      if (!pattern.anywhere || names !== undefined || patternNames(shape, pattern)) return 'certain';
      best = 'possible';
    }
    return best;
  }

  /** As `has`, by what the path spells out alone. */
  names(shape: PathShape): boolean {
    const names = certainNames(shape);
    return this.#patterns.some((pattern) => !lacks(names, pattern) && patternNames(shape, pattern));
  }

  /** Whether something at an absolute pattern lies in the tree below the path. */
  isBelow(shape: PathShape): boolean {
    return this.#patterns.some((pattern) => patternLiesBelow(shape, pattern));
  }
}
