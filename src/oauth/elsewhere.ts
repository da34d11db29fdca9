import { randomBytes } from 'node:crypto';
import type { Context, Hono } from 'hono';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import type { Interaction } from 'oidc-provider';
import { z } from 'zod';
import type { Log } from '../base/log.ts';
import { LoginThrottle } from '../console/login-throttle.ts';
import { ownPath } from '../console/own-path.ts';
import type { LetIn } from '../console/sign-in.ts';
import type { Caller } from '../identity/caller.ts';
import type { Person } from '../identity/people.ts';
import { storedPerson, type Account } from './account.ts';
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
  /** What a person may do at this moment; undefined: nothing. */
  readonly callerOf: (account: Account) => Caller | undefined;
  /** Where people may come to our own pages. */
  readonly letIn: LetIn | undefined;
  /** Whose request it is, as far as that can be told. */
  readonly sourceOf: (c: Context<OAuthEnv>) => string;
  readonly refusedLogin: (address: string) => void;
  /** A page that says why a login cannot go on. */
  readonly refuse: (c: Context<OAuthEnv>, status: 400 | 401 | 403 | 429 | 503, why?: string) => Promise<Response>;
  readonly log: Log;
}

const errandModel = 'Errand';
const signedInModel = 'SignedIn';
const cookieName = 'sallyport_errand';
const lifetimeMs = 10 * 60_000;
/** Each is kept for so long, and anybody may begin one: so many by an address, and in all. */
const errandLimits = { windowMs: lifetimeMs, perAddress: 100, total: 2_000, addresses: 1_000 };
const maxErrands = 5_000;

/** What somebody signs in for: to allow a client in at that login, or to come to our own pages. */
const storedPurpose = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('client'), login: z.string() }),
  z.object({ kind: z.literal('pages'), next: z.string().optional() }),
]);
type Purpose = z.output<typeof storedPurpose>;

const storedErrand = z.object({
  purpose: storedPurpose,
  browser: z.string(),
  nonce: z.string(),
  verifier: z.string(),
});

/** Signing in at another issuer. */
export class Elsewhere {
  readonly #services: ElsewhereServices;
  readonly #logins: readonly UpstreamLogin[];
  readonly #begun = new LoginThrottle(errandLimits);

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
    const { refuse, origin, log } = this.#services;
    const upstream = this.#logins.find(({ upstream: { name } }) => name === c.req.query('with'));
    const purpose = await this.#purposeOf(c);
    if (purpose === undefined || upstream === undefined) return await refuse(c, 400);
    const waitS = await this.#waitS(c);
    if (waitS !== undefined) {
      c.header('retry-after', String(waitS));
      return await refuse(c, 429, 'Too many sign in at this moment. Try again later, or sign in with a token.');
    }
    const errand = upstream.newErrand();
    let url: URL;
    try {
      url = await upstream.url(errand);
    } catch (error) {
      log.error({ err: error }, `${upstream.upstream.name} could not be asked who signs in`);
      return await refuse(c, 503, `${upstream.upstream.name} does not answer. Try again, or sign in with a token.`);
    }
    const browser = randomBytes(32).toString('base64url');
    await this.#keep(errand, { purpose, browser: recordKey(browser) });
    setCookie(c, cookieName, browser, {
      path: upstream.upstream.callbackPath,
      httpOnly: true,
      sameSite: 'Lax',
      secure: origin.startsWith('https:'),
      maxAge: lifetimeMs / 1000,
    });
    return c.redirect(url.href, 303);
  }

  /** Undefined where another site sent the browser: it begins no login. */
  async #purposeOf(c: Context<OAuthEnv>): Promise<Purpose | undefined> {
    const { loginOf, letIn } = this.#services;
    const { state, next } = c.req.query();
    if (state !== undefined) {
      const login = await loginOf(c, state);
      return login && { kind: 'client', login: login.uid };
    }
    const isFromElsewhere = /^(?:cross-site|same-site)$/.test(c.req.header('sec-fetch-site') ?? '');
    return letIn === undefined || isFromElsewhere ? undefined : { kind: 'pages', next: ownPath(next) };
  }

  async #receive(c: Context<OAuthEnv>, upstream: UpstreamLogin): Promise<Response> {
    const { refuse, callerOf, letIn, refusedLogin, sourceOf } = this.#services;
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
    const account = { kind: 'person', ...person } as const;
    if (callerOf(account) === undefined) {
      refusedLogin(sourceOf(c));
      return await refuse(c, 403, 'Forbidden: the operator has not let this account in.');
    }
    const { purpose } = errand;
    switch (purpose.kind) {
      case 'client':
        await this.#noteSignedIn(purpose.login, person);
        return c.redirect(`/login?state=${purpose.login}`, 303);
      case 'pages':
        return letIn === undefined ? await refuse(c, 400) : await letIn(c, () => callerOf(account), purpose.next);
    }
  }

  async #noteSignedIn(login: string, person: Person): Promise<void> {
    const key = recordKey(login);
    const expiresAt = new Date(Date.now() + lifetimeMs);
    const record = { model: signedInModel, key, payload: { ...person }, grantId: undefined, expiresAt };
    await this.#services.store.upsert(record);
  }

  /** Seconds until that address may begin another; undefined: now, and it counts. */
  async #waitS(c: Context<OAuthEnv>): Promise<number | undefined> {
    const { store, sourceOf } = this.#services;
    const waitS = this.#begun.waitS(sourceOf(c));
    if (waitS !== undefined) return waitS;
    if ((await store.count(errandModel)) >= maxErrands) return lifetimeMs / 1000;
    this.#begun.failed(sourceOf(c));
    return undefined;
  }

  async #keep(
    { state, nonce, verifier }: Errand,
    of: { readonly purpose: Purpose; readonly browser: string },
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
  async #take(c: Context<OAuthEnv>): Promise<(Errand & { readonly purpose: Purpose }) | undefined> {
    const { store } = this.#services;
    const state = c.req.query('state') ?? '';
    const key = recordKey(state);
    const { data } = storedErrand.safeParse((await store.find(errandModel, key))?.payload);
    const browser = getCookie(c, cookieName);
    if (data === undefined || browser === undefined || recordKey(browser) !== data.browser) return undefined;
    if (!(await store.consume(errandModel, key, new Date()))) return undefined;
    return { state, nonce: data.nonce, verifier: data.verifier, purpose: data.purpose };
  }
}
