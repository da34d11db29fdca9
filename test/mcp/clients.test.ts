import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as TransportV1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { describe, expect, it } from 'vitest';
import { tinyListener, type TinyListener } from '../http/tiny-listener.ts';
import { tokens } from './tiny-gateway.ts';

interface AnyClient {
  listTools(): Promise<{ readonly tools: readonly { readonly name: string }[] }>;
  callTool(call: { name: string; arguments?: Record<string, unknown> }): Promise<unknown>;
  close(): Promise<void>;
}

type Connect = (listener: TinyListener, token: string) => Promise<AnyClient>;

function v2(mode: 'auto' | 'legacy' | { pin: string }): Connect {
  return async (listener, token) => {
    const client = new Client({ name: 'v2', version: '9' }, { versionNegotiation: { mode } });
    await client.connect(
      new StreamableHTTPClientTransport(new URL(`${listener.url}/mcp`), { requestInit: authorized(token) }),
    );
    return client;
  };
}

const v1: Connect = async (listener, token) => {
  const client = new ClientV1({ name: 'v1', version: '9' });
  const transport = new TransportV1(new URL(`${listener.url}/mcp`), { requestInit: authorized(token) });
  await client.connect(transport);
  return client;
};

function authorized(token: string): RequestInit {
  return { headers: { authorization: `Bearer ${token}` } };
}

describe.each<{ client: string; connect: Connect }>([
  { client: 'the v2 client that negotiates', connect: v2('auto') },
  { client: 'the v2 client pinned to 2026-07-28', connect: v2({ pin: '2026-07-28' }) },
  { client: 'the v2 client of the legacy era', connect: v2('legacy') },
  { client: 'the v1 client', connect: v1 },
])('$client', ({ connect }) => {
  it('lists the tools in their order, calls one, and says who it is', async () => {
    await using listener = await tinyListener();
    const client = await connect(listener, tokens.full);
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toEqual(['say', 'wait', 'pause', 'refuse', 'crash']);
    expect(await client.callTool({ name: 'say', arguments: { text: 'hello' } })).toMatchObject({
      isError: false,
      structuredContent: { success: true, said: 'hello' },
      content: [{ type: 'text', text: '{\n  "success": true,\n  "said": "hello"\n}' }],
    });
    expect(listener.gateway.received.at(-1)?.client?.version).toBe('9');
    await client.close();
  });

  it('is shown only the tools whose scope its token holds', async () => {
    await using listener = await tinyListener();
    const client = await connect(listener, tokens.reader);
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toEqual(['say', 'crash']);
    await client.close();
  });

  it('gets the code of a refusal, and what the tool echoes, in both forms', async () => {
    await using listener = await tinyListener();
    const client = await connect(listener, tokens.full);
    const json = {
      success: false,
      server: 'web-1',
      error: 'Deleting is not allowed here. Ask the operator.',
      code: 'denied_by_policy',
      ran: 'not_started',
      rule: 'no-rm',
    };
    const result = await client.callTool({ name: 'refuse', arguments: { server: 'web-1' } });
    expect(result).toMatchObject({ isError: true, structuredContent: json });
    expect((result as { content: readonly { text: string }[] }).content[0]?.text).toBe(JSON.stringify(json, null, 2));
    await client.close();
  });

  it('gets the JSON-RPC error -32602 for an unknown tool', async () => {
    await using listener = await tinyListener();
    const client = await connect(listener, tokens.full);
    await expect(client.callTool({ name: 'no_such_tool' })).rejects.toMatchObject({
      code: -32602,
      message: expect.stringContaining('Unknown tool: no_such_tool'),
    });
    expect(listener.gateway.received.map(({ tool }) => tool)).toEqual(['no_such_tool']);
    await client.close();
  });

  it('learns nothing of a failure inside the gateway but its incident, which the log explains', async () => {
    await using listener = await tinyListener();
    const client = await connect(listener, tokens.full);
    const result = await client.callTool({ name: 'crash' });
    expect(JSON.stringify(result)).not.toMatch(/hunter2|secret\.sock|at .*\.ts/);
    expect(result).toMatchObject({ isError: true, structuredContent: { code: 'internal', ran: 'may_have_run' } });
    const { incident } = (result as { structuredContent: { incident: string } }).structuredContent;
    expect(listener.gateway.logged).toEqual([expect.objectContaining({ incident, err: expect.any(Error) })]);
    await client.close();
  });
});

describe('a client that asks for progress', () => {
  it.each<{ era: string; mode: 'legacy' | { pin: string } }>([
    { era: 'modern', mode: { pin: '2026-07-28' } },
    { era: 'legacy', mode: 'legacy' },
  ])('is told in the $era era that its call still runs', async ({ mode }) => {
    await using listener = await tinyListener({ progressMs: 20 });
    const client = (await v2(mode)(listener, tokens.full)) as Client;
    const messages: unknown[] = [];
    const result = await client.callTool(
      { name: 'pause', arguments: { ms: 150 } },
      { onprogress: ({ message }) => messages.push(message) },
    );
    expect(result.structuredContent).toEqual({ success: true });
    expect(messages.length).toBeGreaterThan(1);
    expect(messages[0]).toMatch(/^pause has been running for \d+ s$/);
    await client.close();
  });
});

describe('what a tool says of how far it is', () => {
  it('reaches a client that asks for progress, the newest of what comes at once, on one line, ever further', async () => {
    await using listener = await tinyListener();
    const client = (await v2('legacy')(listener, tokens.full)) as Client;
    const said: { readonly message?: string | undefined; readonly progress: number }[] = [];
    const call = (say: readonly string[]) =>
      client.callTool(
        { name: 'pause', arguments: { ms: 300, say } },
        { onprogress: (progress) => said.push(progress) },
      );
    await call(['1 of 2', `2 of 2\n\u202e${'x'.repeat(500)}`]);
    expect(said.map(({ message }) => message)).toEqual([expect.stringMatching(/^2 of 2\\u000a\\u202ex{180,}$/)]);
    expect(said[0]?.message?.length).toBe(200);
    expect(said[0]?.progress).toBeGreaterThan(0);
    await client.callTool({ name: 'pause', arguments: { ms: 10, say: ['nobody hears this'] } });
    await client.close();
  });
});

describe('a client that cancels', () => {
  it.each<{ client: string; mode: 'legacy' | { pin: string } }>([
    { client: 'modern', mode: { pin: '2026-07-28' } },
    { client: 'legacy', mode: 'legacy' },
  ])('ends its call: $client', async ({ mode }) => {
    await using listener = await tinyListener();
    const client = (await v2(mode)(listener, tokens.full)) as Client;
    const cancel = new AbortController();
    const begun = listener.gateway.waiting();
    const result = client.callTool({ name: 'wait' }, { signal: cancel.signal });
    const failed = result.catch((error: unknown) => String(error));
    const call = await begun;
    expect(call.signal.aborted).toBe(false);
    cancel.abort();
    expect(await failed).toMatch(/abort/i);
    await expect.poll(() => call.signal.aborted).toBe(true);
    await client.close();
  });
});
