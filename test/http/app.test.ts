import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { tokens } from '../mcp/tiny-gateway.ts';
import { raw } from './raw.ts';
import { callOf, initialize, tinyListener } from './tiny-listener.ts';

/** Sends these bytes and nothing more; resolves with all that comes until the other side closes. */
function dribble(port: number, bytes: string): Promise<string> {
  return new Promise((resolve) => {
    let received = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    socket.on('data', (chunk) => (received += String(chunk)));
    socket.on('error', () => {});
    socket.on('close', () => resolve(received));
  });
}

describe('the open documents', () => {
  it('tells at GET /mcp what this is, without a token and without names of hosts', async () => {
    await using listener = await tinyListener();
    for (const path of ['/mcp', '/mcp/']) {
      const response = await fetch(`${listener.url}${path}`);
      expect(response.status).toBe(200);
      expect(await response.json()).toEqual({
        name: 'sallyport',
        version: '1.2.3',
        protocol: 'json-rpc-2.0',
        transport: 'streamable-http',
        endpoints: expect.objectContaining({ mcp: '/mcp', health: '/health' }),
        authentication: expect.objectContaining({ type: 'bearer' }),
        documentation: expect.any(String),
      });
    }
  });

  it('reports health under the seeds’ keys', async () => {
    await using listener = await tinyListener();
    expect(await (await fetch(`${listener.url}/health`)).json()).toEqual({
      status: 'healthy',
      version: '1.2.3',
      transport: 'streamable-http',
      mcp_path: '/mcp',
      auth: 'bearer',
      ssh_connections: { total_connections: 2, alive_connections: 1, connections_by_server: {} },
    });
  });

  it('is ready until there is a reason not to be, and alive all the while', async () => {
    await using listener = await tinyListener();
    expect((await fetch(`${listener.url}/readyz`)).status).toBe(200);
    listener.problems.push('audit unavailable');
    const response = await fetch(`${listener.url}/readyz`);
    expect(response.status).toBe(503);
    expect(await response.json()).toEqual({ status: 'unavailable', reasons: ['audit unavailable'] });
    expect((await fetch(`${listener.url}/healthz`)).status).toBe(200);
  });

  it.each([
    '/.well-known/oauth-protected-resource',
    '/.well-known/oauth-protected-resource/mcp',
    '/.well-known/oauth-authorization-server',
    '/.well-known/openid-configuration',
    '/register',
    '/docs',
    '/mcp/v1',
    '/mcp//',
  ])('has nothing at %s', async (path) => {
    await using listener = await tinyListener();
    const response = await fetch(`${listener.url}${path}`);
    expect([response.status, await response.json()]).toEqual([404, { error: 'not_found' }]);
  });

  it.each(['PUT', 'PATCH', 'OPTIONS'])('does not allow %s on /mcp, nor any other origin', async (method) => {
    await using listener = await tinyListener();
    const response = await fetch(`${listener.url}/mcp`, { method });
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, POST, DELETE']);
    expect(response.headers.get('access-control-allow-origin')).toBeNull();
  });

  it('sends security headers with every answer', async () => {
    await using listener = await tinyListener();
    for (const path of ['/health', '/nothing', '/mcp']) {
      const { headers } = await fetch(`${listener.url}${path}`);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('cache-control')).toBe('no-store');
      expect(headers.get('content-security-policy')).toContain("default-src 'none'");
      expect(headers.get('x-powered-by')).toBeNull();
    }
    const call = await listener.post(callOf('say', { text: 'x' }));
    expect(call.headers.get('x-content-type-options')).toBe('nosniff');
    expect(call.headers.get('cache-control')).toBe('no-store');
  });
});

