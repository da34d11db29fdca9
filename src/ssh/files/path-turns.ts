import { unlessAborted } from '../deadline.ts';

/**
 * Lets changes of one file happen one after the other. The host has no compare-and-swap: two calls that both looked
 * before either wrote would lose what one of them has written.
 */
export class PathTurns {
  readonly #last = new Map<string, Promise<void>>();

  /** Rejects with the signal's reason when it aborts while the work waits for its turn. */
  async take<T>(path: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(path);
    const { promise: over, resolve } = Promise.withResolvers<void>();
    // Whoever gives up waiting does not let the next one pass those before it.
    const mine = Promise.all([before, over]).then(() => {
      if (this.#last.get(path) === mine) this.#last.delete(path);
    });
    this.#last.set(path, mine);
    try {
      if (before) await unlessAborted(before, signal);
      return await work();
    } finally {
      resolve();
    }
  }
}
