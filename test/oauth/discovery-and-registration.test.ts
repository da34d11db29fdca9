import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { beginLogin, callTool, postRegistration, redirectUri, register, stateOf, type Attempt } from './a-client.ts';
import { anOAuthGateway, token, type OAuthGateway } from './an-oauth-gateway.ts';

let gateway: OAuthGateway;
let url: string;
beforeAll(async () => {
  gateway = await anOAuthGateway();
  ({ url } = gateway);
});
afterAll(async () => await gateway[Symbol.asyncDispose]());

async function json(path: string): Promise<Record<string, unknown>> {
  const response = await fetch(`${url}${path}`);
  expect(response.status).toBe(200);
  return (await response.json()) as Record<string, unknown>;
}

describe('a client without a token', () => {
  it.each([
    { path: '/mcp', metadata: '/.well-known/oauth-protected-resource/mcp' },
    { path: '/mcp/', metadata: '/.well-known/oauth-protected-resource/mcp' },
    { path: '/messages', metadata: '/.well-known/oauth-protected-resource' },
  ])('is told at $path where to look', async ({ path, metadata }) => {
    const response = await fetch(`${url}${path}`, { method: 'POST', body: '{}' });
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toBe(
      `Bearer error="invalid_token", error_description="Authentication required", scope="mcp", resource_metadata="${url}${metadata}"`,
    );
  });

  it.each(['', '/mcp', '/sse'])('finds the resource%s and its server', async (endpoint) => {
    expect(await json(`/.well-known/oauth-protected-resource${endpoint}`)).toEqual({
      resource: `${url}${endpoint}`,
      authorization_servers: [url],
      scopes_supported: ['mcp', 'mcp:read', 'mcp:execute', 'mcp:write', 'mcp:install', 'mcp:manage'],
      bearer_methods_supported: ['header'],
    });
  });

  it('finds the endpoints that both seeds have, at both places', async () => {
    const document = await json('/.well-known/oauth-authorization-server');
    expect(document).toMatchObject({
      issuer: url,
      authorization_endpoint: `${url}/authorize`,
      token_endpoint: `${url}/token`,
      registration_endpoint: `${url}/register`,
      revocation_endpoint: `${url}/revoke`,
      response_types_supported: ['code'],
      grant_types_supported: ['authorization_code', 'refresh_token'],
      code_challenge_methods_supported: ['S256'],
      authorization_response_iss_parameter_supported: true,
      client_id_metadata_document_supported: true,
    });
    expect(document['scopes_supported']).toEqual(expect.arrayContaining(['mcp', 'mcp:read']));
    expect(await json('/.well-known/openid-configuration')).toEqual(document);
  });

  it('finds the same names whatever a proxy is said to be called', async () => {
    const headers = { 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https' };
    const response = await fetch(`${url}/.well-known/oauth-authorization-server`, { headers });
    expect(await response.text()).not.toContain('evil.example');
  });
});

describe('registering', () => {
  it('gives a client its id and secret', async () => {
    const response = await postRegistration(url, { redirect_uris: [redirectUri], scope: 'mcp' });
    expect(response.status).toBe(201);
    expect(await response.json()).toMatchObject({
      client_id: expect.stringMatching(/^[\w-]{20,}$/),
      client_secret: expect.stringMatching(/^[\w-]{40,}$/),
      redirect_uris: [redirectUri],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'client_secret_post',
      scope: expect.stringContaining('mcp'),
    });
  });

  it.each([
    { metadata: {}, error: /^invalid_/ },
    { metadata: { redirect_uris: [] }, error: /^invalid_/ },
    { metadata: { redirect_uris: redirectUri }, error: /^invalid_/ },
    { metadata: { redirect_uris: ['javascript:alert(1)'] }, error: /^invalid_/ },
    { metadata: { redirect_uris: ['data:text/html,x'], application_type: 'native' }, error: /^invalid_/ },
    { metadata: { redirect_uris: ['http://evil.example/callback'] }, error: /^invalid_/ },
    { metadata: { redirect_uris: [`${redirectUri}#fragment`] }, error: /^invalid_/ },
    { metadata: { redirect_uris: [redirectUri], scope: 'mcp x' }, error: /^invalid_/ },
    { metadata: { redirect_uris: [redirectUri], response_types: ['token'] }, error: /^invalid_/ },
    { metadata: { redirect_uris: [redirectUri], grant_types: ['client_credentials'] }, error: /^invalid_/ },
    { metadata: { redirect_uris: [redirectUri], token_endpoint_auth_method: 'private_key_jwt' }, error: /^invalid_/ },
    { metadata: '[]', error: /^invalid_/ },
    { metadata: '{', error: /^invalid_/ },
  ])('with $metadata is refused', async ({ metadata, error }) => {
    const response = await postRegistration(url, metadata);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: expect.stringMatching(error) });
  });

  it('is bounded in size, and in number for each address', async () => {
    await using own = await anOAuthGateway({ environment: { TRUSTED_PROXIES: '127.0.0.1' } });
    const large = await postRegistration(own.url, { redirect_uris: [redirectUri], client_name: 'x'.repeat(60_000) });
    expect(large.status).toBe(413);
    const from = async (address: string): Promise<number> => {
      const response = await fetch(`${own.url}/register`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-forwarded-for': address },
        body: JSON.stringify({ redirect_uris: [redirectUri] }),
      });
      await response.body?.cancel();
      return response.status;
    };
    for (let made = 0; made < 30; made += 1) expect(await from('203.0.113.9')).toBe(201);
    expect(await from('203.0.113.9')).toBe(429);
    expect(await from('203.0.113.10')).toBe(201);
  });

  it('can be switched off', async () => {
    await using own = await anOAuthGateway({ environment: { OAUTH_DYNAMIC_REGISTRATION: 'false' } });
    expect((await postRegistration(own.url, { redirect_uris: [redirectUri] })).status).toBe(404);
    const document = await fetch(`${own.url}/.well-known/oauth-authorization-server`);
    expect(await document.json()).not.toHaveProperty('registration_endpoint');
  });
});

