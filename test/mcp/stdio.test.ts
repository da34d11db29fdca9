import { PassThrough } from 'node:stream';
import { Client } from '@modelcontextprotocol/client';
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js';
import { describe, expect, it } from 'vitest';
import { StdioTransport } from '../../src/mcp/stdio-transport.ts';
import { serveMcpStdio, type StdioOptions } from '../../src/mcp/stdio.ts';
import { callOf, initialize, request } from '../http/tiny-listener.ts';
import { tinyGateway, type TinyGateway } from './tiny-gateway.ts';

interface Pipe {
  readonly gateway: TinyGateway;
  readonly input: PassThrough;
  readonly output: PassThrough;
  /** Settles with `serveMcpStdio`. */
  readonly served: Promise<void>;
  readonly send: (message: unknown) => void;
  /** The next line that was answered. */
  readonly next: () => Promise<Record<string, unknown>>;
}

function aPipe(options: Partial<StdioOptions> = {}): Pipe {
  const gateway = tinyGateway();
  const [input, output] = [new PassThrough(), new PassThrough()];
  const served = serveMcpStdio(gateway, {
    input,
    output,
    credential: { kind: 'local_user' },
    maxLineBytes: 100_000,
    ...options,
  });
  const lines = linesOf(output);
  return {
    gateway,
    input,
    output,
    served,
    send: (message) => void input.write(`${typeof message === 'string' ? message : JSON.stringify(message)}\n`),
    next: async () => JSON.parse((await lines.next()).value ?? 'null') as Record<string, unknown>,
  };
}

async function* linesOf(output: PassThrough): AsyncGenerator<string, undefined> {
  let rest = '';
  for await (const chunk of output) {
    const lines = (rest + String(chunk)).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
  return undefined;
}

describe('over standard input and output', () => {
  it.each<{ client: string; mode: 'auto' | 'legacy' | { pin: string } }>([
    { client: 'the v2 client that negotiates', mode: 'auto' },
    { client: 'the v2 client pinned to 2026-07-28', mode: { pin: '2026-07-28' } },
    { client: 'the v2 client of the legacy era', mode: 'legacy' },
  ])('$client lists and calls', async ({ mode }) => {
    const { gateway, input, output, served } = aPipe();
    const client = new Client({ name: 'v2', version: '9' }, { versionNegotiation: { mode } });
    await client.connect(new StdioTransport({ input: output, output: input, maxLineBytes: 1_000_000 }));
    expect((await client.listTools()).tools.map(({ name }) => name)).toContain('say');
    const result = await client.callTool({ name: 'say', arguments: { text: 'hi' } });
    expect(result.structuredContent).toEqual({ success: true, said: 'hi' });
    expect(gateway.received[0]?.client).toEqual({ name: 'v2', version: '9' });
    await client.close();
    input.end();
    await served;
  });

  it('the v1 client lists and calls', async () => {
    const { input, output, served } = aPipe();
    const client = new ClientV1({ name: 'v1', version: '9' });
    const transport = new StdioTransport({ input: output, output: input, maxLineBytes: 1_000_000 });
    await client.connect(transport);
    const result = await client.callTool({ name: 'say', arguments: { text: 'hi' } });
    expect(result['structuredContent']).toEqual({ success: true, said: 'hi' });
    await client.close();
    input.end();
    await served;
  });

  it('aborts the calls in flight when the input closes, and resolves once they have ended', async () => {
    const { gateway, input, served, send } = aPipe();
    send(initialize('2025-11-25'));
    const begun = gateway.waiting();
    send(callOf('wait', {}, 2));
    const { id, signal } = await begun;
    expect(signal.aborted).toBe(false);
    input.end();
    await served;
    expect(signal.aborted).toBe(true);
    expect(gateway.ended).toEqual([id]);
  });

  it('aborts the calls in flight and resolves when the reader of its output is gone', async () => {
    const { gateway, output, served, send, next } = aPipe();
    send(initialize('2025-11-25'));
    await next();
    const begun = gateway.waiting();
    send(callOf('wait', {}, 2));
    const { signal } = await begun;
    output.destroy(new Error('EPIPE'));
    await served;
    expect(signal.aborted).toBe(true);
  });

  it('resolves when it is told to stop', async () => {
    const stop = new AbortController();
    const { served, send, next } = aPipe({ signal: stop.signal });
    send(initialize('2025-11-25'));
    await next();
    stop.abort();
    await expect(served).resolves.toBeUndefined();
  });

  it('ends a call that is cancelled', async () => {
    const { gateway, input, served, send } = aPipe();
    send(initialize('2025-11-25'));
    const begun = gateway.waiting();
    send(callOf('wait', {}, 'a'));
    const { signal } = await begun;
    send({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 'a' } });
    await expect.poll(() => signal.aborted).toBe(true);
    input.end();
    await served;
  });

  it('lists every tool to a caller without a token, and says at each call what is missing', async () => {
    const credential = { kind: 'missing', message: 'MCP_TOKEN environment variable is not set' } as const;
    const { input, served, send, next } = aPipe({ credential });
    send(request('tools/list'));
    expect(await next()).toMatchObject({ result: { tools: { length: 5 } } });
    send(callOf('say', { text: 'x' }));
    expect(await next()).toMatchObject({
      result: {
        isError: true,
        structuredContent: {
          code: 'unauthenticated',
          error: expect.stringContaining('MCP_TOKEN environment variable is not set'),
        },
      },
    });
    input.end();
    await served;
  });
});

