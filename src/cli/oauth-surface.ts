import { join } from 'node:path';
import type { Log } from '../base/log.ts';
import type { RunningGateway } from '../compose.ts';
import type { Config } from '../config/load.ts';
import type { OAuthSurface } from '../http/bearer-gate.ts';
import { mayCallTools } from '../identity/caller.ts';
import { hashToken } from '../identity/token-entry.ts';
import type { StaticClient } from '../oauth/provider.ts';
import type { SignedIn } from '../oauth/sign-in.ts';
import { upstreamsOf } from './upstreams.ts';

/** The authorization server over the running gateway; undefined where OAuth is off. */
export async function oauthSurface(
  config: Config,
  running: RunningGateway,
  log: Log,
): Promise<OAuthSurface | undefined> {
  const { oauth, tokens } = running;
  if (oauth === undefined) return undefined;
  // Loaded late: it is large, and most gateways do without.
  const [{ createAuthorizationServer }, { openKeys }] = await Promise.all([
    import('../oauth/authorization-server.ts'),
    import('../oauth/keys.ts'),
  ]);
  const made = await openKeys(join(config.dataDir, 'oauth-keys.json'));
  const own = config.sessionSecret?.reveal();
  const keys = { ...made, cookieKeys: own === undefined ? made.cookieKeys : [own, ...made.cookieKeys] };
  const { resources, accessTokens } = oauth;
  return {
    lookUp: async (token) => await accessTokens.lookUp(token),
    documents: () => resources.documents(),
    challenge: (path) => resources.challenge(path),
    routes: (addressOf, letIn) =>
      createAuthorizationServer({
        ...oauth,
        keys,
        staticClient: staticClientOf(config),
        upstreams: upstreamsOf(config),
        registration: config.oauthRegistration ? 'open' : 'closed',
        consentS: config.oauthLoginHours * 3600,
        holderOf,
        addressOf,
        letIn,
        refusedLogin: (address) => running.refusedLogin(address),
        recordLogin: async (caller, address) => await running.recordLogin({ did: 'sign in', caller, address }),
        log,
      }),
  };

  function holderOf(token: string, address: string | undefined): SignedIn | undefined {
    const caller = tokens.authenticate({ kind: 'bearer', token, address });
    if (caller === undefined || !mayCallTools(caller)) return undefined;
    return { account: { kind: 'token', hash: hashToken(token) }, caller };
  }
}

function staticClientOf(config: Config): StaticClient | undefined {
  const { chatgptClientId: clientId, chatgptClientSecret: secret, chatgptRedirectUri: redirectUri } = config;
  if (clientId === undefined || secret === undefined || redirectUri === undefined) return undefined;
  return { clientId, clientSecret: secret.reveal(), redirectUri };
}
