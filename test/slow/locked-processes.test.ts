import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { execFileSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { anInstallation, launcher, type Installation } from '../fixtures/installation.ts';
import { startSshd, type Sshd } from '../fixtures/sshd.ts';

let sshd: Sshd;
beforeAll(async () => {
  sshd = await startSshd();
});
afterAll(() => sshd[Symbol.asyncDispose]());

/** A gateway in a process of its own, with a client on it. */
async function aProcess({ directory: cwd, environment }: Installation) {
  const env = environment as Record<string, string>;
  const transport = new StdioClientTransport({ command: launcher, args: ['stdio'], env, cwd, stderr: 'ignore' });
  const client = new Client({ name: 'e2e', version: '1' }, { versionNegotiation: { mode: 'auto' } });
  await client.connect(transport);
  return {
    run: async (input: object) =>
      (await client.callTool({ name: 'execute_command', arguments: { server: 'web-1', ...input } }))
        .structuredContent as Record<string, unknown>,
    close: () => client.close(),
  };
}

const aSleep = (): string => `sleep ${randomInt(10_000_000, 99_000_000)}`;

function isRunning(command: string): boolean {
  try {
    return execFileSync('pgrep', ['-fx', command], { encoding: 'utf8' }).trim() !== '';
  } catch {
    return false;
  }
}

describe('three processes on one DATA_DIR', () => {
  it('all refuse new calls under a lock, and have ended what ran, with its jobs, two seconds later', async () => {
    await using shared = anInstallation(sshd);
    const all = await Promise.all([1, 2, 3].map(() => aProcess(shared)));
    const calls = all.map((one) => ({ one, command: aSleep() }));
    const jobs = all.map((one) => ({ one, command: aSleep() }));
    for (const { one, command } of jobs) {
      expect(await one.run({ command, background: true })).toMatchObject({ status: 'running' });
    }
    const running = calls.map(({ one, command }) => one.run({ command, wait: 45 }));
    const commands = [...calls, ...jobs].map(({ command }) => command);
    await expect.poll(() => commands.filter((command) => !isRunning(command)), { timeout: 15_000 }).toEqual([]);

    expect(await shared.sallyport('lock', '--all')).toMatchObject({ status: 0 });
    const lockedAt = performance.now();
    const refused = await Promise.all(all.map((one) => one.run({ command: 'true' })));
    expect(refused).toEqual(all.map(() => expect.objectContaining({ code: 'locked', ran: 'not_started' })));
    const answers = await Promise.all(running);
    expect(answers).toEqual(all.map(() => expect.objectContaining({ status: 'cancelled', stop_cause: 'locked' })));
    await expect.poll(() => commands.filter(isRunning), { timeout: 15_000 }).toEqual([]);
    // Two seconds, and two for a machine that is busy.
    expect(performance.now() - lockedAt).toBeLessThan(4_000);
    expect(await shared.sallyport('unlock', '--every')).toMatchObject({ status: 0 });
    for (const one of all) {
      expect(await one.run({ command: 'echo on' })).toMatchObject({ stdout: 'on\n' });
      await one.close();
    }
  }, 60_000);
});
