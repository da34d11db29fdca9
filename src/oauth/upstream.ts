import * as client from 'openid-client';
import { z } from 'zod';
import type { Log } from '../base/log.ts';
import { isLoopbackName } from '../base/outbound-address.ts';
import type { Person } from '../identity/people.ts';

/** Another issuer at which people can sign in. */
export interface Upstream {
  /** As the page calls it. */
  readonly name: string;
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string | undefined;
  /** Where it sends people back to. */
  readonly callbackPath: string;
}

/** What must come back with a person whom we sent there. */
export interface Errand {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
}

const google = 'https://accounts.google.com';

const claimsOf = z.object({
  sub: z.string().min(1),
  email: z.string().optional(),
  email_verified: z.unknown().optional(),
  hd: z.string().optional(),
  groups: z.unknown().optional(),
});

/** Why an issuer's word is not enough. */
export type Refusal = 'failed' | 'no email' | 'email not verified';

/** OpenID Connect with one issuer, whose documents are read when the first person comes. */
export class UpstreamLogin {
  readonly upstream: Upstream;
  readonly #redirectUri: string;
  #configuration: Promise<client.Configuration> | undefined;

  readonly #log: Log;

  /** `origin` is ours. */
  constructor(upstream: Upstream, { origin, log }: { readonly origin: string; readonly log: Log }) {
    this.#log = log;
    this.upstream = upstream;
    this.#redirectUri = `${origin}${upstream.callbackPath}`;
  }

  newErrand(): Errand {
    return { state: client.randomState(), nonce: client.randomNonce(), verifier: client.randomPKCECodeVerifier() };
  }

  /** Where to send the person. Rejects where the issuer does not answer. */
  async url({ state, nonce, verifier }: Errand): Promise<URL> {
    return client.buildAuthorizationUrl(await this.#configured(), {
      redirect_uri: this.#redirectUri,
      scope: 'openid email profile',
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      state,
      nonce,
    });
  }

  /** Who came back, by what the issuer signed for this errand. */
  async personFrom(query: string, { state, nonce, verifier }: Errand): Promise<Person | Refusal> {
    try {
      const tokens = await client.authorizationCodeGrant(
        await this.#configured(),
        new URL(`${this.#redirectUri}${query}`),
        { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true },
      );
      const signed = claimsOf.parse(tokens.claims());
      // Many issuers tell the address only when asked with the access token (OpenID Connect Core, section 5.4).
      const told = signed.email === undefined ? await this.#userInfo(tokens.access_token, signed.sub) : {};
      return personOf(this.upstream.issuer, claimsOf.parse({ ...signed, ...told }));
    } catch (error) {
      // Whatever is wrong with the answer, and whoever made it up, the person is not known.
      if (!(error instanceof Error)) throw error;
      this.#log.warn({ err: error }, `what came back from ${this.upstream.name} is not a login`);
      return 'failed';
    }
  }

  async #userInfo(accessToken: string, subject: string): Promise<object> {
    const configuration = await this.#configured();
    if (configuration.serverMetadata().userinfo_endpoint === undefined) return {};
    return await client.fetchUserInfo(configuration, accessToken, subject);
  }

  async #configured(): Promise<client.Configuration> {
    this.#configuration ??= this.#discover();
    try {
      return await this.#configuration;
    } catch (error) {
      this.#configuration = undefined;
      throw error;
    }
  }

  async #discover(): Promise<client.Configuration> {
    const { issuer, clientId, clientSecret } = this.upstream;
    const url = new URL(issuer);
    const isHere = url.protocol === 'http:' && isLoopbackName(url.hostname);
    return await client.discovery(url, clientId, clientSecret, undefined, {
      timeout: 10,
      ...(isHere && { execute: [client.allowInsecureRequests] }),
    });
  }
}

function personOf(
  issuer: string,
  { sub, email, email_verified, hd, groups }: z.output<typeof claimsOf>,
): Person | Refusal {
  if (email === undefined || !/^[^\s@]+@[^\s@]+$/.test(email)) return 'no email';
  // Some issuers send the word.
  if (email_verified !== true && email_verified !== 'true') return 'email not verified';
  const lower = email.toLowerCase();
  return {
    issuer,
    subject: sub,
    email: lower,
    // Anybody can have a Google account with an address of another domain: only `hd` says whose the account is.
    domain: issuer === google ? hd : lower.split('@')[1],
    groups: z.array(z.string()).catch([]).parse(groups),
  };
}
