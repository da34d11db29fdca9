import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  allow,
  beginLogin,
  callTool,
  exchange,
  postToken,
  redirectUri,
  refresh,
  register,
  revoke,
  signIn,
  stateOf,
  type TestClient,
  type Tokens,
} from './a-client.ts';
import {
  anOAuthGateway,
  fullEntry,
  readOnlyEntry,
  readOnlyToken,
  token,
  type OAuthGateway,
} from './an-oauth-gateway.ts';
import { TinyBrowser } from './tiny-browser.ts';

let gateway: OAuthGateway;
let url: string;
let client: TestClient;
beforeAll(async () => {
  gateway = await anOAuthGateway();
  ({ url } = gateway);
  client = await register(url);
});
afterAll(async () => await gateway[Symbol.asyncDispose]());

async function errorOf(response: Response): Promise<unknown> {
  const body = (await response.json()) as { error?: unknown };
  return body.error;
}

async function codeFor(asked: Readonly<Record<string, string | null>> = {}) {
  const attempt = await beginLogin(url, client, asked);
  const { leadsTo } = await allow(url, attempt, token);
  return { code: leadsTo?.searchParams.get('code') ?? '', verifier: attempt.verifier };
}

describe('a login', () => {
  it('ends with an access token that is no API token, lives an hour, and calls tools', async () => {
    const tokens = await signIn(url, client, { token });
    expect(tokens).toMatchObject({ token_type: 'Bearer', expires_in: 3600, scope: 'mcp' });
    expect(JSON.stringify(tokens)).not.toContain(token);
    expect((await callTool(url, tokens.access_token)).status).toBe(200);
  });

  it('sends the state back as it came, and says which issuer answers', async () => {
    const { leadsTo } = await allow(url, await beginLogin(url, client), token);
    expect(leadsTo?.href).toMatch(/^https:\/\/client\.example\/callback\?/);
    expect(leadsTo?.searchParams.get('state')).toBe('st+/=&#ate');
    expect(leadsTo?.searchParams.get('iss')).toBe(url);
  });

  it('shows who asks, where the access goes and what it is, before a token is asked for', async () => {
    const named = await register(url, { client_name: 'Ev<b>il"\u202E' });
    const { page } = await beginLogin(url, named, { scope: 'mcp:read' });
    expect(page.status).toBe(200);
    expect(page.text).toContain('Ev&lt;b&gt;il&quot;');
    expect(page.text).not.toContain('\u202E');
    expect(page.text).toContain('<strong>client.example</strong>');
    expect(page.text).toContain('read files');
    expect(page.text).not.toContain('everything');
    expect(page.headers.get('content-security-policy')).toBe(
      "default-src 'none'; style-src 'self'; form-action 'self' https://client.example; frame-ancestors 'none'; base-uri 'none'",
    );
    expect(page.text).not.toMatch(/<script|\son\w+=/i);
  });

  it('is asked for anew each time: nobody stays signed in', async () => {
    const first = await beginLogin(url, client);
    await allow(url, first, token);
    const query = new URL(first.page.url);
    expect(query.pathname).toBe('/login');
    const challenge = createHash('sha256').update('x'.repeat(43)).digest('base64url');
    const again = `${url}/authorize?client_id=${client.clientId}&redirect_uri=${redirectUri}&response_type=code&code_challenge=${challenge}&code_challenge_method=S256`;
    const page = await first.browser.open(again);
    expect(page.text).toContain('name="api_token"');
  });

  it('that is denied tells the client so, and grants nothing', async () => {
    const { browser, page } = await beginLogin(url, client);
    const answer = await browser.submit(`${url}/login/callback`, { state: stateOf(page), decision: 'deny' });
    expect(answer.leadsTo?.searchParams.get('error')).toBe('access_denied');
    expect(answer.leadsTo?.searchParams.has('code')).toBe(false);
  });

  it.each(['tok_wrong0123456789abcdef', '', `${token} `.repeat(2)])(
    'with the token %j is refused alike',
    async (wrong) => {
      const answer = await allow(url, await beginLogin(url, client), wrong);
      expect([answer.status, answer.leadsTo]).toEqual([401, undefined]);
      expect(answer.text).toContain('Invalid or disabled API token');
      expect(answer.text).not.toContain('tok_wrong');
    },
  );

  it('grants no more than the token has, whatever is asked for', async () => {
    const tokens = await signIn(url, client, { token: readOnlyToken, scope: 'mcp:read mcp:execute' });
    expect(tokens.scope).toBe('mcp:read');
    const all = await signIn(url, client, { token: readOnlyToken });
    const refused = await callTool(url, all.access_token, 'execute_command', { server: 'x', command: 'id' });
    expect(await refused.text()).toContain('insufficient_scope');
  });

  it('that asks only for what the token has not is refused', async () => {
    const answer = await allow(url, await beginLogin(url, client, { scope: 'mcp:write' }), readOnlyToken);
    expect([answer.status, answer.leadsTo]).toEqual([403, undefined]);
  });
});

