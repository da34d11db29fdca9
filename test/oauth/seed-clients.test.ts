import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { raw } from '../http/raw.ts';
import {
  allow,
  beginLogin,
  callTool,
  exchange,
  postToken,
  redirectUri,
  refresh,
  register,
  signIn,
  stateOf,
  type TestClient,
  type Tokens,
} from './a-client.ts';
import { anOAuthGateway, token, type OAuthGateway } from './an-oauth-gateway.ts';

/** What clients of the two seeds send and see, as their documented behaviour has it. */

const chatgpt: TestClient = {
  clientId: 'chatgpt-at-our-gateway',
  clientSecret: 'k3Jx9vQ2mW7pR5tY8uZ1aB4cD6eF0gHi',
  redirectUri: 'https://chatgpt.com/connector_platform_oauth_redirect',
};

let gateway: OAuthGateway;
let url: string;
let client: TestClient;
beforeAll(async () => {
  gateway = await anOAuthGateway({
    environment: {
      CHATGPT_CLIENT_ID: chatgpt.clientId,
      CHATGPT_CLIENT_SECRET: chatgpt.clientSecret ?? '',
      CHATGPT_REDIRECT_URI: chatgpt.redirectUri,
    },
  });
  ({ url } = gateway);
  client = await register(url);
});
afterAll(async () => await gateway[Symbol.asyncDispose]());

async function codeOf(client: TestClient, parameters: Readonly<Record<string, string | null>> = {}) {
  const attempt = await beginLogin(url, client, parameters);
  const { leadsTo } = await allow(url, attempt, token);
  return { code: leadsTo?.searchParams.get('code') ?? '', verifier: attempt.verifier };
}

async function errorOf(response: Response): Promise<readonly unknown[]> {
  return [response.status, ((await response.json()) as { error?: unknown }).error];
}

describe('the client that the operator makes known for ChatGPT', () => {
  const withoutPkce = { code_challenge: null, code_challenge_method: null };

  it('needs no registration and no PKCE, and gets an access of its own', async () => {
    const { code } = await codeOf(chatgpt, withoutPkce);
    const form = { grant_type: 'authorization_code', code, redirect_uri: chatgpt.redirectUri };
    const tokens = (await (await postToken(url, chatgpt, form)).json()) as Tokens;
    expect((await callTool(url, tokens.access_token)).status).toBe(200);
    expect((await refresh(url, chatgpt, tokens.refresh_token ?? '')).status).toBe(200);
  });

  it('may use PKCE, and then its code needs the verifier', async () => {
    const { code, verifier } = await codeOf(chatgpt);
    expect(await errorOf(await exchange(url, chatgpt, { code, verifier: 'x'.repeat(43) }))).toEqual([
      400,
      'invalid_grant',
    ]);
    const again = await codeOf(chatgpt);
    expect((await exchange(url, chatgpt, { code: again.code, verifier: again.verifier })).status).toBe(200);
    expect(verifier).not.toBe(again.verifier);
  });

  it.each([
    { what: 'no secret', clientSecret: undefined },
    { what: 'another secret', clientSecret: 'k3Jx9vQ2mW7pR5tY8uZ1aB4cD6eF0gHj' },
  ])('gets nothing with $what', async ({ clientSecret }) => {
    const { code } = await codeOf(chatgpt, withoutPkce);
    const form = { grant_type: 'authorization_code', code, redirect_uri: chatgpt.redirectUri };
    const response = await postToken(url, { ...chatgpt, clientSecret }, form);
    expect(await errorOf(response)).toEqual([
      expect.toSatisfy((status) => [400, 401].includes(status)),
      'invalid_client',
    ]);
  });

  it('comes back at its one redirect alone', async () => {
    const elsewhere = { ...chatgpt, redirectUri: `${chatgpt.redirectUri}/../evil` };
    const { page } = await beginLogin(url, elsewhere, withoutPkce);
    expect([page.status, page.leadsTo]).toEqual([400, undefined]);
  });

  it('is the only one that may leave out PKCE', async () => {
    const { page } = await beginLogin(url, client, withoutPkce);
    expect(page.leadsTo?.searchParams.get('error')).toBe('invalid_request');
  });
});

