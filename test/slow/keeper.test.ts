import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ConnectionPool } from '../../src/ssh/pool/pool.ts';
import { keeperOf } from '../../src/ssh/runs/keeper.ts';
import { newRunMark } from '../../src/ssh/runs/run-mark.ts';
import { startDropbear } from '../fixtures/dropbear.ts';
import { processesMentioning, signalAll } from '../fixtures/lingering.ts';
import { isRoot } from '../fixtures/machine.ts';
import { aPool, runOn } from '../fixtures/pool.ts';
import { startSshd, type Sshd } from '../fixtures/sshd.ts';
import { startTcpProxy } from '../fixtures/tcp-proxy.ts';

const logins = isRoot ? (['current', 'ordinary'] as const) : (['current'] as const);
const generous = { timeout: 15_000 };
const keepers = (mark: string) =>
  processesMentioning(mark).filter(({ commandLine }) => commandLine.includes('ladder()'));

describe.each(logins)('the runs of a connection that breaks, as the %s account', (login) => {
  let sshd: Sshd;
  let pool: ConnectionPool;
  beforeAll(async () => {
    sshd = await startSshd({ login });
  });
  beforeEach(() => {
    pool = aPool();
  });
  afterEach(async () => {
    await pool[Symbol.asyncDispose]();
    while (keepers(sshd.mark).length > 0) await sleep(50);
  });
  afterAll(() => sshd[Symbol.asyncDispose]());
  const run = (command: string, options = {}) => runOn(pool, sshd.host(), command, options);
  const left = (pattern: RegExp) =>
    processesMentioning(sshd.mark).filter(({ commandLine }) => pattern.test(commandLine));

  it.each([
    ['at once, when they had hardly begun', 'sleep 701 & setsid sleep 702 & wait', 0],
    ['with children in the background and in sessions of their own', 'sleep 701 & setsid sleep 702 & wait', 700],
    ['with what ignores signals', "trap '' TERM HUP; while :; do sleep 703; done", 700],
  ])('are ended on the host, %s', async (_how, command, afterMs) => {
    const running = [run(command), run(command)];
    await expect.poll(() => left(/sleep 70\d$/).length, generous).toBeGreaterThan(1);
    await sleep(afterMs);
    sshd.dropConnections();
    for (const { exit } of await Promise.all(running)) expect(exit).toEqual({ kind: 'disconnected' });
    await expect.poll(() => left(/sleep 70\d/), generous).toEqual([]);
    await expect.poll(() => keepers(sshd.mark), generous).toEqual([]);
  });

  it('are ended also where other runs have ended before on the same connection, and what those left behind stays', async () => {
    await run('setsid sleep 711 >/dev/null 2>&1 & echo started');
    for (let i = 0; i < 20; i += 1) await run('true');
    const running = run('sleep 712');
    await expect.poll(() => left(/sleep 712$/).length, generous).toBeGreaterThan(0);
    sshd.dropConnections();
    await running;
    await expect.poll(() => left(/sleep 712/), generous).toEqual([]);
    await expect.poll(() => keepers(sshd.mark), generous).toEqual([]);
    const stayed = left(/^sleep 711$/);
    signalAll(stayed, 'SIGKILL');
    expect(stayed).toHaveLength(1);
  });

  it('go on where they have become something that outlives the connection', async () => {
    const signal = new AbortController().signal;
    await run('true');
    await pool.use(sshd.host(), { caller: 'somebody', signal }, async ({ connection }) => {
      const [stays, ends] = [newRunMark(), newRunMark()];
      const keeper = keeperOf(connection);
      expect(await keeper.carriesMarks()).toBe(true);
      for (const [mark, seconds] of [
        [stays, 721],
        [ends, 722],
      ] as const) {
        keeper.watch(mark);
        await connection.exec(`export ${mark.name}=${mark.value}; sleep ${seconds}`);
      }
      await expect.poll(() => left(/^sleep 72[12]$/).length, generous).toBe(2);
      keeper.forget(stays);
    });
    await sleep(200);
    sshd.dropConnections();
    await expect.poll(() => left(/sleep 722/), generous).toEqual([]);
    const stayed = left(/^sleep 721$/);
    signalAll(stayed, 'SIGKILL');
    expect(stayed).toHaveLength(1);
  });

  it('are watched again when the keeper on the host was ended', async () => {
    const running = run('sleep 731');
    await expect.poll(() => left(/sleep 731$/).length, generous).toBeGreaterThan(0);
    const first = keepers(sshd.mark);
    expect(first).toHaveLength(1);
    signalAll(first, 'SIGKILL');
    await expect.poll(() => keepers(sshd.mark).filter(({ pid }) => pid !== first[0]?.pid).length, generous).toBe(1);
    await sleep(300);
    sshd.dropConnections();
    await running;
    await expect.poll(() => left(/sleep 731/), generous).toEqual([]);
  });

  it('leave no keeper behind, which keeps no connection from being closed when nobody uses it', async () => {
    await using own = aPool({ idleCloseMs: 500 });
    const before = keepers(sshd.mark).length;
    await runOn(own, sshd.host(), 'true');
    await expect.poll(() => keepers(sshd.mark).length, generous).toBe(before + 1);
    await expect.poll(() => own.counts.connections, generous).toBe(0);
    await expect.poll(() => keepers(sshd.mark).length, generous).toBe(before);
  });
});

