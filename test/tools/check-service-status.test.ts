import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkServiceStatus } from '../../src/tools/check-service-status.ts';
import { aGatewayTo, programs } from '../fixtures/host-programs.ts';
import { startSshd, type Sshd } from '../fixtures/sshd.ts';
import { aBench, localHosts } from './local-hosts.ts';

let sshd: Sshd;
beforeAll(async () => {
  sshd = await startSshd({ config: ['PermitUserEnvironment yes'] });
});
afterAll(() => sshd[Symbol.asyncDispose]());

interface Unit {
  readonly active: string;
  readonly enabled: string;
  readonly show?: string;
  readonly status?: string;
}

/** systemctl as it answers about one unit: words, exit statuses and texts of systemd 252. */
function systemctl({ active, enabled, show = '', status = '' }: Unit): string {
  return `
case $1 in
is-active) echo ${active}; [ ${active} = active ]; exit $(( $? * 3 )) ;;
is-enabled) ${enabled}; exit ;;
show) cat <<'EOT'
${show}
EOT
exit 0 ;;
status) cat <<'EOT'
${status}
EOT
[ ${active} = active ]; exit $(( $? * 3 )) ;;
esac`;
}

const nginx = {
  active: 'active',
  enabled: 'echo enabled',
  show: 'Id=nginx.service\nDescription=A high performance web server\nLoadState=loaded\nActiveState=active\nSubState=running\nUnitFileState=enabled\nMainPID=812\nResult=success',
  status:
    '● nginx.service - A high performance web server\n     Loaded: loaded (/lib/systemd/system/nginx.service; enabled; vendor preset: enabled)\n     Active: active (running) since Mon 2026-11-16 09:12:01 UTC; 5 days ago\n   Main PID: 812 (nginx)',
};
const notBooted =
  'echo "System has not been booted with systemd as init system (PID 1). Can\'t operate." >&2; echo "Failed to connect to bus: Host is down" >&2; exit 1';

async function ask(bodies: Readonly<Record<string, string>>, service = 'nginx') {
  using some = programs(bodies);
  await using bench = aBench({ hosts: localHosts({}, { PATH: some.bin }) });
  const { json, isError } = await bench.call(checkServiceStatus, { server: 'web-1', service_name: service });
  return { ...json, isError, calls: some.calls() };
}

