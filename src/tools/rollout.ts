import { setTimeout as sleep } from 'node:timers/promises';
import { atMost } from '../base/at-most.ts';
import type { HostId } from '../hosts/host.ts';

/** So many hosts, or so many percent of all, as `25%`. */
export type Share = number | string;

export interface RolloutOptions {
  readonly maxParallel: number | undefined;
  readonly batchSize: Share | undefined;
  readonly pauseMs: number;
  readonly canary: number | undefined;
  readonly stopOnErrors: Share | undefined;
}

export interface Rollout<Result> {
  /** Of those hosts that were started. */
  readonly results: ReadonlyMap<HostId, Result>;
  /** Why the others were not. */
  readonly stoppedBy: 'canary' | 'errors' | 'time' | undefined;
}

/** More wait for a place; each gives its place up at its own deadline at the latest. */
export const mostAtOnce = 256;

/** The work on one host, and what it came to. Never rejects. */
export interface RolloutWork<Result> {
  readonly on: (host: HostId) => Promise<Result>;
  readonly isFailure: (result: Result) => boolean;
  /** Until the answer is due: from then on no other host is started. */
  readonly leftMs: () => number;
  /** When the call is to end, a pause ends at once; the work on a host sees to itself. */
  readonly signal: AbortSignal;
}

/**
 * Does the work on the canaries, then batch by batch on the others.
 *
 * As soon as a canary fails, or as many hosts as `stopOnErrors` says, no other host is started; those that have been go
 * on to their end.
 */
export async function rollOut<Result>(
  hosts: readonly HostId[],
  options: RolloutOptions,
  { on, isFailure, leftMs, signal }: RolloutWork<Result>,
): Promise<Rollout<Result>> {
  const { maxParallel = mostAtOnce, canary = 0, pauseMs } = options;
  const canaries = new Set(hosts.slice(0, canary));
  const errorsToStop = partOf(options.stopOnErrors, hosts.length) ?? Infinity;
  const results = new Map<HostId, Result>();
  let failures = 0;
  let stoppedBy: Rollout<Result>['stoppedBy'];
  const doOne = async (host: HostId): Promise<void> => {
    if (leftMs() <= 0) stoppedBy ??= 'time';
    if (stoppedBy !== undefined) return;
    const result = await on(host);
    results.set(host, result);
    if (!isFailure(result)) return;
    failures += 1;
    if (canaries.has(host)) stoppedBy ??= 'canary';
    if (failures >= errorsToStop) stoppedBy ??= 'errors';
  };
  const batchSize = partOf(options.batchSize, hosts.length) ?? hosts.length;
  const batches = [[...canaries], ...chunksOf(hosts.slice(canary), batchSize)].filter(({ length }) => length > 0);
  for (const [at, batch] of batches.entries()) {
    if (at > 0 && pauseMs > 0) {
      // What would be started after the answer is due is not waited for.
      if (pauseMs >= leftMs()) stoppedBy = 'time';
      else await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
    }
    await atMost(maxParallel, batch, doOne);
    if (stoppedBy !== undefined) break;
  }
  return { results, stoppedBy };
}

/** At least one. */
function partOf(share: Share | undefined, total: number): number | undefined {
  if (typeof share !== 'string') return share;
  const number = Number.parseInt(share, 10);
  return share.endsWith('%') ? Math.max(1, Math.ceil((total * number) / 100)) : number;
}

function chunksOf<Item>(items: readonly Item[], size: number): readonly (readonly Item[])[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, at) => items.slice(at * size, (at + 1) * size));
}