describe('a link that a client did not make', () => {
  it.each([
    { what: 'an unknown client', parameters: { client_id: 'unknown' } },
    { what: 'a redirect that is not registered', parameters: { redirect_uri: 'https://evil.example/callback' } },
    { what: 'a redirect below a registered one', parameters: { redirect_uri: `${redirectUri}/../evil` } },
    {
      what: 'a redirect with more of a query',
      parameters: { redirect_uri: `${redirectUri}?next=https://evil.example` },
    },
    { what: 'a redirect to a host that begins alike', parameters: { redirect_uri: `${redirectUri}.evil.example` } },
  ])('with $what leads nowhere', async ({ parameters }) => {
    const { page } = await beginLogin(url, await register(url), parameters);
    expect([page.status, page.leadsTo]).toEqual([400, undefined]);
    expect(page.text).not.toContain('api_token');
  });

  it.each([
    {
      what: 'no challenge',
      parameters: { code_challenge: null, code_challenge_method: null },
      error: 'invalid_request',
    },
    { what: 'a plain challenge', parameters: { code_challenge_method: 'plain' }, error: 'invalid_request' },
    { what: 'another resource', parameters: { resource: 'https://other.example/mcp' }, error: 'invalid_target' },
    { what: 'a token in the answer', parameters: { response_type: 'token' }, error: 'unsupported_response_type' },
  ])('with $what is answered with $error', async ({ parameters, error }) => {
    const { page } = await beginLogin(url, await register(url), parameters);
    expect(page.leadsTo?.origin).toBe('https://client.example');
    const said = new URLSearchParams(page.leadsTo?.href.replace(/^[^?#]*[?#]/, ''));
    expect(said.get('error')).toBe(error);
  });
});

describe('the form of a login', () => {
  it.each([
    { origin: 'https://evil.example', why: 'another site' },
    { origin: 'null', why: 'nowhere' },
  ])('is not taken from $why', async ({ origin }) => {
    const { browser, page } = await beginLogin(url, await register(url));
    const answer = await browser.submit(
      `${url}/login/callback`,
      { state: stateOf(page), decision: 'deny' },
      { origin },
    );
    expect([answer.status, answer.leadsTo]).toEqual([403, undefined]);
  });

  it('is not taken from another browser, nor for another login', async () => {
    const client = await register(url);
    const [mine, victims] = [await beginLogin(url, client), await beginLogin(url, client)];
    const swapped = await victims.browser.submit(`${url}/login/callback`, {
      state: stateOf(mine.page),
      decision: 'deny',
    });
    expect([swapped.status, swapped.leadsTo]).toEqual([400, undefined]);
    const stranger = await fetch(`${url}/login?state=${stateOf(mine.page)}`);
    expect(stranger.status).toBe(400);
    expect(await stranger.text()).not.toContain('api_token');
  });

  it.each(['"><script>alert(1)</script>', "'+alert(1)+'", '%3Cscript%3E'])(
    'shows nothing of the state %j',
    async (state) => {
      const response = await fetch(`${url}/login?state=${encodeURIComponent(state)}`);
      expect(response.status).toBe(400);
      expect(await response.text()).not.toContain(state);
    },
  );

  it('without a state, or over its size, is refused', async () => {
    const missing = await fetch(`${url}/login`);
    expect([missing.status, await missing.json()]).toEqual([400, { error: 'missing state' }]);
    const { browser, page } = await beginLogin(url, await register(url));
    const form = { state: stateOf(page), api_token: 'x'.repeat(10_000), decision: 'allow' };
    expect((await browser.submit(`${url}/login/callback`, form)).status).toBe(413);
  });

  it('stops the guessing of tokens', async () => {
    await using own = await anOAuthGateway();
    const { browser, page } = await beginLogin(own.url, await register(own.url));
    const statuses: number[] = [];
    for (let guess = 0; guess < 11; guess += 1) {
      const form = { state: stateOf(page), api_token: `tok_guess${guess}`, decision: 'allow' };
      statuses.push((await browser.submit(`${own.url}/login/callback`, form)).status);
    }
    expect(statuses).toEqual([...Array<number>(10).fill(401), 429]);
  });

  it('stops the guessing from many addresses at one login, and lets its person deny and others go on', async () => {
    await using own = await anOAuthGateway({ environment: { TRUSTED_PROXIES: '127.0.0.1' } });
    const client = await register(own.url);
    const [guessed, other] = [await beginLogin(own.url, client), await beginLogin(own.url, client)];
    const answerFrom = async (n: number, { browser, page }: Attempt, fields: object) => {
      const form = { state: stateOf(page), decision: 'allow', ...fields };
      return await browser.submit(`${own.url}/login/callback`, form, { 'x-forwarded-for': `198.51.100.${n}` });
    };
    const statuses: number[] = [];
    for (let n = 0; n < 11; n += 1)
      statuses.push((await answerFrom(n, guessed, { api_token: `tok_guess${n}` })).status);
    expect(statuses).toEqual([...Array<number>(10).fill(401), 429]);
    const late = await answerFrom(99, guessed, { api_token: token });
    expect([late.status, late.leadsTo, late.headers.get('retry-after')]).toEqual([429, undefined, expect.any(String)]);
    expect((await answerFrom(99, other, { api_token: token })).leadsTo?.searchParams.has('code')).toBe(true);
    const denied = await answerFrom(99, guessed, { decision: 'deny' });
    expect(denied.leadsTo?.searchParams.get('error')).toBe('access_denied');
  });
});

describe('where OAuth is off', () => {
  it('nothing of it is there', async () => {
    await using own = await anOAuthGateway({ environment: { OAUTH_ENABLED: 'false' } });
    const paths = [
      '/.well-known/oauth-protected-resource',
      '/.well-known/oauth-protected-resource/mcp',
      '/.well-known/oauth-authorization-server',
      '/.well-known/openid-configuration',
      '/authorize',
      '/login?state=x',
      '/jwks',
    ];
    for (const path of paths) expect([path, (await fetch(`${own.url}${path}`)).status]).toEqual([path, 404]);
    for (const path of ['/register', '/token', '/revoke', '/login/callback']) {
      expect([path, (await fetch(`${own.url}${path}`, { method: 'POST' })).status]).toEqual([path, 404]);
    }
    const response = await callTool(own.url, 'nobody');
    expect(response.headers.get('www-authenticate')).not.toContain('resource_metadata');
    expect(own.read('data/oauth-keys.json')).toBe('');
  });
});
