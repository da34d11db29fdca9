import type { Config } from '../config/load.ts';
import type { Upstream } from '../oauth/upstream.ts';

/** Other issuers at which people can sign in, with the paths that are registered there. */
export function upstreamsOf(config: Config): readonly Upstream[] {
  const { googleClientId, googleClientSecret, oidcIssuer, oidcClientId, oidcClientSecret, oidcName } = config;
  const google = googleClientId !== undefined && {
    name: 'Google',
    issuer: 'https://accounts.google.com',
    clientId: googleClientId,
    clientSecret: googleClientSecret?.reveal(),
    callbackPath: '/google/callback',
  };
  const other = oidcIssuer !== undefined &&
    oidcClientId !== undefined && {
      name: oidcName,
      issuer: oidcIssuer,
      clientId: oidcClientId,
      clientSecret: oidcClientSecret?.reveal(),
      callbackPath: '/oidc/callback',
    };
  return [google, other].filter((upstream) => upstream !== false);
}
