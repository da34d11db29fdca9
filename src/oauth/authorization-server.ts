import { Hono, type Context } from 'hono';
import { LoginThrottle } from '../console/login-throttle.ts';
import type { AccessTokens } from './access-tokens.ts';
import { clientMetadata } from './client-metadata.ts';
import { fetchDocument } from './fetch-document.ts';
import type { OAuthKeys } from './keys.ts';
import { answeredBy, seenRequest, type OAuthEnv, type Seen } from './pass-on.ts';
import { createProvider, type ProviderOptions, type StaticClient } from './provider.ts';
import { RegistrationLimits } from './registration-limits.ts';
import { everything, knownScopes } from './scopes.ts';
import { addSignIn, type SignInServices } from './sign-in.ts';

export interface AuthorizationServerOptions extends Omit<SignInServices, 'throttle'> {
  readonly keys: OAuthKeys;
  readonly staticClient: StaticClient | undefined;
  readonly registration: 'open' | 'closed';
  readonly consentS: number;
  readonly isInForce: ProviderOptions['isInForce'];
  readonly accessTokens: AccessTokens;
  /** How clients' documents are fetched; unless given, from the internet alone. */
  readonly fetchDocument?: (url: string) => Promise<Response>;
}

const maxBodyBytes = 56 * 1024;
const maxWaiting = 5_000;

/** The routes of the authorization server: all that a client needs to get a token, and the page for the person. */
export function createAuthorizationServer(options: AuthorizationServerOptions): Hono<OAuthEnv> {
  const { resources, store, accessTokens, addressOf } = options;
  const { issuer } = resources;
  const limits = new RegistrationLimits();
  const provider = createProvider({
    ...options,
    fetchDocument: options.fetchDocument ?? ((url) => fetchDocument(url)),
    admitFetch: () => limits.admitFetch(),
  });
  provider.on('grant.revoked', (_context, grantId) => accessTokens.end(grantId));
  const callback = provider.callback();
  const app = new Hono<OAuthEnv>();

  const passOn = async (c: Context<OAuthEnv>, seen: Seen = {}): Promise<Response> =>
    await answeredBy(c, async (response) => await callback(seenRequest(c, issuer, seen), response));

  for (const path of ['/.well-known/oauth-authorization-server', '/.well-known/openid-configuration', '/jwks']) {
    app.on(['GET', 'OPTIONS'], path, async (c) => await passOn(c));
  }
  app.options('/token', async (c) => await passOn(c));
  app.options('/revoke', async (c) => await passOn(c));

  // Strangers cause logins as they like: only so many wait at a time.
  app.use('/authorize', async (c, next) => {
    if ((await store.count('Interaction')) < maxWaiting) return await next();
    return c.json({ error: 'temporarily_unavailable' }, 503, { 'retry-after': '60' });
  });
  app.get(
    '/authorize',
    async (c) => await passOn(c, { url: `/authorize?${authorizeQuery(new URL(c.req.url).searchParams)}` }),
  );
  app.post('/authorize', async (c) => {
    const form = await bodyOf(c);
    if (form === undefined) return tooLarge(c);
    return c.redirect(`/authorize?${authorizeQuery(new URLSearchParams(form))}`, 303);
  });
  app.get('/authorize/:uid', async (c) => await passOn(c));

  for (const path of ['/token', '/revoke']) {
    app.post(path, async (c) => {
      const form = await bodyOf(c);
      if (form === undefined) return tooLarge(c);
      return await passOn(c, { body: withCanonicalResource(new URLSearchParams(form)).toString() });
    });
  }

  app.post('/register', async (c) => {
    if (options.registration === 'closed') return c.json({ error: 'not_found' }, 404);
    const waitS = limits.waitS(addressOf(c) ?? 'unknown');
    if (waitS !== undefined || (await store.count('Client')) >= limits.maxClients) {
      c.header('retry-after', String(waitS ?? 3600));
      return c.json(
        { error: 'temporarily_unavailable', error_description: 'Too many registrations: try again later' },
        429,
      );
    }
    const body = await bodyOf(c);
    if (body === undefined) return tooLarge(c);
    limits.registered(addressOf(c) ?? 'unknown');
    const metadata = registrationBody(body);
    if (metadata === undefined) return c.json(forbiddenRedirect, 400);
    return await passOn(c, { body: metadata });
  });

  addSignIn(app, provider, { ...options, throttle: new LoginThrottle() });
  return app;

  /** Clients that ask for nothing in particular, or for the same resource in other words, mean what we have. */
  function authorizeQuery(parameters: URLSearchParams): string {
    const [scope = '', second] = parameters.getAll('scope');
    const scopes = knownScopes(scope);
    // Two of them are for the server to refuse (RFC 6749, section 3.1).
    if (second === undefined) parameters.set('scope', scopes.length === 0 ? everything : scopes.join(' '));
    return withCanonicalResource(parameters).toString();
  }

  function withCanonicalResource(parameters: URLSearchParams): URLSearchParams {
    const named = parameters.getAll('resource');
    parameters.delete('resource');
    for (const resource of new Set(named.map((one) => resources.canonical(one))))
      parameters.append('resource', resource);
    return parameters;
  }
}

const forbiddenRedirect = {
  error: 'invalid_redirect_uri',
  error_description: 'redirect_uris must be https, of this computer over http, or of an app by its own scheme',
};

/** Undefined for redirects that are never let in; what is no metadata is left for the server to refuse. */
function registrationBody(body: string): string | undefined {
  try {
    const said: unknown = JSON.parse(body);
    if (typeof said !== 'object' || said === null || Array.isArray(said)) return body;
    const metadata = clientMetadata({ ...said });
    return metadata && JSON.stringify(metadata);
  } catch (error) {
    if (error instanceof SyntaxError) return body;
    throw error;
  }
}

async function bodyOf(c: Context<OAuthEnv>): Promise<string | undefined> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of c.req.raw.body ?? []) {
    size += chunk.length;
    if (size > maxBodyBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function tooLarge(c: Context<OAuthEnv>): Response {
  return c.json({ error: 'invalid_request', error_description: `The request is over ${maxBodyBytes} bytes` }, 413);
}
