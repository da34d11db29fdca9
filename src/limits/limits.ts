import type { Caller, PrincipalId } from '../identity/caller.ts';
import { RateLimit } from './rate-limit.ts';
import { Slots, type SlotLimits } from './slots.ts';

/** Per token, before its multiplier; undefined is no limit. */
export interface RateLimits {
  readonly requestsPerMinute: number | undefined;
  readonly commandsPerHour: number | undefined;
}

const unlimited: Disposable = { [Symbol.dispose]: () => undefined };

export interface LimitsOptions {
  readonly slots: SlotLimits;
  /** Whether requests were counted at the edge, where they are answered with HTTP 429, or are counted by `admit`. */
  readonly requests: 'counted_at_the_edge' | 'counted_here';
  readonly now?: () => number;
}

/** All that a caller may have too much of: calls at once, requests in a minute, commands in an hour. */
export class Limits {
  readonly #slots: Slots;
  readonly #requests: RateLimit;
  readonly #commands: RateLimit;
  readonly #countsRequests: boolean;

  constructor({ slots, requests, now }: LimitsOptions) {
    const clock = now && { now };
    this.#slots = new Slots(slots);
    this.#requests = new RateLimit({ unit: 'requests', per: 'minute', windowMs: 60_000, ...clock });
    this.#commands = new RateLimit({ unit: 'commands', per: 'hour', windowMs: 3_600_000, ...clock });
    this.#countsRequests = requests === 'counted_here';
  }

  useRates({ requestsPerMinute, commandsPerHour }: RateLimits): void {
    this.#requests.use(requestsPerMinute);
    this.#commands.use(commandsPerHour);
  }

  /**
   * A slot for one call, given back when disposed. Throws `busy` or `rate_limited`; not for what the gateway itself must end,
   * however much its owner has under way.
   */
  admit(caller: Caller): Disposable {
    if (caller.ends !== undefined) return unlimited;
    const slot = this.#slots.admit(caller);
    try {
      if (this.#countsRequests) this.#requests.admit(caller);
      return slot;
    } catch (error) {
      slot[Symbol.dispose]();
      throw error;
    }
  }

  /** For the edge: throws `rate_limited`. */
  admitRequest(caller: Caller): void {
    this.#requests.admit(caller);
  }

  /** As `admitCommands`, and counts nothing. */
  checkCommands(caller: Caller, count: number): void {
    this.#commands.check(caller, count);
  }

  /** For what certainly runs next: throws `rate_limited`, and then none of it may run. */
  admitCommands(caller: Caller, count: number): void {
    this.#commands.admit(caller, count);
  }

  /** For a credential that is no more. */
  forget(principal: PrincipalId): void {
    this.#requests.forget(principal);
    this.#commands.forget(principal);
  }
}
