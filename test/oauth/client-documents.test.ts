import { createServer } from 'node:https';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AddressRefused } from '../../src/base/outbound-address.ts';
import { fetchDocument } from '../../src/oauth/fetch-document.ts';
import { beginLogin, callTool, signIn, type TestClient } from './a-client.ts';
import { aCertificate } from '../fixtures/certificate.ts';
import { anOAuthGateway, token, type OAuthGateway } from './an-oauth-gateway.ts';

/** As Claude Code publishes it: without ports, and without saying that it is a native client. */
const claudeCode = 'https://claude.ai/oauth/claude-code-client-metadata';
const documents: Readonly<Record<string, object>> = {
  [claudeCode]: {
    client_id: claudeCode,
    client_name: 'Claude Code',
    client_uri: 'https://claude.ai',
    redirect_uris: ['http://localhost/callback', 'http://127.0.0.1/callback'],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    token_endpoint_auth_method: 'none',
  },
  'https://chat.example/client': {
    client_id: 'https://chat.example/client',
    client_name: 'Chat',
    redirect_uris: ['https://chat.example/callback'],
  },
  'https://other.example/says-it-is-claude': {
    client_id: claudeCode,
    redirect_uris: ['https://other.example/callback'],
  },
  'https://other.example/secret': {
    client_id: 'https://other.example/secret',
    client_secret: 'x',
    redirect_uris: ['https://other.example/callback'],
  },
  'https://other.example/script': {
    client_id: 'https://other.example/script',
    redirect_uris: ['javascript:alert(1)', 'https://other.example/callback'],
  },
};

describe('a client that is a document', () => {
  let gateway: OAuthGateway;
  let fetched: string[];
  beforeAll(async () => {
    fetched = [];
    gateway = await anOAuthGateway({
      fetchDocument: async (url) => {
        fetched.push(url);
        return documents[url] === undefined ? new Response(null, { status: 502 }) : Response.json(documents[url]);
      },
    });
  });
  afterAll(async () => await gateway[Symbol.asyncDispose]());

  it.each([
    { clientId: claudeCode, redirectUri: 'http://localhost:53682/callback', where: 'claude.ai' },
    { clientId: 'https://chat.example/client', redirectUri: 'https://chat.example/callback', where: 'chat.example' },
  ])('signs in as $clientId without registering', async ({ clientId, redirectUri, where }) => {
    const client: TestClient = { clientId, clientSecret: undefined, redirectUri };
    const { page } = await beginLogin(gateway.url, client);
    expect(page.text).toContain(`(${where})`);
    const tokens = await signIn(gateway.url, client, { token });
    expect((await callTool(gateway.url, tokens.access_token)).status).toBe(200);
  });

  it.each([
    'https://other.example/says-it-is-claude',
    'https://other.example/secret',
    'https://other.example/script',
    'https://other.example/absent',
    'http://chat.example/client',
    'https://user@chat.example/client',
    'https://chat.example/../client',
  ])('is not let in as %s', async (clientId) => {
    const { page } = await beginLogin(gateway.url, { clientId, redirectUri: 'https://other.example/callback' });
    expect([page.status >= 400, page.leadsTo]).toEqual([true, undefined]);
    expect(page.text).not.toContain('api_token');
  });

  it('is fetched a bounded number of times a minute, whoever asks', async () => {
    for (let asked = 0; asked < 70; asked += 1) {
      const clientId = `https://flood.example/${asked}`;
      await beginLogin(gateway.url, { clientId, redirectUri: 'https://flood.example/callback' });
    }
    expect(fetched.length).toBeLessThanOrEqual(60);
  });
});

describe('fetching a document that anybody may name', () => {
  const certificate = aCertificate();
  const server = createServer({ cert: certificate.cert, key: certificate.key }, (request, response) => {
    if (request.url === '/large') response.end('x'.repeat(100_000));
    else if (request.url === '/redirect') response.writeHead(302, { location: '/document' }).end();
    else if (request.url === '/document') response.setHeader('cache-control', 'max-age=60').end('{"a":1}');
  });
  const here = { reach: new Set(['loopback'] as const), ca: certificate.cert };
  let origin: string;
  beforeAll(async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    origin = `https://localhost:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  it('gives what is there', async () => {
    const response = await fetchDocument(`${origin}/document`, here);
    expect([response.status, await response.json(), response.headers.get('cache-control')]).toEqual([
      200,
      { a: 1 },
      'max-age=60',
    ]);
  });

  it('follows nothing', async () => {
    expect((await fetchDocument(`${origin}/redirect`, here)).status).toBe(502);
  });

  it('ends at the limit of size, and of time', async () => {
    await expect(fetchDocument(`${origin}/large`, here)).rejects.toThrow(/over 65536 bytes/);
    await expect(fetchDocument(`${origin}/hangs`, { ...here, timeoutMs: 200 })).rejects.toThrow(/abort|timeout/i);
  });

  it('does not go to this machine or its neighbours, by name or address', async () => {
    for (const host of [
      'localhost',
      '127.0.0.1',
      '[::1]',
      '[::ffff:127.0.0.1]',
      '10.0.0.1',
      '169.254.169.254',
      '0.0.0.0',
      '2130706433',
    ]) {
      await expect(fetchDocument(`https://${host}/`)).rejects.toBeInstanceOf(AddressRefused);
    }
    await expect(fetchDocument('http://example.com/')).rejects.toThrow(/https/);
  });
});