describe('a bad line', () => {
  it.each<{ what: string; line: string; code: number }>([
    { what: 'no JSON', line: 'hello?', code: -32700 },
    { what: 'a batch', line: '[{"jsonrpc":"2.0","id":1,"method":"ping"}]', code: -32602 },
    { what: 'no JSON-RPC', line: '{"method":7}', code: -32600 },
    { what: 'too deep nesting', line: `{"a":${'['.repeat(900)}${']'.repeat(900)}}`, code: -32600 },
  ])('is answered with $code when it is $what, and the next is served', async ({ line, code }) => {
    const { input, served, send, next } = aPipe();
    send(line);
    expect(await next()).toMatchObject({ id: null, error: { code } });
    send('');
    send(request('ping', {}, 5));
    expect(await next()).toEqual({ jsonrpc: '2.0', id: 5, result: {} });
    input.end();
    await served;
  });

  it.each<{ order: string; message: (text: string) => string }>([
    {
      order: 'first',
      message: (text) => `{"jsonrpc":"2.0","id":"call-7","method":"tools/call","params":{"text":"${text}"}}`,
    },
    {
      order: 'last',
      message: (text) => `{"method":"tools/call","params":{"text":"${text}"},"jsonrpc":"2.0","id":"call-7"}`,
    },
  ])(
    'is refused by its id when it is too long and the id comes $order, and the next is served',
    async ({ message }) => {
      const { input, served, send, next } = aPipe();
      send(message('x'.repeat(10_000_000)));
      expect(await next()).toMatchObject({
        id: 'call-7',
        error: { code: -32600, message: expect.stringContaining('too_large') },
      });
      send(request('ping', {}, 5));
      expect(await next()).toMatchObject({ id: 5, result: {} });
      input.end();
      await served;
    },
  );

  it('costs no memory however long it grows without an end', async () => {
    const { input, served, send, next } = aPipe();
    const chunk = Buffer.alloc(1024 * 1024, 'x');
    const before = process.memoryUsage().arrayBuffers;
    for (let sent = 0; sent < 300; sent += 1) {
      if (!input.write(chunk)) await new Promise((resolve) => input.once('drain', resolve));
    }
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 * 1024 * 1024);
    send('');
    expect(await next()).toMatchObject({ id: null, error: { message: expect.stringContaining('too_large') } });
    input.end();
    await served;
  });
});