describe('the keeper of a connection', () => {
  it.each([1, 2, 3, 4, 5])('uses no session that a call needs, with MaxSessions %i', async (maxSessions) => {
    await using sshd = await startSshd({ maxSessions });
    await using pool = aPool();
    const signal = new AbortController().signal;
    const numbers = [1, 2, 3, 4, 5, 6, 7, 8];
    const commands = numbers.map((i) => runOn(pool, sshd.host(), `sleep 0.3; echo ${i}`));
    const files = numbers.map(() =>
      pool.use(sshd.host(), { caller: 'files', signal }, async ({ connection }) => (await connection.sftp()).closed),
    );
    expect((await Promise.all(commands)).map(({ stdout }) => stdout)).toEqual(numbers.map((i) => `${i}\n`));
    await Promise.all(files);
  });

  it('is no more than one, whatever runs', async () => {
    await using sshd = await startSshd();
    await using pool = aPool();
    await Promise.all(Array.from({ length: 7 }, (_, i) => runOn(pool, sshd.host(), `sleep 0.${i}`)));
    expect(pool.counts.connections).toBeGreaterThan(0);
    expect(keepers(sshd.mark).length).toBe(pool.counts.connections);
  });

  it('ends the runs on Dropbear, too', async () => {
    await using dropbear = await startDropbear();
    await using proxy = await startTcpProxy(dropbear.port);
    await using pool = aPool();
    const host = dropbear.host({ port: proxy.port, pinnedHostKeys: [dropbear.hostKey] });
    const running = [runOn(pool, host, 'sleep 741 & sleep 742'), runOn(pool, host, 'sleep 743')];
    const left = () =>
      processesMentioning(dropbear.mark).filter(({ commandLine }) => commandLine.startsWith('sleep 74'));
    await expect.poll(() => left().length, generous).toBe(3);
    proxy.cutAll();
    // A process may be there before we are told that it was started: then its run does not begin.
    await Promise.allSettled(running);
    await expect.poll(left, generous).toEqual([]);
  });

  it('is not had by an account whose forced command reads its input, and that is known within seconds', async () => {
    await using sshd = await startSshd({ config: ['ForceCommand cat; echo forced'] });
    await using pool = aPool();
    const ran = await runOn(pool, sshd.host(), 'echo hello');
    expect(ran).toMatchObject({ stdout: 'forced\n', exit: { kind: 'exited', status: 0 } });
    expect(keepers(sshd.mark)).toEqual([]);
  });
});
