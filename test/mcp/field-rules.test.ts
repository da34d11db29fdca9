import { describe, expect, it } from 'vitest';
import { callOf, initialize, modern, request, tinyListener, type TinyListener } from '../http/tiny-listener.ts';
import { tokens } from './tiny-gateway.ts';

interface ToolResult {
  readonly content: readonly { readonly type: string; readonly text: string }[];
  readonly structuredContent: Readonly<Record<string, unknown>>;
  readonly isError: boolean;
}

const eras = ['legacy', 'modern'] as const;

async function resultOf(listener: TinyListener, era: (typeof eras)[number], name: string, input: object) {
  const { body, headers } = modern('tools/call', { name, arguments: input });
  const response = await (era === 'modern' ? listener.post(body, headers) : listener.post(callOf(name, input)));
  return ((await response.json()) as { result: ToolResult }).result;
}

describe.each(eras)('a result of the %s era', (era) => {
  it.each<{ name: string; input: object; isError: boolean }>([
    { name: 'say', input: { text: 'two\nlines, grüße, \u0007 and \u202e' }, isError: false },
    { name: 'say', input: { text: 7 }, isError: true },
    { name: 'refuse', input: { server: 'web-1' }, isError: true },
    { name: 'crash', input: {}, isError: true },
  ])('tells a client that reads the text alone, or the structure alone, all of it: $name', async (call) => {
    await using listener = await tinyListener();
    const { content, structuredContent, isError } = await resultOf(listener, era, call.name, call.input);
    expect(isError).toBe(call.isError);
    expect(content.map(({ type }) => type)).toEqual(['text']);
    expect(JSON.parse(content[0]?.text ?? '')).toEqual(structuredContent);
  });

  it.each(['say', 'refuse', 'crash'])('has of an error the code and the next step in the text: %s', async (name) => {
    await using listener = await tinyListener();
    const { content, structuredContent } = await resultOf(listener, era, name, {});
    const { code, error } = structuredContent as { code: string; error: string };
    expect(code).toMatch(/^[a-z_]+$/);
    expect(content[0]?.text).toContain(`"code": "${code}"`);
    expect(content[0]?.text).toContain(JSON.stringify(error));
  });
});

describe('a client that keeps no session', () => {
  it.each(['/mcp', '/mcp/'])('lists and calls tools at %s, with no initialize before', async (path) => {
    await using listener = await tinyListener();
    const headers = { authorization: `Bearer ${tokens.full}`, 'content-type': 'application/json' };
    const post = async (body: object) => {
      const response = await fetch(listener.url + path, { method: 'POST', headers, body: JSON.stringify(body) });
      return { status: response.status, session: response.headers.get('mcp-session-id'), body: await response.json() };
    };
    expect(await post(request('tools/list'))).toMatchObject({
      status: 200,
      session: null,
      body: { result: { tools: { length: 5 } } },
    });
    const called = await post(callOf('say', { text: 'x' }));
    expect(called).toMatchObject({ body: { result: { structuredContent: { said: 'x' } } } });
  });

  it('may put a trailing slash in the modern era, too', async () => {
    await using listener = await tinyListener();
    const { body, headers } = modern('server/discover');
    const response = await fetch(`${listener.url}/mcp/`, {
      method: 'POST',
      headers: { authorization: `Bearer ${tokens.full}`, 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
    expect(await response.json()).toMatchObject({ result: { supportedVersions: ['2026-07-28'] } });
  });
});

describe('an unknown protocol version', () => {
  it('is answered in the modern era with those that we speak', async () => {
    await using listener = await tinyListener();
    const { body, headers } = modern('tools/list');
    const text = JSON.stringify(body).replace('2026-07-28', '2099-01-01');
    const response = await listener.post(text, { ...headers, 'mcp-protocol-version': '2099-01-01' });
    expect([response.status, await response.json()]).toMatchObject([
      400,
      { id: 1, error: { code: -32022, data: { supported: ['2026-07-28'], requested: '2099-01-01' } } },
    ]);
  });
});

describe('a batch', () => {
  it.each([
    [[initialize('2025-03-26'), request('tools/list', {}, 2)]],
    [[callOf('say', { text: 'x' })]],
    [[{ jsonrpc: '2.0', method: 'notifications/initialized' }]],
    [[]],
  ])('is refused whole: %j', async (batch) => {
    await using listener = await tinyListener();
    expect((await listener.post(batch)).status).toBe(400);
    expect(listener.gateway.received).toEqual([]);
  });
});

describe('what is said of progress', () => {
  it('is one line of at most 200 characters, whatever the tool is called', async () => {
    await using listener = await tinyListener({ progressMs: 10 });
    const params = { name: 'pause', arguments: { ms: 60 }, _meta: { progressToken: 'p' } };
    const text = await (await listener.post(request('tools/call', params))).text();
    const messages = [...text.matchAll(/^data: (.*notifications\/progress.*)$/gm)].map(
      ([, data = '']) => (JSON.parse(data) as { params: { message: string } }).params.message,
    );
    expect(messages.length).toBeGreaterThan(0);
    for (const message of messages) expect(message).toMatch(/^[\w .]{1,200}$/);
  });
});
