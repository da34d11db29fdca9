/** In flight on one channel, all large transfers together: enough to fill a fast line, little for a call to wait behind. */
const bytesInFlight = 16 * 255 * 1024;
const maxRequestsInFlight = 64;

/** Shares what may be in flight on a channel among the large transfers on it. */
export class Transfers {
  #count = 0;

  /** One more transfer, until it is disposed. */
  join(): Disposable {
    this.#count += 1;
    return { [Symbol.dispose]: () => void (this.#count -= 1) };
  }

  /** How many requests of this size one transfer may have in flight now. */
  depth(requestBytes: number): number {
    const all = Math.min(Math.floor(bytesInFlight / requestBytes), maxRequestsInFlight);
    return Math.max(1, Math.floor(all / Math.max(1, this.#count)));
  }
}
