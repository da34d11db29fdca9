import { isIPv6 } from 'node:net';

export interface LoginThrottleLimits {
  readonly windowMs: number;
  /** Failures of one address in a window. */
  readonly perAddress: number;
  /** Failures of all in a window: then only who has not failed yet may try. */
  readonly total: number;
  /** Addresses told apart; any more share one count. */
  readonly addresses: number;
}

export const loginThrottleLimits: LoginThrottleLimits = {
  windowMs: 5 * 60_000,
  perAddress: 10,
  total: 500,
  addresses: 1_000,
};

interface Window {
  readonly beganAt: number;
  readonly failures: number;
}

/**
 * Slows the guessing of tokens down, by address and in all. Guessing from everywhere does not keep out a person who signs
 * in at the first try.
 */
export class LoginThrottle {
  readonly #limits: LoginThrottleLimits;
  readonly #now: () => number;
  readonly #windows = new Map<string, Window>();
  #all: Window = { beganAt: -Infinity, failures: 0 };

  constructor(limits = loginThrottleLimits, now: () => number = () => performance.now()) {
    this.#limits = limits;
    this.#now = now;
  }

  /** Seconds until that address may try again; undefined: now. */
  waitS(address: string): number | undefined {
    const { perAddress, total } = this.#limits;
    const own = this.#windows.get(this.#keyOf(address));
    const all = this.#current(this.#all);
    const current = own && this.#current(own);
    if (current === undefined || current.failures === 0) return undefined;
    if (current.failures >= perAddress) return this.#leftS(current);
    return all.failures >= total ? this.#leftS(all) : undefined;
  }

  failed(address: string): void {
    const key = this.#keyOf(address);
    this.#windows.set(key, this.#withOneMore(this.#windows.get(key)));
    this.#all = this.#withOneMore(this.#all);
  }

  #keyOf(address: string): string {
    const network = networkOf(address);
    if (this.#windows.has(network) || this.#windows.size < this.#limits.addresses) return network;
    for (const [key, window] of this.#windows) if (this.#isOver(window)) this.#windows.delete(key);
    return this.#windows.size < this.#limits.addresses ? network : '';
  }

  #withOneMore(window: Window | undefined): Window {
    const { beganAt, failures } = this.#current(window ?? this.#newWindow());
    return { beganAt, failures: failures + 1 };
  }

  #current(window: Window): Window {
    return this.#isOver(window) ? this.#newWindow() : window;
  }

  #newWindow(): Window {
    return { beganAt: this.#now(), failures: 0 };
  }

  #isOver({ beganAt }: Window): boolean {
    return this.#now() - beganAt >= this.#limits.windowMs;
  }

  #leftS({ beganAt }: Window): number {
    return Math.max(1, Math.ceil((beganAt + this.#limits.windowMs - this.#now()) / 1000));
  }
}

/** Whoever has one IPv6 address has the 64 bits behind its network too. */
function networkOf(address: string): string {
  if (!isIPv6(address) || address.startsWith('::ffff:')) return address;
  const [head = '', tail] = address.split('::');
  const groups = head === '' ? [] : head.split(':');
  const behind = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = Array.from({ length: Math.max(0, 8 - groups.length - behind.length) }, () => '0');
  const all = tail === undefined ? groups : [...groups, ...zeros, ...behind];
  return all.slice(0, 4).join(':');
}
