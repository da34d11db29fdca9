import { GatewayError } from '../../base/errors.ts';

export interface QueueLimits {
  readonly perCaller: number;
  readonly total: number;
  /** Whoever has waited so long is told to come again. */
  readonly timeoutMs: number;
}

/** How many calls may wait for a connection, for one caller and for all, on all hosts together. */
export class QueueBounds {
  readonly limits: QueueLimits;
  readonly #waiting = new Map<string, number>();
  #total = 0;

  constructor(limits: QueueLimits) {
    this.limits = limits;
  }

  get total(): number {
    return this.#total;
  }

  /** A place in a queue, given back when disposed. */
  enter(caller: string): Disposable {
    const mine = this.#waiting.get(caller) ?? 0;
    if (mine >= this.limits.perCaller || this.#total >= this.limits.total) {
      const whose = mine >= this.limits.perCaller ? `${mine} commands of yours` : 'Too many commands';
      const message = `${whose} wait for their hosts at this moment. Wait for some to end, then try again.`;
      throw new GatewayError('busy', message, { details: { retry_after_s: 2 } });
    }
    this.#waiting.set(caller, mine + 1);
    this.#total += 1;
    return { [Symbol.dispose]: () => this.#leave(caller) };
  }

  #leave(caller: string): void {
    const left = (this.#waiting.get(caller) ?? 1) - 1;
    if (left === 0) this.#waiting.delete(caller);
    else this.#waiting.set(caller, left);
    this.#total -= 1;
  }
}
