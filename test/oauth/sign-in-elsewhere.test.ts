import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePorts } from '../fixtures/ports.ts';
import {
  beginLogin,
  callTool,
  exchange,
  register,
  refresh,
  stateOf,
  type Attempt,
  type TestClient,
  type Tokens,
} from './a-client.ts';
import { anIssuer, clientId, clientSecret, type Issuer } from './an-issuer.ts';
import { anOAuthGateway, type OAuthGateway } from './an-oauth-gateway.ts';
import { TinyBrowser, type Page } from './tiny-browser.ts';

const people = `
people:
  - match: "group:ops"
    permissions: [read, execute]
    allowed_servers: ["web-*"]
    profile: operator
  - match: "@example.org"
    permissions: [read]
    profile: observe
`;

let issuer: Issuer;
let gateway: OAuthGateway;
let url: string;
let client: TestClient;
beforeAll(async () => {
  const [port = 0] = await freePorts(1);
  issuer = await anIssuer(`http://127.0.0.1:${port}/oidc/callback`);
  gateway = await anOAuthGateway({
    port,
    settings: people,
    environment: {
      OIDC_ISSUER: issuer.url,
      OIDC_CLIENT_ID: clientId,
      OIDC_CLIENT_SECRET: clientSecret,
      OIDC_NAME: 'Example',
      ALLOWED_EMAIL: 'Ann@Example.com',
    },
  });
  ({ url } = gateway);
  client = await register(url);
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await issuer[Symbol.asyncDispose]();
});

/** From the login page to the issuer, and to where that sends the browser back. */
async function visitIssuer({ browser, page }: Attempt): Promise<URL> {
  const link = /href="(\/login\/elsewhere[^"]+)"/.exec(page.text)?.[1]?.replaceAll('&amp;', '&');
  const { leadsTo } = await browser.open(`${url}${link}`);
  expect(leadsTo?.origin).toBe(issuer.url);
  const { leadsTo: back } = await new TinyBrowser().open(leadsTo?.href ?? '');
  if (back === undefined) throw new Error('the issuer does not send the browser back');
  return back;
}

async function comeBackAs(who: Issuer['signedIn']): Promise<{ readonly attempt: Attempt; readonly page: Page }> {
  issuer.signedIn = who;
  const attempt = await beginLogin(url, client);
  const back = await visitIssuer(attempt);
  return { attempt, page: await attempt.browser.open(back.href) };
}

async function tokensOf(who: Issuer['signedIn']): Promise<Tokens> {
  const { attempt, page } = await comeBackAs(who);
  const { leadsTo } = await attempt.browser.submit(`${url}/login/callback`, {
    state: stateOf(page),
    decision: 'allow',
  });
  const code = leadsTo?.searchParams.get('code') ?? '';
  return (await (await exchange(url, client, { code, verifier: attempt.verifier })).json()) as Tokens;
}

