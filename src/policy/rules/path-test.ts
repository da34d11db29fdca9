import type { Membership, PathSet } from '../paths/path-set.ts';
import type { PathReading } from '../paths/read-path.ts';
import type { PathTest } from './compiled-rule.ts';

/**
 * Whether the paths pass, for a rule that allows: every one must be known, and certainly be where the rule says. Paths
 * that cannot be followed are undefined.
 */
export function certainlyFits({ any, allOf, noneOf }: PathTest, paths: readonly (PathReading | undefined)[]): boolean {
  const isCertain = paths.every((path) => path?.doubts.size === 0);
  if (!isCertain) return false;
  const members = (sets: readonly PathSet[]): readonly Membership[] =>
    paths.map((path) => membership(sets, path, 'weakest'));
  return (
    (any === undefined || members(any).includes('certain')) &&
    (allOf === undefined || members(allOf).every((member) => member === 'certain')) &&
    (noneOf === undefined || paths.every((path) => membership(noneOf, path, 'strongest') === 'no'))
  );
}

/** Whether the paths may be what the rule speaks of, for a rule that asks or denies. */
export function possiblyFits({ any, allOf, noneOf }: PathTest, paths: readonly (PathReading | undefined)[]): boolean {
  const mayBeIn = (sets: readonly PathSet[], path: PathReading | undefined): boolean =>
    membership(sets, path, 'strongest') !== 'no';
  return (
    (any === undefined || paths.some((path) => mayBeIn(any, path))) &&
    (allOf === undefined || (paths.length > 0 && paths.every((path) => mayBeIn(allOf, path)))) &&
    (noneOf === undefined || paths.some((path) => membership(noneOf, path, 'weakest') !== 'certain'))
  );
}

const weight = { no: 0, possible: 1, certain: 2 } as const satisfies Record<Membership, number>;

/** In one of the sets, of the places that a path may lead to: the surest of them, or the least sure. */
function membership(
  sets: readonly PathSet[],
  path: PathReading | undefined,
  take: 'strongest' | 'weakest',
): Membership {
  if (path === undefined || path.shapes.length === 0) return 'possible';
  const members = path.shapes.map((shape) => strongest(sets.map((set) => set.has(shape))));
  const isDoubtful = path.doubts.size > 0;
  if (take === 'strongest') {
    const found = strongest(members);
    return found === 'no' && isDoubtful ? 'possible' : found;
  }
  const found = members.reduce((worst, one) => (weight[one] < weight[worst] ? one : worst));
  return found === 'certain' && isDoubtful ? 'possible' : found;
}

function strongest(members: readonly Membership[]): Membership {
  return members.reduce<Membership>((best, one) => (weight[one] > weight[best] ? one : best), 'no');
}
