import { setTimeout as sleep } from 'node:timers/promises';
import type { Approval } from './approval.ts';

/** Whoever decides does it in another process, perhaps: so often the store is looked at. */
const pollMs = 500;

export interface Patience {
  readonly timeoutMs: number;
  /** Aborts when nobody waits any longer. */
  readonly signal: AbortSignal;
}

/** The approval once it is decided, or as it is when the patience is over. */
export async function untilDecided(
  find: () => Promise<Approval | undefined>,
  { timeoutMs, signal }: Patience,
): Promise<Approval | undefined> {
  const until = performance.now() + timeoutMs;
  for (;;) {
    const approval = await find();
    const leftMs = until - performance.now();
    if (approval?.state !== 'pending' || leftMs <= 0 || signal.aborted) return approval;
    // That nobody waits any longer ends the waiting, no more.
    await sleep(Math.min(pollMs, leftMs), undefined, { signal }).catch(() => undefined);
  }
}