describe('the login of the first seed', () => {
  it('is a page with a field api_token and a hidden state, which are posted to /login/callback', async () => {
    const { page } = await beginLogin(url, client);
    expect(page.text).toMatch(/<form method="post" action="\/login\/callback"/);
    expect(page.text).toMatch(/<input\s+id="api_token"\s+name="api_token"\s+type="password"/);
    expect(page.text).toMatch(/<input type="hidden" name="state"/);
  });

  it('may be answered with those two fields alone', async () => {
    const { browser, page, verifier } = await beginLogin(url, client);
    const { leadsTo } = await browser.submit(`${url}/login/callback`, { api_token: token, state: stateOf(page) });
    const code = leadsTo?.searchParams.get('code') ?? '';
    expect((await exchange(url, client, { code, verifier })).status).toBe(200);
  });

  it.each([
    { form: { api_token: token }, status: 400 },
    { form: { api_token: token, state: 'made-up' }, status: 400 },
    { form: { state: 'OWN' }, status: 401 },
    { form: { state: 'OWN', api_token: 'tok_made_up_0123456789' }, status: 401 },
    { form: { state: 'OWN', api_token: token, decision: 'perhaps' }, status: 400 },
  ])('answers $status to $form', async ({ form, status }) => {
    const { browser, page } = await beginLogin(url, client);
    const own = 'state' in form && form.state === 'OWN' ? { state: stateOf(page) } : {};
    const answer = await browser.submit(`${url}/login/callback`, { ...form, ...own });
    expect([answer.status, answer.leadsTo]).toEqual([status, undefined]);
    expect(answer.text).not.toContain(token);
  });
});

describe('the token endpoint', () => {
  it.each([
    {
      form: { grant_type: 'authorization_code', code: 'mcp_0123', code_verifier: 'x'.repeat(43) },
      error: 'invalid_grant',
    },
    { form: { grant_type: 'refresh_token', refresh_token: 'x'.repeat(43) }, error: 'invalid_grant' },
    { form: { grant_type: 'password', username: 'ann', password: 'x' }, error: 'unsupported_grant_type' },
    { form: { grant_type: 'client_credentials' }, error: 'unsupported_grant_type' },
    { form: {}, error: 'invalid_request' },
  ])('answers 400 $error to $form', async ({ form, error }) => {
    const response = await postToken(url, client, { redirect_uri: redirectUri, ...form });
    expect(await errorOf(response)).toEqual([400, error]);
    expect(response.headers.get('cache-control')).toBe('no-store');
  });

  it('checks the secret that a client registered with, however it is sent', async () => {
    const basic = await register(url, { token_endpoint_auth_method: 'client_secret_basic' });
    const { code, verifier } = await codeOf(basic);
    const post = async (secret: string) =>
      await fetch(`${url}/token`, {
        method: 'POST',
        headers: { authorization: `Basic ${btoa(`${basic.clientId}:${secret}`)}` },
        body: new URLSearchParams({
          grant_type: 'authorization_code',
          code,
          redirect_uri: redirectUri,
          code_verifier: verifier,
        }),
      });
    expect(await errorOf(await post('wrong'))).toEqual([401, 'invalid_client']);
    expect((await post(basic.clientSecret ?? '')).status).toBe(200);
    expect(await errorOf(await refresh(url, { ...client, clientSecret: 'wrong' }, 'x'))).toEqual([
      401,
      'invalid_client',
    ]);
  });
});

