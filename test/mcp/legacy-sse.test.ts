import { connect, type Socket } from 'node:net';
import { Client, SSEClientTransport } from '@modelcontextprotocol/client';
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js';
import { SSEClientTransport as TransportV1 } from '@modelcontextprotocol/sdk/client/sse.js';
import { describe, expect, it } from 'vitest';
import { callOf, initialize, request, tinyListener } from '../http/tiny-listener.ts';
import { SseStream } from './sse-stream.ts';
import { tokens } from './tiny-gateway.ts';

const unknownSession = {
  error: 'session_not_found',
  error_description: 'Unknown or missing sessionId',
  detail: 'Unknown or missing sessionId',
};

async function statusOf(sent: Promise<Response>): Promise<number> {
  const response = await sent;
  await response.arrayBuffer();
  return response.status;
}

describe.each(['v1', 'v2'] as const)('the %s client of HTTP+SSE', (version) => {
  const connectTo = async (url: string) => {
    const requestInit = { headers: { authorization: `Bearer ${tokens.full}` } };
    if (version === 'v1') {
      const client = new ClientV1({ name: 'v1', version: '9' });
      await client.connect(new TransportV1(new URL(`${url}/sse`), { requestInit }));
      return client;
    }
    const client = new Client({ name: 'v2', version: '9' }, { versionNegotiation: { mode: 'legacy' } });
    await client.connect(new SSEClientTransport(new URL(`${url}/sse`), { requestInit }));
    return client;
  };

  it('lists the tools, calls one, and says who it is', async () => {
    await using listener = await tinyListener();
    const client = await connectTo(listener.url);
    expect((await client.listTools()).tools.map(({ name }) => name)).toContain('say');
    expect(await client.callTool({ name: 'say', arguments: { text: 'grüße' } })).toMatchObject({
      structuredContent: { success: true, said: 'grüße' },
    });
    expect(listener.gateway.received[0]?.client).toEqual({ name: version, version: '9' });
    await client.close();
  });

  it('is told that its call still runs, whatever its POST accepts', async () => {
    await using listener = await tinyListener({ progressMs: 20 });
    const client = await connectTo(listener.url);
    const said: unknown[] = [];
    const onprogress = ({ message }: { message?: string | undefined }) => said.push(message);
    const call = { name: 'pause', arguments: { ms: 150 } };
    if (client instanceof Client) await client.callTool(call, { onprogress });
    else await client.callTool(call, undefined, { onprogress });
    expect(said[0]).toMatch(/^pause has been running for \d+ s$/);
    await client.close();
  });

  it('ends its call by cancelling it, and by going away', async () => {
    await using listener = await tinyListener();
    const client = await connectTo(listener.url);
    const cancel = new AbortController();
    const options = { signal: cancel.signal };
    const start = async () => {
      const begun = listener.gateway.waiting();
      const call = { name: 'wait', arguments: {} };
      const sent =
        client instanceof Client ? client.callTool(call, options) : client.callTool(call, undefined, options);
      sent.catch(() => undefined);
      return (await begun).signal;
    };
    const cancelled = await start();
    cancel.abort();
    await expect.poll(() => cancelled.aborted).toBe(true);
    const second = new AbortController();
    Object.assign(options, { signal: second.signal });
    const left = await start();
    expect(left.aborted).toBe(false);
    await client.close();
    await expect.poll(() => left.aborted).toBe(true);
  });
});