describe('the bearer gate', () => {
  it.each([
    null,
    '',
    'Bearer',
    'Bearer wrong-token',
    `Basic ${tokens.full}`,
    tokens.full,
    `Bearer ${tokens.full} ${tokens.full}`,
    `Bearer ${tokens.full},`,
  ])('answers 401 to the authorization %s before it reads anything', async (authorization) => {
    await using listener = await tinyListener();
    const response = await listener.post('{not json', { authorization });
    expect(response.status).toBe(401);
    expect(listener.refusedLogins).toEqual(authorization === null ? [] : ['127.0.0.1']);
    expect(response.headers.get('www-authenticate')).toBe(
      'Bearer error="invalid_token", error_description="Authentication required"',
    );
    expect(await response.json()).toEqual({
      error: 'invalid_token',
      error_description: 'Authentication required',
    });
  });

  it('takes the scheme in any case, and lets a revoked token in no more', async () => {
    await using listener = await tinyListener();
    const headers = { authorization: `bEARER ${tokens.full}` };
    expect((await listener.post(callOf('say', { text: 'x' }), headers)).status).toBe(200);
    listener.gateway.revoke(tokens.full);
    expect((await listener.post(callOf('say', { text: 'x' }), headers)).status).toBe(401);
  });

  it('fails closed, and tells nothing but an incident, when a token cannot be looked up', async () => {
    await using listener = await tinyListener();
    const response = await listener.post(callOf('say', { text: 'x' }), { authorization: `Bearer ${tokens.breaking}` });
    expect(response.status).toBe(500);
    const { error, error_description: description } = (await response.json()) as Record<string, string>;
    expect([error, description]).toEqual([
      'internal',
      expect.stringMatching(/^Internal error, incident [\da-f-]{36}$/),
    ]);
    const [incident] = /[\da-f-]{36}$/.exec(description ?? '') ?? [];
    expect(listener.gateway.logged).toEqual([expect.objectContaining({ incident, err: expect.any(Error) })]);
    expect(listener.gateway.received).toEqual([]);
  });

  it('guards the stream and the end of a session, too', async () => {
    await using listener = await tinyListener();
    const stream = await fetch(`${listener.url}/mcp`, { headers: { accept: 'text/event-stream' } });
    const end = await fetch(`${listener.url}/mcp`, { method: 'DELETE', headers: { 'mcp-session-id': 'x' } });
    expect([stream.status, end.status]).toEqual([401, 401]);
  });
});

describe('names', () => {
  it.each(['evil.example', 'evil.example:80', 'localhost.evil.example'])(
    'refuses the host %s on every path',
    async (host) => {
      await using listener = await tinyListener();
      for (const path of ['/mcp', '/health', '/nothing']) {
        const { status, body } = await raw(`${listener.url}${path}`, { headers: { host } });
        expect([status, JSON.parse(body)]).toEqual([
          403,
          { error: 'forbidden', error_description: expect.any(String) },
        ]);
      }
    },
  );

  it.each(['null', 'https://evil.example', 'http://localhost:1'])(
    'refuses the origin %s, with a token too',
    async (origin) => {
      await using listener = await tinyListener();
      expect((await listener.post(initialize('2025-11-25'), { origin })).status).toBe(403);
    },
  );

  it('serves its own origin and those that are allowed', async () => {
    await using listener = await tinyListener({ allowedOrigins: ['https://console.example.org'] });
    for (const origin of [`http://localhost:${listener.port}`, 'https://console.example.org']) {
      expect((await listener.post(callOf('say', { text: 'x' }), { origin })).status).toBe(200);
    }
  });

  it('does not trust what a client says it was forwarded for', async () => {
    await using listener = await tinyListener();
    const headers = { host: 'evil.example', 'x-forwarded-host': 'localhost', forwarded: 'host=localhost' };
    expect((await raw(`${listener.url}/health`, { headers })).status).toBe(403);
  });
});

