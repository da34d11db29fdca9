import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { processesMentioning } from '../../fixtures/lingering.ts';
import { isRoot } from '../../fixtures/machine.ts';
import { aPool, runOn } from '../../fixtures/pool.ts';
import { startSshd, type Sshd } from '../../fixtures/sshd.ts';
import type { ConnectionPool } from '../../../src/ssh/pool/pool.ts';

const logins = isRoot ? (['current', 'ordinary'] as const) : (['current'] as const);

describe.each(logins)('a command on a host, as the %s account', (login) => {
  let sshd: Sshd;
  let pool: ConnectionPool;
  beforeAll(async () => {
    sshd = await startSshd({ login });
    pool = aPool();
  });
  afterAll(async () => {
    await pool[Symbol.asyncDispose]();
    await sshd[Symbol.asyncDispose]();
  });
  const run = (command: string, options = {}) => runOn(pool, sshd.host(), command, options);

  const left = (pattern: RegExp) =>
    processesMentioning(sshd.mark).filter(({ commandLine }) => pattern.test(commandLine));

  it('gives its two outputs apart and its exit status', async () => {
    const ran = await run('echo out; echo err >&2; exit 7');
    expect(ran).toMatchObject({ stdout: 'out\n', stderr: 'err\n', exit: { kind: 'exited', status: 7 }, stopped: null });
  });

  it('gives the signal that ended it', async () => {
    const ran = await run('kill -SEGV $$');
    expect(ran.exit).toEqual({ kind: 'signalled', signal: 'SIGSEGV' });
  });

  it('is sent as it stands, with its blanks, newlines and quotes', async () => {
    const ran = await run("cat <<'END'\n  two  blanks\tand 'quotes' \"too\" $HOME\nEND\n");
    expect(ran.stdout).toBe('  two  blanks\tand \'quotes\' "too" $HOME\n');
  });

  it('sees the end of its standard input at once', async () => {
    const ran = await run('cat; echo done');
    expect(ran.stdout).toBe('done\n');
  });

  it('has no terminal', async () => {
    expect((await run('test -t 0 || test -t 1 || echo none')).stdout).toBe('none\n');
  });

  it('answers once the command has exited, though a child in the background holds its output', async () => {
    const before = performance.now();
    const ran = await run('sleep 30 & echo started');
    expect(ran).toMatchObject({ stdout: 'started\n', exit: { kind: 'exited', status: 0 } });
    expect(performance.now() - before).toBeLessThan(5000);
  });

  const stubborn = {
    'a sleeping child': 'sleep 311',
    'a busy shell': 'while :; do :; done',
    'a pipeline': 'sleep 312 | cat',
    'children in the background': 'sleep 313 & sleep 314 & wait',
    'a child that left the process group': 'setsid sleep 315 & sleep 316',
    'a shell that ignores TERM': "trap '' TERM; while :; do sleep 0.2; done",
    'a child with a clean environment': 'env -i sleep 317; :',
  };
  it.each(Object.entries(stubborn))(
    'is ended at its timeout with everything it started: %s',
    async (_what, command) => {
      const ran = await run(command, { timeoutMs: 400 });
      expect(ran.exit).toEqual({ kind: 'timed_out' });
      expect(ran.stopped).toEqual({ state: 'confirmed', pids: [] });
      expect(ran.durationMs).toBeLessThan(15_000);
      expect(left(/sleep 31[1-7]|while :/)).toEqual([]);
    },
  );

  it('is never said to be gone while something runs that we cannot find', async () => {
    const ran = await run('exec env -i sleep 318', { timeoutMs: 300 });
    const left = processesMentioning('sleep 318');
    expect(ran.stopped?.state).toBe(sshd.user !== 'root' ? 'confirmed' : 'still_running');
    expect(left.length).toBe(sshd.user !== 'root' ? 0 : 1);
    for (const { pid } of left) process.kill(pid);
  });

  it('is ended with everything it started when its caller goes away', async () => {
    const caller = new AbortController();
    const running = run('sleep 321 & sleep 322', { signal: caller.signal });
    await expect.poll(() => left(/sleep 32[12]/).length, { timeout: 15_000 }).toBeGreaterThan(1);
    caller.abort();
    expect(await running).toMatchObject({ exit: { kind: 'cancelled' }, stopped: { state: 'confirmed' } });
    expect(left(/sleep 32[12]/)).toEqual([]);
  });

  it('leaves the other commands on the connection alone when it is ended', async () => {
    const other = run('sleep 1.5; echo alive');
    await run('sleep 331', { timeoutMs: 200 });
    expect((await other).stdout).toBe('alive\n');
  });

  it('is never started when its caller has gone already', async () => {
    await expect(run('touch never', { signal: AbortSignal.abort(new Error('gone')) })).rejects.toThrow('gone');
  });

  it('reports a lost connection, for nobody knows how the command ended', async () => {
    const running = run('sleep 341');
    await expect.poll(() => left(/sleep 341/).length, { timeout: 15_000 }).toBeGreaterThan(0);
    sshd.dropConnections();
    expect((await running).exit).toEqual({ kind: 'disconnected' });
  });

  it('runs on a new connection after the old one was lost', async () => {
    sshd.dropConnections();
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect((await run('echo again')).stdout).toBe('again\n');
  });

  it('delivers 20 MB whole', async () => {
    const ran = await run('head -c 20000000 /dev/zero | tr "\\0" x');
    expect(ran.stdout.length).toBe(20_000_000);
  });
});

describe('a host whose key runs one fixed command', () => {
  it('runs it plainly and says that stopping cannot be seen', async () => {
    await using sshd = await startSshd({ config: ['ForceCommand echo forced; sleep 2'] });
    await using pool = aPool();
    const ran = await runOn(pool, sshd.host(), 'echo hello', { timeoutMs: 500 });
    expect(ran).toMatchObject({ stdout: 'forced\n', exit: { kind: 'timed_out' }, stopped: { state: 'unsupported' } });
  });
});