describe('what clients do differently', () => {
  it.each([{ resource: null }, { resource: 'SLASH' }, { resource: 'BASE' }, { scope: null }])(
    'a login with %j is taken as it is meant',
    async (parameters) => {
      const resource = { SLASH: `${url}/mcp/`, BASE: url, none: null }[parameters.resource ?? 'none'] ?? null;
      const tokens = await signIn(url, client, { token, ...parameters, ...('resource' in parameters && { resource }) });
      expect((await callTool(url, tokens.access_token)).status).toBe(200);
    },
  );

  it('a token request may name the resource with a slash that the login did not have', async () => {
    const { code, verifier } = await codeFor();
    const response = await postToken(url, client, {
      grant_type: 'authorization_code',
      code,
      redirect_uri: redirectUri,
      code_verifier: verifier,
      resource: `${url}/mcp/`,
    });
    expect(response.status).toBe(200);
  });

  it.each([
    { uris: ['cursor://anysphere.cursor-retrieval/oauth/user-demo/callback'], used: undefined },
    { uris: ['http://localhost:7777/oauth/callback'], used: undefined },
    { uris: ['http://localhost/callback', 'http://127.0.0.1/callback'], used: 'http://localhost:54321/callback' },
    { uris: ['http://127.0.0.1:33418/', 'https://vscode.dev/redirect'], used: 'http://127.0.0.1:40000/' },
  ])('a client that registers $uris comes back at $used', async ({ uris, used }) => {
    const metadata = { redirect_uris: uris, token_endpoint_auth_method: 'none' };
    const native = await register(url, metadata);
    const tokens = await signIn(url, { ...native, redirectUri: used ?? native.redirectUri }, { token });
    expect((await callTool(url, tokens.access_token)).status).toBe(200);
  });

  it('a request to authorize may be posted', async () => {
    const browser = new TinyBrowser();
    const page = await browser.submit(`${url}/authorize`, {
      client_id: client.clientId,
      redirect_uri: redirectUri,
      response_type: 'code',
      code_challenge: 'x'.repeat(43),
      code_challenge_method: 'S256',
    });
    expect(page.text).toContain('name="api_token"');
  });
});

