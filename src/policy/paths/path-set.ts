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

export class PathSet {
  readonly #patterns: readonly PathPattern[];

  constructor(patterns: readonly string[]) {
    this.#patterns = patterns.flatMap(pathPatterns);
  }

  has(shape: PathShape): Membership {
    let best: Membership = 'no';
    for (const pattern of this.#patterns) {
      if (!patternMeets(shape, pattern)) continue;
      if (!pattern.anywhere || isOnePath(shape) || patternNames(shape, pattern)) return 'certain';
      best = 'possible';
    }
    return best;
  }

  /** As `has`, by what the path spells out alone. */
  names(shape: PathShape): boolean {
    return this.#patterns.some((pattern) => patternNames(shape, pattern));
  }

  /** Whether something at an absolute pattern lies in the tree below the path. */
  isBelow(shape: PathShape): boolean {
    return this.#patterns.some((pattern) => patternLiesBelow(shape, pattern));
  }
}