describe('the body of a call', () => {
  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/jsonp',
    '',
  ])('may not be of the type "%s"', async (type) => {
    await using listener = await tinyListener();
    const headers = { authorization: `Bearer ${tokens.full}`, ...(type && { 'content-type': type }) };
    const body = JSON.stringify(callOf('say', { text: 'x' }));
    expect((await raw(`${listener.url}/mcp`, { method: 'POST', headers, body })).status).toBe(415);
    expect(listener.gateway.received).toEqual([]);
  });

  it('may say its charset', async () => {
    await using listener = await tinyListener();
    const headers = { 'content-type': 'Application/JSON; charset=utf-8' };
    expect((await listener.post(callOf('say', { text: 'x' }), headers)).status).toBe(200);
  });

  it('needs a client that reads JSON', async () => {
    await using listener = await tinyListener();
    expect((await listener.post(callOf('say', { text: 'x' }), { accept: 'text/html' })).status).toBe(406);
  });

  it.each(['content-length', 'chunked'])('is refused with 413 when it is too large: %s', async (framing) => {
    await using listener = await tinyListener({ maxBodyBytes: 10_000 });
    const body = JSON.stringify(callOf('say', { text: 'x'.repeat(20_000) }));
    const response = await fetch(`${listener.url}/mcp`, {
      method: 'POST',
      headers: { authorization: `Bearer ${tokens.full}`, 'content-type': 'application/json' },
      ...(framing === 'chunked' ? { body: new Blob([body]).stream(), duplex: 'half' as const } : { body }),
    });
    expect(response.status).toBe(413);
    expect(await response.json()).toMatchObject({ error: 'too_large', max_bytes: 10_000 });
    expect(listener.gateway.received).toEqual([]);
  });

  it('may be just under 8 MiB, and keeps every character', async () => {
    await using listener = await tinyListener();
    const text = 'ü'.repeat(4 * 1024 * 1024 - 200);
    const response = await listener.post(callOf('say', { text }));
    const { result } = (await response.json()) as { result: { structuredContent: { said: string } } };
    expect(result.structuredContent.said === text).toBe(true);
  });

  it('keeps every character when it arrives in pieces', async () => {
    await using listener = await tinyListener();
    const bytes = Buffer.from(JSON.stringify(callOf('say', { text: 'grüße 世界' })));
    const pieces = new ReadableStream({
      async start(controller) {
        for (const byte of bytes) controller.enqueue(new Uint8Array([byte]));
        controller.close();
      },
    });
    const response = await fetch(`${listener.url}/mcp`, {
      method: 'POST',
      headers: { authorization: `Bearer ${tokens.full}`, 'content-type': 'application/json' },
      body: pieces,
      duplex: 'half',
    });
    expect(await response.json()).toMatchObject({ result: { structuredContent: { said: 'grüße 世界' } } });
  });
});

describe('a slow or broken client', () => {
  const head = `POST /mcp HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${tokens.full}\r\ncontent-type: application/json\r\n`;

  it.each([
    { what: 'nothing at all', bytes: '', limits: { headersTimeoutMs: 100 } },
    { what: 'half a header', bytes: 'GET /health HTTP/1.1\r\nho', limits: { headersTimeoutMs: 100 } },
    {
      what: 'half a body',
      bytes: `${head}content-length: 1000\r\n\r\n{"a":`,
      limits: { headersTimeoutMs: 100, requestTimeoutMs: 200 },
    },
  ])('is disconnected after it has sent $what for too long', async ({ bytes, limits }) => {
    await using listener = await tinyListener(limits);
    const startedMs = performance.now();
    expect(await dribble(listener.port, bytes)).toMatch(/^(?:HTTP\/1\.1 408 [^]*)?$/);
    expect(performance.now() - startedMs).toBeLessThan(3_000);
    expect(listener.gateway.logged).toEqual([]);
    expect((await fetch(`${listener.url}/healthz`)).status).toBe(200);
  });

  it('is refused headers of more than 16 KiB', async () => {
    await using listener = await tinyListener();
    expect((await raw(`${listener.url}/health`, { headers: { cookie: 'x'.repeat(20_000) } })).status).toBe(431);
  });

  it('leaves nothing behind when it goes away in the middle of its body', async () => {
    await using listener = await tinyListener();
    const socket = connect(listener.port, '127.0.0.1', () => {
      socket.write(`${head}content-length: 1000\r\n\r\n{"a":`, () => socket.destroy());
    });
    await new Promise((resolve) => socket.once('close', resolve));
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect([listener.gateway.logged, listener.gateway.received]).toEqual([[], []]);
    expect((await fetch(`${listener.url}/healthz`)).status).toBe(200);
  });
});
