export interface HandshakeLimits {
  readonly total: number;
  /** To one address and port: sshd drops logins beyond `MaxStartups` (sshd_config(5)), 10 by default. */
  readonly perAddress: number;
  /** A handshake that takes longer waits for its host, not for us: it no longer counts in total. */
  readonly patienceMs: number;
}

export const usualHandshakes: HandshakeLimits = { total: 16, perAddress: 4, patienceMs: 500 };

interface Waiting {
  readonly address: string;
  enter(): void;
}

/**
 * How many connections are being made at once. With all at once, the first of a hundred hosts would answer when the
 * last does; and hosts that hang must not keep the others waiting.
 */
export class Handshakes {
  readonly #limits: HandshakeLimits;
  readonly #perAddress = new Map<string, number>();
  #total = 0;
  #waiting: readonly Waiting[] = [];

  constructor(limits: HandshakeLimits = usualHandshakes) {
    this.#limits = limits;
  }

  /** Waits for a place, held until it is disposed. */
  async enter(address: string, signal: AbortSignal): Promise<Disposable> {
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<Disposable>();
    const aborted = (): void => {
      this.#waiting = this.#waiting.filter((other) => other !== waiting);
      reject(signal.reason);
    };
    const waiting: Waiting = {
      address,
      enter: () => {
        signal.removeEventListener('abort', aborted);
        resolve(this.#place(address));
      },
    };
    signal.addEventListener('abort', aborted, { once: true });
    this.#waiting = [...this.#waiting, waiting];
    this.#admit();
    return await promise;
  }

  #admit(): void {
    for (const waiting of this.#waiting) {
      if (this.#total >= this.#limits.total) return;
      if ((this.#perAddress.get(waiting.address) ?? 0) >= this.#limits.perAddress) continue;
      this.#waiting = this.#waiting.filter((other) => other !== waiting);
      waiting.enter();
    }
  }

  #place(address: string): Disposable {
    this.#total += 1;
    this.#perAddress.set(address, (this.#perAddress.get(address) ?? 0) + 1);
    let counts = true;
    const leaveTotal = (): void => {
      if (!counts) return;
      counts = false;
      this.#total -= 1;
      this.#admit();
    };
    const impatient = setTimeout(leaveTotal, this.#limits.patienceMs).unref();
    return {
      [Symbol.dispose]: () => {
        clearTimeout(impatient);
        const left = (this.#perAddress.get(address) ?? 1) - 1;
        if (left === 0) this.#perAddress.delete(address);
        else this.#perAddress.set(address, left);
        leaveTotal();
        this.#admit();
      },
    };
  }
}
