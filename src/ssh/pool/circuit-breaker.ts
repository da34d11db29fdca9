export interface BreakerLimits {
  /** So many failures in a row open it. */
  readonly failures: number;
  /** How long it is open at first; each failure of the attempt that follows doubles that. */
  readonly openMs: number;
  readonly maxOpenMs: number;
}

export const usualBreaker: BreakerLimits = { failures: 5, openMs: 10_000, maxOpenMs: 300_000 };

/** Leaves a host alone that cannot be reached. One attempt at a time is the caller's to see to. */
export class CircuitBreaker {
  readonly #limits: BreakerLimits;
  readonly #now: () => number;
  #failures = 0;
  #openMs: number;
  #openUntil = 0;

  constructor(limits: BreakerLimits = usualBreaker, now: () => number = () => performance.now()) {
    this.#limits = limits;
    this.#now = now;
    this.#openMs = limits.openMs;
  }

  get failures(): number {
    return this.#failures;
  }

  /** How long the host is still left alone; 0 when it may be tried. */
  get waitMs(): number {
    return Math.max(0, this.#openUntil - this.#now());
  }

  failed(): void {
    this.#failures += 1;
    if (this.#failures < this.#limits.failures) return;
    this.#openUntil = this.#now() + this.#openMs;
    this.#openMs = Math.min(this.#openMs * 2, this.#limits.maxOpenMs);
  }

  succeeded(): void {
    this.#failures = 0;
    this.#openUntil = 0;
    this.#openMs = this.#limits.openMs;
  }
}