describe('a person whom another issuer vouches for', () => {
  it.each([
    {
      who: { sub: 'ann', email: 'ann@EXAMPLE.com', email_verified: true },
      caller: { name: 'ann@example.com (OAuth)', profile: 'standard', allowedServers: ['*'] },
      scopes: ['read', 'execute', 'write', 'install', 'manage'],
    },
    {
      who: { sub: 'bob', email: 'bob@other.example', email_verified: true, groups: ['staff', 'ops'] },
      caller: { name: 'bob@other.example (OAuth)', profile: 'operator', allowedServers: ['web-*'] },
      scopes: ['read', 'execute'],
    },
    {
      who: { sub: 'eve', email: 'eve@example.org', email_verified: true },
      caller: { name: 'eve@example.org (OAuth)', profile: 'observe' },
      scopes: ['read'],
    },
  ])('is asked, and may do what the first rule says: $who.email', async ({ who, caller, scopes }) => {
    const tokens = await tokensOf(who);
    expect((await callTool(url, tokens.access_token)).status).toBe(200);
    const known = gateway.running.gateway.authenticate({ kind: 'bearer', token: tokens.access_token });
    expect(known).toMatchObject(caller);
    expect([...known.scopes]).toEqual(scopes);
    expect(known.principal).toMatch(/^person:/);
    expect((await refresh(url, client, tokens.refresh_token ?? '')).status).toBe(200);
  });

  it('sees who they are before they allow, and grants nothing by coming back', async () => {
    const { page } = await comeBackAs({ sub: 'ann', email: 'ann@example.com', email_verified: true });
    expect(page.status).toBe(200);
    expect(page.text).toContain('<strong>ann@example.com</strong>');
    expect(page.text).not.toContain('name="api_token"');
  });

  it.each([
    { who: { sub: 'x', email: 'x@example.net', email_verified: true }, status: 403, why: 'is on no list' },
    { who: { sub: 'x', email: 'ann@example.com', email_verified: false }, status: 403, why: 'is not verified' },
    { who: { sub: 'x', email: 'ann@example.com' }, status: 403, why: 'is not said to be verified' },
    {
      who: { sub: 'x', email: 'ann@example.com.evil.example', email_verified: true },
      status: 403,
      why: 'only begins alike',
    },
    { who: { sub: 'x', email: 'x@evil.example.org', email_verified: true }, status: 403, why: 'is below a domain' },
    { who: { sub: 'x', email_verified: true }, status: 401, why: 'has no address' },
    { who: { sub: 'x', email: '"ann@example.com"@evil.example', email_verified: true }, status: 401, why: 'is odd' },
    {
      who: { sub: 'x', email: 'x@x.example', email_verified: true, groups: 'ops' },
      status: 403,
      why: 'has groups as text',
    },
  ])('is let in under no rule when the address $why', async ({ who, status }) => {
    const { page } = await comeBackAs(who);
    expect([page.status, page.leadsTo]).toEqual([status, undefined]);
    expect(page.text).not.toContain('decision');
  });
});

describe('what comes back from an issuer', () => {
  it('is taken once', async () => {
    issuer.signedIn = { sub: 'ann', email: 'ann@example.com', email_verified: true };
    const attempt = await beginLogin(url, client);
    const back = await visitIssuer(attempt);
    expect((await attempt.browser.open(back.href)).status).toBe(200);
    expect((await attempt.browser.open(back.href)).status).toBe(400);
  });

  it('is taken from the browser that was sent alone: nobody is signed in by a link', async () => {
    const mine = await beginLogin(url, client);
    const back = await visitIssuer(mine);
    const victim = await beginLogin(url, client);
    await visitIssuer(victim);
    expect((await victim.browser.open(back.href)).status).toBe(400);
    expect((await new TinyBrowser().open(back.href)).status).toBe(400);
  });

  it.each([
    { change: 'state', value: 'other' },
    { change: 'code', value: 'made-up' },
    { change: 'iss', value: 'https://evil.example' },
  ])('is not taken with another $change', async ({ change, value }) => {
    const attempt = await beginLogin(url, client);
    const back = await visitIssuer(attempt);
    back.searchParams.set(change, value);
    const page = await attempt.browser.open(back.href);
    expect(page.status).toBeGreaterThanOrEqual(400);
    expect(page.text).not.toContain('decision');
  });

  it('that is an error ends the login, with nothing of it on the page', async () => {
    const attempt = await beginLogin(url, client);
    const back = await visitIssuer(attempt);
    const state = back.searchParams.get('state') ?? '';
    const denied = `${back.origin}${back.pathname}?error=access_denied&error_description=<script>&state=${state}`;
    const page = await attempt.browser.open(denied);
    expect(page.status).toBe(401);
    expect(page.text).not.toContain('script');
  });
});

describe('a login without an issuer in between', () => {
  it('does not take the word of a form for who somebody is', async () => {
    const { browser, page } = await beginLogin(url, client);
    const form = { state: stateOf(page), decision: 'allow', email: 'ann@example.com' };
    expect((await browser.submit(`${url}/login/callback`, form)).status).toBe(401);
  });

  it('is sent nowhere by a name that is not configured, nor without a login', async () => {
    const { browser, page } = await beginLogin(url, client);
    expect((await browser.open(`${url}/login/elsewhere?state=${stateOf(page)}&with=Evil`)).status).toBe(400);
    expect((await new TinyBrowser().open(`${url}/login/elsewhere?state=${stateOf(page)}&with=Example`)).status).toBe(
      400,
    );
  });
});
