import { describe, expect, it } from 'vitest';
import { aGateway } from '../fixtures/gateway.ts';
import { jobCalls } from '../fixtures/job-calls.ts';
import { needsRoot } from '../fixtures/machine.ts';
import { findShell } from '../fixtures/shells.ts';
import { startSshd } from '../fixtures/sshd.ts';

describe('a command on an account with another shell', () => {
  it(...needsRoot('becomes a job, and is started as one: dash, zsh, fish'), async () => {
    const inShell = async (shell: string): Promise<void> => {
      const { program } = findShell([shell]);
      await using other = await startSshd({ login: 'ordinary', shell: program });
      await using its = await aGateway(other);
      const calls = jobCalls(() => its);
      const command = 'echo out; echo err >&2; sleep 1.5; echo end; exit 3';
      const [{ json }, { job_id: background }] = await Promise.all([
        its.call('execute_command', { server: 'web-1', command, wait: 1 }),
        calls.start(command),
      ]);
      const ended = { status: 'exited', exit_code: 3, stdout: 'out\nend\n', stderr: 'err\n' };
      expect(await calls.end(json['job_id'])).toMatchObject(ended);
      expect(await calls.end(background)).toMatchObject(ended);
    };
    await Promise.all(['dash', 'zsh', 'fish'].map(inShell));
  });
});
