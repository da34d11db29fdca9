import { request as nodeRequest } from 'node:http';
import { describe, expect, it } from 'vitest';
import { callOf, initialize, modern, request, tinyListener, type TinyListener } from '../http/tiny-listener.ts';
import { tokens } from './tiny-gateway.ts';

interface Answer {
  readonly status: number;
  readonly body: { readonly result?: Record<string, unknown>; readonly error?: { code: number; message: string } };
}

async function answer(sent: Promise<Response>): Promise<Answer> {
  const response = await sent;
  return { status: response.status, body: (await response.json()) as Answer['body'] };
}

async function openSession(listener: TinyListener, headers: Record<string, string> = {}): Promise<string> {
  const response = await listener.post(initialize('2025-11-25'), headers);
  await response.text();
  return response.headers.get('mcp-session-id') ?? '';
}

/** A POST whose connection the test may cut; resolves once the gateway has the call. */
async function cutConnection(
  listener: TinyListener,
  body: object,
  headers: Record<string, string>,
): Promise<AbortSignal> {
  const begun = listener.gateway.waiting();
  const sent = nodeRequest(`${listener.url}/mcp`, {
    method: 'POST',
    headers: { authorization: `Bearer ${tokens.full}`, 'content-type': 'application/json', ...headers },
  });
  sent.on('error', () => {});
  sent.end(JSON.stringify(body));
  const { signal } = await begun;
  expect(signal.aborted).toBe(false);
  sent.destroy();
  return signal;
}

describe('the name of a tool', () => {
  it('is passed on, and so recorded, only as far as that of any tool can reach', async () => {
    await using listener = await tinyListener();
    const { body } = await answer(listener.post(callOf('x'.repeat(1_000_000))));
    expect(body.error).toEqual({ code: -32602, message: `Unknown tool: ${'x'.repeat(100)}` });
    expect(listener.gateway.received.map(({ tool }) => tool.length)).toEqual([100]);
  });
});

describe('initialize', () => {
  it.each(['2025-11-25', '2025-06-18', '2025-03-26', '2024-11-05'])('echoes protocol version %s', async (version) => {
    await using listener = await tinyListener();
    const { body } = await answer(listener.post(initialize(version)));
    expect(body.result).toEqual({
      protocolVersion: version,
      capabilities: { tools: {} },
      serverInfo: { name: 'sallyport', title: 'Sallyport', version: '1.2.3' },
      instructions: expect.stringContaining('Start with list_servers'),
    });
    expect(Buffer.byteLength(String(body.result?.['instructions']))).toBeLessThan(2_048);
  });

  it('offers the latest legacy version to a client that asks for an unknown one', async () => {
    await using listener = await tinyListener();
    const { body } = await answer(listener.post(initialize('2099-01-01')));
    expect(body.result).toMatchObject({ protocolVersion: '2025-11-25' });
  });
});

describe('server/discover', () => {
  it('names version 2026-07-28, the capabilities and the instructions', async () => {
    await using listener = await tinyListener();
    const { body, headers } = modern('server/discover');
    expect((await answer(listener.post(body, headers))).body.result).toMatchObject({
      supportedVersions: ['2026-07-28'],
      capabilities: { tools: {} },
      instructions: expect.stringContaining('Start with list_servers'),
      ttlMs: expect.any(Number),
      cacheScope: 'private',
    });
  });
});

describe('tools/list', () => {
  it('describes each tool with true annotations, and says in the modern era how long that holds', async () => {
    await using listener = await tinyListener();
    const { body, headers } = modern('tools/list');
    const { result } = (await answer(listener.post(body, headers))).body;
    expect(result).toMatchObject({ resultType: 'complete', ttlMs: 60_000, cacheScope: 'private' });
    const tools = (result?.['tools'] ?? []) as readonly unknown[];
    expect(tools[3]).toEqual({
      name: 'refuse',
      title: 'Tool refuse',
      description: 'What refuse does.',
      inputSchema: expect.objectContaining({ type: 'object', properties: expect.anything() }),
      annotations: {
        readOnlyHint: false,
        destructiveHint: true,
        idempotentHint: false,
        openWorldHint: true,
      },
    });
  });
});

