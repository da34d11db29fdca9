import { GatewayError } from '../../base/errors.ts';
import type { HostId } from '../../hosts/host.ts';
import { FairQueue } from './fair-queue.ts';
import type { QueueBounds } from './queue-bounds.ts';

/** Who wants a connection, and until when. */
export interface Wanted {
  /** Callers wait in turns. */
  readonly caller: string;
  readonly signal: AbortSignal;
}

interface Waiting<T> {
  readonly caller: string;
  settle(result: { readonly value: T } | { readonly error: unknown }): void;
}

/** The calls that wait for one thing of a host, in fair order, each for a bounded time. */
export class WaitingCalls<T> {
  readonly #host: HostId;
  readonly #bounds: QueueBounds;
  readonly #queue = new FairQueue<Waiting<T>>();

  constructor(host: HostId, bounds: QueueBounds) {
    this.#host = host;
    this.#bounds = bounds;
  }

  get size(): number {
    return this.#queue.size;
  }

  /** Waits until it is served. Throws `busy` when too many wait already, or when it took too long. */
  async wait({ caller, signal }: Wanted): Promise<T> {
    using _place = this.#bounds.enter(caller);
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const settle: Waiting<T>['settle'] = (result) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', aborted);
      if ('error' in result) reject(result.error);
      else resolve(result.value);
    };
    const waiting: Waiting<T> = { caller, settle };
    const leave = (error: unknown): void => {
      this.#queue.remove(waiting);
      settle({ error });
    };
    const aborted = (): void => leave(signal.reason);
    const timer = setTimeout(() => leave(this.#tooLong()), this.#bounds.limits.timeoutMs);
    signal.addEventListener('abort', aborted, { once: true });
    this.#queue.push(waiting);
    return await promise;
  }

  /** Gives the next in turn what `take` takes, as long as both last. */
  serve(take: () => T | undefined): void {
    while (this.#queue.size > 0) {
      const value = take();
      if (value === undefined) return;
      this.#queue.shift()?.settle({ value });
    }
  }

  failAll(error: unknown): void {
    for (let next = this.#queue.shift(); next; next = this.#queue.shift()) next.settle({ error });
  }

  #tooLong(): GatewayError {
    const seconds = this.#bounds.limits.timeoutMs / 1000;
    const message = `${this.#host} had no place for another command within ${seconds} s. Wait for its commands to end, then try again.`;
    return new GatewayError('busy', message, { details: { retry_after_s: 5 } });
  }
}
