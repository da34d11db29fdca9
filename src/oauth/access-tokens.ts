import { z } from 'zod';
import type { Log } from '../base/log.ts';
import type { AuthMethod, Credential } from '../identity/authenticate.ts';
import type { Caller } from '../identity/caller.ts';
import { nameOverOAuth } from '../identity/same-person.ts';
import { accountOf, type Account, type CallerOf } from './account.ts';
import type { OAuthStore } from './oauth-store.ts';
import { narrowed } from './scopes.ts';
import { recordKey } from './record-key.ts';

/** Ours have 43 characters; nothing else is worth a look into the store. */
const accessToken = /^[\w-]{43}$/;

const checkEveryMs = 1_000;
const maxKnown = 10_000;

const storedToken = z.object({
  accountId: z.string(),
  grantId: z.string(),
  aud: z.string(),
  scope: z.string().default(''),
});

/** A consent in force, and the end of everything begun under it. */
interface Consent {
  readonly key: string;
  readonly end: AbortController;
}

interface KnownToken {
  readonly account: Account;
  readonly consent: Consent;
  readonly scopes: readonly string[];
  readonly expiresAtMs: number;
  /** The callers it makes, by whose authority they are: one for each as long as that does not change. */
  readonly callers: WeakMap<Caller, Caller>;
}

export interface AccessTokensOptions {
  readonly store: OAuthStore;
  /** Whom the tokens must be made for (RFC 8707). */
  readonly audience: string;
  readonly callerOf: CallerOf<Caller>;
  readonly log: Log;
}

/**
 * Auth method: the access tokens of our authorization server.
 *
 * What a token stands for is looked up once, at its first request. That its consent was withdrawn, by whatever process,
 * is seen within a second. When a token expires, what it began goes on under the consent: clients take another meanwhile.
 */
export class AccessTokens implements AuthMethod, Disposable {
  readonly #options: AccessTokensOptions;
  readonly #known = new Map<string, KnownToken>();
  readonly #consents = new Map<string, Consent>();
  readonly #timer: NodeJS.Timeout;
  #checking = false;
  #failures = 0;

  constructor(options: AccessTokensOptions) {
    this.#options = options;
    this.#timer = setInterval(() => void this.#check(), checkEveryMs).unref();
  }

  /** To be awaited before `authenticate` is asked. */
  async lookUp(token: string): Promise<void> {
    if (!accessToken.test(token)) return;
    const key = recordKey(token);
    if (this.#known.has(key)) return;
    const { store, audience } = this.#options;
    const found = await store.find('AccessToken', key);
    const { data } = storedToken.safeParse(found?.payload);
    const account = data && accountOf(data.accountId);
    if (!found?.expiresAt || !data || !account || data.aud !== audience) return;
    const consent = await this.#consentOf(data.grantId);
    if (consent === undefined) return;
    const [oldest] = this.#known.keys();
    if (this.#known.size >= maxKnown && oldest !== undefined) this.#known.delete(oldest);
    const scopes = data.scope.split(' ');
    this.#known.set(key, {
      account,
      consent,
      scopes,
      expiresAtMs: found.expiresAt.getTime(),
      callers: new WeakMap(),
    });
  }

  authenticate(credential: Credential): Caller | undefined {
    if (credential.kind !== 'bearer' || !accessToken.test(credential.token)) return undefined;
    const known = this.#known.get(recordKey(credential.token));
    if (known === undefined || known.consent.end.signal.aborted || known.expiresAtMs <= Date.now()) return undefined;
    const holder = this.#options.callerOf(known.account, credential.address);
    if (holder === undefined) return undefined;
    const caller = known.callers.get(holder) ?? derived(holder, known);
    known.callers.set(holder, caller);
    return caller;
  }

  /** At once, for what this process withdrew itself. */
  end(grantId: string): void {
    this.#end(recordKey(grantId));
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  async #consentOf(grantId: string): Promise<Consent | undefined> {
    const key = recordKey(grantId);
    if ((await this.#options.store.find('Grant', key)) === undefined) return undefined;
    const consent = this.#consents.get(key) ?? { key, end: new AbortController() };
    this.#consents.set(key, consent);
    return consent;
  }

  /** Where the store cannot be read twice, nobody knows whether a consent still holds: then it does not. */
  async #check(): Promise<void> {
    if (this.#checking || this.#consents.size === 0) return;
    this.#checking = true;
    const keys = [...this.#consents.keys()];
    try {
      const present = await this.#options.store.present('Grant', keys);
      this.#failures = 0;
      for (const key of keys) if (!present.has(key)) this.#end(key);
    } catch (error) {
      this.#failures += 1;
      this.#options.log.error({ err: error }, 'logins over OAuth cannot be looked up');
      if (this.#failures > 1) for (const key of keys) this.#end(key);
    } finally {
      this.#checking = false;
    }
    for (const [key, { expiresAtMs }] of this.#known) if (expiresAtMs <= Date.now()) this.#known.delete(key);
  }

  #end(key: string): void {
    this.#consents.get(key)?.end.abort();
    this.#consents.delete(key);
    for (const [token, { consent }] of this.#known) if (consent.key === key) this.#known.delete(token);
  }
}

/** Narrower than the holder in every way: no roles, the granted scopes alone, and ended with it. */
function derived(holder: Caller, { consent, scopes }: KnownToken): Caller {
  const { roles: _roles, ...rest } = holder;
  return {
    ...rest,
    name: nameOverOAuth(holder),
    scopes: narrowed(holder.scopes, scopes),
    couldHave: holder.scopes,
    revoked: AbortSignal.any([holder.revoked, consent.end.signal]),
  };
}
