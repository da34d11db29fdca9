import { GatewayError } from '../base/errors.ts';
import type { Caller, PrincipalId } from '../identity/caller.ts';

export interface RateLimitOptions {
  /** What is counted, and in how long: `requests` per `minute`. */
  readonly unit: string;
  readonly per: string;
  readonly windowMs: number;
  /** Milliseconds of a clock that nobody can set. */
  readonly now?: () => number;
}

/** Uses so close together that they count as of the last of them. */
interface Burst {
  readonly firstAt: number;
  readonly lastAt: number;
  readonly count: number;
}

/** A caller's window holds at most about this many bursts, however many uses it counts. */
const burstsPerWindow = 1_000;

/**
 * How much each principal may do in a sliding window. What is refused is not counted.
 *
 * Kept in the memory of this process: several processes count each for itself.
 */
export class RateLimit {
  readonly #options: RateLimitOptions;
  readonly #now: () => number;
  readonly #windows = new Map<PrincipalId, readonly Burst[]>();
  #base: number | undefined;
  #sweptAt = -Infinity;

  constructor(options: RateLimitOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
  }

  /** Takes effect at once, on what was counted already. Undefined: no limit, and nothing is counted. */
  use(base: number | undefined): void {
    this.#base = base;
    if (base === undefined) this.#windows.clear();
  }

  /** Counts, or throws `rate_limited` and counts nothing. */
  admit(caller: Caller, count = 1): void {
    if (this.#base === undefined || count === 0) return;
    this.check(caller, count);
    const now = this.#now();
    this.#windows.set(caller.principal, this.#added(this.#current(caller.principal, now), now, count));
  }

  /** As `admit`, and counts nothing. */
  check(caller: Caller, count: number): void {
    if (this.#base === undefined || count === 0) return;
    const now = this.#now();
    this.#sweep(now);
    const bursts = this.#current(caller.principal, now);
    const limit = Math.trunc(this.#base * (caller.rateLimitMultiplier ?? 1));
    if (used(bursts) + count > limit) throw this.#exceeded(limit, count, this.#waitMs(bursts, limit - count, now));
  }

  /** For a credential that is no more. */
  forget(principal: PrincipalId): void {
    this.#windows.delete(principal);
  }

  #current(principal: PrincipalId, now: number): readonly Burst[] {
    const bursts = this.#windows.get(principal) ?? [];
    const oldest = bursts.findIndex(({ lastAt }) => lastAt + this.#options.windowMs > now);
    if (oldest === -1) return [];
    return oldest === 0 ? bursts : bursts.slice(oldest);
  }

  #added(bursts: readonly Burst[], now: number, count: number): readonly Burst[] {
    const last = bursts.at(-1);
    if (last === undefined || now - last.firstAt > this.#options.windowMs / burstsPerWindow) {
      return [...bursts, { firstAt: now, lastAt: now, count }];
    }
    return [...bursts.slice(0, -1), { firstAt: last.firstAt, lastAt: now, count: last.count + count }];
  }

  /** Until at most `most` of the uses count; for ever where even none would be too many. */
  #waitMs(bursts: readonly Burst[], most: number, now: number): number {
    let left = used(bursts);
    for (const { lastAt, count } of bursts) {
      left -= count;
      if (left <= most) return lastAt + this.#options.windowMs - now;
    }
    return Infinity;
  }

  #exceeded(limit: number, count: number, waitMs: number): GatewayError {
    const { unit, per, windowMs } = this.#options;
    const isPossible = waitMs !== Infinity;
    const seconds = Math.max(1, Math.ceil((isPossible ? waitMs : windowMs) / 1000));
    const what = `Rate limit exceeded: ${limit} ${unit} per ${per}`;
    const needs = count === 1 ? '' : `, and this call needs ${count}`;
    const next = isPossible ? `Try again in ${seconds} s.` : impossible(limit);
    const details = { retry_after_s: seconds, limit, window_s: windowMs / 1000 };
    return new GatewayError('rate_limited', `${what}${needs}. Nothing was run. ${next}`, { details });
  }

  /** Drops the windows of those who have not come back. */
  #sweep(now: number): void {
    if (now - this.#sweptAt < this.#options.windowMs) return;
    this.#sweptAt = now;
    for (const principal of this.#windows.keys()) {
      if (this.#current(principal, now).length === 0) this.#windows.delete(principal);
    }
  }
}

function impossible(limit: number): string {
  return limit <= 0
    ? 'The rate_limit_multiplier of your token leaves none: ask the operator to change it.'
    : `It never fits into the limit: split it into calls of at most ${limit}.`;
}

function used(bursts: readonly Burst[]): number {
  return bursts.reduce((sum, { count }) => sum + count, 0);
}
