import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ConnectionPool } from '../../src/ssh/pool/pool.ts';
import { startDropbear, type Dropbear } from '../fixtures/dropbear.ts';
import { FileAccess } from '../fixtures/file-access.ts';
import { aGateway } from '../fixtures/gateway.ts';
import { processesMentioning } from '../fixtures/lingering.ts';
import { isRoot } from '../fixtures/machine.ts';
import { aPool, runOn } from '../fixtures/pool.ts';
import { ed25519Line } from '../fixtures/public-keys.ts';
import { startTcpProxy } from '../fixtures/tcp-proxy.ts';

const logins = isRoot ? (['current', 'ordinary'] as const) : (['current'] as const);

describe.each(logins)('a command on a host that runs Dropbear, as the %s account', (login) => {
  let dropbear: Dropbear;
  let pool: ConnectionPool;
  beforeAll(async () => {
    dropbear = await startDropbear({ login });
    pool = aPool();
  });
  afterAll(async () => {
    await pool[Symbol.asyncDispose]();
    await dropbear[Symbol.asyncDispose]();
  });
  const run = (command: string, options = {}) => runOn(pool, dropbear.host(), command, options);
  const left = (pattern: RegExp) =>
    processesMentioning(dropbear.mark).filter(({ commandLine }) => pattern.test(commandLine));

  it('gives its two outputs apart and its exit status', async () => {
    const ran = await run('echo out; echo err >&2; exit 7');
    expect(ran).toMatchObject({ stdout: 'out\n', stderr: 'err\n', exit: { kind: 'exited', status: 7 }, stopped: null });
  });

  it('gives the signal that ended it', async () => {
    for (const [signal, name] of [
      ['SEGV', 'SIGSEGV'],
      ['TERM', 'SIGTERM'],
      ['KILL', 'SIGKILL'],
    ]) {
      expect((await run(`kill -${signal} $$`)).exit).toEqual({ kind: 'signalled', signal: name });
    }
  });

  it('is sent as it stands, sees the end of its standard input at once, and has no terminal', async () => {
    const quoted = "cat <<'END'\n  two  blanks\tand 'quotes' \"too\" $HOME\nEND\n";
    expect((await run(quoted)).stdout).toBe('  two  blanks\tand \'quotes\' "too" $HOME\n');
    expect((await run('cat; test -t 0 || test -t 1 || echo none')).stdout).toBe('none\n');
  });

  it('answers once the command has exited, though a child in the background holds its output', async () => {
    const before = performance.now();
    const ran = await run('sleep 30 & echo started');
    expect(ran).toMatchObject({ stdout: 'started\n', exit: { kind: 'exited', status: 0 } });
    expect(performance.now() - before).toBeLessThan(5000);
  });

  it('delivers 20 MB whole, on both outputs', async () => {
    const ran = await run('head -c 20000000 /dev/zero | tr "\\0" x; head -c 300000 /dev/zero | tr "\\0" y >&2');
    expect([ran.stdout.length, ran.stderr.length]).toEqual([20_000_000, 300_000]);
  });

  it.each([
    'sleep 511',
    'while :; do :; done',
    'sleep 512 | cat',
    'sleep 513 & sleep 514 & wait',
    'setsid sleep 515 & sleep 516',
    ...(login === 'current' ? ["trap '' TERM HUP; while :; do sleep 0.2; done"] : []),
    'env -i sleep 517; :',
    'nohup sleep 518 >/dev/null 2>&1 & nohup setsid sleep 519 >/dev/null 2>&1 & wait',
  ])('is ended at its timeout with everything it started: %s', async (command) => {
    const ran = await run(command, { timeoutMs: 300 });
    expect(ran).toMatchObject({ exit: { kind: 'timed_out' }, stopped: { state: 'confirmed', pids: [] } });
    expect(left(/sleep 51\d|while :/)).toEqual([]);
  });

  it('is never said to be gone while something runs that we cannot find', async () => {
    const ran = await run('exec env -i sleep 528', { timeoutMs: 300 });
    const running = processesMentioning('sleep 528');
    expect(ran.stopped?.state).toBe(running.length === 0 ? 'confirmed' : 'still_running');
    for (const { pid } of running) process.kill(pid);
  });

  it('is ended with everything it started when its caller goes away, and others go on', async () => {
    const other = run('sleep 0.8; echo alive');
    const caller = new AbortController();
    const running = run('sleep 521 & setsid sleep 522 & wait', { signal: caller.signal });
    await expect.poll(() => left(/sleep 52[12]/).length, { timeout: 15_000 }).toBeGreaterThan(1);
    caller.abort();
    expect(await running).toMatchObject({ exit: { kind: 'cancelled' }, stopped: { state: 'confirmed' } });
    expect(left(/sleep 52[12]/)).toEqual([]);
    expect((await other).stdout).toBe('alive\n');
  });

  it('is one of 40 at once, and none of them is refused', async () => {
    await using crowded = aPool();
    const numbers = Array.from({ length: 40 }, (_, i) => i);
    const ran = await Promise.all(
      numbers.map((i) => runOn(crowded, dropbear.host(), `sleep 0.1; echo ${i}; exit ${i}`)),
    );
    expect(ran.map(({ stdout }) => stdout)).toEqual(numbers.map((i) => `${i}\n`));
    expect(ran.map(({ exit }) => exit)).toEqual(numbers.map((status) => ({ kind: 'exited', status })));
  });

  it('reports a lost connection, and runs on a new one afterwards', async () => {
    const running = run('sleep 531');
    await expect.poll(() => left(/sleep 531/).length, { timeout: 15_000 }).toBeGreaterThan(0);
    dropbear.dropConnections();
    expect((await running).exit).toEqual({ kind: 'disconnected' });
    await sleep(100);
    expect((await run('echo again')).stdout).toBe('again\n');
  });
});

