import { GatewayError } from '../base/errors.ts';
import type { Caller, PrincipalId } from '../identity/caller.ts';

export interface SlotLimits {
  readonly perCaller: number;
  readonly total: number;
}

/** How many calls may run at once, for one caller and for all. */
export class Slots {
  readonly #limits: SlotLimits;
  readonly #running = new Map<PrincipalId, number>();
  #total = 0;

  constructor(limits: SlotLimits) {
    this.#limits = limits;
  }

  /** A slot for one call, given back when disposed. */
  admit(caller: Caller): Disposable {
    const mine = this.#running.get(caller.principal) ?? 0;
    if (mine >= this.#limits.perCaller || this.#total >= this.#limits.total) {
      const whose = mine >= this.#limits.perCaller ? `${mine} calls of yours` : 'Too many calls';
      const message = `${whose} are running at this moment. Wait for one to end, then try again.`;
      throw new GatewayError('busy', message, { details: { retry_after_s: 1 } });
    }
    this.#running.set(caller.principal, mine + 1);
    this.#total += 1;
    return { [Symbol.dispose]: () => this.#release(caller.principal) };
  }

  #release(principal: PrincipalId): void {
    const left = (this.#running.get(principal) ?? 1) - 1;
    if (left === 0) this.#running.delete(principal);
    else this.#running.set(principal, left);
    this.#total -= 1;
  }
}
