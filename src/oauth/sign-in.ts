import type { Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { errors, type Interaction, type Provider } from 'oidc-provider';
import { textIn } from '../console/forms.ts';
import { LoginThrottle } from '../console/login-throttle.ts';
import { pageHeaders } from '../console/page.ts';
import type { Caller } from '../identity/caller.ts';
import { accountId, type Account } from './account.ts';
import { Elsewhere, type ElsewhereServices } from './elsewhere.ts';
import { loginPage, loginPageHeaders, refusedPage, type LoginQuestion } from './login-page.ts';
import { answeredBy, seenRequest, type OAuthEnv } from './pass-on.ts';
import type { Resources } from './resources.ts';
import { grantable } from './scopes.ts';

/** Who a person turned out to be, and what they may do. */
export interface SignedIn {
  readonly account: Account;
  readonly caller: Caller;
}

export interface SignInServices extends Pick<ElsewhereServices, 'store' | 'upstreams' | 'letIn' | 'log'> {
  readonly resources: Resources;
  readonly throttle: LoginThrottle;
  /** Whoever holds that token. */
  readonly holderOf: (token: string, address: string | undefined) => SignedIn | undefined;
  /** What an account may do at this moment; undefined: nothing any more. */
  readonly callerOf: (account: Account) => Caller | undefined;
  readonly addressOf: (c: Context<OAuthEnv>) => string | undefined;
  /** Told of every token that lets nobody in. */
  readonly refusedLogin: (address: string) => void;
  /** Rejects where it cannot be recorded. */
  readonly recordLogin: (caller: Caller, address: string) => Promise<void>;
}

const maxFormBytes = 8 * 1024;
const unknownToken = 'Invalid or disabled API token';

/** The page where a person allows a client in, and what comes of it. The paths are those of the first seed. */
export function addSignIn(app: Hono<OAuthEnv>, provider: Provider, services: SignInServices): void {
  const { resources, throttle } = services;
  const elsewhere = new Elsewhere({
    ...services,
    origin: resources.issuer,
    loginOf,
    sourceOf,
    refuse,
  });
  elsewhere.addRoutes(app);
  // Guesses come from many addresses as easily as from one; logins cost whoever begins them.
  const perLogin = new LoginThrottle();

  app.get('/login', async (c) => {
    const state = c.req.query('state');
    if (state === undefined) return c.json({ error: 'missing state' }, 400);
    const login = await loginOf(c, state);
    return login === undefined ? await refuse(c, 400) : await ask(c, login, {});
  });

  const smallForms = bodyLimit({ maxSize: maxFormBytes, onError: (c) => c.text('This form is too large.', 413) });
  app.post('/login/callback', smallForms, async (c) => {
    // Browsers say where a form comes from. Another site's form must not answer for the person.
    if (c.req.header('origin') !== new URL(resources.issuer).origin) return c.text('Not a form of this gateway.', 403);
    const form = await c.req.parseBody();
    const state = textIn(form, 'state');
    const isDenied = textIn(form, 'decision') === 'deny';
    // Before anything is looked up: to be refused must cost us little.
    const waitS = isDenied ? undefined : (throttle.waitS(sourceOf(c)) ?? perLogin.waitS(state));
    if (waitS !== undefined) {
      c.header('retry-after', String(waitS));
      return await refuse(c, 429, `Too many attempts. Try again in ${Math.ceil(waitS / 60)} min.`);
    }
    const login = await loginOf(c, state);
    if (login === undefined) return await refuse(c, 400);
    switch (textIn(form, 'decision')) {
      case 'allow':
        return await allow(c, login, textIn(form, 'api_token').trim());
      case 'deny':
        return await finish(c, { error: 'access_denied', error_description: 'the person denied the access' });
      case '':
        // As the form of the first seed, which had no other answer.
        return await allow(c, login, textIn(form, 'api_token').trim());
    }
    return c.text('Missing decision', 400);
  });

  async function allow(c: Context<OAuthEnv>, login: Interaction, token: string): Promise<Response> {
    const person = token === '' ? await elsewhere.personFor(login) : undefined;
    if (person !== undefined) {
      const account: Account = { kind: 'person', ...person };
      const caller = services.callerOf(account);
      return caller === undefined ? await refuse(c, 403) : await grant(c, login, { account, caller });
    }
    const signedIn = token === '' ? undefined : services.holderOf(token, services.addressOf(c));
    if (signedIn === undefined) {
      throttle.failed(sourceOf(c));
      perLogin.failed(login.uid);
      services.refusedLogin(sourceOf(c));
      return await ask(c, login, { problem: unknownToken, status: 401 });
    }
    return await grant(c, login, signedIn);
  }

  async function grant(c: Context<OAuthEnv>, login: Interaction, { account, caller }: SignedIn): Promise<Response> {
    const scopes = grantable(caller, askedOf(login));
    const clientId = login.params['client_id'];
    if (scopes.length === 0 || caller.scopes.size === 0 || typeof clientId !== 'string') {
      return await ask(c, login, { problem: 'That account may do nothing of what is asked for.', status: 403 });
    }
    await services.recordLogin(caller, sourceOf(c));
    const id = accountId(account);
    const consent = new provider.Grant({ accountId: id, clientId });
    consent.addOIDCScope(askedOf(login).join(' '));
    consent.addResourceScope(resources.audience, scopes.join(' '));
    const others = askedOf(login).filter((scope) => !scopes.includes(scope));
    if (others.length > 0) consent.rejectResourceScope(resources.audience, others.join(' '));
    const grantId = await consent.save();
    return await finish(c, { login: { accountId: id, remember: false }, consent: { grantId } });
  }

  function sourceOf(c: Context<OAuthEnv>): string {
    return services.addressOf(c) ?? 'unknown';
  }

  /** Sends the browser on to where the client waits, once the authorization server has looked at it all again. */
  async function finish(c: Context<OAuthEnv>, result: object): Promise<Response> {
    const request = seenRequest(c, resources.issuer);
    return await answeredBy(c, async (response) => await provider.interactionFinished(request, response, result));
  }

  /** The login of that name, if this browser began it. */
  async function loginOf(c: Context<OAuthEnv>, state: string): Promise<Interaction | undefined> {
    try {
      const login = await provider.interactionDetails(seenRequest(c, resources.issuer), c.env.outgoing);
      return login.uid === state ? login : undefined;
    } catch (error) {
      if (error instanceof errors.SessionNotFound) return undefined;
      throw error;
    }
  }

  async function ask(
    c: Context<OAuthEnv>,
    login: Interaction,
    { problem, status = 200 }: { readonly problem?: string; readonly status?: 200 | 401 | 403 },
  ): Promise<Response> {
    const question = await questionOf(login, problem);
    for (const [name, value] of Object.entries(loginPageHeaders(question.redirectUri))) c.header(name, value);
    return await c.html(loginPage(question), status);
  }

  async function questionOf(login: Interaction, problem: string | undefined): Promise<LoginQuestion> {
    const { client_id: clientId, redirect_uri: redirectUri } = login.params;
    if (typeof clientId !== 'string' || typeof redirectUri !== 'string') throw new Error('a login without a client');
    const client = await provider.Client.find(clientId);
    return {
      state: login.uid,
      client: { id: clientId, name: client?.clientName },
      redirectUri,
      scopes: askedOf(login),
      signedInAs: (await elsewhere.personFor(login))?.email,
      otherWays: elsewhere.names,
      problem,
    };
  }
}

function askedOf({ params: { scope } }: Interaction): readonly string[] {
  return typeof scope === 'string' ? scope.split(' ') : [];
}

async function refuse(c: Context<OAuthEnv>, status: 400 | 401 | 403 | 429 | 503, why?: string): Promise<Response> {
  for (const [name, value] of Object.entries(pageHeaders)) c.header(name, value);
  return await c.html(refusedPage(why), status);
}