describe('a code', () => {
  it('is good once; whoever uses it again ends what it gave', async () => {
    const { code, verifier } = await codeFor();
    const first = (await (await exchange(url, client, { code, verifier })).json()) as Tokens;
    expect((await callTool(url, first.access_token)).status).toBe(200);
    const second = await exchange(url, client, { code, verifier });
    expect([second.status, await errorOf(second)]).toEqual([400, 'invalid_grant']);
    expect((await callTool(url, first.access_token)).status).toBe(401);
  });

  it('is good for one of two who come at the same time', async () => {
    const { code, verifier } = await codeFor();
    const answers = await Promise.all([1, 2, 3].map(() => exchange(url, client, { code, verifier })));
    expect(answers.filter(({ status }) => status === 200).length).toBeLessThanOrEqual(1);
  });

  it('is worth nothing without its verifier, to another client, or for another redirect', async () => {
    const other = await register(url);
    const cases = [
      async () => await exchange(url, client, { ...(await codeFor()), verifier: 'y'.repeat(43) }),
      async () => await exchange(url, other, await codeFor()),
      async () => await exchange(url, { ...client, redirectUri: 'https://client.example/other' }, await codeFor()),
      async () => await exchange(url, { ...client, clientSecret: 'wrong' }, await codeFor()),
    ];
    for (const attempt of cases) {
      const response = await attempt();
      expect(response.status).toBeGreaterThanOrEqual(400);
      expect(await errorOf(response)).toMatch(/^invalid_(?:grant|client)$/);
    }
  });
});

describe('a refresh token', () => {
  it('is exchanged for others, and used twice ends all of them', async () => {
    const first = await signIn(url, client, { token });
    const second = (await (await refresh(url, client, first.refresh_token ?? '')).json()) as Tokens;
    expect((await callTool(url, second.access_token)).status).toBe(200);
    const replay = await refresh(url, client, first.refresh_token ?? '');
    expect([replay.status, await errorOf(replay)]).toEqual([400, 'invalid_grant']);
    expect((await callTool(url, second.access_token)).status).toBe(401);
    expect((await refresh(url, client, second.refresh_token ?? '')).status).toBe(400);
  });

  it('cannot be used by another client, nor for more than was granted', async () => {
    const { refresh_token: held = '' } = await signIn(url, client, { token, scope: 'mcp:read' });
    expect((await refresh(url, await register(url), held)).status).toBe(400);
    const more = await postToken(url, client, { grant_type: 'refresh_token', refresh_token: held, scope: 'mcp' });
    expect([more.status, await errorOf(more)]).toEqual([400, 'invalid_scope']);
  });
});

describe('an access', () => {
  it.each(['access_token', 'refresh_token'] as const)('ends when its %s is revoked', async (which) => {
    const tokens = await signIn(url, client, { token });
    const caller = gateway.running.gateway.authenticate;
    expect((await callTool(url, tokens.access_token)).status).toBe(200);
    const { revoked } = caller({ kind: 'bearer', token: tokens.access_token });
    expect((await revoke(url, await register(url), tokens[which] ?? '')).status).toBe(200);
    expect((await callTool(url, tokens.access_token)).status).toBe(200);
    expect((await revoke(url, client, tokens[which] ?? '')).status).toBe(200);
    expect((await callTool(url, tokens.access_token)).status).toBe(401);
    expect(revoked.aborted).toBe(true);
    expect((await refresh(url, client, tokens.refresh_token ?? '')).status).toBe(400);
  });

  it('is a name of nobody for an API token, and the other way round', async () => {
    const tokens = await signIn(url, client, { token });
    const answer = await allow(url, await beginLogin(url, client), tokens.access_token);
    expect(answer.status).toBe(401);
    expect((await callTool(url, tokens.refresh_token ?? '')).status).toBe(401);
  });

  it('comes from no query, and only under its own scheme', async () => {
    const { access_token: held } = await signIn(url, client, { token });
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' });
    const headers = { 'content-type': 'application/json' };
    const inQuery = await fetch(`${url}/mcp?access_token=${held}`, { method: 'POST', headers, body });
    const otherScheme = await fetch(`${url}/mcp`, {
      method: 'POST',
      headers: { ...headers, authorization: `DPoP ${held}` },
      body,
    });
    expect([inQuery.status, otherScheme.status]).toEqual([401, 401]);
  });

  it('that is too narrow for a call is told what to ask for', async () => {
    const { access_token: held } = await signIn(url, client, { token, scope: 'mcp:read' });
    const response = await callTool(url, held, 'execute_command', { server: 'x', command: 'id' });
    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({ error: 'insufficient_scope', scope: 'mcp:read mcp:execute' });
    expect(response.headers.get('www-authenticate')).toMatch(
      /^Bearer error="insufficient_scope", .*scope="mcp:read mcp:execute", resource_metadata="http.*\/mcp"$/,
    );
  });
});

