import { randomBytes } from 'node:crypto';
import type { Connection } from 'ssh2';
import { describe, expect, it } from 'vitest';
import type { Host } from '../../../src/hosts/host.ts';
import { aHostileHost, answer, channelNumber, rawProtocol, type Misbehaviour } from '../../fixtures/hostile-host.ts';
import { aPool, runOn } from '../../fixtures/pool.ts';

const chunk = Buffer.alloc(32_768, 'x');
/** What the gateway asks at first: which shell there is. */
const isQuestion = (command: string): boolean => command.includes('echo "+');

/** Sends without a thought for the window. */
function flood(client: Connection, channel: number, bytes: number): void {
  for (let sent = 0; sent < bytes; sent += chunk.length) rawProtocol(client).channelData(channel, chunk);
}

describe('a host that breaks the rules', () => {
  it('is dropped when it sends more than the window of a session on which nothing runs', async () => {
    let sessions = 0;
    await using hostile = await aHostileHost({
      session: (accept, client) => {
        const session = accept();
        sessions += 1;
        if (sessions > 1) setImmediate(() => flood(client, channelNumber(session), 8 * 1024 * 1024));
      },
    });
    await using pool = aPool();
    await runOn(pool, hostile.host, 'echo one').catch(() => undefined);
    await expect.poll(() => hostile.open, { timeout: 5000 }).toBe(0);
    expect(pool.counts.connections).toBe(0);
  });

  it('is dropped when it asks and asks, and takes none of our answers', async () => {
    await using hostile = await aHostileHost({
      exec: (run, command, client) => {
        if (isQuestion(command)) {
          answer(run(), command);
          return;
        }
        run();
        for (let i = 0; i < 30_000; i += 1) rawProtocol(client).ping();
      },
    });
    // The line to the host takes nothing more once it has brought the beginning of the flood.
    const line = `let n=0;const s=require('net').connect(${hostile.host.port},'127.0.0.1');process.stdin.pipe(s);s.pipe(process.stdout);s.on('data',(d)=>{n+=d.length;if(n>200000){process.stdin.unpipe(s);process.stdin.pause()}})`;
    const command = `'${process.execPath}' -e "${line}"`;
    const host: Host = { ...hostile.host, route: { kind: 'proxy_command', command } };
    await using pool = aPool();
    const ran = await runOn(pool, host, 'echo one', { timeoutMs: 15_000 });
    expect(ran.exit).toEqual({ kind: 'disconnected' });
    expect(pool.counts.connections).toBe(0);
  });

  const broken: Readonly<Record<string, Misbehaviour>> = {
    'sends garbage after the login': { loggedIn: (_client, socket) => socket.write(randomBytes(200_000)) },
    'announces a packet without end': { loggedIn: (_client, socket) => socket.write(Buffer.alloc(64, 0xff)) },
    'hangs up after the login': { loggedIn: (_client, socket) => socket.end() },
    'never answers a login': { login: () => undefined },
    'never answers the opening of a channel': { session: () => undefined },
    'never answers the question for its shell': { exec: () => undefined },
    'breaks off in the middle of an answer': { exec: (_run, _command, client) => client.end() },
  };
  it.each(Object.entries(broken))('fails a call in time, when it %s', async (_what, misbehaviour) => {
    await using hostile = await aHostileHost(misbehaviour);
    await using pool = aPool({ connectTimeoutMs: 1000, answerTimeoutMs: 300 });
    const before = performance.now();
    await expect(runOn(pool, hostile.host, 'echo one')).rejects.toMatchObject({
      code: expect.stringMatching(/^(connection_lost|host_unreachable)$/),
    });
    expect(performance.now() - before).toBeLessThan(8000);
    await expect.poll(() => hostile.open, { timeout: 5000 }).toBe(0);
    expect(pool.counts.connections).toBe(0);
  });

  it('does not keep a call beyond its timeout when it never answers a command, which may run', async () => {
    await using hostile = await aHostileHost({
      exec: (run, command) => {
        if (isQuestion(command)) answer(run(), command);
      },
    });
    await using pool = aPool({ answerTimeoutMs: 300 });
    const ran = await runOn(pool, hostile.host, 'echo one', { timeoutMs: 500 });
    expect(ran).toMatchObject({ exit: { kind: 'timed_out' }, stopped: { state: 'unknown' }, wasAnswered: false });
  });

  it('cannot change an exit that it has told, nor add to an output that has ended', async () => {
    await using hostile = await aHostileHost({
      exec: (run, command, client) => {
        const channel = run();
        if (isQuestion(command)) {
          answer(channel, command);
          return;
        }
        channel.write('out\n');
        channel.exit(3);
        rawProtocol(client).exitStatus(channelNumber(channel), 0);
        channel.end();
        setImmediate(() => flood(client, channelNumber(channel), 100_000));
      },
    });
    await using pool = aPool();
    expect(await runOn(pool, hostile.host, 'anything')).toMatchObject({
      exit: { kind: 'exited', status: 3 },
      stdout: 'out\n',
    });
  });
});
