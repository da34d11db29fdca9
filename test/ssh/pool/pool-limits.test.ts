import { describe, expect, it } from 'vitest';
import { isRoot } from '../../fixtures/machine.ts';
import { aPool, runOn } from '../../fixtures/pool.ts';
import { hostId, startSshd, type SshdOptions } from '../../fixtures/sshd.ts';

const calls = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index);

/** With a plain shell where one can be had: a slow one would be all that is measured. */
const aHost = (options: SshdOptions) =>
  startSshd({ ...options, ...(isRoot && ({ login: 'ordinary', shell: '/bin/sh' } as const)) });

describe('a host that lets a connection have few sessions', () => {
  it.each([1, 2, 10])('runs a hundred commands at once with MaxSessions %i', async (maxSessions) => {
    await using sshd = await aHost({ maxSessions });
    await using pool = aPool();
    const ran = await Promise.all(calls(100).map((i) => runOn(pool, sshd.host(), `echo ${i}`)));
    expect(ran.map(({ stdout }) => stdout)).toEqual(calls(100).map((i) => `${i}\n`));
    expect(pool.counts.alive).toBeLessThanOrEqual(4);
  });

  it.each([1, 2])('ends a run at its timeout, and sees that it is gone, with MaxSessions %i', async (maxSessions) => {
    await using sshd = await aHost({ maxSessions });
    await using pool = aPool();
    const runs = await Promise.all(calls(3).map((i) => runOn(pool, sshd.host(), `sleep 36${i}`, { timeoutMs: 1500 })));
    for (const run of runs) {
      expect(run).toMatchObject({ exit: { kind: 'timed_out' }, stopped: { state: 'confirmed', pids: [] } });
    }
  });

  it.each([1, 2])('takes files and commands in turns with MaxSessions %i', async (maxSessions) => {
    await using sshd = await aHost({ maxSessions });
    await using pool = aPool();
    const signal = new AbortController().signal;
    for (const i of calls(3)) {
      const isOpen = await pool.use(sshd.host(), { caller: 'a', signal }, async ({ connection }) => {
        const sftp = await connection.sftp();
        return !sftp.closed.aborted;
      });
      expect(isOpen).toBe(true);
      expect((await runOn(pool, sshd.host(), `echo ${i}`)).stdout).toBe(`${i}\n`);
    }
  });

  it('says that none may run when the host allows no session at all', async () => {
    await using sshd = await aHost({ maxSessions: 0 });
    await using pool = aPool();
    await expect(runOn(pool, sshd.host(), 'true')).rejects.toMatchObject({
      code: 'host_permission_denied',
      ran: 'not_started',
    });
  });
});

describe('a host that drops logins beyond MaxStartups', () => {
  it('is asked again after a pause, and the calls succeed', async () => {
    await using sshd = await aHost({ maxStartups: 1 });
    await using pool = aPool({ connectTimeoutMs: 20_000 });
    // Entries of their own: none of them shares a connection with another.
    const hosts = calls(6).map((i) => sshd.host({ id: hostId(`web-${i}`) }));
    const ran = await Promise.all(hosts.map((host) => runOn(pool, host, 'echo in')));
    expect(ran.map(({ stdout }) => stdout)).toEqual(hosts.map(() => 'in\n'));
    expect(sshd.log()).toMatch(/drop connection|beginning MaxStartups/);
  });
});
