import { DatabaseSync } from 'node:sqlite';
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, it } from 'vitest';
import { aGateway, fullRights, fullToken, serverEntry, type TestGateway } from '../fixtures/gateway.ts';
import { processesMentioning } from '../fixtures/lingering.ts';
import { startSshd, type Sshd } from '../fixtures/sshd.ts';

const readToken = 'tok_0a1b2c3d4e5f60718293a4b5c6d7e8f9';
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

/** Every record of audit.db in the order it was written. */
function records(): readonly Record<string, unknown>[] {
  using database = new DatabaseSync(join(gateway.directory, 'data/audit.db'), { readOnly: true });
  return database
    .prepare('SELECT body FROM audit_records ORDER BY rowid')
    .all()
    .map(({ body }) => JSON.parse(String(body)) as Record<string, unknown>);
}

describe('a call through the pipeline', () => {
  it('runs a command and gives its outcome with the keys of the first seed and ours', async () => {
    const { json, isError } = await gateway.call('execute_command', { server: 'web-1', command: 'echo hi; exit 3' });
    expect(json).toMatchObject({
      success: false,
      server: 'web-1',
      command: 'echo hi; exit 3',
      exit_code: 3,
      stdout: 'hi\n',
      stderr: '',
      status: 'exited',
      signal: null,
      stopped: null,
      ran: 'ran',
      job_id: null,
      cursor: null,
      truncated: false,
      output_id: null,
    });
    expect(isError ?? false).toBe(false);
  });

  it('records the intent before the command has run, and the outcome after', async () => {
    const marker = `echo ${Math.random()}`;
    await gateway.call('execute_command', { server: 'web-1', command: marker });
    await expect
      .poll(() =>
        records()
          .filter((record) => JSON.stringify(record).includes(marker))
          .map(({ kind }) => kind),
      )
      .toEqual(['intent', 'outcome']);
    const [intent, outcome] = records().filter((record) => JSON.stringify(record).includes(marker));
    expect(intent).toMatchObject({
      tokenName: 'full',
      decision: 'allow',
      actions: [{ kind: 'run_command', host: 'web-1', command: marker }],
    });
    expect(outcome).toMatchObject({
      eventType: 'command_execution',
      result: 'success',
      exitCode: 0,
      serverName: 'web-1',
    });
  });

  it('writes, reads and lists a file, judged by where its path leads', async () => {
    const path = join(directory, 'note.txt');
    expect(
      (await gateway.call('write_file', { server: 'web-1', file_path: path, contents: 'grüße\n' })).json,
    ).toMatchObject({ success: true, bytes_written: 8, mode: 'overwrite' });
    expect((await gateway.call('read_file', { server: 'web-1', file_path: path })).json).toMatchObject({
      contents: 'grüße\n',
      size_bytes: 8,
      truncated: false,
    });
    expect((await gateway.call('list_directory', { server: 'web-1', path: directory })).json).toMatchObject({
      success: true,
      listing: expect.stringContaining('note.txt'),
    });
  });

  it('records no contents of files', async () => {
    const secret = `canary-${Math.random()}`;
    const path = join(directory, 'secret.txt');
    await gateway.call('write_file', { server: 'web-1', file_path: path, contents: secret });
    await gateway.call('read_file', { server: 'web-1', file_path: path });
    await gateway.auditLog();
    expect(JSON.stringify(records()) + gateway.text('logs/audit.log')).not.toContain(secret);
  });

  it('records the question where a path leads before it asks, and the place it was judged on', async () => {
    writeFileSync(join(directory, 'real'), 'x');
    symlinkSync('real', join(directory, 'alias'));
    await gateway.call('read_file', { server: 'web-1', file_path: join(directory, 'alias') });
    await expect
      .poll(() =>
        records()
          .filter((record) => JSON.stringify(record).includes(directory))
          .map(({ kind }) => kind),
      )
      .toEqual(['probe', 'intent', 'outcome']);
    expect(records().findLast(({ kind }) => kind === 'intent')).toMatchObject({
      actions: [{ kind: 'read_path', path: join(directory, 'alias'), resolved: join(directory, 'real') }],
    });
  });

  it('refuses a link that leads to a restricted path, without reading it', async () => {
    symlinkSync('/etc/shadow', join(directory, 'innocent'));
    for (const [tool, input] of [
      ['read_file', {}],
      ['write_file', { contents: 'x', mode: 'append' }],
    ] as const) {
      await expect(
        gateway.call(tool, { server: 'web-1', file_path: join(directory, 'innocent'), ...input }),
      ).rejects.toMatchObject({
        code: 'path_not_permitted',
        ran: 'not_started',
        message: 'Security validation failed: Access to /etc/shadow is restricted',
      });
    }
  });

  it('gives system information in one round trip', async () => {
    const { json } = await gateway.call('get_system_info', { server: 'web-1' });
    expect(json).toMatchObject({
      success: true,
      server: 'web-1',
      system_info: {
        kernel: expect.stringMatching(/\d/),
        memory: expect.stringMatching(/^Total: /),
        disk: expect.stringMatching(/^Size: /),
      },
    });
  });

  it('keeps what does not fit and lets its caller, and nobody else, read it', async () => {
    const { json } = await gateway.call('execute_command', { server: 'web-1', command: 'seq 1 100000' });
    expect(json).toMatchObject({ truncated: true, output_id: expect.any(String), success: true });
    const read = await gateway.call('read_output', { output_id: json['output_id'], offset: 0, length: 20 });
    expect(JSON.stringify(read.json)).toContain('1\\n2\\n3');
    await expect(
      gateway.call('read_output', { output_id: json['output_id'] }, { token: webToken }),
    ).rejects.toMatchObject({ code: 'output_not_found' });
  });

  it('lists the servers a caller may use, without addresses of others', async () => {
    const { json } = await gateway.call('list_servers', {}, { token: webToken });
    expect(json).toMatchObject({ success: true, count: 1, servers: { 'web-1': { port: sshd.port } } });
  });
});

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
      { code: 'approval_unavailable' },
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

