import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, it } from 'vitest';
import { aGateway, fullRights, fullToken, serverEntry, type TestGateway } from '../fixtures/gateway.ts';
import { startSshd, type Sshd } from '../fixtures/sshd.ts';

const readToken = 'tok_0a1b2c3d4e5f60718293a4b5c6d7e8f9';
const personToken = 'tok_5e6f70819283a4b5c6d7e8f90a1b2c3d';
const webToken = 'tok_9f8e7d6c5b4a39281706f5e4d3c2b1a0';

let sshd: Sshd;
let gateway: TestGateway;
let directory: string;

beforeAll(async () => {
  sshd = await startSshd();
  gateway = await aGateway(sshd, {
    servers: {
      'db-1': serverEntry(sshd),
      'off-1': { ...serverEntry(sshd), enabled: false },
      'dead-1': { ...serverEntry(sshd), port: 1 },
      'stranger-1': { ...serverEntry(sshd), host: 'localhost' },
    },
    security: { forbidden_commands: ['mkfs'], require_confirmation: ['reboot'] },
    tokens: {
      [fullToken]: fullRights,
      [readToken]: { name: 'reader', permissions: ['read'] },
      [personToken]: { name: 'ann', roles: ['approver', 'operator', 'auditor'] },
      [webToken]: { ...fullRights, name: 'web-only', allowed_servers: ['web-*'] },
    },
  });
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await sshd[Symbol.asyncDispose]();
});
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sallyport-call-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

describe('a call that is refused', () => {
  const command = { server: 'web-1', command: 'echo hi' };
  it.each<[string, string, unknown, { token?: string }, object]>([
    [
      'an unknown token',
      'execute_command',
      command,
      { token: 'tok_nobody_knows_this_one' },
      { code: 'unauthenticated' },
    ],
    [
      'a permission it lacks',
      'execute_command',
      command,
      { token: readToken },
      { code: 'insufficient_scope', message: expect.stringContaining("Permission denied: 'execute' required") },
    ],
    [
      'a role in place of permissions, even for a tool that needs none',
      'list_servers',
      {},
      { token: personToken },
      { code: 'insufficient_scope', message: expect.stringContaining('for signing in') },
    ],
    ['an unknown tool', 'rm_rf', {}, {}, { code: 'unknown_tool', message: 'Unknown tool: rm_rf' }],
    [
      'an unknown server',
      'execute_command',
      { ...command, server: 'nope' },
      {},
      { code: 'unknown_host', message: expect.stringContaining('Server not found: nope') },
    ],
    [
      'a foreign server',
      'execute_command',
      { ...command, server: 'db-1' },
      { token: webToken },
      { code: 'host_not_allowed', message: expect.stringContaining('Access denied to server: db-1') },
    ],
    [
      'a foreign server that does not exist',
      'execute_command',
      { ...command, server: 'nope' },
      { token: webToken },
      { code: 'host_not_allowed' },
    ],
    ['a disabled server', 'execute_command', { ...command, server: 'off-1' }, {}, { code: 'host_disabled' }],
    [
      'an unreachable server',
      'execute_command',
      { ...command, server: 'dead-1' },
      {},
      { code: 'host_unreachable', ran: 'not_started' },
    ],
    [
      'a server whose key is not known',
      'execute_command',
      { ...command, server: 'stranger-1' },
      {},
      { code: 'host_key_unknown', message: expect.stringContaining('sallyport server trust stranger-1') },
    ],
    [
      'a forbidden command',
      'execute_command',
      { ...command, command: 'mkfs /dev/sda' },
      {},
      {
        code: 'denied_by_policy',
        message: "Security validation failed: Forbidden command: contains 'mkfs'",
        details: expect.objectContaining({ blocked: true }),
      },
    ],
    [
      'a command a person must approve',
      'execute_command',
      { ...command, command: 'reboot' },
      {},
      { code: 'approval_required' },
    ],
    [
      'a server named like an option',
      'execute_command',
      { ...command, server: '-oProxyCommand=id' },
      {},
      { code: 'invalid_input' },
    ],
    ['a command of the wrong type', 'execute_command', { ...command, command: 7 }, {}, { code: 'invalid_input' }],
    ['no command', 'execute_command', { server: 'web-1' }, {}, { code: 'invalid_input' }],
    ['an empty command', 'execute_command', { ...command, command: '  ' }, {}, { code: 'invalid_input' }],
    ['a NUL in a command', 'execute_command', { ...command, command: 'echo a\0b' }, {}, { code: 'invalid_input' }],
    [
      'an escape sequence in a command',
      'execute_command',
      { ...command, command: 'echo \u001b[2J' },
      {},
      { code: 'invalid_input' },
    ],
    [
      'a bidi override in a command',
      'execute_command',
      { ...command, command: 'echo \u202e' },
      {},
      { code: 'invalid_input' },
    ],
    [
      'a command of 10 MB',
      'execute_command',
      { ...command, command: 'x'.repeat(10_000_000) },
      {},
      { code: 'too_large' },
    ],
    ['a NUL in a path', 'read_file', { server: 'web-1', file_path: '/etc/hosts\0.txt' }, {}, { code: 'invalid_input' }],
    [
      'a file that is not there',
      'read_file',
      { server: 'web-1', file_path: '/no/such/file' },
      {},
      { code: 'path_not_found' },
    ],
    ['a directory as a file', 'read_file', { server: 'web-1', file_path: '/etc' }, {}, { code: 'is_a_directory' }],
    [
      'a mode that does not exist',
      'write_file',
      { server: 'web-1', file_path: '/tmp/x', contents: '', mode: 'truncate' },
      {},
      { code: 'invalid_input' },
    ],
    [
      'an output that was never kept',
      'read_output',
      { output_id: '../../etc/passwd' },
      {},
      { code: 'output_not_found' },
    ],
    ['no timeout at all', 'execute_command', { ...command, timeout: 0 }, {}, { code: 'invalid_input' }],
  ])('says so for %s, and records it', async (_what, tool, input, options, error) => {
    const before = (await gateway.auditLog()).length;
    await expect(gateway.call(tool, input, options)).rejects.toMatchObject(error);
    const lines = await gateway.auditLog();
    expect(lines.length).toBe(before + 1);
    expect(lines.at(-1)).toMatchObject({
      error: expect.any(String),
      metadata: { tool, code: (error as { code: string }).code },
    });
    expect(String(lines.at(-1)?.['result'])).toMatch(/^(failed|denied|blocked)$/);
  });

  it('runs nothing of what stands in its texts', async () => {
    const bait = join(directory, 'bait');
    const texts = [
      `$(touch ${bait})`,
      `\`touch ${bait}\``,
      `"; touch ${bait}; "`,
      `'; touch ${bait}; '`,
      `x\ntouch ${bait}`,
      `| touch ${bait}`,
    ];
    for (const text of texts) {
      await gateway.call('read_file', { server: 'web-1', file_path: text }).catch(() => undefined);
      await gateway
        .call('write_file', { server: 'web-1', file_path: join(directory, text.replaceAll('/', '_')), contents: text })
        .catch(() => undefined);
      await gateway.call('list_directory', { server: 'web-1', path: text, detailed: true }).catch(() => undefined);
      await gateway.call('get_system_info', { server: text }).catch(() => undefined);
      await gateway.call('list_servers', { tag: text }).catch(() => undefined);
      await gateway.call('read_output', { output_id: text, pattern: text }).catch(() => undefined);
    }
    expect(() => readFileSync(bait)).toThrow('ENOENT');
  });
});
