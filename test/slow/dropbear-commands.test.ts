import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ConnectionPool } from '../../src/ssh/pool/pool.ts';
import { startDropbear, type Dropbear } from '../fixtures/dropbear.ts';
import { processesMentioning } from '../fixtures/lingering.ts';
import { isRoot } from '../fixtures/machine.ts';
import { aPool, runOn } from '../fixtures/pool.ts';

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
