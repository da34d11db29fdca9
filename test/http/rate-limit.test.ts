import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentLog } from '../../src/base/log.ts';
import { listen } from '../../src/cli/listen.ts';
import { aGateway, fullRights, fullToken, type TestGateway } from '../fixtures/gateway.ts';
import { startSshd, type Sshd } from '../fixtures/sshd.ts';
import { SseStream } from '../mcp/sse-stream.ts';

const sseToken = 'tok_31c2b4a5968778695a4b3c2d1e0f9e8d';
const otherToken = 'tok_77aa5c3d4e5f60718293a4b5c6d7e8f9';

let sshd: Sshd;
let gateway: TestGateway;
let stack: AsyncDisposableStack;
let url: string;

beforeAll(async () => {
  stack = new AsyncDisposableStack();
  sshd = stack.use(await startSshd());
  gateway = stack.use(
    await aGateway(sshd, {
      security: { rate_limit: { requests_per_minute: 4, commands_per_hour: 1 } },
      tokens: {
        [fullToken]: fullRights,
        [otherToken]: { ...fullRights, name: 'other' },
        [sseToken]: { ...fullRights, name: 'sse' },
      },
      environment: { PORT: '0' },
    }),
  );
  const listener = await listen(gateway.config, gateway.running, silentLog);
  stack.defer(() => listener.close({ graceMs: 0 }));
  url = `${listener.url}/mcp`;
});
afterAll(() => stack[Symbol.asyncDispose]());

function post(message: unknown, token: string): Promise<Response> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  return fetch(url, { method: 'POST', headers, body: typeof message === 'string' ? message : JSON.stringify(message) });
}

const call = (name: string, input: object) => ({
  jsonrpc: '2.0',
  id: 1,
  method: 'tools/call',
  params: { name, arguments: input },
});
const cancelled = { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 1 } };

describe('over HTTP', () => {
  it('refuses a request too many with 429, for its token alone, on every connection of it, and lets cancellations in', async () => {
    // What is no message at all counts too: it costs as much.
    expect((await post('{', fullToken)).status).toBe(400);
    for (const status of [202, 202, 202, 202, 202]) expect((await post(cancelled, fullToken)).status).toBe(status);
    const { status: first } = await post({ jsonrpc: '2.0', id: 1, method: 'tools/list' }, fullToken);
    expect(first).toBe(200);
    const both = await Promise.all([1, 2, 3, 4].map(() => post(call('list_servers', {}), fullToken)));
    expect(both.map(({ status }) => status).toSorted()).toEqual([200, 200, 429, 429]);
    const refused = await post(call('list_servers', {}), fullToken);
    expect(refused.status).toBe(429);
    const seconds = Number(refused.headers.get('retry-after'));
    expect(seconds).toBeGreaterThan(30);
    expect(seconds).toBeLessThanOrEqual(60);
    expect(await refused.json()).toMatchObject({
      error: 'rate_limited',
      code: 'rate_limited',
      error_description: expect.stringContaining('4 requests per minute'),
      retry_after_s: expect.any(Number),
    });
    expect((await post(cancelled, fullToken)).status).toBe(202);
    expect((await post(call('list_servers', {}), otherToken)).status).toBe(200);
  });

  it('counts what comes over HTTP+SSE, the stream and each request', async () => {
    const base = url.slice(0, -'/mcp'.length);
    const stream = await SseStream.open(base, sseToken);
    const sent = [1, 2, 3, 4].map((id) => stream.post({ jsonrpc: '2.0', id, method: 'ping' }));
    expect((await Promise.all(sent)).map(({ status }) => status).toSorted()).toEqual([202, 202, 202, 429]);
    expect((await stream.post(cancelled)).status).toBe(202);
    await expect(SseStream.open(base, sseToken)).rejects.toThrow('GET /sse: 429');
    await stream.close();
  });

  it('refuses a command too many with a tool result', async () => {
    const run = call('execute_command', { server: 'web-1', command: 'echo hi' });
    await post(run, otherToken);
    const answer = await post(run, otherToken);
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({
      result: {
        isError: true,
        structuredContent: {
          success: false,
          code: 'rate_limited',
          ran: 'not_started',
          retry_after_s: expect.any(Number),
        },
      },
    });
  });
});