describe('check_service_status on a host with systemd', () => {
  it("answers in one command with the seed's keys and more", async () => {
    const { calls, ...answer } = await ask({ systemctl: systemctl(nginx) });
    expect(answer).toMatchObject({
      success: true,
      server: 'web-1',
      service: 'nginx',
      is_active: true,
      is_enabled: true,
      status_output: nginx.status,
      state: 'active',
      sub_state: 'running',
      load_state: 'loaded',
      unit_file_state: 'enabled',
      main_pid: 812,
      manager: 'systemd',
    });
    expect(answer.isError).toBeUndefined();
    expect(calls.map((call) => call.split(' ').slice(0, 3).join(' '))).toEqual([
      'systemctl is-active nginx',
      'systemctl show nginx',
      'systemctl is-enabled nginx',
      'systemctl status nginx',
    ]);
  });

  it('is not taken in by a vendor preset that says enabled', async () => {
    const disabled = {
      ...nginx,
      enabled: 'echo disabled; false',
      show: nginx.show.replace('State=enabled', 'State=disabled'),
    };
    expect(await ask({ systemctl: systemctl(disabled) })).toMatchObject({ is_active: true, is_enabled: false });
  });

  it.each([
    { ActiveState: 'active', SubState: 'exited', active: true },
    { ActiveState: 'reloading', SubState: 'reload', active: true },
    { ActiveState: 'inactive', SubState: 'dead', active: false },
    { ActiveState: 'failed', SubState: 'failed', active: false },
    { ActiveState: 'activating', SubState: 'auto-restart', active: false },
    { ActiveState: 'deactivating', SubState: 'stop-sigterm', active: false },
  ])('says of $ActiveState ($SubState) that it is active: $active', async ({ ActiveState, SubState, active }) => {
    const show = `LoadState=loaded\nActiveState=${ActiveState}\nSubState=${SubState}`;
    const unit = systemctl({ active: ActiveState, enabled: 'echo enabled', show, status: 'x' });
    expect(await ask({ systemctl: unit })).toMatchObject({ success: true, is_active: active, state: ActiveState });
  });

  it.each([
    { says: 'enabled', enabled: true },
    { says: 'enabled-runtime', enabled: true },
    { says: 'static', enabled: false },
    { says: 'indirect', enabled: false },
    { says: 'masked', enabled: false },
    { says: 'linked', enabled: false },
  ])('says of $says that it starts at boot: $enabled', async ({ says, enabled }) => {
    const unit = systemctl({ ...nginx, enabled: `echo ${says}` });
    expect(await ask({ systemctl: unit })).toMatchObject({ is_enabled: enabled, unit_file_state: says });
  });

  it('looks behind an alias, and past the remark about a script of System V', async () => {
    expect(await ask({ systemctl: systemctl({ ...nginx, enabled: 'echo alias' }) })).toMatchObject({
      is_enabled: true,
    });
    const remark =
      'echo "apache2.service is not a native service, redirecting to systemd-sysv-install." >&2; echo "Executing: /lib/systemd/systemd-sysv-install is-enabled apache2" >&2; echo enabled';
    const unit = systemctl({ ...nginx, enabled: remark });
    expect(await ask({ systemctl: unit })).toMatchObject({ is_enabled: true, unit_file_state: 'enabled' });
  });

  it('says of a unit that does not exist that it does not', async () => {
    const absent = systemctl({
      active: 'inactive',
      enabled: 'echo "Failed to get unit file state for nope.service: No such file or directory" >&2; exit 1',
      show: 'Id=nope.service\nDescription=nope.service\nLoadState=not-found\nActiveState=inactive\nSubState=dead',
      status: 'Unit nope.service could not be found.',
    });
    await expect(ask({ systemctl: absent }, 'nope')).rejects.toMatchObject({
      code: 'service_not_found',
      ran: 'ran',
      details: { is_active: false, is_enabled: false },
    });
  });

  it('knows a unit that runs although its file is gone', async () => {
    const gone = { ...nginx, show: nginx.show.replace('LoadState=loaded', 'LoadState=not-found') };
    expect(await ask({ systemctl: systemctl(gone) })).toMatchObject({ success: true, is_active: true });
  });
});

describe('check_service_status on a host without systemd', () => {
  const update = `[ "$1" = show ] && printf '%s\\n' '                nginx | default                 ' '             hostname | boot                    ' '            nginx-dbg |                         '`;
  it.each([
    { says: ' * status: started', status: 0, active: true, state: 'started' },
    { says: ' * status: stopped', status: 3, active: false, state: 'stopped' },
    { says: ' * status: crashed', status: 32, active: false, state: 'crashed' },
    { says: 'nginx runs, thank you', status: 0, active: true, state: 'started' },
  ])('understands OpenRC: $says', async ({ says, status, active, state }) => {
    const answer = await ask({ 'rc-service': `echo "${says}"; exit ${status}`, 'rc-update': update });
    expect(answer).toMatchObject({
      success: true,
      is_active: active,
      is_enabled: true,
      state,
      runlevels: 'default',
      manager: 'openrc',
      status_output: says,
    });
    expect(answer.calls).toEqual(['rc-service nginx status', 'rc-update show']);
  });

  it('does not take one name for another that begins alike', async () => {
    const programs = { 'rc-service': 'echo " * status: started"', 'rc-update': update };
    expect(await ask(programs, 'nginx-dbg')).toMatchObject({ is_enabled: false });
    expect(await ask(programs, 'host')).toMatchObject({ is_enabled: false });
  });

  it('says of a service OpenRC does not know that it does not exist', async () => {
    const rcService = `echo " * rc-service: service \\\`$1' does not exist" >&2; exit 1`;
    await expect(ask({ 'rc-service': rcService, 'rc-update': update })).rejects.toMatchObject({
      code: 'service_not_found',
    });
  });

  it('asks the next one where systemctl is there but is not what runs the machine', async () => {
    const answer = await ask({ systemctl: notBooted, 'rc-service': 'echo " * status: started"', 'rc-update': update });
    expect(answer).toMatchObject({ manager: 'openrc', is_active: true });
  });

  it.each([
    { says: '[ ok ] web-of-the-test is running.', status: 0, active: true, state: 'running' },
    { says: 'web-of-the-test is not running ... failed!', status: 3, active: false, state: 'stopped' },
    { says: 'web-of-the-test dead but pid file exists', status: 1, active: false, state: 'dead' },
  ])('understands the scripts of System V: $says', async ({ says, status, active, state }) => {
    const answer = await ask({ systemctl: notBooted, service: `echo "${says}"; exit ${status}` }, 'web-of-the-test');
    expect(answer).toMatchObject({ success: true, is_active: active, is_enabled: false, state, manager: 'sysv' });
    expect(answer.calls.at(-1)).toBe('service web-of-the-test status');
  });

  it('says of a script of System V that is not there that it is not', async () => {
    const service = 'echo "$1: unrecognized service" >&2; exit 1';
    await expect(ask({ service }, 'nope.service')).rejects.toMatchObject({ code: 'service_not_found' });
  });
});

