import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { freePorts } from '../fixtures/ports.ts';
import { allow, beginLogin, callTool, exchange, register, type TestClient, type Tokens } from './a-client.ts';
import { anIssuer, clientId, clientSecret, type Issuer } from './an-issuer.ts';
import { anOAuthGateway, type OAuthGateway } from './an-oauth-gateway.ts';
import { TinyBrowser } from './tiny-browser.ts';

const google = new URL('https://accounts.google.com');

let issuer: Issuer;
let gateway: OAuthGateway;
let client: TestClient;
/** Where we sent people, at Google. */
const asked: URL[] = [];
beforeAll(async () => {
  const [port = 0] = await freePorts(1);
  issuer = await anIssuer(`http://127.0.0.1:${port}/google/callback`, google);
  const real = globalThis.fetch;
  // Google's name leads to the issuer that stands in for it: for us, and for the browser.
  vi.stubGlobal('fetch', async (input: string | URL | Request, init?: RequestInit) => {
    const url = new URL(input instanceof Request ? input.url : input);
    if (url.origin === google.origin && url.searchParams.has('redirect_uri')) asked.push(url);
    return await real(url.origin === google.origin ? url.href.replace(google.origin, issuer.url) : input, init);
  });
  gateway = await anOAuthGateway({
    port,
    environment: {
      GOOGLE_CLIENT_ID: clientId,
      GOOGLE_CLIENT_SECRET: clientSecret,
      ALLOWED_EMAIL: 'Ann@Example.com,ben@example.com',
    },
    settings: 'people:\n  - { match: "@example.org", permissions: [read] }\n',
  });
  client = await register(gateway.url);
});
afterAll(async () => {
  vi.unstubAllGlobals();
  await gateway[Symbol.asyncDispose]();
  await issuer[Symbol.asyncDispose]();
});

async function comeBackAs(who: Issuer['signedIn']) {
  issuer.signedIn = who;
  const attempt = await beginLogin(gateway.url, client);
  const link = /href="(\/login\/elsewhere[^"]+)"/.exec(attempt.page.text)?.[1]?.replaceAll('&amp;', '&');
  const { leadsTo } = await attempt.browser.open(`${gateway.url}${link}`);
  const { leadsTo: back } = await new TinyBrowser().open(leadsTo?.href ?? '');
  return { ...attempt, page: await attempt.browser.open(back?.href ?? '') };
}

describe('Google', () => {
  it('says who somebody is, as for the second seed, and the client gets an access of its own', async () => {
    const attempt = await comeBackAs({ sub: '1', email: 'ANN@example.com', email_verified: true });
    expect(attempt.page.text).toContain('<strong>ann@example.com</strong>');
    const code = (await allow(gateway.url, attempt, '')).leadsTo?.searchParams.get('code') ?? '';
    const tokens = (await (await exchange(gateway.url, client, { code, verifier: attempt.verifier })).json()) as Tokens;
    expect((await callTool(gateway.url, tokens.access_token)).status).toBe(200);
  });

  it('is asked with state, nonce and a challenge, for the path that is registered there', async () => {
    await comeBackAs({ sub: '1', email: 'ann@example.com', email_verified: true });
    const query = Object.fromEntries(asked.at(-1)?.searchParams ?? []);
    expect(query).toMatchObject({
      redirect_uri: `${gateway.url}/google/callback`,
      scope: 'openid email profile',
      code_challenge_method: 'S256',
      state: expect.stringMatching(/^[\w-]{43}$/),
      nonce: expect.stringMatching(/^[\w-]{43}$/),
    });
  });

  it.each([
    { who: { sub: '2', email_verified: true }, status: 401, says: 'Email not provided by Google' },
    { who: { sub: '2', email: 'x@example.net', email_verified: true }, status: 403, says: 'Forbidden' },
    { who: { sub: '2', email: 'ann@example.com', email_verified: false }, status: 403, says: 'not verified' },
    { who: { sub: '2', email: 'x@example.org', email_verified: true }, status: 403, says: 'Forbidden' },
    { who: { sub: '2', email: 'x@example.org', email_verified: true, hd: 'evil.org' }, status: 403, says: 'Forbidden' },
    {
      who: { sub: '2', email: 'x@example.org', email_verified: true, hd: 'example.org' },
      status: 200,
      says: 'You are',
    },
  ])('lets in whose Workspace or address is on the list: $who is $status', async ({ who, status, says }) => {
    const { page } = await comeBackAs(who);
    expect([page.status, page.leadsTo]).toEqual([status, undefined]);
    expect(page.text).toContain(says);
  });

  it('that does not say who it was is refused in the words of the second seed', async () => {
    const attempt = await beginLogin(gateway.url, client);
    const link = /href="(\/login\/elsewhere[^"]+)"/.exec(attempt.page.text)?.[1]?.replaceAll('&amp;', '&');
    const { leadsTo } = await attempt.browser.open(`${gateway.url}${link}`);
    const state = leadsTo?.searchParams.get('state') ?? '';
    const page = await attempt.browser.open(`${gateway.url}/google/callback?error=access_denied&state=${state}`);
    expect([page.status, page.text.includes('Google authentication failed')]).toEqual([401, true]);
    expect((await fetch(`${gateway.url}/google/callback?code=x&state=${state}`)).status).toBe(400);
  });
});
