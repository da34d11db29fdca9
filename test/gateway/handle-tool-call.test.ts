import { DatabaseSync } from 'node:sqlite';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, it } from 'vitest';
import { aGateway, fullRights, fullToken, serverEntry, type TestGateway } from '../fixtures/gateway.ts';
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

  it('writes a line to audit.log for each call, in the fields of the first seed', async () => {
    await gateway.call('execute_command', { server: 'web-1', command: 'echo seed; exit 2' });
    await gateway.call('write_file', {
      server: 'web-1',
      file_path: join(directory, 'a'),
      contents: 'x',
      mode: 'append',
    });
    const [run, write] = (await gateway.auditLog()).slice(-2);
    expect(run).toMatchObject({
      timestamp: expect.stringMatching(/^\d{4}-.*Z$/),
      event_type: 'command_execution',
      token_name: 'full',
      server_name: 'web-1',
      command: 'echo seed; exit 2',
      result: 'failed',
      exit_code: 2,
      duration_ms: expect.any(Number),
      metadata: { stdout_length: 5, stderr_length: 0 },
    });
    expect(write).toMatchObject({
      event_type: 'file_operation',
      result: 'success',
      metadata: { operation: 'write_append', file_path: join(directory, 'a') },
    });
  });

  it('lets no token out, neither in an answer nor in a record', async () => {
    const { json } = await gateway.call('execute_command', { server: 'web-1', command: `echo ${fullToken}` });
    await gateway.auditLog();
    expect(json).toMatchObject({ command: 'echo [redacted]', stdout: '[redacted]\n' });
    expect(JSON.stringify(records()) + gateway.text('logs/audit.log')).not.toContain(fullToken);
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
