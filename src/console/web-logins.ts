import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Caller, Role } from '../identity/caller.ts';

export interface WebLoginLimits {
  /** From signing in, whatever is done. */
  readonly lifetimeMs: number;
  /** From the last page. */
  readonly idleMs: number;
  readonly perCaller: number;
  readonly total: number;
}

export const webLoginLimits: WebLoginLimits = {
  lifetimeMs: 8 * 3_600_000,
  idleMs: 30 * 60_000,
  perCaller: 10,
  total: 1_000,
};

/** A person who has signed in with a browser. */
export interface WebLogin {
  readonly caller: Caller;
  readonly roles: ReadonlySet<Role>;
  /** In every form of this login's pages: another site's form cannot know it. */
  readonly formToken: string;
  /** Aborts when the login ends, by whatever. */
  readonly ended: AbortSignal;
}

/** What lets a person in, asked anew at each request: it may be gone, or not count from that address. */
export type Authority = (address: string | undefined) => Caller | undefined;

interface Held {
  readonly login: WebLogin;
  readonly authority: Authority;
  readonly end: AbortController;
  readonly beganAt: number;
  seenAt: number;
}

/**
 * The logins of people, in the memory of this process. One ends with its lifetime, when it is idle, and at once when the
 * credential that it was made with does.
 */
export class WebLogins implements Disposable {
  readonly #limits: WebLoginLimits;
  readonly #now: () => number;
  /** By the hash of the id, the oldest first: the time that a look-up takes tells nothing about any id. */
  readonly #held = new Map<string, Held>();

  constructor(limits = webLoginLimits, now: () => number = () => performance.now()) {
    this.#limits = limits;
    this.#now = now;
  }

  /** The id of a new login of that caller, whom the authority let in: 256 random bits, for the cookie alone. */
  begin(caller: Caller, authority: Authority): string {
    this.#makeRoom(caller);
    const id = randomBytes(32).toString('base64url');
    const key = keyOf(id);
    const end = new AbortController();
    const formToken = randomBytes(32).toString('base64url');
    const login: WebLogin = { caller, roles: caller.roles ?? new Set(), formToken, ended: end.signal };
    const now = this.#now();
    this.#held.set(key, { login, authority, end, beganAt: now, seenAt: now });
    const onRevoked = (): void => this.#end(key);
    caller.revoked.addEventListener('abort', onRevoked, { signal: end.signal });
    if (caller.revoked.aborted) this.#end(key);
    return id;
  }

  /** The login of that id, for a request from that address: it is not idle now. */
  find(id: string | undefined, address: string | undefined): WebLogin | undefined {
    if (id === undefined) return undefined;
    const key = keyOf(id);
    const held = this.#held.get(key);
    if (held === undefined) return undefined;
    if (this.#isOver(held)) {
      this.#end(key);
      return undefined;
    }
    if (held.authority(address) !== held.login.caller) return undefined;
    held.seenAt = this.#now();
    return held.login;
  }

  /** Whether it is in force still; this is no use of it. */
  isInForce(id: string | undefined, address: string | undefined): boolean {
    const held = id === undefined ? undefined : this.#held.get(keyOf(id));
    return held !== undefined && !this.#isOver(held) && held.authority(address) === held.login.caller;
  }

  end(id: string): void {
    this.#end(keyOf(id));
  }

  [Symbol.dispose](): void {
    for (const key of this.#held.keys()) this.#end(key);
  }

  #isOver({ beganAt, seenAt }: Held): boolean {
    const now = this.#now();
    return now - beganAt >= this.#limits.lifetimeMs || now - seenAt >= this.#limits.idleMs;
  }

  #makeRoom({ principal }: Caller): void {
    for (const [key, held] of this.#held) if (this.#isOver(held)) this.#end(key);
    const own = [...this.#held].filter(([, { login }]) => login.caller.principal === principal);
    const [oldestOwn] = own.length >= this.#limits.perCaller ? own : [];
    if (oldestOwn !== undefined) this.#end(oldestOwn[0]);
    const [oldest] = this.#held.size >= this.#limits.total ? this.#held.keys() : [];
    if (oldest !== undefined) this.#end(oldest);
  }

  #end(key: string): void {
    const held = this.#held.get(key);
    this.#held.delete(key);
    held?.end.abort();
  }
}

/** Whether a form is one of this login's. */
export function isFormOf({ formToken }: WebLogin, presented: string): boolean {
  return timingSafeEqual(digestOf(formToken), digestOf(presented));
}

function keyOf(id: string): string {
  return digestOf(id).toString('base64url');
}

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
