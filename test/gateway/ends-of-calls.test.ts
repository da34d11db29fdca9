import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, it } from 'vitest';
import { aGateway, serverEntry, type TestGateway } from '../fixtures/gateway.ts';
import { processesMentioning } from '../fixtures/lingering.ts';
import { startSshd, type Sshd } from '../fixtures/sshd.ts';

let sshd: Sshd;
let gateway: TestGateway;
let directory: string;

beforeAll(async () => {
  sshd = await startSshd();
  gateway = await aGateway(sshd);
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await sshd[Symbol.asyncDispose]();
});
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sallyport-call-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

describe('a call under way', () => {
  const ended = { status: 'cancelled', stopped: { state: 'confirmed' } };
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
      stop_cause: 'cancelled',
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
      stop_cause: 'timed_out',
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
    expect((await call).json).toMatchObject({ ...ended, stop_cause: 'credential_revoked' });
    expect(performance.now() - before).toBeLessThan(4000);
    await expect(own.call('list_servers', {})).rejects.toMatchObject({ code: 'unauthenticated' });
  });

  it('is ended when its server is taken out of the file, and other servers go on', async () => {
    await using own = await aGateway(sshd, { servers: { other: serverEntry(sshd) } });
    const call = own.call('execute_command', { server: 'web-1', command: 'sleep 405' });
    const other = own.call('execute_command', { server: 'other', command: 'sleep 3; echo done' });
    await expect.poll(() => running('sleep 405').length, { timeout: 5000 }).toBeGreaterThan(0);
    await own.write('servers.json', { servers: { other: serverEntry(sshd) } });
    expect((await call).json).toMatchObject({ ...ended, stop_cause: 'host_changed' });
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
    const trail = ['audit.db', 'audit.db-wal', 'audit.db-shm'].map((name) => join(own.directory, 'data', name));
    for (const name of trail) renameSync(name, `${name}.away`);
    mkdirSync(join(own.directory, 'data/audit.db'));
    await expect(own.call('execute_command', { server: 'web-1', command: `touch ${bait}` })).rejects.toMatchObject({
      code: 'audit_unavailable',
      ran: 'not_started',
    });
    await expect(own.call('write_file', { server: 'web-1', file_path: bait, contents: 'x' })).rejects.toMatchObject({
      code: 'audit_unavailable',
    });
    expect(() => readFileSync(bait)).toThrow('ENOENT');
    expect(own.running.problems()).not.toEqual([]);
    rmdirSync(join(own.directory, 'data/audit.db'));
    await expect.poll(() => own.running.problems(), { timeout: 5000 }).toEqual([]);
    expect((await own.call('execute_command', { server: 'web-1', command: 'echo back' })).json).toMatchObject({
      stdout: 'back\n',
    });
  });
});
