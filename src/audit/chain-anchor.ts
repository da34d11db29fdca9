import type { Log } from '../base/log.ts';
import type { ChainHead } from './link.ts';

const everyMs = 60_000;

/**
 * Writes the head of our audit chain to the ordinary log every minute in which something was recorded, and at the end.
 *
 * Whoever rewrites the whole chain on this machine cannot rewrite what a collector of logs has taken from it.
 */
export class ChainAnchor implements Disposable {
  readonly #head: () => ChainHead | undefined;
  readonly #log: Log;
  readonly #timer: NodeJS.Timeout;
  #anchored = '';

  constructor({ head, log }: { readonly head: () => ChainHead | undefined; readonly log: Log }) {
    this.#head = head;
    this.#log = log;
    this.#timer = setInterval(() => this.#anchor(), everyMs).unref();
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#anchor();
  }

  #anchor(): void {
    const head = this.#head();
    if (head === undefined || head.hash === this.#anchored) return;
    this.#anchored = head.hash;
    const { chain, seq, hash } = head;
    this.#log.info({ chain, seq, hash }, 'head of the audit chain');
  }
}
