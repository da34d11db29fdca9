import { chmodSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startDropbear } from '../fixtures/dropbear.ts';
import { aGateway, serverEntry, type GatewayOptions } from '../fixtures/gateway.ts';
import { jobCalls } from '../fixtures/job-calls.ts';
import { needsRoot } from '../fixtures/machine.ts';
import { findShell } from '../fixtures/shells.ts';
import { startSshd, type SshServer } from '../fixtures/sshd.ts';
import { temporaryFolder } from '../fixtures/temporary-folder.ts';

const command = 'echo out; echo err >&2; sleep 3; echo end; exit 3';
const ended = { status: 'exited', exit_code: 3, stdout: 'out\nend\n', stderr: 'err\n' };

/** Both ways to become a job on this host: after the wait limit, and at once. */
async function bothWays(host: SshServer, options: GatewayOptions = {}): Promise<void> {
  await using its = await aGateway(host, options);
  const calls = jobCalls(() => its);
  const [{ json }, { job_id: background }] = await Promise.all([
    its.call('execute_command', { server: 'web-1', command, wait: 1 }),
    calls.start(command),
  ]);
  expect(json).toMatchObject({ status: 'running', stdout: 'out\n', stderr: 'err\n' });
  expect(await calls.end(json['job_id'])).toMatchObject(ended);
  expect(await calls.end(background)).toMatchObject(ended);
}

describe('a command on an account with another shell', () => {
  it(...needsRoot('becomes a job, and is started as one: dash, zsh, fish'), async () => {
    const inShell = async (shell: string): Promise<void> => {
      await using other = await startSshd({ login: 'ordinary', shell: findShell([shell]).program });
      await bothWays(other);
    };
    await Promise.all(['dash', 'zsh', 'fish'].map(inShell));
  });
});

describe('a command on a host that has the programs of busybox alone', () => {
  const applets =
    'cat chmod cp dd du env find grep head id kill ls mkdir mv printf readlink rm sed seq setsid sh sleep tail touch tr true wc';

  it(...needsRoot('becomes a job, and is started as one, and its output is limited'), async () => {
    using programs = temporaryFolder();
    for (const name of applets.split(' ')) symlinkSync(findShell(['busybox']).program, join(programs.path, name));
    chmodSync(programs.path, 0o755);
    const shell = join(programs.path, 'sh');
    await using host = await startSshd({ login: 'ordinary', shell, config: ['PermitUserEnvironment yes'] });
    writeFileSync(join(host.directory, 'authorized_keys'), `environment="PATH=${programs.path}" ${host.publicKey}\n`);
    await bothWays(host);
    await using its = await aGateway(host, { environment: { SALLYPORT_JOB_OUTPUT_MAX_MB: '1' } });
    const calls = jobCalls(() => its);
    const { job_id } = await calls.start('head -c 2000000 /dev/zero; sleep 2; echo end; exit 3');
    const limited = await calls.end(job_id);
    const omitted = { stdout: 2_000_004 - 1024 * 1024, stderr: 0 };
    expect(limited).toMatchObject({ exit_code: 3, stdout_bytes: 1024 * 1024, omitted_bytes: omitted });
  });
});

describe('a command on a host that runs Dropbear', () => {
  it('becomes a job, and is started as one', async () => {
    await using host = await startDropbear();
    await bothWays(host);
  });
});

describe('a command that sudo started', () => {
  it(...needsRoot('becomes a job with all that it writes, and is ended with it'), async () => {
    await using host = await startSshd({ login: 'ordinary', shell: '/bin/sh', sudoCommands: 'ALL' });
    await using its = await aGateway(host, { servers: { root: { ...serverEntry(host), sudo: true } } });
    const calls = jobCalls(() => its);
    const counting = `sudo -n sh -c 'i=0; while [ $i -lt 300 ]; do i=$((i+1)); echo "line $i"; sleep 0.01; done; exit 5'`;
    const { json } = await its.call('execute_command', { server: 'root', command: counting, wait: 1 });
    const all = await calls.end(json['job_id']);
    const lines = Array.from({ length: 300 }, (_, i) => `line ${i + 1}\n`).join('');
    expect({ exit: all['exit_code'], isWhole: all['stdout'] === lines }).toEqual({ exit: 5, isWhole: true });

    const long = await its.call('execute_command', { server: 'root', command: 'sudo -n sleep 397', wait: 1 });
    expect(await calls.cancel(long.json['job_id'])).toMatchObject({
      status: 'cancelled',
      stopped: { state: 'confirmed' },
    });
  });
});