describe('a call under way', () => {
  const running = (pattern: string) =>
    processesMentioning(sshd.mark).filter(({ commandLine }) => commandLine.includes(pattern));

  it('is ended on the host when its client cancels', async () => {
    const client = new AbortController();
    const call = gateway.call('execute_command', { server: 'web-1', command: 'sleep 401' }, { signal: client.signal });
    await expect.poll(() => running('sleep 401').length, { timeout: 5000 }).toBeGreaterThan(0);
    client.abort();
    const { json } = await call;
    expect(json).toMatchObject({
      success: false,
      status: 'cancelled',
      exit_code: null,
      stopped: { state: 'confirmed', pids: [] },
    });
    expect(running('sleep 401')).toEqual([]);
  });

  it('is ended on the host at its timeout', async () => {
    const { json, isError } = await gateway.call('execute_command', {
      server: 'web-1',
      command: 'sleep 402',
      timeout: '1',
    });
    expect(json).toMatchObject({
      success: false,
      status: 'timed_out',
      exit_code: null,
      stopped: { state: 'confirmed' },
    });
    expect(isError ?? false).toBe(false);
  });

  it('is an error of unknown outcome when the connection is lost', async () => {
    const call = gateway.call('execute_command', { server: 'web-1', command: 'sleep 403' });
    await expect.poll(() => running('sleep 403').length, { timeout: 5000 }).toBeGreaterThan(0);
    sshd.dropConnections();
    expect(await call).toMatchObject({
      isError: true,
      json: { status: 'disconnected', code: 'connection_lost', ran: 'may_have_run', exit_code: null },
    });
    expect((await gateway.auditLog()).at(-1)).toMatchObject({ result: 'unknown' });
  });

  it('is ended within two seconds when its token is taken out of the file, and stays out', async () => {
    await using own = await aGateway(sshd);
    const call = own.call('execute_command', { server: 'web-1', command: 'sleep 404' });
    await expect.poll(() => running('sleep 404').length, { timeout: 5000 }).toBeGreaterThan(0);
    const before = performance.now();
    await own.write('tokens.json', { tokens: {} });
    expect((await call).json).toMatchObject({ status: 'cancelled', stopped: { state: 'confirmed' } });
    expect(performance.now() - before).toBeLessThan(4000);
    await expect(own.call('list_servers', {})).rejects.toMatchObject({ code: 'unauthenticated' });
  });

  it('is ended when its server is taken out of the file, and other servers go on', async () => {
    await using own = await aGateway(sshd, { servers: { other: serverEntry(sshd) } });
    const call = own.call('execute_command', { server: 'web-1', command: 'sleep 405' });
    const other = own.call('execute_command', { server: 'other', command: 'sleep 3; echo done' });
    await expect.poll(() => running('sleep 405').length, { timeout: 5000 }).toBeGreaterThan(0);
    await own.write('servers.json', { servers: { other: serverEntry(sshd) } });
    expect((await call).json).toMatchObject({ status: 'cancelled', stopped: { state: 'confirmed' } });
    expect((await other).json).toMatchObject({ stdout: 'done\n' });
    await expect(own.call('execute_command', { server: 'web-1', command: 'true' })).rejects.toMatchObject({
      code: 'unknown_host',
    });
  });

  it('goes on under the old configuration when an edit is broken', async () => {
    await using own = await aGateway(sshd);
    await own.write('servers.json', '{ "servers": { "web-1": ');
    await own.write('tokens.json', '{ "tokens": ');
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect((await own.call('execute_command', { server: 'web-1', command: 'echo still' })).json).toMatchObject({
      stdout: 'still\n',
    });
  });
});