describe('a link to authorize', () => {
  it.each([
    { parameters: { scope: 'admin you-give-away-nothing' }, error: 'invalid_scope' },
    { parameters: { response_type: 'code token' }, error: 'unsupported_response_type' },
    { parameters: { response_mode: 'web_message' }, error: 'unsupported_response_mode' },
    { parameters: { prompt: 'none' }, error: 'login_required' },
  ])('is answered to the client with $error: $parameters', async ({ parameters, error }) => {
    const { page } = await beginLogin(url, client, parameters);
    expect(page.leadsTo?.origin).toBe('https://client.example');
    const said = new URLSearchParams(page.leadsTo?.href.replace(/^[^?#]*[?#]/, ''));
    expect(said.get('error')).toBe(error);
  });

  it('of nobody known is refused as JSON to programs, and as a page to people', async () => {
    const query = '/authorize?client_id=%3Cscript%3E&redirect_uri=https://evil.example&response_type=code';
    const asJson = await fetch(`${url}${query}`, { redirect: 'manual' });
    expect(await errorOf(asJson)).toEqual([400, 'invalid_client']);
    const asPage = await fetch(`${url}${query}`, { redirect: 'manual', headers: { accept: 'text/html' } });
    expect([asPage.status, asPage.headers.get('content-type')]).toEqual([400, 'text/html; charset=utf-8']);
    const text = await asPage.text();
    expect(text).toContain('This login cannot go on');
    expect(text).not.toContain('<script>');
  });

  it.each([
    { uri: 'http://localhost:7777/oauth/callback', words: 'a program on your own computer' },
    { uri: 'cursor://anysphere.cursor-retrieval/callback', words: 'the app for cursor: on your own computer' },
    { uri: 'https://client.example/callback', words: '<strong>client.example</strong>' },
  ])('names where the access goes: $uri', async ({ uri, words }) => {
    const own = await register(url, { redirect_uris: [uri], token_endpoint_auth_method: 'none' });
    expect((await beginLogin(url, own)).page.text).toContain(words);
  });
});

describe('scopes', () => {
  it.each([
    { asked: 'openid email profile', granted: 'mcp' },
    { asked: 'mcp:read offline_access', granted: 'mcp:read' },
    { asked: 'mcp:read admin openid', granted: 'mcp:read' },
  ])('that clients ask everybody for stand in no way: $asked', async ({ asked, granted }) => {
    const eager = await register(url, { scope: 'openid email profile offline_access' });
    expect(await signIn(url, eager, { token, scope: asked })).toMatchObject({ scope: granted });
  });

  it('show nothing on the page that a client made up', async () => {
    const { page } = await beginLogin(url, client, { scope: 'mcp:read you-give-away-nothing' });
    expect(page.text).toContain('read files');
    expect(page.text).not.toContain('give-away');
  });
});

describe('what nobody needs', () => {
  it.each(['/docs', '/redoc', '/interaction/x', '/session/end', '/me', '/request', '/device', '/token/introspection'])(
    'is not there: %s',
    async (path) => {
      for (const method of ['GET', 'POST']) expect((await fetch(`${url}${path}`, { method })).status).toBe(404);
    },
  );
});

describe('behind TLS', () => {
  it('every cookie is for https alone, and out of the reach of scripts', async () => {
    await using own = await anOAuthGateway({ environment: { PUBLIC_BASE_URL: 'https://ssh.example.com' } });
    const query = new URLSearchParams({
      client_id: (await register(own.url)).clientId,
      redirect_uri: redirectUri,
      response_type: 'code',
      code_challenge: 'x'.repeat(43),
      code_challenge_method: 'S256',
    });
    const { headers, status } = await raw(`${own.url}/authorize?${query.toString()}`, {
      headers: { host: 'ssh.example.com' },
    });
    const cookies = headers['set-cookie'] ?? [];
    expect([status, headers.location, cookies.length > 0]).toEqual([303, expect.stringMatching(/^\/login/), true]);
    for (const cookie of cookies)
      expect(cookie.toLowerCase()).toMatch(/; secure(?=.*; httponly)|; httponly(?=.*; secure)/);
    for (const cookie of cookies) expect(cookie.toLowerCase()).toContain('samesite=lax');
  });
});

it('an access is good from the addresses alone from which its token is', async () => {
  const bound = 'tok_b3c4d5e6f708192a3b4c5d6e7f809102';
  await using own = await anOAuthGateway({ environment: { TRUSTED_PROXIES: '127.0.0.1' } });
  own.writeTokens({ [bound]: { name: 'bound', permissions: ['read'], allowed_ips: ['127.0.0.0/8'] } });
  await own.running.takeInAuthority();
  const { access_token: held } = await signIn(own.url, await register(own.url), { token: bound });
  const from = async (address: string | undefined) => {
    const { status } = await fetch(`${own.url}/mcp`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${held}`,
        'content-type': 'application/json',
        ...(address !== undefined && { 'x-forwarded-for': address }),
      },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' }),
    });
    return status;
  };
  expect([await from(undefined), await from('198.51.100.7'), await from(undefined)]).toEqual([200, 401, 200]);
});
