import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GatewayError } from '../../src/base/errors.ts';
import { manageService } from '../../src/tools/manage-service.ts';
import {
  aGatewayTo,
  asUser,
  programs,
  sudo,
  sudoAsks,
  type Bodies,
  type HostOptions,
} from '../fixtures/host-programs.ts';
import { isRoot } from '../fixtures/machine.ts';
import { openrc, systemd, sysv } from '../fixtures/service-managers.ts';
import { startSshd, type Sshd } from '../fixtures/sshd.ts';

let sshd: Sshd;
beforeAll(async () => {
  sshd = await startSshd({ config: ['PermitUserEnvironment yes'] });
});
afterAll(() => sshd[Symbol.asyncDispose]());

/** Does these one after the other to a service of a host with these programs, which is stopped and disabled at first. */
async function does(
  bodies: Bodies,
  verbs: readonly string[],
  { service = 'nginx', ...options }: HostOptions & { service?: string } = {},
) {
  using some = programs(bodies);
  await using gateway = await aGatewayTo(sshd, some, options);
  const answers: Record<string, unknown>[] = [];
  for (const action of verbs) {
    const input = { server: 'web-1', service_name: service, action };
    const answer = await gateway.call('manage_service', input).catch((error: unknown) => error as GatewayError);
    if (answer instanceof GatewayError) answers.push({ code: answer.code, message: answer.message, ran: answer.ran });
    else answers.push({ ...answer.json, isError: answer.isError });
  }
  return { answers, calls: some.calls(), log: await gateway.auditLog() };
}

const off = { is_active: false, is_enabled: false };
const running = { is_active: true, is_enabled: false };

describe.each([
  { manager: 'systemd', bodies: systemd },
  { manager: 'openrc', bodies: openrc },
])('manage_service on a host with $manager', ({ manager, bodies }) => {
  it('tells the state before and after, and whether it changed', async () => {
    const { answers } = await does(bodies, [
      'status',
      'start',
      'start',
      'enable',
      'restart',
      'reload',
      'stop',
      'disable',
      'disable',
    ]);
    const on = { is_active: true, is_enabled: true };
    const enabled = { is_active: false, is_enabled: true };
    expect(answers).toMatchObject([
      { success: true, manager, changed: false, before: off, after: off },
      {
        success: true,
        changed: true,
        change_id: expect.stringMatching(/^chg_/),
        before: off,
        after: running,
        exit_code: 0,
        status: 'exited',
        isError: false,
      },
      { success: true, changed: false, before: running, after: running },
      { success: true, changed: true, before: running, after: on },
      { success: true, changed: true, before: on, after: on },
      { success: true, changed: true },
      { success: true, changed: true, before: on, after: enabled },
      { success: true, changed: true, before: enabled, after: off },
      { success: true, changed: false },
    ]);
  });

  it('knows a service that is not there, and by a unit name one that is', async () => {
    expect((await does(bodies, ['start'], { service: 'nope' })).answers).toMatchObject([
      { code: 'service_not_found', message: expect.stringContaining('there is no nope on web-1') },
    ]);
    expect((await does(bodies, ['start'], { service: 'nginx.service' })).answers).toMatchObject([{ changed: true }]);
  });
});

describe('a service manager that is slow', () => {
  it('has the answer in time, and the change goes on as a job', async () => {
    const slow = { systemctl: `case "$*" in *start*) sleep 2;; esac; ${systemd['systemctl'] ?? ''}` };
    using some = programs(slow);
    await using gateway = await aGatewayTo(sshd, some);
    const asked = { server: 'web-1', service_name: 'nginx', action: 'start', wait: 1 };
    const { json } = await gateway.call('manage_service', asked);
    expect(json).toMatchObject({ success: true, status: 'running', changed: null, before: off, after: null });
    expect(json['change_id']).toMatch(/^chg_/);
    const ended = async () => (await gateway.call('get_job', { job_id: json['job_id'], wait: 10 })).json;
    await expect.poll(ended).toMatchObject({ status: 'exited', exit_code: 0 });
    const after = await gateway.call('manage_service', { ...asked, action: 'status' });
    expect(after.json).toMatchObject({ before: running });
    expect(some.calls().filter((call) => / start /.test(call))).toHaveLength(1);
  });
});

