import { errors, Provider } from 'oidc-provider';
import { html } from 'hono/html';
import type { Log } from '../base/log.ts';
import { pageOf } from '../console/page.ts';
import { accountOf, type Account } from './account.ts';
import { clientMetadata } from './client-metadata.ts';
import type { OAuthKeys } from './keys.ts';
import type { OAuthStore } from './oauth-store.ts';
import type { Resources } from './resources.ts';
import { oauthScopes } from './scopes.ts';
import { isClientSecret, StoreAdapter } from './store-adapter.ts';

/** A client that the operator made known, and that may leave out PKCE since it has a secret. */
export interface StaticClient {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly redirectUri: string;
}

export interface ProviderOptions {
  readonly resources: Resources;
  readonly store: OAuthStore;
  readonly keys: OAuthKeys;
  readonly staticClient: StaticClient | undefined;
  /** Whether clients may register themselves (RFC 7591). */
  readonly registration: 'open' | 'closed';
  /** From a person's consent until they have to give it anew, however often it is renewed. */
  readonly consentS: number;
  /** Whether the account has any authority at this moment. */
  readonly isInForce: (account: Account) => boolean;
  /** Where a client's metadata document is fetched; rejects for what may not be. */
  readonly fetchDocument: (url: string) => Promise<Response>;
  /** Whether another client's document may be fetched now. */
  readonly admitFetch: () => boolean;
  readonly log: Log;
}

const minuteS = 60;

export const accessTokenS = 60 * minuteS;
export const loginS = 10 * minuteS;

/** The authorization server proper: protocol, checks and tokens. Who signs in, and what to, is decided in `sign-in.ts`. */
export function createProvider(options: ProviderOptions): Provider {
  const { resources, store, staticClient, log } = options;
  const provider = new Provider(resources.issuer, configurationOf(options));
  provider.proxy = true;
  provider.silent = true;
  provider.Client.prototype.compareClientSecret = function compare(secret) {
    return isClientSecret(this.clientSecret, secret);
  };
  provider.on('server_error', (_context, error) =>
    log.error({ err: error }, 'a request to the authorization server failed'),
  );
  return provider;

  function configurationOf({ keys, registration }: ProviderOptions) {
    return {
      adapter: (model: string) => new StoreAdapter(model, store),
      clients: staticClient === undefined ? [] : [metadataOf(staticClient)],
      clientAuthMethods: ['none', 'client_secret_post', 'client_secret_basic'],
      clientDefaults: {
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
        token_endpoint_auth_method: 'client_secret_post',
        id_token_signed_response_alg: 'ES256',
      },
      clientBasedCORS: () => true,
      cookies: {
        keys: keys.cookieKeys,
        names: { session: 'sallyport_oauth', interaction: 'sallyport_consent', resume: 'sallyport_resume' },
        long: { httpOnly: true, sameSite: 'lax', signed: true },
        short: { httpOnly: true, sameSite: 'lax', signed: true },
      },
      expiresWithSession: () => false,
      features: {
        clientIdMetadataDocument: { enabled: true, ack: 'draft-02', allowFetch: () => options.admitFetch() },
        devInteractions: { enabled: false },
        dPoP: { enabled: false },
        pushedAuthorizationRequests: { enabled: false },
        registration: { enabled: registration === 'open', issueRegistrationAccessToken: false },
        resourceIndicators: {
          enabled: true,
          defaultResource: () => resources.audience,
          useGrantedResource: () => true,
          getResourceServerInfo: (_context: unknown, resource: string) => resourceServerOf(resource),
        },
        revocation: {
          enabled: true,
          allowedPolicy: (_context: unknown, client: Named, token: Named) => client.clientId === token.clientId,
        },
        rpInitiatedLogout: { enabled: false },
        userinfo: { enabled: false },
      },
      fetch: (url: URL | string) => fetchMetadata(String(url)),
      findAccount: (_context: unknown, id: string) => {
        const account = accountOf(id);
        if (account === undefined || !options.isInForce(account)) return undefined;
        return { accountId: id, claims: () => ({ sub: id }) };
      },
      formats: { bitsOfOpaqueRandomness: 256 },
      interactions: { url: (_context: unknown, { uid }: { readonly uid: string }) => `/login?state=${uid}` },
      issueRefreshToken: (_context: unknown, client: Grantee) => client.grantTypeAllowed('refresh_token'),
      jwks: { keys: [keys.jwk] },
      pkce: { required: (_context: unknown, client: Named) => client.clientId !== staticClient?.clientId },
      renderError,
      responseTypes: ['code'],
      revokeGrantPolicy: () => true,
      rotateRefreshToken: true,
      routes: { authorization: '/authorize', registration: '/register', revocation: '/revoke', token: '/token' },
      scopes: [...oauthScopes, 'offline_access'],
      ttl: {
        AccessToken: accessTokenS,
        AuthorizationCode: 5 * minuteS,
        Grant: options.consentS,
        IdToken: 5 * minuteS,
        Interaction: loginS,
        RefreshToken: options.consentS,
        Session: loginS,
      },
    };
  }

  function resourceServerOf(resource: string) {
    if (resource !== resources.audience) throw new errors.InvalidTarget();
    const scope = oauthScopes.join(' ');
    return { scope, audience: resource, accessTokenFormat: 'opaque', accessTokenTTL: accessTokenS };
  }

  async function fetchMetadata(url: string): Promise<Response> {
    const response = await options.fetchDocument(url);
    if (response.status !== 200) return response;
    const said: unknown = await response.json();
    if (typeof said !== 'object' || said === null || !('client_id' in said)) return Response.json(said);
    // Such a client has no secret (draft-ietf-oauth-client-id-metadata-document, section 4.1).
    const metadata = clientMetadata({ token_endpoint_auth_method: 'none', ...said });
    return metadata === undefined
      ? new Response(null, { status: 403 })
      : Response.json(metadata, { headers: response.headers });
  }
}

interface Named {
  readonly clientId: string;
}

interface Grantee extends Named {
  grantTypeAllowed(grantType: string): boolean;
}

function metadataOf({ clientId, clientSecret, redirectUri }: StaticClient) {
  return {
    client_id: clientId,
    client_secret: clientSecret,
    client_name: 'ChatGPT',
    redirect_uris: [redirectUri],
    scope: oauthScopes.join(' '),
  };
}

interface ErrorContext {
  readonly headers: Readonly<Record<string, string | undefined>>;
  type: string;
  body: unknown;
}

interface ErrorText {
  readonly error: string;
  readonly error_description?: string;
}

/** For what must not be told to the client, since nobody knows whether the redirect is its own. */
async function renderError(context: ErrorContext, { error, error_description }: ErrorText): Promise<void> {
  if (!(context.headers['accept'] ?? '').includes('text/html')) {
    context.body = { error, error_description };
    return;
  }
  const body = html`<p role="alert">${error}${error_description === undefined ? '' : `: ${error_description}`}</p>
    <p>Go back to the program that sent you here, and begin again.</p>`;
  context.type = 'html';
  context.body = (await pageOf({ title: 'This login cannot go on', body, login: undefined })).toString();
}
