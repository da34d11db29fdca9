import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { aGateway, serverEntry } from '../fixtures/gateway.ts';
import { needsRoot } from '../fixtures/machine.ts';
import { startSshd, type Sshd, type SshdOptions } from '../fixtures/sshd.ts';

async function anAccount(keyOptions: string, options: Partial<SshdOptions> = {}): Promise<Sshd> {
  const sshd = await startSshd({ login: 'ordinary', ...options });
  writeFileSync(join(dirname(sshd.keyPath), 'authorized_keys'), `${keyOptions} ${sshd.publicKey}\n`);
  return sshd;
}

describe(...needsRoot('an account as docs/hardened-account.md has it'), () => {
  it('runs commands and jobs, reads and writes files, and is root for what sudoers lists alone', async () => {
    await using sshd = await anAccount('restrict,from="127.0.0.1"', { sudoCommands: '/usr/bin/id -u' });
    await using gateway = await aGateway(sshd, { servers: { 'web-1': { ...serverEntry(sshd), sudo: true } } });
    const run = (command: string) => gateway.call('execute_command', { server: 'web-1', command });
    expect((await run('whoami')).json).toMatchObject({ exit_code: 0, stdout: `${sshd.user}\n` });
    expect((await run('sudo -n /usr/bin/id -u')).json).toMatchObject({ exit_code: 0, stdout: '0\n' });
    expect((await run('sudo -n /usr/bin/id')).json).toMatchObject({ exit_code: 1, stdout: '' });

    const path = join(sshd.home, 'a file');
    await gateway.call('write_file', { server: 'web-1', file_path: path, contents: 'written' });
    expect((await gateway.call('read_file', { server: 'web-1', file_path: path })).json).toMatchObject({
      contents: 'written',
    });
    const asRoot = gateway.call('read_file', { server: 'web-1', file_path: '/root/.profile', sudo: true });
    await expect(asRoot).rejects.toMatchObject({ code: 'host_permission_denied' });

    const job = await gateway.call('execute_command', {
      server: 'web-1',
      command: 'sleep 1; echo done',
      background: true,
    });
    const jobId = job.json['job_id'];
    await expect
      .poll(async () => (await gateway.call('get_job', { job_id: jobId, wait: 5, tail: 5 })).json, { timeout: 15_000 })
      .toMatchObject({ status: 'exited', stdout: 'done\n' });
  });

  it('has files and nothing else where its key has SFTP alone', async () => {
    await using sshd = await anAccount('restrict,command="internal-sftp"');
    await using gateway = await aGateway(sshd);
    const path = join(sshd.home, 'file');
    await gateway.call('write_file', { server: 'web-1', file_path: path, contents: 'written' });
    expect((await gateway.call('read_file', { server: 'web-1', file_path: path })).json).toMatchObject({
      contents: 'written',
    });
    const { json } = await gateway.call('execute_command', { server: 'web-1', command: 'touch proof', timeout: 10 });
    expect(json['stdout']).not.toContain('proof');
    await expect(
      gateway.call('read_file', { server: 'web-1', file_path: join(sshd.home, 'proof') }),
    ).rejects.toMatchObject({
      code: 'path_not_found',
    });
  });
});
