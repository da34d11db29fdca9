import { EndedEarly } from '../base/ended-early.ts';

/** How long calls get to end after they were aborted: what runs on a host has to be stopped and recorded. */
const endMs = 10_000;

/** The tool calls in progress, so that closing can wait for them, and then abort them. */
export class RunningCalls {
  readonly #running = new Set<Promise<unknown>>();
  readonly #ending = new AbortController();

  /** Aborts when the gateway closes and its grace is over: every call must end. */
  get ending(): AbortSignal {
    return this.#ending.signal;
  }

  async track<T>(call: Promise<T>): Promise<T> {
    this.#running.add(call);
    try {
      return await call;
    } finally {
      this.#running.delete(call);
    }
  }

  /** Aborts what runs, and what comes. */
  end(): void {
    this.#ending.abort(new EndedEarly('draining'));
  }

  /** Waits up to `graceMs` for the running calls, then aborts them and waits for their ends. */
  async drain({ graceMs }: { readonly graceMs: number }): Promise<void> {
    await this.#settled(graceMs);
    this.end();
    await this.#settled(endMs);
  }

  async #settled(timeoutMs: number): Promise<void> {
    if (this.#running.size === 0) return;
    const { promise: timeout, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, timeoutMs);
    await Promise.race([Promise.allSettled(this.#running), timeout]);
    clearTimeout(timer);
  }
}
