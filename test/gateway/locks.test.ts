import { execFileSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLog } from '../../src/base/log.ts';
import { composeGateway } from '../../src/compose.ts';
import type { LockTarget } from '../../src/locks/lock.ts';
import { addLock, removeLocks } from '../../src/locks/read-locks.ts';
import { aGateway, fullRights, fullToken, serverEntry, type TestGateway } from '../fixtures/gateway.ts';
import { startSshd, type Sshd } from '../fixtures/sshd.ts';

const otherToken = 'tok_a7c31e5b9d024f688e1b3d5f7a9c2e40';

let sshd: Sshd;
let gateway: TestGateway;
beforeEach(async () => {
  sshd = await startSshd();
  const web2 = { ...serverEntry(sshd), tags: ['web'], labels: { env: 'prod' } };
  const tokens = { [fullToken]: fullRights, [otherToken]: { ...fullRights, name: 'other' } };
  gateway = await aGateway(sshd, { servers: { 'web-2': web2 }, tokens });
});
afterEach(async () => {
  await gateway[Symbol.asyncDispose]();
  await sshd[Symbol.asyncDispose]();
});

const lock = (on: LockTarget, reason = 'an incident') =>
  addLock(gateway.config.locksFile, { on, reason, by: 'local:op', at: new Date().toISOString() });
const run = (server: string, command = 'true', token = fullToken) =>
  gateway.call('execute_command', { server, command }, { token });
const locked = { code: 'locked', ran: 'not_started' };

/** Whether processes with this word in their command line run. */
function isRunning(word: string): boolean {
  try {
    return execFileSync('pgrep', ['-f', word], { encoding: 'utf8' }).trim() !== '';
  } catch {
    return false;
  }
}

async function until(isSo: () => boolean): Promise<void> {
  const deadline = Date.now() + 15_000;
  while (!isSo() && Date.now() < deadline) await sleep(50);
  expect(isSo()).toBe(true);
}

