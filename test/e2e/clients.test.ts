import { Client, SSEClientTransport, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js';
import { SSEClientTransport as SseV1 } from '@modelcontextprotocol/sdk/client/sse.js';
import { StdioClientTransport as StdioV1 } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport as HttpV1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toolsets } from '../../src/tools/index.ts';
import { anInstallation, launcher, type Installation, type Served } from '../fixtures/installation.ts';
import { startSshd, type Sshd } from '../fixtures/sshd.ts';
import { fullRights, fullToken } from '../fixtures/gateway.ts';

interface AnyClient {
  listTools(): Promise<{ readonly tools: readonly { readonly name: string }[] }>;
  callTool(call: { name: string; arguments?: Record<string, unknown> }): Promise<unknown>;
  close(): Promise<void>;
}

const who = { name: 'e2e', version: '1' };
const toolNames = toolsets.core.map(({ name }) => name);

let sshd: Sshd;
let team: Installation;
let personal: Installation;
let served: Served;

beforeAll(async () => {
  sshd = await startSshd();
  team = anInstallation(sshd, { 'tokens.json': { tokens: { [fullToken]: fullRights } } });
  personal = anInstallation(sshd);
  served = await team.serve();
});
afterAll(async () => {
  await team[Symbol.asyncDispose]();
  await personal[Symbol.asyncDispose]();
  await sshd[Symbol.asyncDispose]();
});

const headers = { authorization: `Bearer ${fullToken}` };
const stdio = () => ({
  command: launcher,
  args: ['stdio'],
  env: personal.environment as Record<string, string>,
  cwd: personal.directory,
  stderr: 'ignore' as const,
});

const connections: Readonly<Record<string, () => Promise<AnyClient>>> = {
  'the v2 client of the modern era over HTTP': async () => {
    const client = new Client(who, { versionNegotiation: { mode: { pin: '2026-07-28' } } });
    await client.connect(new StreamableHTTPClientTransport(new URL(`${served.url}/mcp`), { requestInit: { headers } }));
    return client;
  },
  'the v2 client of the legacy era over HTTP': async () => {
    const client = new Client(who, { versionNegotiation: { mode: 'legacy' } });
    await client.connect(new StreamableHTTPClientTransport(new URL(`${served.url}/mcp`), { requestInit: { headers } }));
    return client;
  },
  'the v1 client over HTTP': async () => {
    const client = new ClientV1(who);
    await client.connect(new HttpV1(new URL(`${served.url}/mcp`), { requestInit: { headers } }));
    return client;
  },
  'the v2 client over HTTP+SSE': async () => {
    const client = new Client(who, { versionNegotiation: { mode: 'legacy' } });
    await client.connect(new SSEClientTransport(new URL(`${served.url}/sse`), { requestInit: { headers } }));
    return client;
  },
  'the v1 client over HTTP+SSE': async () => {
    const client = new ClientV1(who);
    await client.connect(new SseV1(new URL(`${served.url}/sse`), { requestInit: { headers } }));
    return client;
  },
  'the v2 client over stdio': async () => {
    const client = new Client(who, { versionNegotiation: { mode: 'auto' } });
    await client.connect(new StdioClientTransport(stdio()));
    return client;
  },
  'the v1 client over stdio': async () => {
    const client = new ClientV1(who);
    await client.connect(new StdioV1(stdio()));
    return client;
  },
};

