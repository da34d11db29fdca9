import { once } from 'node:events';
import { createServer } from 'node:http';
import { freePorts } from '../fixtures/ports.ts';
import { Provider } from 'oidc-provider';

export interface Issuer extends AsyncDisposable {
  readonly url: string;
  /** Who sits at the browser, as the issuer knows them: any claims. */
  signedIn: Readonly<Record<string, unknown>>;
}

export const clientId = 'sallyport';
export const clientSecret = 'a-secret-of-the-gateway-at-its-issuer';

/**
 * A real OpenID provider of somebody else, at which whoever comes is signed in already. `calledAs`: the origin under which
 * it answers, where requests are led here from there.
 */
export async function anIssuer(redirectUri: string, calledAs?: URL): Promise<Issuer> {
  const [port] = await freePorts(1);
  const url = `http://127.0.0.1:${port}`;
  const issuer = { signedIn: { sub: 'ann', email: 'ann@example.com', email_verified: true } as Issuer['signedIn'] };
  const provider = new Provider(calledAs?.origin ?? url, {
    clients: [{ client_id: clientId, client_secret: clientSecret, redirect_uris: [redirectUri] }],
    claims: { openid: ['sub', 'groups', 'hd'], email: ['email', 'email_verified'], profile: ['name'] },
    cookies: { keys: ['a key of the issuer'] },
    features: { devInteractions: { enabled: false } },
    ttl: { AccessToken: 60, Grant: 60, IdToken: 60, Interaction: 60, Session: 60 },
    findAccount: (_context: unknown, id: string) => ({
      accountId: id,
      claims: () => ({ ...issuer.signedIn, sub: id }),
    }),
    interactions: { url: (_context: unknown, { uid }: { readonly uid: string }) => `/interaction/${uid}` },
  });
  provider.silent = true;
  provider.proxy = calledAs !== undefined;
  const callback = provider.callback();
  const server = createServer((request, response) => {
    if (calledAs) Object.assign(request.headers, { host: calledAs.host, 'x-forwarded-proto': 'https' });
    void (async () => {
      if (!request.url?.startsWith('/interaction/')) return await callback(request, response);
      const accountId = String(issuer.signedIn['sub']);
      const grant = new provider.Grant({ accountId, clientId });
      grant.addOIDCScope('openid email profile');
      await provider.interactionFinished(request, response, {
        login: { accountId },
        consent: { grantId: await grant.save() },
      });
    })();
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return Object.assign(issuer, {
    url,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}