describe('GET /sse', () => {
  it('begins with the bare address to post to, under an id that cannot be guessed', async () => {
    await using listener = await tinyListener();
    const [one, other] = [await SseStream.open(listener.url), await SseStream.open(listener.url)];
    const uuid4 = /^\/messages\?sessionId=[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/;
    expect(one.endpoint).toMatch(uuid4);
    expect(other.endpoint).not.toBe(one.endpoint);
    await Promise.all([one.close(), other.close()]);
  });

  it('is a stream that nobody buffers or stores', async () => {
    await using listener = await tinyListener();
    for (const path of ['/sse', '/sse/']) {
      const headers = { authorization: `Bearer ${tokens.full}`, accept: 'text/html' };
      const response = await fetch(listener.url + path, { headers });
      expect(response.status).toBe(200);
      expect(response.headers.get('content-type')).toBe('text/event-stream');
      expect(response.headers.get('cache-control')).toContain('no-cache');
      expect(response.headers.get('x-accel-buffering')).toBe('no');
      await response.body?.cancel();
    }
  });

  it('challenges whoever has no token, as /mcp does', async () => {
    await using listener = await tinyListener();
    const get = await fetch(`${listener.url}/sse`);
    const wrong = await fetch(`${listener.url}/sse`, { headers: { authorization: 'Bearer wrong-token' } });
    const post = await fetch(`${listener.url}/messages?sessionId=x`, { method: 'POST', body: '{}' });
    for (const response of [get, wrong, post]) {
      expect([response.status, response.headers.get('www-authenticate')]).toEqual([
        401,
        'Bearer error="invalid_token", error_description="Authentication required"',
      ]);
    }
    expect(listener.refusedLogins).toEqual(['127.0.0.1']);
  });

  it.each([
    ['/sse', 'POST', 'GET'],
    ['/sse', 'HEAD', 'GET'],
    ['/sse', 'OPTIONS', 'GET'],
    ['/messages', 'GET', 'POST'],
    ['/messages', 'DELETE', 'POST'],
  ])('at %s does not allow %s', async (path, method, allow) => {
    await using listener = await tinyListener({ sse: { maxPerCaller: 0 } });
    const headers = { authorization: `Bearer ${tokens.full}` };
    const response = await fetch(listener.url + path, { method, headers });
    expect([response.status, response.headers.get('allow')]).toEqual([405, allow]);
  });

  it('refuses other origins', async () => {
    await using listener = await tinyListener();
    const headers = { authorization: `Bearer ${tokens.full}`, origin: 'https://evil.example' };
    expect((await fetch(`${listener.url}/sse`, { headers })).status).toBe(403);
    const stream = await SseStream.open(listener.url);
    expect(await statusOf(stream.post(request('ping'), { origin: 'https://evil.example' }))).toBe(403);
    await stream.close();
  });
});

describe('POST /messages', () => {
  it('answers 202 with nothing, and the answer comes on the stream', async () => {
    await using listener = await tinyListener();
    const stream = await SseStream.open(listener.url);
    const response = await stream.post(initialize('2024-11-05'));
    expect([response.status, await response.text()]).toEqual([202, '']);
    expect(await stream.message()).toMatchObject({ id: 1, result: { protocolVersion: '2024-11-05' } });
    expect(await statusOf(stream.post({ jsonrpc: '2.0', method: 'notifications/initialized' }))).toBe(202);
    await stream.post(request('tools/destroy', {}, 'x'));
    expect(await stream.message()).toMatchObject({ id: 'x', error: { code: -32601 } });
    await stream.post(callOf('refuse', {}, 3));
    expect(await stream.message()).toMatchObject({ id: 3, result: { isError: true } });
    await stream.close();
  });

  it.each([
    ['text that is not JSON', '{"jsonrpc"', -32700],
    ['a batch', '[{"jsonrpc":"2.0","id":1,"method":"ping"}]', -32602],
    ['no JSON-RPC', '{"method":7}', -32600],
    ['too deep nesting', `{"a":${'['.repeat(900)}${']'.repeat(900)}}`, -32600],
  ])('answers 400 to %s', async (_what, body, code) => {
    await using listener = await tinyListener();
    const stream = await SseStream.open(listener.url);
    const response = await stream.post(body);
    expect([response.status, await response.json()]).toMatchObject([400, { error: { code } }]);
    expect(await statusOf(stream.post(request('ping')))).toBe(202);
    await stream.close();
  });

  it('bounds the type and the size of a body', async () => {
    await using listener = await tinyListener({ maxBodyBytes: 1_000 });
    const stream = await SseStream.open(listener.url);
    expect(await statusOf(stream.post(request('ping'), { 'content-type': 'text/plain' }))).toBe(415);
    expect(await statusOf(stream.post(callOf('say', { text: 'x'.repeat(2_000) })))).toBe(413);
    expect(listener.gateway.received).toEqual([]);
    await stream.close();
  });

  it('refuses a second request with an id that is still unanswered', async () => {
    await using listener = await tinyListener();
    const stream = await SseStream.open(listener.url);
    const begun = listener.gateway.waiting();
    await stream.post(callOf('wait', {}, 7));
    const { signal } = await begun;
    expect(await statusOf(stream.post(callOf('say', { text: 'x' }, 7)))).toBe(400);
    await stream.post({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 7 } });
    await expect.poll(() => signal.aborted).toBe(true);
    expect(await statusOf(stream.post(request('ping', {}, 7)))).toBe(202);
    expect(await stream.message()).toEqual({ jsonrpc: '2.0', id: 7, result: {} });
    await stream.close();
  });
});