describe('what came of a token', () => {
  it('is held by a lock on the name of the token', async () => {
    await using own = await anOAuthGateway();
    const { access_token: held } = await signIn(own.url, await register(own.url), { token });
    const answer = async () => await (await callTool(own.url, held)).text();
    expect(await answer()).not.toContain('is locked');
    const lock = { on: { kind: 'caller', name: 'full' }, reason: '', by: 'local:op', at: new Date().toISOString() };
    own.write('data/locks.json', JSON.stringify({ locks: [lock] }));
    expect(await answer()).toContain('is locked');
  });

  it('ends with it, and is narrowed with it, within two seconds', async () => {
    await using own = await anOAuthGateway();
    const its = await register(own.url);
    const { access_token: held, refresh_token: kept = '' } = await signIn(own.url, its, { token });
    expect((await callTool(own.url, held)).status).toBe(200);
    const { revoked } = own.running.gateway.authenticate({ kind: 'bearer', token: held });

    own.writeTokens({ [token]: { ...fullEntry, permissions: ['read'] }, [readOnlyToken]: readOnlyEntry });
    await expect.poll(() => revoked.aborted, { timeout: 5_000 }).toBe(true);
    expect([...own.running.gateway.authenticate({ kind: 'bearer', token: held }).scopes]).toEqual(['read']);

    own.writeTokens({ [readOnlyToken]: readOnlyEntry });
    await expect.poll(async () => (await callTool(own.url, held)).status, { timeout: 5_000 }).toBe(401);
    const refused = await refresh(own.url, its, kept);
    expect([refused.status, await errorOf(refused)]).toEqual([400, 'invalid_grant']);
  });

  it('survives a restart, and what was withdrawn by another process ends', async () => {
    await using own = await anOAuthGateway();
    const its = await register(own.url);
    const { access_token: held, refresh_token: kept = '' } = await signIn(own.url, its, { token });
    await own.restart();
    expect((await callTool(own.url, held)).status).toBe(200);
    const next = (await (await refresh(own.url, its, kept)).json()) as Tokens;
    expect((await callTool(own.url, next.access_token)).status).toBe(200);
    const { revoked } = own.running.gateway.authenticate({ kind: 'bearer', token: next.access_token });
    const { DatabaseSync } = await import('node:sqlite');
    const other = new DatabaseSync(own.path('data/state.db'));
    other.exec("delete from oauth_records where model = 'Grant'");
    other.close();
    await expect.poll(() => revoked.aborted, { timeout: 5_000 }).toBe(true);
    expect((await callTool(own.url, next.access_token)).status).toBe(401);
  });

  it('leaves nothing in the store, the logs or the answers that anybody could present', async () => {
    await using own = await anOAuthGateway();
    const its = await register(own.url);
    const attempt = await beginLogin(own.url, its);
    const { leadsTo } = await allow(own.url, attempt, token);
    const code = leadsTo?.searchParams.get('code') ?? '';
    const tokens = (await (await exchange(own.url, its, { code, verifier: attempt.verifier })).json()) as Tokens;
    await callTool(own.url, tokens.access_token);
    await sleep(100);
    const kept = ['data/state.db', 'data/state.db-wal', 'data/audit.db', 'logs/audit.log'].map((name) =>
      own.read(name),
    );
    for (const secret of [code, tokens.access_token, tokens.refresh_token ?? '', its.clientSecret ?? '', token]) {
      expect(secret.length).toBeGreaterThan(20);
      for (const text of kept) expect(text.includes(secret)).toBe(false);
    }
    expect(kept.at(-1)).toContain('"event_type":"authentication"');
    expect(own.mode('data/oauth-keys.json')).toBe(0o600);
  });
});