describe.each(Object.entries(connections))('%s', (_name, connect) => {
  let client: AnyClient;
  beforeAll(async () => {
    client = await connect();
  });
  afterAll(() => client.close());

  it('is shown the tools', async () => {
    expect((await client.listTools()).tools.map(({ name }) => name).toSorted()).toEqual(toolNames.toSorted());
  });

  it('runs a command on a real server, and reads text and structure alike', async () => {
    const result = (await client.callTool({
      name: 'execute_command',
      arguments: { server: 'web-1', command: 'echo grüße; exit 4' },
    })) as { content: { text: string }[] };
    expect(result).toMatchObject({ structuredContent: { success: false, exit_code: 4, stdout: 'grüße\n' } });
    expect(JSON.parse(result.content[0]?.text ?? '')).toEqual(
      (result as unknown as { structuredContent: object }).structuredContent,
    );
    expect('isError' in result ? result.isError : false).toBe(false);
  });

  it('writes a file and reads it again', async () => {
    const file_path = join(personal.directory, 'note.txt');
    expect(
      await client.callTool({ name: 'write_file', arguments: { server: 'web-1', file_path, contents: 'one\n' } }),
    ).toMatchObject({ structuredContent: { success: true, bytes_written: 4 } });
    expect(await client.callTool({ name: 'read_file', arguments: { server: 'web-1', file_path } })).toMatchObject({
      structuredContent: { contents: 'one\n', size_bytes: 4 },
    });
  });

  it('is told the code and the next step of a refusal, in text and structure', async () => {
    const result = (await client.callTool({
      name: 'execute_command',
      arguments: { server: 'nope', command: 'true' },
    })) as { content: { text: string }[] };
    expect(result).toMatchObject({
      isError: true,
      structuredContent: { success: false, server: 'nope', command: 'true', code: 'unknown_host', ran: 'not_started' },
    });
    expect(result.content[0]?.text).toContain('unknown_host');
    expect(result.content[0]?.text).toContain('list_servers');
  });

  it('is told of an unknown tool as a protocol error', async () => {
    await expect(client.callTool({ name: 'no_such_tool', arguments: {} })).rejects.toMatchObject({
      code: -32602,
      message: expect.stringContaining('Unknown tool: no_such_tool'),
    });
  });
});

describe('sallyport stdio', () => {
  it('takes nothing from the working directory, whatever lies there', async () => {
    const hostile = join(personal.directory, 'project');
    mkdirSync(join(hostile, 'config'), { recursive: true });
    writeFileSync(
      join(hostile, '.env'),
      `CONFIG_DIR=${hostile}/config\nDATA_DIR=${hostile}/data\nSSH_DEFAULT_HOST=evil.example\nSSH_DEFAULT_USER=root\nNODE_OPTIONS=--require=${hostile}/evil.cjs\n`,
    );
    writeFileSync(
      join(hostile, 'config/servers.json'),
      JSON.stringify({ servers: { evil: { host: 'evil.example', user: 'root', ssh_key_path: '/dev/null' } } }),
    );
    writeFileSync(join(hostile, 'evil.cjs'), `require('fs').writeFileSync('${hostile}/pwned', '')`);
    const {
      CONFIG_DIR: _config,
      DATA_DIR: _data,
      LOGS_DIR: _logs,
      ...environment
    } = personal.environment as Record<string, string>;
    const client = new Client(who, { versionNegotiation: { mode: 'auto' } });
    await client.connect(new StdioClientTransport({ ...stdio(), env: environment, cwd: hostile }));
    const { structuredContent } = await client.callTool({ name: 'list_servers', arguments: {} });
    await client.close();
    expect(JSON.stringify(structuredContent)).not.toContain('evil');
    expect((await personal.sallyport('version')).status).toBe(0);
    expect(() => writeFileSync(join(hostile, 'pwned'), '', { flag: 'r' })).toThrow('ENOENT');
    expect(() => writeFileSync(join(hostile, 'data'), '', { flag: 'r' })).toThrow('ENOENT');
  });

  it('says at each call that a token is missing, where tokens are in use', async () => {
    const client = new Client(who, { versionNegotiation: { mode: 'auto' } });
    await client.connect(new StdioClientTransport({ ...stdio(), env: team.environment as Record<string, string> }));
    expect(await client.callTool({ name: 'list_servers', arguments: {} })).toMatchObject({
      isError: true,
      structuredContent: {
        code: 'unauthenticated',
        error: expect.stringContaining('MCP_TOKEN environment variable is not set'),
      },
    });
    await client.close();
  });
});