describe('a session of HTTP+SSE', () => {
  it('does not exist for another token, nor does an unknown or a missing one', async () => {
    await using listener = await tinyListener();
    const stream = await SseStream.open(listener.url);
    const stolen = await stream.post(callOf('say', { text: 'x' }), { authorization: `Bearer ${tokens.reader}` });
    const { sessionId } = stream;
    stream.endpoint = '/messages?sessionId=e0f0b0a0-0000-4000-8000-000000000000';
    const unknown = await stream.post(request('ping'));
    stream.endpoint = '/messages';
    const missing = await stream.post(request('ping'));
    for (const response of [stolen, unknown, missing]) {
      expect([response.status, await response.json()]).toEqual([400, unknownSession]);
    }
    expect(listener.gateway.received).toEqual([]);
    stream.endpoint = `/messages?sessionId=${sessionId}`;
    expect(await statusOf(stream.post(request('ping')))).toBe(202);
    await stream.close();
  });

  it('is none of Streamable HTTP', async () => {
    await using listener = await tinyListener();
    const stream = await SseStream.open(listener.url);
    expect(await statusOf(listener.post(request('ping'), { 'mcp-session-id': stream.sessionId }))).toBe(404);
    await stream.close();
  });

  it('ends with its stream', async () => {
    await using listener = await tinyListener();
    const stream = await SseStream.open(listener.url);
    await stream.close();
    await expect.poll(() => statusOf(stream.post(request('ping')))).toBe(400);
  });

  it('ends at once when its token is revoked, with its running call', async () => {
    await using listener = await tinyListener();
    const stream = await SseStream.open(listener.url);
    const begun = listener.gateway.waiting();
    await stream.post(callOf('wait'));
    const { signal } = await begun;
    listener.gateway.revoke(tokens.full);
    expect(await stream.next()).toBeUndefined();
    expect(signal.aborted).toBe(true);
    expect(await statusOf(stream.post(request('ping')))).toBe(401);
  });

  it('ends when nothing was posted for too long, but not while a call runs', async () => {
    await using listener = await tinyListener({ sse: { idleMs: 60 } });
    const [idle, working] = [await SseStream.open(listener.url), await SseStream.open(listener.url)];
    await working.post(callOf('pause', { ms: 300 }, 5));
    expect(await idle.next()).toBeUndefined();
    expect(await working.message()).toMatchObject({ id: 5, result: { isError: false } });
    await working.close();
  });

  it('gives way to a newer one of the same caller, and never to another caller’s', async () => {
    await using listener = await tinyListener({ sse: { maxPerCaller: 2, maxTotal: 3 } });
    const theirs = await SseStream.open(listener.url, tokens.reader);
    const mine = [await SseStream.open(listener.url), await SseStream.open(listener.url)];
    await mine[0]?.post(request('ping'));
    await mine[0]?.message();
    const newer = await SseStream.open(listener.url);
    expect(await mine[1]?.next()).toBeUndefined();
    await expect(SseStream.open(listener.url, tokens.reader)).rejects.toThrow('GET /sse: 503');
    expect(await statusOf(theirs.post(request('ping')))).toBe(202);
    await Promise.all([theirs.close(), mine[0]?.close(), newer.close()]);
  });

  it('answers what runs, and ends, when the gateway closes', async () => {
    const listener = await tinyListener();
    const [idle, working] = [await SseStream.open(listener.url), await SseStream.open(listener.url)];
    await working.post(callOf('pause', { ms: 150 }, 5));
    await expect.poll(() => listener.gateway.received.length).toBe(1);
    const closed = listener.close({ graceMs: 5_000 });
    expect(await idle.next()).toBeUndefined();
    expect(await working.message()).toMatchObject({ id: 5, result: { structuredContent: { success: true } } });
    expect(await working.next()).toBeUndefined();
    await closed;
  });
});

describe('a client of HTTP+SSE that does not read', () => {
  it('is given up before its answers fill the memory, with the call that runs', async () => {
    await using listener = await tinyListener();
    const socket = connect(listener.port, '127.0.0.1');
    socket.write(`GET /sse HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${tokens.full}\r\n\r\n`);
    const endpoint = await endpointOf(socket);
    const post = (message: object): Promise<number> => {
      const headers = { authorization: `Bearer ${tokens.full}`, 'content-type': 'application/json' };
      return statusOf(fetch(listener.url + endpoint, { method: 'POST', headers, body: JSON.stringify(message) }));
    };
    const begun = listener.gateway.waiting();
    await post(callOf('wait', {}, 'waiting'));
    const { signal } = await begun;
    const text = 'x'.repeat(1_000_000);
    let posted = 0;
    while ((await post(callOf('say', { text }, posted))) === 202) posted += 1;
    expect(posted).toBeLessThan(40);
    expect(signal.aborted).toBe(true);
    socket.destroy();
  });
});

/** Reads as far as the first event, and no further. */
function endpointOf(socket: Socket): Promise<string> {
  let text = '';
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.on('data', (chunk) => {
      text += String(chunk);
      const [, endpoint] = /^data: (.*)$/m.exec(text) ?? [];
      if (endpoint === undefined) return;
      socket.pause();
      resolve(endpoint);
    });
  });
}
