import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport as StdioV1 } from '@modelcontextprotocol/sdk/client/stdio.js';
import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launcher } from '../fixtures/installation.ts';
import { startSshd, type Sshd } from '../fixtures/sshd.ts';
import { temporaryFolder } from '../fixtures/temporary-folder.ts';

const who = { name: 'e2e', version: '1' };
const folder = temporaryFolder();
let sshd: Sshd;

beforeAll(async () => {
  sshd = await startSshd();
  mkdirSync(join(folder.path, 'sallyport'), { mode: 0o700 });
  copyFileSync(sshd.knownHostsPath, join(folder.path, 'sallyport/known_hosts'));
});
afterAll(async () => {
  await sshd[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

/** What a user of the second seed has set, besides where the host key is known. */
const started = () => ({
  command: launcher,
  args: ['stdio'],
  env: {
    PATH: process.env['PATH'] ?? '',
    HOME: folder.path,
    XDG_CONFIG_HOME: folder.path,
    XDG_STATE_HOME: join(folder.path, 'state'),
    SSH_DEFAULT_HOST: sshd.address,
    SSH_DEFAULT_PORT: String(sshd.port),
    SSH_DEFAULT_USER: sshd.user,
    SSH_KEY_PATH: sshd.keyPath,
  },
  cwd: folder.path,
  stderr: 'ignore' as const,
});

interface AnyClient {
  listTools(): Promise<{ readonly tools: readonly { readonly name: string }[] }>;
  callTool(call: { name: string; arguments?: Record<string, unknown> }): Promise<unknown>;
  close(): Promise<void>;
}

const connections: Readonly<Record<string, () => Promise<AnyClient>>> = {
  'the v2 client': async () => {
    const client = new Client(who, { versionNegotiation: { mode: 'auto' } });
    await client.connect(new StdioClientTransport(started()));
    return client;
  },
  'the v1 client': async () => {
    const client = new ClientV1(who);
    await client.connect(new StdioV1(started()));
    return client;
  },
};

describe.each(Object.entries(connections))('%s over stdio, with SSH_DEFAULT_* alone', (_name, connect) => {
  it('has the tools of the second seed and uses them without naming a host', async () => {
    const client = await connect();
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toEqual([
      'ssh_execute',
      'ssh_read_file',
      'ssh_write_file',
      'ssh_edit_file',
      'ssh_list_directory',
      'ssh_tail_file',
      'ssh_find_files',
      'ssh_manage_service',
      'ssh_system_info',
      'ssh_close_connection',
    ]);
    const path = join(folder.path, 'note');
    expect(await client.callTool({ name: 'ssh_write_file', arguments: { path, content: 'é\n' } })).toMatchObject({
      isError: false,
      content: [{ type: 'text', text: `✓ Written: ${path}` }],
    });
    expect(await client.callTool({ name: 'ssh_read_file', arguments: { path } })).toMatchObject({
      content: [{ type: 'text', text: 'é\n' }],
      structuredContent: { result: 'é\n' },
    });
    expect(await client.callTool({ name: 'ssh_execute', arguments: { command: 'echo hi', host: '' } })).toMatchObject({
      structuredContent: { stdout: 'hi', stderr: '', exit_code: 0, host: sshd.address },
    });
    expect(
      await client.callTool({ name: 'ssh_execute', arguments: { command: 'id', host: '192.0.2.1' } }),
    ).toMatchObject({
      isError: true,
      content: [{ text: expect.stringMatching(/^Error: Server not found: 192\.0\.2\.1\./) }],
      structuredContent: { code: 'unknown_host' },
    });
    expect(await client.callTool({ name: 'ssh_close_connection' })).toMatchObject({
      content: [{ text: `Connection to ${sshd.address} closed.` }],
    });
    await client.close();
  });
});
