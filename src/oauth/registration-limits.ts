import { LoginThrottle } from '../console/login-throttle.ts';

const hourMs = 3_600_000;
const minuteMs = 60_000;
const fetchesPerMinute = 60;

/** How many clients strangers may make known. */
export class RegistrationLimits {
  /** Registered at the same time. */
  readonly maxClients = 10_000;
  readonly #registrations = new LoginThrottle({ windowMs: hourMs, perAddress: 30, total: 1_000, addresses: 1_000 });
  #fetches = 0;
  #minuteBeganAt = -Infinity;

  /** Seconds until that address may register another; undefined: now. */
  waitS(address: string): number | undefined {
    return this.#registrations.waitS(address);
  }

  registered(address: string): void {
    this.#registrations.failed(address);
  }

  /** Whether one more document may be fetched on a stranger's word. */
  admitFetch(): boolean {
    const now = performance.now();
    if (now - this.#minuteBeganAt >= minuteMs) {
      this.#minuteBeganAt = now;
      this.#fetches = 0;
    }
    this.#fetches += 1;
    return this.#fetches <= fetchesPerMinute;
  }
}
