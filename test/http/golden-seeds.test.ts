import { describe, expect, it } from 'vitest';
import { SseStream } from '../mcp/sse-stream.ts';
import { tokens } from '../mcp/tiny-gateway.ts';
import { callOf, initialize, request, tinyListener, type TinyListener } from './tiny-listener.ts';

/**
 * What clients of the two seeds see on the wire, from their documented behaviour. Where we answer otherwise on purpose,
 * the test says so.
 */

const authorized = { authorization: `Bearer ${tokens.full}` };

async function answerOf(sent: Promise<Response>) {
  const response = await sent;
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: text === '' ? null : (JSON.parse(text) as unknown),
  };
}

function keysOf(value: unknown): readonly string[] {
  return Object.keys(value as object).toSorted();
}

describe('mcp-ssh', () => {
  it('GET /health has its keys, for anybody', async () => {
    await using listener = await tinyListener();
    const { status, body } = await answerOf(fetch(`${listener.url}/health`));
    expect(status).toBe(200);
    expect(keysOf(body)).toEqual(
      expect.arrayContaining(['mcp_path', 'ssh_connections', 'status', 'transport', 'version']),
    );
    expect(body).toMatchObject({
      status: 'healthy',
      transport: 'streamable-http',
      mcp_path: '/mcp',
      ssh_connections: { connections_by_server: {} },
    });
    const { ssh_connections: connections } = body as { ssh_connections: object };
    expect(keysOf(connections)).toEqual(['alive_connections', 'connections_by_server', 'total_connections']);
  });

  it.each([{}, { authorization: 'Bearer tok_unknown' }])('POST /mcp with %j is 401 in its words', async (headers) => {
    await using listener = await tinyListener();
    const {
      status,
      headers: answered,
      body,
    } = await answerOf(fetch(`${listener.url}/mcp`, { method: 'POST', headers, body: '{}' }));
    expect([status, body]).toEqual([401, { error: 'invalid_token', error_description: 'Authentication required' }]);
    // Without resource_metadata: there is no OAuth to be found at it.
    expect(answered.get('www-authenticate')).toBe(
      'Bearer error="invalid_token", error_description="Authentication required"',
    );
  });

  it.each(['PUT', 'PATCH', 'OPTIONS'])('%s /mcp is 405 and names the same methods', async (method) => {
    await using listener = await tinyListener();
    const { status, headers } = await answerOf(fetch(`${listener.url}/mcp`, { method, headers: authorized }));
    expect([status, headers.get('allow')]).toEqual([405, 'GET, POST, DELETE']);
  });

  it('DELETE /mcp without a session is 405', async () => {
    await using listener = await tinyListener();
    expect((await answerOf(fetch(`${listener.url}/mcp`, { method: 'DELETE', headers: authorized }))).status).toBe(405);
  });

  it.each([
    '/revoke',
    '/.well-known/oauth-protected-resource',
    '/.well-known/oauth-protected-resource/mcp',
    '/.well-known/oauth-authorization-server',
  ])('%s is 404 while OAuth is off', async (path) => {
    await using listener = await tinyListener();
    expect((await answerOf(fetch(listener.url + path))).status).toBe(404);
  });

  it.each<{ what: string; body: unknown; status: number; answer: object | null }>([
    { what: 'ping', body: request('ping'), status: 200, answer: { jsonrpc: '2.0', id: 1, result: {} } },
    { what: 'prompts/list', body: request('prompts/list'), status: 200, answer: { result: { prompts: [] } } },
    { what: 'resources/list', body: request('resources/list'), status: 200, answer: { result: { resources: [] } } },
    {
      what: 'a notification',
      body: { jsonrpc: '2.0', method: 'notifications/initialized' },
      status: 202,
      answer: null,
    },
    { what: 'text that is no JSON', body: '{', status: 400, answer: { error: { code: -32700 } } },
    { what: 'a batch', body: [request('ping')], status: 400, answer: { error: { code: -32602 } } },
    // It said -32602 Invalid request parameters; JSON-RPC has a code of its own for this.
    { what: 'an unknown method', body: request('no/such'), status: 200, answer: { error: { code: -32601 } } },
  ])('POST /mcp answers $what without a session', async ({ body, status, answer }) => {
    await using listener = await tinyListener();
    const answered = await answerOf(listener.post(body));
    expect(answered).toMatchObject({ status, body: answer });
    expect(answered.headers.get('mcp-session-id')).toBeNull();
  });

  it('initialize has its keys, and instructions that lead to list_servers', async () => {
    await using listener = await tinyListener();
    const { body } = await answerOf(listener.post(initialize('2025-06-18')));
    const { result } = body as { result: { capabilities: object; serverInfo: object; instructions: string } };
    expect(keysOf(result)).toEqual(['capabilities', 'instructions', 'protocolVersion', 'serverInfo']);
    expect(keysOf(result.serverInfo)).toEqual(expect.arrayContaining(['name', 'version']));
    expect(result.capabilities).toHaveProperty('tools');
    expect(result.instructions).toContain('list_servers');
  });
});

