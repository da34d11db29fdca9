import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as TransportV1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentLog } from '../../src/base/log.ts';
import { listen } from '../../src/cli/listen.ts';
import { aGateway, fullRights, fullToken, type TestGateway } from '../fixtures/gateway.ts';
import { startSshd, type Sshd } from '../fixtures/sshd.ts';

const otherToken = 'tok_77aa5c3d4e5f60718293a4b5c6d7e8f9';
const runnerToken = 'tok_1b2d3f4a5c6e70819a2b3c4d5e6f7081';
const missing = `output://out_${'0'.repeat(32)}`;
const lines = Array.from({ length: 60_000 }, (_, n) => `${n + 1}\n`).join('');

let sshd: Sshd;
let gateway: TestGateway;
let stack: AsyncDisposableStack;
let url: string;
let outputId: string;

beforeAll(async () => {
  stack = new AsyncDisposableStack();
  sshd = stack.use(await startSshd());
  const tokens = {
    [fullToken]: fullRights,
    [otherToken]: { ...fullRights, name: 'other' },
    [runnerToken]: { name: 'runner', permissions: ['execute'] },
  };
  gateway = stack.use(await aGateway(sshd, { tokens, environment: { PORT: '0' } }));
  const listener = await listen(gateway.config, gateway.running, silentLog);
  stack.defer(() => listener.close({ graceMs: 0 }));
  url = `${listener.url}/mcp`;
  const { json } = await gateway.call('execute_command', { server: 'web-1', command: 'seq 60000; echo oops >&2' });
  outputId = String(json['output_id']);
});
afterAll(() => stack[Symbol.asyncDispose]());

interface AnyClient {
  listResources(): Promise<{ readonly resources: readonly object[] }>;
  listResourceTemplates(): Promise<{ readonly resourceTemplates: readonly object[] }>;
  readResource(which: { uri: string }): Promise<{ readonly contents: readonly object[] }>;
  close(): Promise<void>;
}

const clients = {
  'the modern client': async (token: string): Promise<AnyClient> => {
    const client = new Client({ name: 'v2', version: '9' }, { versionNegotiation: { mode: { pin: '2026-07-28' } } });
    await client.connect(new StreamableHTTPClientTransport(new URL(url), { requestInit: authorized(token) }));
    return client;
  },
  'the legacy client': async (token: string): Promise<AnyClient> => {
    const client = new ClientV1({ name: 'v1', version: '9' });
    await client.connect(new TransportV1(new URL(url), { requestInit: authorized(token) }));
    return client;
  },
};

function authorized(token: string): RequestInit {
  return { headers: { authorization: `Bearer ${token}` } };
}

describe.each(Object.entries(clients))('%s', (_name, connect) => {
  it('lists its kept outputs, and how any is named', async () => {
    const client = await connect(fullToken);
    expect((await client.listResources()).resources).toEqual([
      expect.objectContaining({ uri: `output://${outputId}/stdout`, mimeType: 'text/plain', size: lines.length }),
      expect.objectContaining({ uri: `output://${outputId}/stderr`, mimeType: 'text/plain', size: 5 }),
    ]);
    expect((await client.listResourceTemplates()).resourceTemplates).toEqual([
      expect.objectContaining({ uriTemplate: 'output://{output_id}/{stream}{?offset,length}' }),
    ]);
    await client.close();
  });

  it('reads one to its end, page by page, each naming the next', async () => {
    const client = await connect(fullToken);
    let [text, pages] = ['', 0];
    for (let uri: string | undefined = `output://${outputId}`; uri !== undefined; pages += 1) {
      const contents = (await client.readResource({ uri })).contents as readonly { uri: string; text: string }[];
      expect(contents[0]?.uri).toBe(uri);
      text += contents[0]?.text;
      uri = contents[1]?.uri;
      expect(contents[1]?.text).toBe(uri && `Cut at byte ${text.length} of ${lines.length}. It goes on at ${uri}`);
    }
    expect(pages).toBe(2);
    expect(text === lines).toBe(true);
    const { contents } = await client.readResource({ uri: `output://${outputId}/stderr` });
    expect(contents).toEqual([{ uri: `output://${outputId}/stderr`, mimeType: 'text/plain', text: 'oops\n' }]);
    const range = await client.readResource({ uri: `output://${outputId}/stdout?offset=2&length=4` });
    expect(range.contents[0]).toMatchObject({ text: '2\n3\n' });
    await client.close();
  });

  it.each([
    missing,
    'output://',
    'output://../../etc/passwd',
    'file:///etc/passwd',
    'output://%00',
    '',
    'output://OWN?pattern=x',
    'output://OWN/stdin',
    'output://OWN/stdout#x',
  ])('is told that there is no resource %j', async (template) => {
    const uri = template.replace('OWN', outputId);
    const client = await connect(fullToken);
    await expect(client.readResource({ uri })).rejects.toMatchObject({ code: -32602, data: { uri } });
    await client.close();
  });

  it('is not told of those of others', async () => {
    const client = await connect(otherToken);
    expect((await client.listResources()).resources).toEqual([]);
    const uri = `output://${outputId}/stdout`;
    await expect(client.readResource({ uri })).rejects.toMatchObject({ code: -32602, data: { uri } });
    await client.close();
  });

  it('is told what is wrong with a range', async () => {
    const client = await connect(fullToken);
    await expect(client.readResource({ uri: `output://${outputId}?length=1` })).rejects.toMatchObject({
      code: -32602,
      data: { code: 'invalid_input', error: expect.stringContaining('length') },
    });
    await client.close();
  });

  it('sees nothing, and is told why, without the permission to read', async () => {
    const client = await connect(runnerToken);
    expect((await client.listResources()).resources).toEqual([]);
    await expect(client.readResource({ uri: `output://${outputId}` })).rejects.toMatchObject({
      code: -32000,
      data: { code: 'insufficient_scope', ran: 'not_started' },
    });
    await client.close();
  });
});

describe('reading a resource', () => {
  it('is recorded as the call of read_output that it is', async () => {
    const before = (await gateway.auditLog()).length;
    const client = await clients['the modern client'](fullToken);
    await client.readResource({ uri: `output://${outputId}` });
    await client.listResources();
    await expect(client.readResource({ uri: missing })).rejects.toThrow('not found');
    await client.close();
    const lines = (await gateway.auditLog()).slice(before);
    expect(lines.map(({ result, metadata }) => [result, (metadata as { tool: string }).tool])).toEqual([
      ['success', 'read_output'],
      ['success', 'read_output'],
      ['failed', 'read_output'],
    ]);
  });
});