describe('an audit that cannot be written', () => {
  it('keeps everything from running, and lets it run again by itself', async () => {
    await using own = await aGateway(sshd);
    const bait = join(directory, 'bait');
    await own.call('list_servers', {});
    renameSync(join(own.directory, 'data'), join(own.directory, 'away'));
    writeFileSync(join(own.directory, 'data'), 'in the way');
    await expect(own.call('execute_command', { server: 'web-1', command: `touch ${bait}` })).rejects.toMatchObject({
      code: 'audit_unavailable',
      ran: 'not_started',
    });
    await expect(own.call('write_file', { server: 'web-1', file_path: bait, contents: 'x' })).rejects.toMatchObject({
      code: 'audit_unavailable',
    });
    expect(() => readFileSync(bait)).toThrow('ENOENT');
    expect(own.running.problems()).not.toEqual([]);
    rmSync(join(own.directory, 'data'));
    mkdirSync(join(own.directory, 'data'), { mode: 0o700 });
    await expect.poll(() => own.running.problems(), { timeout: 5000 }).toEqual([]);
    expect((await own.call('execute_command', { server: 'web-1', command: 'echo back' })).json).toMatchObject({
      stdout: 'back\n',
    });
  });
});

describe('a host that floods', () => {
  it('is drained in bounded memory: 1 GB adds less than 64 MB', async () => {
    await gateway.call('execute_command', { server: 'web-1', command: 'true' });
    const before = process.memoryUsage().rss;
    let peak = before;
    const timer = setInterval(() => {
      peak = Math.max(peak, process.memoryUsage().rss);
    }, 50);
    const { json } = await gateway.call('execute_command', {
      server: 'web-1',
      command: 'head -c 1000000000 /dev/zero | tr "\\0" y',
    });
    clearInterval(timer);
    expect(json).toMatchObject({ success: true, truncated: true });
    expect((peak - before) / 1024 / 1024).toBeLessThan(64);
  });
});