describe('ssh-mcp-server', () => {
  const unknown = { status: 400, body: expect.objectContaining({ detail: 'Unknown or missing sessionId' }) };

  function postMessage(listener: TinyListener, query: string, headers: Record<string, string> = authorized) {
    return answerOf(
      fetch(`${listener.url}/messages${query}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(request('ping')),
      }),
    );
  }

  it('GET /health has its keys', async () => {
    await using listener = await tinyListener();
    const { body } = await answerOf(fetch(`${listener.url}/health`));
    expect(keysOf(body)).toEqual(expect.arrayContaining(['auth', 'status']));
  });

  it('GET /sse and POST /messages are 401 without a token', async () => {
    await using listener = await tinyListener();
    const opened = await answerOf(fetch(`${listener.url}/sse`));
    const posted = await postMessage(listener, '?sessionId=x', {});
    for (const { status, headers } of [opened, posted]) {
      expect([status, headers.get('www-authenticate')]).toEqual([401, expect.stringMatching(/^Bearer /)]);
    }
  });

  it('POST /messages knows no other session', async () => {
    await using listener = await tinyListener();
    for (const query of ['', '?sessionId=', '?sessionId=no-such', '?session_id=x']) {
      const { status, body } = await postMessage(listener, query);
      expect({ status, body }).toEqual(unknown);
    }
  });

  it('speaks as it did on the stream: endpoint first, 202 and nothing to each message, and the answers as data', async () => {
    await using listener = await tinyListener();
    const stream = await SseStream.open(listener.url);
    expect(stream.endpoint).toMatch(/^\/messages\?sessionId=[\da-f-]{36}$/);
    const asked = [initialize('2024-11-05'), request('ping', undefined, 2), request('tools/list', {}, 3)];
    for (const message of [...asked, callOf('say', { text: 'hi' }, 4), request('no/such', {}, 5)]) {
      const { status, body } = await answerOf(stream.post(message));
      expect([status, body]).toEqual([202, null]);
    }
    expect(await stream.message()).toMatchObject({
      jsonrpc: '2.0',
      id: 1,
      result: { protocolVersion: '2024-11-05', capabilities: { tools: {} }, serverInfo: { name: expect.any(String) } },
    });
    const answers = [await stream.message(), await stream.message(), await stream.message(), await stream.message()];
    expect(answers).toEqual(
      expect.arrayContaining([
        { jsonrpc: '2.0', id: 2, result: {} },
        expect.objectContaining({ id: 3, result: { tools: expect.any(Array) } }),
        expect.objectContaining({ id: 4, result: expect.objectContaining({ isError: false }) }),
        { jsonrpc: '2.0', id: 5, error: { code: -32601, message: expect.stringContaining('Method not found') } },
      ]),
    );
    await stream.close();
  });
});
