import assert from 'node:assert/strict';
import {
  beginLogin,
  callTool,
  exchange,
  postRegistration,
  refresh,
  register,
  signIn,
  stateOf,
  allow,
} from '../../test/oauth/a-client.ts';
import type { Check } from '../check.ts';
import { assertKeys } from '../client.ts';
import { tokens } from '../seeds/first-seed.ts';

const metadataPaths = [
  '/.well-known/oauth-protected-resource',
  '/.well-known/oauth-protected-resource/mcp',
  '/.well-known/oauth-authorization-server',
  '/.well-known/openid-configuration',
];

export const oauthChecks = {
  'OAuth metadata is at every place where clients of the seeds look': async ({ first }) => {
    for (const path of metadataPaths) assert.equal((await fetch(first.url + path)).status, 200, path);
    const resource = (await (await fetch(first.url + metadataPaths[1])).json()) as object;
    assertKeys(resource, ['resource', 'authorization_servers', 'scopes_supported', 'bearer_methods_supported']);
    const server = (await (await fetch(first.url + metadataPaths[2])).json()) as Record<string, unknown>;
    assert.partialDeepStrictEqual(server, {
      authorization_endpoint: `${first.url}/authorize`,
      token_endpoint: `${first.url}/token`,
      registration_endpoint: `${first.url}/register`,
      code_challenge_methods_supported: ['S256'],
    });
  },
  'a client registers itself, and a person signs in with a token of mcp-ssh': async ({ first }) => {
    const client = await register(first.url);
    const got = await signIn(first.url, client, { token: tokens.admin });
    assert.notEqual(got.access_token, tokens.admin);
    assert.ok(got.expires_in <= 3600, `an access token lives ${got.expires_in} s`);
    assert.equal((await callTool(first.url, got.access_token)).status, 200);
    const again = await refresh(first.url, client, got.refresh_token ?? '');
    assert.equal(again.status, 200);
  },
  'a code is good once, and only with its PKCE verifier': async ({ first }) => {
    const client = await register(first.url);
    const attempt = await beginLogin(first.url, client);
    const { leadsTo } = await allow(first.url, attempt, tokens.admin);
    const code = leadsTo?.searchParams.get('code') ?? '';
    const use = async () => (await exchange(first.url, client, { code, verifier: attempt.verifier })).status;
    assert.deepEqual([await use(), await use()], [200, 400]);
    const other = await allow(first.url, await beginLogin(first.url, client), tokens.admin);
    const stolen = { code: other.leadsTo?.searchParams.get('code') ?? '', verifier: attempt.verifier };
    assert.equal((await exchange(first.url, client, stolen)).status, 400);
  },
  'nobody is sent to an address that was not registered, and a person sees who asks': async ({ first }) => {
    assert.equal((await postRegistration(first.url, { redirect_uris: [] })).status, 400);
    const client = await register(first.url, { client_name: 'A stranger' });
    const { page } = await beginLogin(first.url, { ...client, redirectUri: 'https://evil.example/callback' });
    assert.deepEqual([page.status, page.leadsTo], [400, undefined]);
    const nobody = await beginLogin(first.url, { clientId: 'nobody', redirectUri: client.redirectUri });
    assert.deepEqual([nobody.page.status, nobody.page.leadsTo], [400, undefined]);
    const asked = await beginLogin(first.url, client);
    assert.match(asked.page.text, /A stranger/);
    assert.match(asked.page.text, /client\.example/);
    assert.notEqual(stateOf(asked.page), '');
  },
  'the paths that consoles and clients hold are kept': async ({ first, second }) => {
    const paths = ['/authorize', '/login?state=x'].map((path) => ['GET', first.url + path] as const);
    const posted = ['/token', '/register', '/login/callback'].map((path) => ['POST', first.url + path] as const);
    for (const [method, url] of [...paths, ...posted]) {
      assert.notEqual((await fetch(url, { method, redirect: 'manual' })).status, 404, url);
    }
    const google = await fetch(`${second.url}/google/callback`, { headers: { host: 'mcp.yourdomain.com' } });
    assert.notEqual(google.status, 404);
  },
} satisfies Readonly<Record<string, Check>>;
