import { randomBytes } from 'node:crypto';
import type { Context, Hono } from 'hono';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import type { Interaction } from 'oidc-provider';
import { z } from 'zod';
import type { Log } from '../base/log.ts';
import type { Person } from '../identity/people.ts';
import { storedPerson } from './account.ts';
import type { OAuthStore } from './oauth-store.ts';
import type { OAuthEnv } from './pass-on.ts';
import { recordKey } from './record-key.ts';
import { UpstreamLogin, type Errand, type Upstream } from './upstream.ts';

export interface ElsewhereServices {
  readonly origin: string;
  readonly store: OAuthStore;
  readonly upstreams: readonly Upstream[];
  /** The login of that name, if this browser began it. */
  readonly loginOf: (c: Context<OAuthEnv>, state: string) => Promise<Interaction | undefined>;
  readonly isLetIn: (person: Person) => boolean;
  readonly refusedLogin: (c: Context<OAuthEnv>) => void;
  /** A page that says why a login cannot go on. */
  readonly refuse: (c: Context<OAuthEnv>, status: 400 | 401 | 403 | 503, why?: string) => Promise<Response>;
  readonly log: Log;
}

const errandModel = 'Errand';
const signedInModel = 'SignedIn';
const cookieName = 'sallyport_errand';
const lifetimeMs = 10 * 60_000;

const storedErrand = z.object({ login: z.string(), browser: z.string(), nonce: z.string(), verifier: z.string() });

/** Signing in at another issuer, on the way to allowing a client in. */
export class Elsewhere {
  readonly #services: ElsewhereServices;
  readonly #logins: readonly UpstreamLogin[];

  constructor(services: ElsewhereServices) {
    this.#services = services;
    this.#logins = services.upstreams.map((upstream) => new UpstreamLogin(upstream, services));
  }

  /** Names of the issuers. */
  get names(): readonly string[] {
    return this.#logins.map(({ upstream }) => upstream.name);
  }

  addRoutes(app: Hono<OAuthEnv>): void {
    app.get('/login/elsewhere', async (c) => await this.#send(c));
    for (const login of this.#logins) app.get(login.upstream.callbackPath, async (c) => await this.#receive(c, login));
  }

  /** Who signed in elsewhere for that login. */
  async personFor(login: Interaction): Promise<Person | undefined> {
    const found = await this.#services.store.find(signedInModel, recordKey(login.uid));
    return storedPerson.safeParse(found?.payload).data;
  }

  async #send(c: Context<OAuthEnv>): Promise<Response> {
    const { loginOf, refuse, origin, log } = this.#services;
    const upstream = this.#logins.find(({ upstream: { name } }) => name === c.req.query('with'));
    const login = await loginOf(c, c.req.query('state') ?? '');
    if (login === undefined || upstream === undefined) return await refuse(c, 400);
    const errand = upstream.newErrand();
    let url: URL;
    try {
      url = await upstream.url(errand);
    } catch (error) {
      log.error({ err: error }, `${upstream.upstream.name} could not be asked who signs in`);
      return await refuse(c, 503, `${upstream.upstream.name} does not answer. Try again, or sign in with a token.`);
    }
    const browser = randomBytes(32).toString('base64url');
    await this.#keep(errand, { login: login.uid, browser: recordKey(browser) });
    setCookie(c, cookieName, browser, {
      path: upstream.upstream.callbackPath,
      httpOnly: true,
      sameSite: 'Lax',
      secure: origin.startsWith('https:'),
      maxAge: lifetimeMs / 1000,
    });
    return c.redirect(url.href, 303);
  }

  async #receive(c: Context<OAuthEnv>, upstream: UpstreamLogin): Promise<Response> {
    const { refuse, isLetIn, refusedLogin, store } = this.#services;
    const { name } = upstream.upstream;
    const errand = await this.#take(c);
    deleteCookie(c, cookieName, { path: upstream.upstream.callbackPath });
    if (errand === undefined) return await refuse(c, 400);
    const person = await upstream.personFrom(new URL(c.req.url).search, errand);
    switch (person) {
      case 'failed':
        return await refuse(c, 401, `${name} authentication failed.`);
      case 'no email':
        return await refuse(c, 401, `Email not provided by ${name}.`);
      case 'email not verified':
        return await refuse(c, 403, `${name} has not verified this email address.`);
    }
    if (!isLetIn(person)) {
      refusedLogin(c);
      return await refuse(c, 403, 'Forbidden: the operator has not let this account in.');
    }
    const key = recordKey(errand.login);
    const expiresAt = new Date(Date.now() + lifetimeMs);
    await store.upsert({ model: signedInModel, key, payload: { ...person }, grantId: undefined, expiresAt });
    return c.redirect(`/login?state=${errand.login}`, 303);
  }

  async #keep(
    { state, nonce, verifier }: Errand,
    of: { readonly login: string; readonly browser: string },
  ): Promise<void> {
    await this.#services.store.upsert({
      model: errandModel,
      key: recordKey(state),
      payload: { ...of, nonce, verifier },
      grantId: undefined,
      expiresAt: new Date(Date.now() + lifetimeMs),
    });
  }

  /** The errand of this state, once, for the browser that was sent on it. */
  async #take(c: Context<OAuthEnv>): Promise<(Errand & { readonly login: string }) | undefined> {
    const { store } = this.#services;
    const state = c.req.query('state') ?? '';
    const key = recordKey(state);
    const { data } = storedErrand.safeParse((await store.find(errandModel, key))?.payload);
    const browser = getCookie(c, cookieName);
    if (data === undefined || browser === undefined || recordKey(browser) !== data.browser) return undefined;
    if (!(await store.consume(errandModel, key, new Date()))) return undefined;
    return { state, nonce: data.nonce, verifier: data.verifier, login: data.login };
  }
}