describe('a lock', () => {
  it.each<{ what: string; on: LockTarget; refuses: readonly string[] }>([
    { what: 'a server', on: { kind: 'host', name: 'web-1' }, refuses: ['web-1'] },
    { what: 'a pattern of servers', on: { kind: 'host', name: 'web-*' }, refuses: ['web-1', 'web-2'] },
    { what: 'a label', on: { kind: 'label', name: 'env', value: 'prod' }, refuses: ['web-2'] },
    { what: 'a tag', on: { kind: 'tag', name: 'web' }, refuses: ['web-2'] },
    { what: 'a caller', on: { kind: 'caller', name: 'full' }, refuses: ['web-1', 'web-2'] },
    { what: 'everything', on: { kind: 'all' }, refuses: ['web-1', 'web-2'] },
  ])('on $what refuses its calls at once, with the reason, until it is taken off', async ({ on, refuses }) => {
    await lock(on);
    const refused = async (server: string, token = fullToken) =>
      await run(server, 'true', token).then(
        ({ json }) => json['success'],
        ({ code }: { code: string }) => code,
      );
    const expected = ['web-1', 'web-2'].map((server) => (refuses.includes(server) ? 'locked' : true));
    expect([await refused('web-1'), await refused('web-2')]).toEqual(expected);
    expect(await refused('web-1', otherToken)).toBe(on.kind === 'caller' ? true : expected[0]);
    await expect(run(refuses[0] ?? '')).rejects.toThrow(/an incident.*unlock/);
    expect(await removeLocks(gateway.config.locksFile, on)).toBe(1);
    expect((await run('web-2')).json['success']).toBe(true);
  });

  it('ends what runs and its jobs, and leaves those of others', async () => {
    const words = [0, 1, 2].map(() => String(randomInt(10_000_000, 99_000_000)));
    const mine = run('web-1', `sleep ${words[0]}`);
    const left = new AbortController();
    const input = { server: 'web-1', command: `sleep ${words[1]}; echo done` };
    const theirs = gateway.call('execute_command', input, { token: otherToken, signal: left.signal });
    const job = await gateway.call('execute_command', {
      server: 'web-1',
      command: `sleep ${words[2]}`,
      background: true,
    });
    await until(() => words.every((word) => isRunning(`sleep ${word}`)));
    await lock({ kind: 'caller', name: 'full' });
    const ended = await mine;
    expect(ended.json).toMatchObject({ status: 'cancelled', stop_cause: 'locked' });
    await until(() => !isRunning(`sleep ${words[0]}`) && !isRunning(`sleep ${words[2]}`));
    expect(isRunning(`sleep ${words[1]}`)).toBe(true);
    await removeLocks(gateway.config.locksFile, 'every');
    await until(() => gateway.text('logs/audit.log').includes('"cancel_job"'));
    const { json } = await gateway.call('get_job', { job_id: job.json['job_id'], wait: 0 });
    expect(json).toMatchObject({ status: 'cancelled', stop_cause: 'locked' });
    left.abort();
    await theirs;
  }, 40_000);

  it('ends jobs also where no tool for that is offered', async () => {
    const environment = { SALLYPORT_TOOLSETS: 'ssh-mcp-server', SALLYPORT_PROFILE: 'admin' };
    await using seed = await aGateway(sshd, { environment });
    const word = `sleep ${randomInt(10_000_000, 99_000_000)}`;
    const started = await seed.call('ssh_execute', { host: 'web-1', command: word, wait: 1 });
    expect(started.json).toMatchObject({ status: 'running', job_id: expect.any(String) });
    expect(isRunning(word)).toBe(true);
    await addLock(seed.config.locksFile, {
      on: { kind: 'all' },
      reason: '',
      by: 'local:op',
      at: new Date().toISOString(),
    });
    await until(() => !isRunning(word));
    await until(() => seed.text('logs/audit.log').includes('"cancel_job"'));
  }, 40_000);

  it('holds everything when its file breaks: what runs is ended with its jobs', async () => {
    const words = [0, 1].map(() => `sleep ${randomInt(10_000_000, 99_000_000)}`);
    const running = run('web-1', words[0]);
    await gateway.call(
      'execute_command',
      { server: 'web-1', command: words[1], background: true },
      { token: otherToken },
    );
    await until(() => words.every(isRunning));
    writeFileSync(gateway.config.locksFile, '{"locks":[');
    expect((await running).json).toMatchObject({ status: 'cancelled', stop_cause: 'locked' });
    await until(() => !words.some(isRunning));
  }, 40_000);

  it('refuses every call when its file is broken, and nothing when it is gone', async () => {
    for (const broken of ['{', '{"locks":[{"on":{"kind":"nobody"}}]}', '[]', '{"locks":[],"more":1}']) {
      writeFileSync(gateway.config.locksFile, broken);
      await expect(run('web-1')).rejects.toMatchObject(locked);
      expect(gateway.running.problems()).toEqual([expect.stringMatching(/locks.json/)]);
    }
    await removeLocks(gateway.config.locksFile, 'every').catch(() => undefined);
    writeFileSync(gateway.config.locksFile, '{"locks":[]}');
    expect((await run('web-1')).json['success']).toBe(true);
    expect(gateway.running.problems()).toEqual([]);
  });

  it('is told by the gateway to who looks how it does', async () => {
    await lock({ kind: 'tag', name: 'web' });
    await expect(run('web-2')).rejects.toMatchObject(locked);
    // Anybody may ask /readyz: it names nobody and nothing.
    expect(await gateway.running.warnings()).toEqual(['1 lock is set']);
    expect(gateway.running.gateway.locks.describe()).toEqual([expect.stringMatching(/tag web is locked.*an incident/)]);
    await lock({ kind: 'all' });
    await expect(run('web-1')).rejects.toMatchObject(locked);
    expect(gateway.running.problems()).toEqual(['an operator has locked everything']);
    expect(await gateway.running.warnings()).toEqual([]);
  });
});

describe('a token that is revoked', () => {
  it('takes its jobs on their servers with it', async () => {
    const word = `sleep ${randomInt(10_000_000, 99_000_000)}`;
    await gateway.call('execute_command', { server: 'web-1', command: word, background: true });
    await until(() => isRunning(word));
    await gateway.write('tokens.json', { tokens: { [otherToken]: { ...fullRights, name: 'other' } } });
    await until(() => !isRunning(word));
    await until(() => gateway.text('logs/audit.log').includes('"cancel_job"'));
  }, 30_000);

  it('takes them at the next start, where it was disabled while nothing was running', async () => {
    const word = `sleep ${randomInt(10_000_000, 99_000_000)}`;
    await gateway.call('execute_command', { server: 'web-1', command: word, background: true });
    await until(() => isRunning(word));
    await gateway.running[Symbol.asyncDispose]();
    expect(isRunning(word)).toBe(true);
    await gateway.write('tokens.json', { tokens: { [fullToken]: { ...fullRights, enabled: false } } });
    await using _again = await composeGateway(gateway.config, { log: silentLog });
    await until(() => !isRunning(word));
  }, 30_000);
});
