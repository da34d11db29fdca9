import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aConsole, people, tokenEntries, type TestConsole } from '../fixtures/console.ts';
import { freePorts } from '../fixtures/ports.ts';
import { everythingOn, expected, pathOf } from './every-route.ts';
import { raw, type RawAnswer, type RawRequest } from './raw.ts';

const expired = 'tok_a3b4c5d6e7f8091a2b3c4d5e6f708192';
const reader = people.roleless;

let site: TestConsole;
let asked: string;
let operator: string;
beforeAll(async () => {
  const [port] = await freePorts(1);
  site = await aConsole({ environment: everythingOn, port: String(port) });
  ({ id: asked } = await site.ask());
  const entry = { name: 'expired', permissions: ['read'], expires_at: '2020-01-01T00:00:00Z' };
  await site.writeTokens({ ...tokenEntries, [expired]: entry });
  await site.serving.running.takeInAuthority();
  operator = await site.signIn(people.operator);
});
afterAll(() => site[Symbol.asyncDispose]());

function send(method: string, path: string, sent: Omit<RawRequest, 'method'> = {}): Promise<RawAnswer> {
  return raw(`${site.url}${path}`, { method, ...sent });
}

/** As the client of that route would: with a token, or as an operator who has signed in. */
function rightHeaders(path: string): Record<string, string> {
  if (path.startsWith('/console') || path.startsWith('/approvals')) return { cookie: operator, origin: site.url };
  return { authorization: `Bearer ${people.agent}`, ...(path === '/login/callback' && { origin: site.url }) };
}

const routes = Object.entries(expected);
const paths = [...new Set(routes.map(([route]) => route.split(' ')[1] ?? ''))];

describe('a request with a credential that is none', () => {
  it.each([
    { what: 'an unknown token', headers: { authorization: 'Bearer tok_0000000000000000000000000000' } },
    { what: 'an expired token', headers: { authorization: `Bearer ${expired}` } },
    { what: 'a token under another scheme', headers: { authorization: `Basic ${people.agent}` } },
    { what: 'a token in the cookie of a login', headers: { cookie: `sallyport_login=${people.ann}` } },
    { what: 'a login that never was', headers: { cookie: `sallyport_login=${'A'.repeat(43)}` } },
  ])('is answered as one without any on every route: $what', async ({ headers }) => {
    const seen = [];
    for (const [route] of routes) {
      const [method = ''] = route.split(' ');
      const path = pathOf(route, { approval: asked });
      const type = /^\/(?:console|approvals)/.test(path)
        ? { origin: site.url, 'content-type': 'application/x-www-form-urlencoded' }
        : { 'content-type': 'application/json', ...(path.startsWith('/sse') && { accept: 'text/event-stream' }) };
      const { status } = await send(method, path, { headers: { ...type, ...headers } });
      // Guessing is slowed down.
      seen.push([route, status === 429 ? 401 : status]);
    }
    expect(seen).toEqual(routes.map(([route, { nothing }]) => [route, nothing === 429 ? 401 : nothing]));
  });
});

describe('a request from another site', () => {
  it.each([
    { what: 'under a name that leads to us', header: { host: 'evil.example' } },
    { what: 'by a script of another origin', header: { origin: 'https://evil.example' } },
    { what: 'by a script without an origin', header: { origin: 'null' } },
  ])('is refused on every route and none, whatever it brings: $what', async ({ header }) => {
    for (const [route] of [...routes, ['GET /nothing'], ['OPTIONS /nothing']]) {
      const [method = ''] = route?.split(' ') ?? [];
      const path = pathOf(route ?? '', { approval: asked });
      const { status, headers, body } = await send(method, path, { headers: { ...rightHeaders(path), ...header } });
      expect([route, status]).toEqual([route, 403]);
      expect(JSON.parse(body)).toMatchObject({ error: 'forbidden' });
      expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
    }
  });

  it('may read no answer of any route with the cookies or tokens of a browser', async () => {
    for (const [route] of routes) {
      const [method = ''] = route.split(' ');
      const path = pathOf(route, { approval: asked });
      const { headers } = await send(method, path, { headers: { ...rightHeaders(path), origin: site.url } });
      expect([route, headers['access-control-allow-credentials']]).toEqual([route, undefined]);
    }
  });
});

describe('a method that a path does not have', () => {
  const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

  it.each(paths)('does nothing at %s, whoever sends it', async (pattern) => {
    const has = (method: string): boolean => routes.some(([route]) => route === `${method} ${pattern}`);
    for (const method of methods.filter((one) => !has(one))) {
      const path = pathOf(`${method} ${pattern}`, { approval: asked });
      const { status } = await send(method, path, { headers: rightHeaders(path) });
      expect([method, [403, 404, 405].includes(status) ? 'refused' : status]).toEqual([method, 'refused']);
    }
    expect((await site.serving.running.gateway.approvals.find(asked))?.state).toBe('pending');
  });
});

describe('a body without bounds', () => {
  const posts = routes.map(([route]) => route).filter((route) => route.startsWith('POST') && !route.includes('/sse'));

  it.each(posts)('is refused at %s', async (route) => {
    const path = pathOf(route, { approval: asked });
    const isForm = /^\/(?:console|approvals|login|authorize|token|revoke)/.test(path);
    const size = /^\/(?:mcp|messages|shell|tools?)\b/.test(path) ? 9 * 1024 * 1024 : 80 * 1024;
    const type = isForm ? 'application/x-www-form-urlencoded' : 'application/json';
    const headers = { ...rightHeaders(path), 'content-type': type };
    const body = isForm ? `token=${'x'.repeat(size)}` : JSON.stringify({ text: 'x'.repeat(size) });
    for (const framing of ['content-length', 'chunked']) {
      const framed =
        framing === 'chunked' ? { 'transfer-encoding': 'chunked' } : { 'content-length': `${body.length}` };
      const status = await send('POST', path, { headers: { ...headers, ...framed }, body }).then(
        (answer) => answer.status,
        // Refused, and cut while it was still being sent.
        (error: NodeJS.ErrnoException) => (error.code === 'EPIPE' || error.code === 'ECONNRESET' ? 413 : 0),
      );
      expect([framing, status]).toEqual([framing, 413]);
    }
  });
});

describe('a token that lacks the scope', () => {
  const call = { name: 'execute_command', arguments: { server: 'web-1', command: 'id' } };
  const message = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: call });
  const headers = { authorization: `Bearer ${reader}`, 'content-type': 'application/json' };

  it('calls no tool that needs it, at any route that calls tools', async () => {
    const overMcp = await send('POST', '/mcp', { headers, body: message });
    expect(JSON.parse(overMcp.body)).toMatchObject({ result: { isError: true } });
    expect(overMcp.body).toContain('insufficient_scope');
    for (const [path, body] of [
      ['/tool/execute_command', JSON.stringify({ arguments: call.arguments })],
      ['/tools/execute_command', JSON.stringify({ arguments: call.arguments })],
      ['/shell', JSON.stringify({ command: 'id' })],
    ] as const) {
      const { status, body: said } = await send('POST', path, { headers, body });
      expect([path, status, said]).toEqual([path, 403, expect.stringContaining('insufficient_scope')]);
    }
  });
});
