import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import type { Host } from '../../src/hosts/host.ts';
import { aHostileHost } from '../fixtures/hostile-host.ts';
import { processesMentioning } from '../fixtures/lingering.ts';
import { isRoot } from '../fixtures/machine.ts';
import { aPool, runOn } from '../fixtures/pool.ts';
import { hostId, startSshd, type SshdOptions } from '../fixtures/sshd.ts';

const aHost = (options: SshdOptions = {}) =>
  startSshd({ ...options, ...(isRoot && ({ login: 'ordinary', shell: '/bin/sh' } as const)) });
const calls = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index);

/** A host all of whose places are taken by `sleep 371` until the caller goes away. */
async function aFullHost(queue: { perCaller?: number; total?: number; timeoutMs?: number } = {}) {
  const sshd = await aHost({ maxSessions: 1 });
  const pool = aPool({ queue });
  const sleepers = new AbortController();
  const host = sshd.host();
  const sleeping = calls(4).map((i) => runOn(pool, host, 'sleep 371', { caller: `x${i}`, signal: sleepers.signal }));
  await expect
    .poll(() => processesMentioning(sshd.mark).filter(({ commandLine }) => commandLine === 'sleep 371').length, {
      timeout: 10_000,
    })
    .toBe(4);
  return {
    pool,
    host,
    async leave() {
      sleepers.abort();
      await Promise.all(sleeping);
    },
    async [Symbol.asyncDispose]() {
      sleepers.abort();
      await Promise.allSettled(sleeping);
      await pool[Symbol.asyncDispose]();
      await sshd[Symbol.asyncDispose]();
    },
  };
}

describe('the calls that wait for a host', () => {
  it('are served in turns: who sends one is not behind all that another has sent', async () => {
    await using full = await aFullHost();
    const order: string[] = [];
    const waiting = ['many', 'many', 'many', 'many', 'many', 'many', 'one'].map(async (caller) => {
      await runOn(full.pool, full.host, 'sleep 0.2', { caller });
      order.push(caller);
    });
    await expect.poll(() => full.pool.counts.waiting).toBe(7);
    await full.leave();
    await Promise.all(waiting);
    expect(order.indexOf('one')).toBeLessThan(4);
    expect(full.pool.counts.waiting).toBe(0);
  });

  it('are too many at some point, for one caller and for all, and are told when to come again', async () => {
    await using full = await aFullHost({ perCaller: 2, total: 4 });
    const leaving = new AbortController();
    const run = (caller: string) => runOn(full.pool, full.host, 'true', { caller, signal: leaving.signal });
    const waiting = [run('a'), run('a')];
    await expect(run('a')).rejects.toMatchObject({ code: 'busy', ran: 'not_started', details: { retry_after_s: 2 } });
    waiting.push(run('b'), run('c'));
    await expect(run('d')).rejects.toMatchObject({ code: 'busy', ran: 'not_started', details: { retry_after_s: 2 } });
    leaving.abort(new Error('gave up'));
    const left = await Promise.allSettled(waiting);
    expect(left.map(({ status }) => status)).toEqual(calls(4).map(() => 'rejected'));
    expect(full.pool.counts.waiting).toBe(0);
  });

  it('do not wait for ever', async () => {
    await using full = await aFullHost({ timeoutMs: 5000 });
    await expect(runOn(full.pool, full.host, 'true')).rejects.toMatchObject({
      code: 'busy',
      ran: 'not_started',
      details: { retry_after_s: 5 },
    });
    expect(full.pool.counts.waiting).toBe(0);
  });
});

describe('a host that refuses the login', () => {
  it('is asked once by a hundred calls, and not again by those that follow at once', async () => {
    await using hostile = await aHostileHost({ login: (attempt) => attempt.reject() });
    await using pool = aPool();
    const answers = await Promise.allSettled(calls(100).map(() => runOn(pool, hostile.host, 'true')));
    for (const answer of answers) expect(answer).toMatchObject({ reason: { code: 'host_login_refused' } });
    await expect(runOn(pool, hostile.host, 'true')).rejects.toMatchObject({ code: 'host_login_refused' });
    expect(hostile.accepted).toBe(1);
  });
});

describe('a host that cannot be reached', () => {
  it('is left alone after five attempts, says until when, and is tried again after that', async () => {
    let accepted = 0;
    const sockets = new Set<Socket>();
    const listener = createServer((socket) => {
      accepted += 1;
      sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'.repeat(1100));
    }).listen(0, '127.0.0.1');
    await once(listener, 'listening');
    const address = listener.address();
    await using sshd = await aHost();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const host: Host = sshd.host({ port });
    await using pool = aPool({ breaker: { failures: 5, openMs: 1500, maxOpenMs: 1500 } });
    const unreachable = { code: 'host_unreachable', ran: 'not_started' };
    for (let i = 0; i < 5; i += 1) await expect(runOn(pool, host, 'true')).rejects.toMatchObject(unreachable);
    expect(accepted).toBe(5);
    const before = performance.now();
    const alone = await Promise.allSettled(calls(20).map(() => runOn(pool, host, 'true')));
    for (const answer of alone) {
      expect(answer).toMatchObject({ reason: { ...unreachable, details: { retry_after_s: expect.any(Number) } } });
      expect(answer).toMatchObject({ reason: { message: expect.stringMatching(/until \d\d:\d\d:\d\d UTC/) } });
    }
    expect(performance.now() - before).toBeLessThan(500);
    expect(accepted).toBe(5);
    // Other hosts are none the worse, and a change of the inventory ends the pause.
    expect((await runOn(pool, sshd.host(), 'echo other')).stdout).toBe('other\n');
    await new Promise((resolve) => setTimeout(resolve, 1600));
    await Promise.allSettled(calls(20).map(() => runOn(pool, host, 'true')));
    expect(accepted).toBe(6);
    pool.retire(new Set([host.id]));
    await expect(runOn(pool, host, 'true')).rejects.toMatchObject(unreachable);
    expect(accepted).toBe(7);
    for (const socket of sockets) socket.destroy();
    listener.close();
  });
});

describe('the connections to all hosts together', () => {
  it('are limited: the one that nobody has used for longest gives way, and none that is in use does', async () => {
    await using sshd = await aHost();
    await using pool = aPool({ maxConnections: 2 });
    const host = (name: string): Host => sshd.host({ id: hostId(name) });
    const sleeping = runOn(pool, host('a'), 'sleep 1.5; echo a');
    for (const name of ['b', 'c', 'd']) {
      expect((await runOn(pool, host(name), `echo ${name}`)).stdout).toBe(`${name}\n`);
      expect(pool.counts.connections).toBeLessThanOrEqual(2);
    }
    expect((await sleeping).stdout).toBe('a\n');
  });

  it('make a call wait for one to be free, when all are in use', async () => {
    await using sshd = await aHost();
    await using pool = aPool({ maxConnections: 1 });
    const sleeping = runOn(pool, sshd.host({ id: hostId('a') }), 'sleep 0.7; echo a');
    const other = runOn(pool, sshd.host({ id: hostId('b') }), 'echo b');
    expect((await sleeping).stdout).toBe('a\n');
    expect((await other).stdout).toBe('b\n');
  });
});