describe('manage_service', () => {
  it('says that a change failed, in the words of the manager, which is no error of ours', async () => {
    const [answer] = (await does(systemd, ['reload'])).answers;
    expect(answer).toMatchObject({
      success: false,
      changed: false,
      exit_code: 1,
      output: 'nginx.service is not active, cannot reload.',
      isError: false,
    });
  });

  it('uses service and update-rc.d where there is nothing else', async () => {
    const { answers, calls } = await does(sysv, ['start', 'enable']);
    expect(answers).toMatchObject([{ manager: 'sysv', changed: true, after: { is_active: true } }, { success: true }]);
    expect(calls.filter((call) => !call.endsWith('status'))).toEqual([
      'service nginx start',
      'update-rc.d nginx enable',
    ]);
  });

  it('becomes root by sudo only to change, where it is not root and the operator allows it', async () => {
    const allowed = await does({ ...systemd, ...asUser, sudo }, ['status', 'restart'], { sudo: 'allowed' });
    expect(allowed.calls.filter((call) => call.startsWith('sudo'))).toEqual([
      'sudo -n systemctl --no-ask-password restart nginx',
    ]);
    expect(allowed.answers).toMatchObject([{ success: true }, { success: true, changed: true }]);
    for (const [bodies, options] of [
      [{ ...systemd, ...asUser, sudo }, {}],
      [{ ...systemd, sudo, id: 'echo 0' }, { sudo: 'allowed' }],
    ] as const) {
      const { calls } = await does(bodies, ['start'], options);
      expect(calls.some((call) => call.startsWith('sudo'))).toBe(false);
    }
  });

  it('says what to do when sudo wants a password', async () => {
    const { answers } = await does({ ...systemd, ...asUser, sudo: sudoAsks }, ['start'], { sudo: 'allowed' });
    expect(answers).toMatchObject([
      {
        success: false,
        changed: false,
        code: 'host_permission_denied',
        error: expect.stringContaining('NOPASSWD'),
        isError: true,
      },
    ]);
  });

  it('is judged as a person would type it, so that a rule tells its actions apart', async () => {
    const security = { forbidden_commands: ['systemctl stop', 'rc-service nginx restart'] };
    const { answers, calls, log } = await does(systemd, ['start', 'stop', 'restart', 'status'], { security });
    expect(answers).toMatchObject([
      { success: true },
      { code: 'denied_by_policy' },
      { code: 'denied_by_policy' },
      { success: true },
    ]);
    expect(calls.some((call) => / (?:stop|restart) /.test(call))).toBe(false);
    expect(log[0]).toMatchObject({
      event_type: 'command_execution',
      command: 'systemctl start nginx',
      metadata: { tool: 'manage_service', service: 'nginx', action: 'start', changed: true },
    });
  });

  it('asks the next one where systemd is installed and does not run the machine', async () => {
    const notBooted = 'echo "System has not been booted with systemd" >&2; exit 1';
    const { answers } = await does({ systemctl: notBooted, service: 'echo "$1: unrecognized service"; exit 1' }, [
      'start',
    ]);
    expect(answers).toMatchObject([{ code: 'service_not_found' }]);
  });

  it.each(['-x', 'a b', 'a;b', '../x', 'a/b', '$(id)', 'a*', '', 'a\nb', '--all'])(
    'refuses %j for a service',
    (name) => {
      const asked = { server: 'web-1', service_name: name, action: 'start' };
      expect(manageService.prepare(asked)).toHaveProperty('code', 'invalid_input');
    },
  );

  it('refuses an action that is none', () => {
    for (const action of ['kill', 'logs', 'mask', '']) {
      expect(manageService.prepare({ server: 'web-1', service_name: 'a', action })).toHaveProperty(
        'code',
        'invalid_input',
      );
    }
  });
});

const hasInitScripts =
  isRoot && existsSync('/usr/sbin/update-rc.d') && spawnSync('systemctl', ['is-system-running']).status !== 0;

describe.runIf(hasInitScripts)('manage_service on this Debian, where scripts of System V are what runs', () => {
  const name = `sallyport-test-${process.pid}`;
  const script = `/etc/init.d/${name}`;
  const state = join('/run', name);
  beforeAll(() => {
    const head = `### BEGIN INIT INFO\n# Provides: ${name}\n# Required-Start:\n# Required-Stop:\n# Default-Start: 2 3 4 5\n# Default-Stop: 0 1 6\n### END INIT INFO`;
    const body = `case $1 in start|restart) touch ${state} ;; stop) rm -f ${state} ;; status) [ -e ${state} ] && echo up || { echo down; exit 3; } ;; esac`;
    writeFileSync(script, `#!/bin/sh\n${head}\n${body}\n`, { mode: 0o755 });
  });
  afterAll(() => {
    rmSync(script, { force: true });
    rmSync(state, { force: true });
    spawnSync('update-rc.d', [name, 'remove']);
  });

  it('does what it is asked to, for real', async () => {
    await using gateway = await aGatewayTo(sshd, {
      bin: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      calls: () => [],
      [Symbol.dispose]() {},
    });
    const change = async (action: string) =>
      (await gateway.call('manage_service', { server: 'web-1', service_name: name, action })).json;
    expect(await change('status')).toMatchObject({ manager: 'sysv', before: { is_active: false, is_enabled: false } });
    expect(await change('start')).toMatchObject({ changed: true, after: { is_active: true, state: 'running' } });
    expect(await change('start')).toMatchObject({ success: true, changed: false });
    spawnSync('update-rc.d', [name, 'defaults']);
    expect(await change('disable')).toMatchObject({
      changed: true,
      before: { is_enabled: true },
      after: { is_enabled: false },
    });
    expect(await change('enable')).toMatchObject({ changed: true, after: { is_enabled: true } });
    expect(await change('stop')).toMatchObject({ changed: true, after: { is_active: false, state: 'stopped' } });
  });
});
