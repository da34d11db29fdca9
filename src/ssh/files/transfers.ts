/** In flight on one channel, all large transfers together: what a fast line holds. */
const mostBytesInFlight = 16 * 255 * 1024;
const mostRequestsInFlight = 64;
const leastRequestsInFlight = 2;
/** How much longer than the fastest answer one may take before less is put in flight, and before no more is. */
const slowMs = 100;
const briskMs = 50;
/** By this the fastest answer is forgotten at each one: the way to the host may change. */
const forgetting = 0.001;

/**
 * Shares what may be in flight on a channel among the large transfers on it.
 *
 * A server answers in order, so that every small call waits behind what is in flight: on a slow line that is less,
 * as much as keeps answers from taking much longer than the fastest one.
 */
export class Transfers {
  #count = 0;
  #share = 0.5;
  #fastestMs = Number.POSITIVE_INFINITY;

  /** One more transfer, until it is disposed. */
  join(): Disposable {
    this.#count += 1;
    return { [Symbol.dispose]: () => void (this.#count -= 1) };
  }

  /** An answer, to any request on the channel, took so long. */
  answered(tookMs: number): void {
    if (tookMs < this.#fastestMs) this.#fastestMs = tookMs;
    else this.#fastestMs += (tookMs - this.#fastestMs) * forgetting;
    if (tookMs > this.#fastestMs + slowMs) this.#share = Math.max(this.#share * 0.9, 0.01);
    else if (tookMs < this.#fastestMs + briskMs) this.#share = Math.min(this.#share * 1.1, 1);
  }

  /** How many requests of this size one transfer may have in flight now. */
  depth(requestBytes: number): number {
    const most = Math.min(Math.floor(mostBytesInFlight / requestBytes), mostRequestsInFlight);
    const all = Math.max(leastRequestsInFlight, Math.floor(most * this.#share));
    return Math.max(1, Math.floor(all / Math.max(1, this.#count)));
  }
}
