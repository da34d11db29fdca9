import { request as nodeRequest, type ClientRequest } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentLog } from '../../src/base/log.ts';
import { listen } from '../../src/cli/listen.ts';
import { aGateway, fullRights, fullToken, type TestGateway } from '../fixtures/gateway.ts';
import { processesMentioning } from '../fixtures/lingering.ts';
import { startSshd, type Sshd } from '../fixtures/sshd.ts';
import { initialize, modern, request } from '../http/tiny-listener.ts';
import { SseStream } from '../mcp/sse-stream.ts';

const sseToken = 'tok_77aa5c3d4e5f60718293a4b5c6d7e8f9';
const generous = { timeout: 10_000 };

let sshd: Sshd;
let gateway: TestGateway;
let stack: AsyncDisposableStack;
let url: string;
let seconds = 600;

beforeAll(async () => {
  stack = new AsyncDisposableStack();
  sshd = stack.use(await startSshd());
  const tokens = { [fullToken]: fullRights, [sseToken]: { ...fullRights, name: 'sse' } };
  gateway = stack.use(await aGateway(sshd, { tokens, environment: { PORT: '0' } }));
  const listener = await listen(gateway.config, gateway.running, silentLog);
  stack.defer(() => listener.close({ graceMs: 0 }));
  ({ url } = listener);
});
afterAll(() => stack[Symbol.asyncDispose]());

/** A command that runs for long, and whether it does on the host. */
function longCommand() {
  const command = `sleep ${(seconds += 1)}`;
  const params = { name: 'execute_command', arguments: { server: 'web-1', command } };
  const running = () => processesMentioning(sshd.mark).filter((process) => process.commandLine.includes(command));
  return {
    params,
    begun: async () => await expect.poll(() => running().length, generous).toBeGreaterThan(0),
    gone: async () => await expect.poll(() => running(), generous).toEqual([]),
    recorded: async (cause: string) => {
      const record = async () => (await gateway.auditLog()).find((line) => line['command'] === command);
      const metadata = { status: 'cancelled', stopped: 'confirmed', stop_cause: cause };
      await expect.poll(record, generous).toMatchObject({ result: 'failed', metadata });
    },
  };
}

const cancelled = (requestId: unknown) => ({
  jsonrpc: '2.0',
  method: 'notifications/cancelled',
  params: { requestId },
});

/** A POST to /mcp whose connection the test may cut. */
function post(body: object, headers: Record<string, string> = {}): ClientRequest {
  const sent = nodeRequest(`${url}/mcp`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${fullToken}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...headers,
    },
  });
  sent.on('error', () => {});
  sent.on('response', (response) => response.resume());
  sent.end(JSON.stringify(body));
  return sent;
}

async function openSession(): Promise<string> {
  const opened = post(initialize('2025-11-25'));
  return new Promise((resolve) => {
    opened.on('response', ({ headers }) => resolve(String(headers['mcp-session-id'])));
  });
}

describe('the process on the host is gone after', () => {
  it('notifications/cancelled in a session', async () => {
    const { params, begun, gone, recorded } = longCommand();
    const headers = { 'mcp-session-id': await openSession() };
    post(request('tools/call', params, 'a'), headers);
    await begun();
    post(cancelled('a'), headers);
    await gone();
    await recorded('cancelled');
  });

  it('the end of a session by DELETE', async () => {
    const { params, begun, gone, recorded } = longCommand();
    const headers = { 'mcp-session-id': await openSession(), authorization: `Bearer ${fullToken}` };
    post(request('tools/call', params), headers);
    await begun();
    expect((await fetch(`${url}/mcp`, { method: 'DELETE', headers })).status).toBe(200);
    await gone();
    await recorded('client_gone');
  });

  it.each<{ kind: string; send: (params: object) => ClientRequest | Promise<ClientRequest> }>([
    { kind: 'stateless', send: (params) => post(request('tools/call', params)) },
    {
      kind: 'in a session',
      send: async (params) => post(request('tools/call', params), { 'mcp-session-id': await openSession() }),
    },
    {
      kind: 'modern',
      send(params) {
        const { body, headers } = modern('tools/call', params);
        return post(body, headers);
      },
    },
    {
      kind: 'with a progress token',
      send: (params) => post(request('tools/call', { ...params, _meta: { progressToken: 1 } })),
    },
  ])('the client closed the connection of its request: $kind', async ({ send }) => {
    const { params, begun, gone, recorded } = longCommand();
    const sent = await send(params);
    await begun();
    sent.destroy();
    await gone();
    await recorded('client_gone');
  });

  it('notifications/cancelled over HTTP+SSE', async () => {
    const { params, begun, gone, recorded } = longCommand();
    const stream = await SseStream.open(url, fullToken);
    await stream.post(request('tools/call', params, 9));
    await begun();
    await stream.post(cancelled(9));
    await gone();
    await recorded('cancelled');
    await stream.close();
  });

  it('the client of HTTP+SSE closed its stream', async () => {
    const { params, begun, gone, recorded } = longCommand();
    const stream = await SseStream.open(url, fullToken);
    await stream.post(request('tools/call', params));
    await begun();
    await stream.close();
    await gone();
    await recorded('client_gone');
  });

  it('the gateway was told to stop, and the time that calls get to end by themselves is over', async () => {
    const { params, begun, gone, recorded } = longCommand();
    const listener = await listen(gateway.config, gateway.running, silentLog);
    const answer = fetch(`${listener.url}/mcp`, {
      method: 'POST',
      headers: { authorization: `Bearer ${fullToken}`, 'content-type': 'application/json' },
      body: JSON.stringify(request('tools/call', params)),
    }).then((response) => response.json());
    await begun();
    await listener.close({ graceMs: 0 });
    await gone();
    await recorded('draining');
    const structuredContent = { status: 'cancelled', stop_cause: 'draining', stopped: { state: 'confirmed' } };
    expect(await answer).toMatchObject({ result: { structuredContent } });
  });

  it('the token of a stream of HTTP+SSE was taken out of the file, and the stream ends within seconds', async () => {
    const { params, begun, gone, recorded } = longCommand();
    const stream = await SseStream.open(url, sseToken);
    await stream.post(request('tools/call', params));
    await begun();
    const startedMs = performance.now();
    await gateway.write('tokens.json', { tokens: { [fullToken]: fullRights } });
    expect(await stream.next()).toBeUndefined();
    expect(performance.now() - startedMs).toBeLessThan(4_000);
    await gone();
    await recorded('credential_revoked');
  });
});