describe('a host that runs Dropbear', () => {
  let dropbear: Dropbear;
  let files: FileAccess;
  let directory: string;
  beforeAll(async () => {
    dropbear = await startDropbear();
    files = new FileAccess([dropbear.host()]);
    directory = mkdtempSync(join(tmpdir(), 'sallyport-files-'));
  });
  afterAll(async () => {
    await files[Symbol.asyncDispose]();
    rmSync(directory, { recursive: true });
    await dropbear[Symbol.asyncDispose]();
  });
  const at = (name: string) => join(directory, name);

  it('takes a command in one round trip on a connection that is open', async () => {
    const delayMs = 100;
    await using proxy = await startTcpProxy(dropbear.port, { delayMs });
    await using pool = aPool();
    const far = dropbear.host({ port: proxy.port, pinnedHostKeys: [dropbear.hostKey] });
    await runOn(pool, far, 'echo 0');
    const times: number[] = [];
    for (let i = 1; i < 3; i += 1) {
      // Dropbear closes what is open ahead when a command ends: what is opened instead takes one round trip to be there.
      await sleep(3 * delayMs);
      const before = performance.now();
      expect((await runOn(pool, far, `echo ${i}`)).stdout).toBe(`${i}\n`);
      times.push(performance.now() - before);
    }
    // The fastest, for what a busy machine adds says nothing of the link. A second round trip would double it.
    expect(Math.min(...times)).toBeLessThan(1.7 * 2 * delayMs);
  });

  it('gives and takes files of several megabytes whole', async () => {
    const data = randomBytes(5_000_000);
    expect(await files.write(dropbear.host(), at('big'), { data })).toBe(5_000_000);
    expect(readFileSync(at('big')).equals(data)).toBe(true);
    const range = await files.read(dropbear.host(), at('big'), { maxBytes: 6_000_000 });
    expect(range.sha256).toBe(createHash('sha256').update(data).digest('hex'));
    expect(range.data.equals(data)).toBe(true);
  });

  it('has a file replaced in one step, with its mode, and leaves nothing beside it', async () => {
    mkdirSync(at('replaced'));
    const path = at('replaced/a.conf');
    writeFileSync(path, 'old', { mode: 0o640 });
    const before = statSync(path).ino;
    await files.write(dropbear.host(), path, { data: Buffer.from('new') });
    await files.write(dropbear.host(), path, { data: Buffer.from(' and more'), mode: 'append' });
    expect(readFileSync(path, 'utf8')).toBe('new and more');
    expect(statSync(path).ino).not.toBe(before);
    expect(statSync(path).mode & 0o7777).toBe(0o640);
    expect(readdirSync(at('replaced'))).toEqual(['a.conf']);
  });

  it('lists a directory', async () => {
    mkdirSync(at('listed/sub'), { recursive: true });
    writeFileSync(at('listed/grüße'), 'x');
    const { entries, complete } = await files.list(dropbear.host(), at('listed'));
    expect(complete).toBe(true);
    expect(entries.map(({ name }) => name).toSorted()).toEqual(['.', '..', 'grüße', 'sub']);
  });

  it('has files and commands at once on the same connections', async () => {
    const numbers = Array.from({ length: 20 }, (_, i) => i);
    await Promise.all(
      numbers.map(async (i) => {
        await files.write(dropbear.host(), at(`both-${i}`), { data: Buffer.from(`${i}`) });
        expect((await runOn(files.pool, dropbear.host(), `cat ${at(`both-${i}`)}`)).stdout).toBe(`${i}`);
      }),
    );
  });

  it('tells what it is', async () => {
    expect(await files.facts(dropbear.host())).toContain('Linux');
  });

  it('lets us pass through to another host', async () => {
    await using pool = aPool();
    await using inner = await startDropbear();
    const far = inner.host({ route: { kind: 'jump', hosts: [dropbear.host()] } });
    expect((await runOn(pool, far, 'echo inner')).stdout).toBe('inner\n');
  });

  it.each([
    ['is not known', [], 'host_key_unknown'],
    ['is another than the known one', [ed25519Line()], 'host_key_mismatch'],
  ])('is sent nothing when its key %s', async (_what, pinnedHostKeys, code) => {
    await using pool = aPool();
    const logged = dropbear.log().length;
    const host = dropbear.host({ pinnedHostKeys, knownHostsFiles: [] });
    await expect(runOn(pool, host, 'echo hi')).rejects.toMatchObject({ code, ran: 'not_started' });
    expect(dropbear.log().slice(logged)).not.toMatch(/auth (attempt|succeeded)|bad/i);
  });

  it('refuses the login of a key that it does not know, and is asked once', async () => {
    await using other = await startDropbear();
    await using pool = aPool();
    const logged = dropbear.log().length;
    const host = dropbear.host({ credentials: other.host().credentials });
    await expect(runOn(pool, host, 'echo hi')).rejects.toMatchObject({ code: 'host_login_refused' });
    expect(
      dropbear
        .log()
        .slice(logged)
        .match(/Child connection/g),
    ).toHaveLength(1);
  });

  it('is served by the gateway from end to end', async () => {
    await using gateway = await aGateway(dropbear);
    const ran = await gateway.call('execute_command', { server: 'web-1', command: 'echo hi; echo err >&2; exit 3' });
    expect(ran.json).toMatchObject({ success: false, exit_code: 3, stdout: 'hi\n', stderr: 'err\n' });
    writeFileSync(at('read'), 'through the gateway\n');
    const read = await gateway.call('read_file', { server: 'web-1', file_path: at('read') });
    expect(JSON.stringify(read.json)).toContain('through the gateway');
  });
});