describe('check_service_status', () => {
  it('answers through the whole gateway', async () => {
    using some = programs({ systemctl: systemctl(nginx) });
    await using gateway = await aGatewayTo(sshd, some);
    const { json } = await gateway.call('check_service_status', { server: 'web-1', service_name: 'nginx.service' });
    expect(json).toMatchObject({ success: true, service: 'nginx.service', is_active: true, is_enabled: true });
    expect((await gateway.auditLog()).at(-1)).toMatchObject({
      event_type: 'command_execution',
      server_name: 'web-1',
      command: 'systemctl status nginx.service',
      result: 'success',
    });
  });

  it('sends a name that holds a backslash as it is', async () => {
    const unit = String.raw`dev-disk-by\x2duuid-1@a.swap`;
    const { calls } = await ask({ systemctl: systemctl(nginx) }, unit);
    expect(calls[0]).toBe(`systemctl is-active ${unit}`);
  });

  it.each(['-h', '--now', '', ' ', 'a b', 'a;b', '$(id)', 'a/b', '../x', '..', '.', '@', 'ng*', '[a]', 'a\nb', 'é'])(
    'refuses %j for a name',
    (name) => {
      const prepared = checkServiceStatus.prepare({ server: 'web-1', service_name: name });
      expect(prepared).toHaveProperty('code', 'invalid_input');
    },
  );

  it.each(['nginx', 'foo@bar.service', 'getty@tty1', 'a:b', '9p_mount', 'backup.timer', 'php8.2-fpm', 'x'.repeat(255)])(
    'takes %s for a name',
    (name) => {
      expect(checkServiceStatus.prepare({ server: 'web-1', service_name: name })).toHaveProperty('actions');
    },
  );

  it('is judged and recorded as the command the seed ran', async () => {
    const security = { allowed_commands_patterns: ['^uptime '] };
    using some = programs({ systemctl: systemctl(nginx) });
    await using gateway = await aGatewayTo(sshd, some, { security });
    const call = gateway.call('check_service_status', { server: 'web-1', service_name: 'nginx' });
    await expect(call).rejects.toMatchObject({ code: 'denied_by_policy' });
    expect(some.calls()).toEqual([]);
    expect((await gateway.auditLog()).at(-1)).toMatchObject({
      event_type: 'command_denied',
      server_name: 'web-1',
      command: 'systemctl status nginx',
      result: 'blocked',
    });
  });

  it('is stopped, with all it started, when nothing comes back', async () => {
    using some = programs({ systemctl: 'sleep 613' });
    await using gateway = await aGatewayTo(sshd, some);
    const client = new AbortController();
    const input = { server: 'web-1', service_name: 'nginx' };
    const call = gateway.call('check_service_status', input, { signal: client.signal });
    await expect.poll(() => some.calls().length, { timeout: 10_000 }).toBe(1);
    client.abort();
    const { json, isError } = await call;
    expect({ ...json, isError }).toMatchObject({
      success: false,
      status: 'cancelled',
      stopped: { state: 'confirmed' },
      isError: true,
    });
  });
});
