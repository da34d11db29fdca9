import { execFileSync, spawn } from 'node:child_process';
import { symlinkSync, writeFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { CommandRun } from '../../src/ssh/access.ts';
import { sshManageService } from '../../src/tools/ssh-manage-service.ts';
import { temporaryFolder } from '../fixtures/temporary-folder.ts';
import { aBench, localHosts } from './local-hosts.ts';

/** Asks on a host that has these programs and hardly any other, and tells with what they were called. */
async function ask(programs: Readonly<Record<string, string>>, action: string, more: object = {}) {
  using folder = temporaryFolder();
  const calls = join(folder.path, 'calls');
  for (const name of ['sh', 'cat']) {
    symlinkSync(execFileSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).trim(), join(folder.path, name));
  }
  for (const [name, body] of Object.entries(programs)) {
    writeFileSync(join(folder.path, name), `#!/bin/sh\necho "${name} $*" >> ${calls}\n${body}\n`, { mode: 0o755 });
  }
  const hosts = localHosts({
    runBuilt: async ({ command = '' }, { output }) => {
      // Nothing of this machine's, though the script adds to PATH.
      const own = command.replaceAll('$PATH:/usr/local/bin:/usr/sbin:/sbin', folder.path);
      const child = spawn('/bin/sh', ['-c', own], { env: { PATH: folder.path }, stdio: ['ignore', 'pipe', 'pipe'] });
      child.stdout.on('data', (chunk: Buffer) => output.stdout(chunk));
      child.stderr.on('data', (chunk: Buffer) => output.stderr(chunk));
      return await new Promise<CommandRun>((resolve) => {
        child.once('close', (status) =>
          resolve({ exit: { kind: 'exited', status: status ?? -1 }, stopped: null, durationMs: 1 }),
        );
      });
    },
  });
  await using bench = aBench({ hosts });
  const { text, json, outcome } = await bench.call(sshManageService, { service: 'nginx.service', action, ...more });
  const called = existsSync(calls) ? readFileSync(calls, 'utf8').trim().split('\n') : [];
  return { text, exitCode: json['exit_code'], success: outcome.success, called };
}

const systemctl = `
case $1 in
is-active) echo active ;;
status) echo "● nginx.service"; echo "   Active: active (running)" ;;
esac`;
const stopped = systemctl
  .replace('echo active ;;', 'echo inactive; exit 3 ;;')
  .replace('(running)"', '(dead)"; exit 3');
const notBooted = 'echo "System has not been booted with systemd" >&2; exit 1';
const running = '● nginx.service\n   Active: active (running)';

describe('ssh_manage_service on a host with systemd', () => {
  it.each(['start', 'stop', 'restart', 'reload', 'enable', 'disable'])(
    'does %s, then shows the status',
    async (verb) => {
      const { text, exitCode, success, called } = await ask({ systemctl }, verb);
      expect({ text, exitCode, success }).toEqual({ text: running, exitCode: 0, success: true });
      expect(called).toEqual([
        'systemctl is-active nginx.service',
        `systemctl --no-ask-password ${verb} nginx.service`,
        'systemctl status nginx.service --no-pager -l',
      ]);
    },
  );

  it('shows the status alone, and a stopped service is an answer', async () => {
    const { text, exitCode, success, called } = await ask({ systemctl: stopped }, 'status');
    expect({ text, exitCode, success }).toEqual({
      text: '● nginx.service\n   Active: active (dead)',
      exitCode: 3,
      success: true,
    });
    expect(called).toHaveLength(2);
  });

  it('shows the last lines of the logs', async () => {
    const { text, called } = await ask({ systemctl, journalctl: 'echo "Nov 21 nginx[1]: hello"' }, 'logs', {
      lines: 7,
    });
    expect(text).toBe('Nov 21 nginx[1]: hello');
    expect(called.at(-1)).toBe('journalctl -u nginx.service -n 7 --no-pager');
  });

  it('shows why a change failed, before the status, and its exit code', async () => {
    const failing = systemctl.replace('status)', '--no-ask-password) echo "Access denied" >&2; exit 4 ;;\nstatus)');
    const { text, exitCode, success } = await ask({ systemctl: failing }, 'restart');
    expect({ text, exitCode, success }).toEqual({ text: `Access denied\n${running}`, exitCode: 4, success: false });
  });
});

describe('ssh_manage_service on other hosts', () => {
  it.each([
    { verb: 'restart', calls: ['rc-service nginx restart', 'rc-service nginx status'] },
    { verb: 'enable', calls: ['rc-update add nginx default', 'rc-service nginx status'] },
    { verb: 'disable', calls: ['rc-update del nginx', 'rc-service nginx status'] },
    { verb: 'status', calls: ['rc-service nginx status'] },
  ])('has OpenRC do $verb, also where systemctl is there but runs nothing', async ({ verb, calls }) => {
    const openrc = { systemctl: notBooted, 'rc-service': 'echo " * status: started"', 'rc-update': 'exit 0' };
    const { text, called } = await ask(openrc, verb);
    expect(text).toMatch(/status: started$/);
    expect(called.slice(1)).toEqual(calls);
  });

  it.each([
    { verb: 'start', calls: ['service nginx start', 'service nginx status'] },
    { verb: 'enable', calls: ['update-rc.d nginx enable', 'service nginx status'] },
  ])('has the scripts of System V do $verb', async ({ verb, calls }) => {
    expect((await ask({ service: 'echo ok', 'update-rc.d': 'exit 0' }, verb)).called).toEqual(calls);
  });

  it('says that it can do nothing where nobody manages services, or nobody keeps logs', async () => {
    await expect(ask({}, 'restart', { service: 'no-such-service' })).rejects.toMatchObject({
      code: 'unsupported_host',
      ran: 'ran',
    });
    await expect(ask({ 'rc-service': 'exit 0' }, 'logs')).rejects.toMatchObject({ code: 'unsupported_host' });
  });
});

describe('a service', () => {
  it.each(['-rf', 'a b', 'a;id', '$(id)', 'a\nb', '', '../x', '--help'])('cannot be called %j', (service) => {
    expect(sshManageService.prepare({ service, action: 'status' })).toHaveProperty('code', 'invalid_input');
  });
});