describe('a request without a session that is not initialize', () => {
  it.each<{ accept: string | null }>([
    { accept: 'application/json' },
    { accept: '*/*' },
    { accept: null },
    { accept: 'application/json, text/event-stream' },
  ])('is answered with JSON when it accepts $accept', async ({ accept }) => {
    await using listener = await tinyListener();
    const response = await listener.post(callOf('say', { text: 'ja' }), { accept });
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(response.headers.get('mcp-session-id')).toBeNull();
    expect(await response.json()).toMatchObject({ result: { structuredContent: { said: 'ja' } } });
  });

  it('answers ping, and the lists of what we do not have', async () => {
    await using listener = await tinyListener();
    expect((await answer(listener.post(request('ping')))).body.result).toEqual({});
    expect((await answer(listener.post(request('prompts/list')))).body.result).toEqual({ prompts: [] });
    expect((await answer(listener.post(request('resources/list')))).body.result).toEqual({ resources: [] });
  });

  it('takes a notification with 202 and no body', async () => {
    await using listener = await tinyListener();
    const response = await listener.post({ jsonrpc: '2.0', method: 'notifications/initialized' });
    expect([response.status, await response.text()]).toEqual([202, '']);
  });
});

describe('bad input', () => {
  const deep = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"say","arguments":{"text":${'['.repeat(1_000_000)}${']'.repeat(1_000_000)}}}}`;
  it.each<{ what: string; body: unknown; headers?: Record<string, string | null>; status: number; code: number }>([
    { what: 'text that is not JSON', body: '{"jsonrpc"', status: 400, code: -32700 },
    { what: 'an empty body', body: '', status: 400, code: -32700 },
    { what: 'a batch', body: [request('ping'), request('ping', {}, 2)], status: 400, code: -32602 },
    { what: 'a bare number', body: 42, status: 400, code: -32600 },
    { what: 'null', body: 'null', status: 400, code: -32600 },
    { what: 'an object that is no JSON-RPC', body: { hello: 1 }, status: 400, code: -32600 },
    {
      what: 'a request whose id is an object',
      body: { jsonrpc: '2.0', id: {}, method: 'ping' },
      status: 400,
      code: -32600,
    },
    { what: 'a million nested arrays', body: deep, status: 400, code: -32600 },
    { what: 'an unknown method', body: request('tools/destroy'), status: 200, code: -32601 },
    { what: 'a call without a name', body: request('tools/call', { arguments: {} }), status: 200, code: -32602 },
    {
      what: 'arguments that are a text',
      body: request('tools/call', { name: 'say', arguments: 'x' }),
      status: 200,
      code: -32602,
    },
    {
      what: 'an unknown protocol version in the header',
      body: callOf('say', { text: 'x' }),
      headers: { 'mcp-protocol-version': '1999-01-01' },
      status: 400,
      code: -32000,
    },
    {
      what: 'the modern version in the header without its envelope',
      body: callOf('say', { text: 'x' }),
      headers: { 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'tools/call', 'mcp-name': 'say' },
      status: 400,
      code: -32602,
    },
    {
      what: 'a modern call whose Mcp-Name names another tool',
      body: modern('tools/call', { name: 'crash', arguments: {} }).body,
      headers: { ...modern('tools/call', { name: 'crash' }).headers, 'mcp-name': 'say' },
      status: 400,
      code: -32020,
    },
    {
      what: 'a modern call whose Mcp-Method is another',
      body: modern('tools/call', { name: 'crash', arguments: {} }).body,
      headers: { ...modern('tools/call', { name: 'crash' }).headers, 'mcp-method': 'tools/list' },
      status: 400,
      code: -32020,
    },
    {
      what: 'a modern call without its headers',
      body: modern('tools/call', { name: 'crash', arguments: {} }).body,
      headers: { 'mcp-protocol-version': '2026-07-28' },
      status: 400,
      code: -32020,
    },
    {
      what: 'an unknown modern method',
      body: modern('tools/destroy').body,
      headers: modern('tools/destroy').headers,
      status: 404,
      code: -32601,
    },
  ])('answers $status and $code to $what', async ({ body, headers, status, code }) => {
    await using listener = await tinyListener();
    const { status: got, body: said } = await answer(
      listener.post(typeof body === 'string' ? body : JSON.stringify(body), headers),
    );
    expect({ status: got, code: said.error?.code }).toEqual({ status, code });
    expect(listener.gateway.received).toEqual([]);
    expect(listener.gateway.logged).toEqual([]);
  });

  it('names what is wrong with a tool argument in the result', async () => {
    await using listener = await tinyListener();
    const { body } = await answer(listener.post(callOf('say', { text: 7 })));
    expect(body.result).toMatchObject({
      isError: true,
      structuredContent: { code: 'invalid_input', ran: 'not_started' },
    });
  });
});

describe('a session of the legacy era', () => {
  it('has an unguessable id and serves the token that opened it', async () => {
    await using listener = await tinyListener();
    const id = await openSession(listener);
    expect(id).toMatch(/^[\w-]{32}$/);
    const { body } = await answer(listener.post(callOf('say', { text: 'hi' }), { 'mcp-session-id': id }));
    expect(body.result).toMatchObject({ structuredContent: { said: 'hi' } });
    expect(listener.gateway.received[0]?.client).toEqual({ name: 'a client', version: '9' });
  });

  it('does not exist for another token, nor does an unknown one', async () => {
    await using listener = await tinyListener();
    const id = await openSession(listener);
    const other = { authorization: `Bearer ${tokens.reader}`, 'mcp-session-id': id };
    const stolen = await answer(listener.post(callOf('say', { text: 'hi' }), other));
    const unknown = await answer(listener.post(callOf('say', { text: 'hi' }), { 'mcp-session-id': 'x'.repeat(32) }));
    expect(stolen).toEqual(unknown);
    expect(stolen).toMatchObject({ status: 404, body: { error: { code: -32001 } } });
    const ended = await fetch(`${listener.url}/mcp`, { method: 'DELETE', headers: other });
    const listening = await fetch(`${listener.url}/mcp`, { headers: { ...other, accept: 'text/event-stream' } });
    expect([ended.status, listening.status]).toEqual([404, 404]);
    expect(listener.gateway.received).toEqual([]);
  });

  it('ends with DELETE', async () => {
    await using listener = await tinyListener();
    const id = await openSession(listener);
    const headers = { authorization: `Bearer ${tokens.full}`, 'mcp-session-id': id };
    expect((await fetch(`${listener.url}/mcp`, { method: 'DELETE', headers })).status).toBe(200);
    expect((await listener.post(request('ping'), { 'mcp-session-id': id })).status).toBe(404);
  });

  it('ends at once when its token is revoked, with its stream and its running call', async () => {
    await using listener = await tinyListener();
    const id = await openSession(listener);
    const headers = { authorization: `Bearer ${tokens.full}`, 'mcp-session-id': id, accept: 'text/event-stream' };
    const stream = await fetch(`${listener.url}/mcp`, { headers });
    expect(stream.headers.get('content-type')).toBe('text/event-stream');
    const begun = listener.gateway.waiting();
    const call = listener.post(callOf('wait'), { 'mcp-session-id': id });
    const { signal } = await begun;
    listener.gateway.revoke(tokens.full);
    expect(await stream.text()).toBe('');
    expect(signal.aborted).toBe(true);
    expect((await call).status).toBe(404);
    expect((await listener.post(request('ping'), { 'mcp-session-id': id })).status).toBe(401);
  });

  it('ends when it was idle for too long, but not while a client listens', async () => {
    await using listener = await tinyListener({ sessions: { idleMs: 60 } });
    const [idle, heard] = [await openSession(listener), await openSession(listener)];
    const headers = { authorization: `Bearer ${tokens.full}`, 'mcp-session-id': heard, accept: 'text/event-stream' };
    const stream = await fetch(`${listener.url}/mcp`, { headers });
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect((await listener.post(request('ping'), { 'mcp-session-id': idle })).status).toBe(404);
    expect((await listener.post(request('ping'), { 'mcp-session-id': heard })).status).toBe(200);
    await stream.body?.cancel();
  });

  it('gives way to a newer one of the same caller, and never to another caller’s', async () => {
    await using listener = await tinyListener({ sessions: { maxPerCaller: 2, maxTotal: 3 } });
    const reader = { authorization: `Bearer ${tokens.reader}` };
    const theirs = await openSession(listener, reader);
    const mine = [await openSession(listener), await openSession(listener), await openSession(listener)];
    const statusOf = async (id: string, headers = {}): Promise<number> =>
      (await listener.post(request('ping'), { 'mcp-session-id': id, ...headers })).status;
    expect(await Promise.all(mine.map((id) => statusOf(id)))).toEqual([404, 200, 200]);
    expect(await openSession(listener, reader)).toBe('');
    expect(await statusOf(theirs, reader)).toBe(200);
  });

  it('is not opened, and none is ended, while all of the caller’s are busy', async () => {
    await using listener = await tinyListener({ sessions: { maxPerCaller: 1 } });
    const id = await openSession(listener);
    const begun = listener.gateway.waiting();
    const call = listener.post(callOf('wait'), { 'mcp-session-id': id });
    const { signal } = await begun;
    const { status, headers } = await listener.post(initialize('2025-11-25'));
    expect([status, headers.get('mcp-session-id'), signal.aborted]).toEqual([200, null, false]);
    await listener.close({ graceMs: 0 });
    expect(await answer(call)).toMatchObject({ body: { result: { structuredContent: { code: 'cancelled' } } } });
  });

  it('refuses a second request with an id that is still in use', async () => {
    await using listener = await tinyListener();
    const headers = { 'mcp-session-id': await openSession(listener) };
    const begun = listener.gateway.waiting();
    const first = listener.post(callOf('wait', {}, 7), headers);
    const { signal } = await begun;
    expect(await answer(listener.post(callOf('say', { text: 'x' }, 7), headers))).toMatchObject({
      status: 400,
      body: { error: { code: -32600 } },
    });
    await listener.post({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 7 } }, headers);
    await expect.poll(() => signal.aborted).toBe(true);
    expect(await answer(first)).toEqual({
      status: 200,
      body: { jsonrpc: '2.0', id: 7, error: { code: -32800, message: 'Request cancelled' } },
    });
  });
});

describe('GET and DELETE', () => {
  it('are not allowed for streams and ends without a session', async () => {
    await using listener = await tinyListener();
    const headers = { authorization: `Bearer ${tokens.full}`, accept: 'text/event-stream' };
    const statuses = ['GET', 'DELETE'].map(async (method) => {
      const response = await fetch(`${listener.url}/mcp`, { method, headers });
      return [response.status, response.headers.get('allow')];
    });
    expect(await Promise.all(statuses)).toEqual([
      [405, 'POST'],
      [405, 'POST'],
    ]);
  });
});

describe('a client that closes its connection', () => {
  it('has cancelled its call: stateless legacy', async () => {
    await using listener = await tinyListener();
    const signal = await cutConnection(listener, callOf('wait'), {});
    await expect.poll(() => signal.aborted).toBe(true);
  });

  it('has cancelled its call: in a session', async () => {
    await using listener = await tinyListener();
    const signal = await cutConnection(listener, callOf('wait'), { 'mcp-session-id': await openSession(listener) });
    await expect.poll(() => signal.aborted).toBe(true);
  });

  it('has cancelled its call: modern', async () => {
    await using listener = await tinyListener();
    const { body, headers } = modern('tools/call', { name: 'wait', arguments: {} });
    const signal = await cutConnection(listener, body, headers);
    await expect.poll(() => signal.aborted).toBe(true);
  });
});

describe('subscriptions/listen', () => {
  it('ends at once: nothing that could change is announced', async () => {
    await using listener = await tinyListener();
    const { body, headers } = modern('subscriptions/listen', { notifications: { toolsListChanged: true } });
    const response = await listener.post(body, headers);
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    expect(await response.text()).toMatch(/subscriptions\/acknowledged[^]*"resultType":"complete"/);
  });
});

describe('a progress token', () => {
  it.each<{ accept: string; type: string }>([
    { accept: 'application/json', type: 'application/json' },
    { accept: 'application/json, text/event-stream', type: 'text/event-stream' },
  ])('of a client that accepts $accept brings $type', async ({ accept, type }) => {
    await using listener = await tinyListener({ progressMs: 10 });
    const params = { name: 'pause', arguments: { ms: 80 }, _meta: { progressToken: 'p' } };
    const legacy = await listener.post(request('tools/call', params), { accept });
    const { body, headers } = modern('tools/call', { name: 'pause', arguments: { ms: 80 } });
    const { params: modernParams } = body as { params: { _meta: object } };
    Object.assign(modernParams._meta, { progressToken: 'p' });
    const current = await listener.post(body, { ...headers, accept });
    expect([legacy, current].map((response) => response.headers.get('content-type'))).toEqual([type, type]);
    for (const response of [legacy, current]) expect(await response.text()).toContain('"success":true');
  });
});
