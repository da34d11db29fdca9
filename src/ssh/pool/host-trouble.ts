import { GatewayError } from '../../base/errors.ts';
import type { Host } from '../../hosts/host.ts';
import { CircuitBreaker, type BreakerLimits } from './circuit-breaker.ts';

/** A host locks an account after a few refused logins: it is asked seldom, and ever more seldom. */
const loginPauseMs = { first: 5000, most: 60_000 };
/** An operator who has just trusted the key wants to go on. */
const hostKeyPauseMs = 1000;

/** What the last attempts to connect to a host say about the next: calls meanwhile are answered without one. */
export class HostTrouble {
  readonly #host: Host;
  readonly #breaker: CircuitBreaker;
  #refusal: { readonly error: GatewayError; readonly until: number } | undefined;
  #loginPauseMs = loginPauseMs.first;

  constructor(host: Host, limits?: BreakerLimits) {
    this.#host = host;
    this.#breaker = new CircuitBreaker(limits);
  }

  /** Why no attempt is to be made at this moment. */
  get current(): GatewayError | undefined {
    const waitMs = this.#breaker.waitMs;
    if (waitMs > 0) return this.#leftAlone(waitMs);
    if (this.#refusal === undefined || this.#refusal.until <= performance.now()) return undefined;
    return this.#refusal.error;
  }

  connected(): void {
    this.#breaker.succeeded();
    this.#refusal = undefined;
    this.#loginPauseMs = loginPauseMs.first;
  }

  failed(error: unknown): void {
    if (!(error instanceof GatewayError)) return;
    if (error.code === 'host_unreachable') {
      this.#breaker.failed();
      return;
    }
    // It was reached, whatever it said.
    this.#breaker.succeeded();
    if (error.code === 'host_login_refused') {
      this.#remember(error, this.#loginPauseMs);
      this.#loginPauseMs = Math.min(this.#loginPauseMs * 2, loginPauseMs.most);
    } else if (error.code === 'host_key_unknown' || error.code === 'host_key_mismatch') {
      this.#remember(error, hostKeyPauseMs);
    }
  }

  #remember(error: GatewayError, pauseMs: number): void {
    this.#refusal = { error, until: performance.now() + pauseMs };
  }

  #leftAlone(waitMs: number): GatewayError {
    const seconds = Math.ceil(waitMs / 1000);
    const at = new Date(Date.now() + waitMs).toISOString().slice(11, 19);
    const message = `${this.#host.id} could not be reached ${this.#breaker.failures} times in a row, and is left alone until ${at} UTC. Try again in ${seconds} s, and meanwhile check that it is up.`;
    return new GatewayError('host_unreachable', message, { details: { retry_after_s: seconds } });
  }
}
