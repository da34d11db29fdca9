import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GatewayError } from '../../src/base/errors.ts';
import { packageManagers, type BuiltAction, type PackageManager } from '../../src/policy/action.ts';
import { packageManagerScript } from '../../src/ssh/runs/package-manager-script.ts';
import { sudoRefused } from '../../src/tools/install-command.ts';
import { installOnHost } from '../../src/tools/install-on-host.ts';
import { installPackage } from '../../src/tools/install-package.ts';
import {
  aGatewayTo,
  asUser,
  programs,
  sudo,
  sudoAsks,
  type Bodies,
  type HostOptions,
} from '../fixtures/host-programs.ts';
import { hostId, startSshd, type Sshd } from '../fixtures/sshd.ts';

let sshd: Sshd;
beforeAll(async () => {
  sshd = await startSshd({ config: ['PermitUserEnvironment yes'] });
});
afterAll(() => sshd[Symbol.asyncDispose]());

/** What apt knows, and when its lists were made. */
const aptKnows = (...names: readonly string[]): string => `printf "%s\\n" ${names.join(' ')}`;
const freshLists: Bodies = { find: 'echo /var/lib/apt/lists' };
const oldLists: Bodies = { find: 'true' };

/** Asks in which version a package is there. */
const question = /^(?:dpkg-query|rpm|apk list|pacman -Q) /;

interface Asked {
  readonly name?: string;
  readonly manager?: PackageManager | 'auto';
  readonly sudo?: boolean;
}

/** Asks the host and runs what it comes to there, as the gateway would. */
function install(bodies: Bodies, { name = 'nginx', manager = 'auto', sudo: bySudo = false }: Asked = {}) {
  using some = programs(bodies);
  const run = (command: string) =>
    spawnSync('/bin/sh', ['-c', command], { encoding: 'utf8', env: { PATH: some.bin }, input: 'y\n' });
  const asked: BuiltAction = { kind: 'install_package', host: hostId('web-1'), package: name, manager, plain: [] };
  const action = installOnHost(asked, { sudo: bySudo, answer: run(packageManagerScript(name)).stdout });
  const { status, stdout, stderr } = run(action.command ?? '');
  const calls = some.calls().filter((call) => !/^(?:id|find|apt-cache|sudo|sleep) /.test(call) && !question.test(call));
  return { status, stdout, stderr, plain: action.plain, manager: action.manager, calls, all: some.calls() };
}

describe('install_package with apt', () => {
  const apt = { 'apt-get': 'echo "$DEBIAN_FRONTEND"', 'apt-cache': aptKnows('nginx', 'nginx-core', 'g++') };

  it('asks nothing, waits for the lock, and keeps configuration that was changed', () => {
    const { calls, stdout, plain } = install({ ...apt, ...freshLists });
    expect(calls).toEqual([
      'apt-get install -y -q -o DPkg::Lock::Timeout=120 -o Dpkg::Options::=--force-confdef ' +
        '-o Dpkg::Options::=--force-confold -o APT::Cmd::Pattern-Only=true nginx',
    ]);
    expect(stdout).toBe('noninteractive\n');
    expect(plain).toEqual(['apt-get install -y nginx', 'apt-get update']);
  });

  it('refreshes the lists when they are older than a day, or do not have the package', () => {
    const verbs = (bodies: Bodies, name?: string) =>
      install({ ...apt, ...bodies }, name === undefined ? {} : { name }).calls.map((call) => call.split(' ')[1]);
    expect(verbs(oldLists)).toEqual(['update', 'install']);
    expect(verbs(freshLists, 'nodejs')).toEqual(['update', 'install']);
    expect(verbs(freshLists, 'nginx=1.24.0-1')).toEqual(['install']);
    expect(verbs(freshLists, 'nginx:amd64=1:1.24.0-1')).toEqual(['install']);
  });

  it('installs although the lists could not be refreshed', () => {
    const failing = { ...apt, 'apt-get': '[ "$1" = install ]', sleep: 'true' };
    const { calls, status } = install({ ...failing, ...oldLists });
    expect([calls.map((call) => call.split(' ')[1]), status]).toEqual([['update', 'update', 'install'], 0]);
  });

  it.each(['lib.1', 'python3.99', 'a.b', 'c+'])('never lets apt take %s for a regular expression', (name) => {
    const { calls, status, stderr } = install({ ...apt, ...freshLists }, { name });
    expect(calls.some((call) => call.startsWith('apt-get install'))).toBe(false);
    expect([status, stderr]).toEqual([100, expect.stringContaining('E: Unable to locate package')]);
  });

  it('knows a name with a plus', () => {
    expect(install({ ...apt, ...freshLists }, { name: 'g++' }).calls.at(-1)).toMatch(/^apt-get install .* g\+\+$/);
  });

  it('hands on the exit status', () => {
    expect(install({ ...apt, 'apt-get': 'exit 100', ...freshLists }).status).toBe(100);
  });
});

describe('install_package with the other managers', () => {
  it.each<{ program: string; bodies?: Bodies; calls: readonly string[] }>([
    { program: 'dnf', calls: ['dnf install -y nginx'] },
    { program: 'yum', calls: ['yum install -y nginx'] },
    { program: 'zypper', calls: ['zypper --non-interactive install nginx'] },
    {
      program: 'apk',
      bodies: { apk: '[ "$1" = policy ] && echo "nginx policy:"; exit 0' },
      calls: ['apk policy nginx', 'apk add --wait 120 nginx'],
    },
    {
      program: 'apk',
      bodies: { apk: 'exit 0' },
      calls: ['apk policy nginx', 'apk update --wait 120', 'apk add --wait 120 nginx'],
    },
    { program: 'pacman', calls: ['pacman -Si nginx', 'pacman -S --noconfirm --needed nginx'] },
    {
      program: 'pacman',
      bodies: { pacman: '[ "$1" != -Si ]' },
      calls: ['pacman -Si nginx', 'pacman -Sy --noconfirm', 'pacman -S --noconfirm --needed nginx'],
    },
  ])('runs $calls', ({ program, bodies, calls }) => {
    expect(install(bodies ?? { [program]: 'exit 0' })).toMatchObject({ calls, status: 0 });
  });

  it.each([
    { has: ['yum', 'dnf'], takes: 'dnf' },
    { has: ['zypper', 'apt-get', 'apt-cache'], takes: 'apt' },
    { has: ['pacman', 'apk'], takes: 'apk' },
  ])('takes $takes on a host that has $has', ({ has, takes }) => {
    expect(install(Object.fromEntries(has.map((program) => [program, 'exit 0']))).manager).toBe(takes);
  });

  it.each(packageManagers)('leaves %s no input to wait for', (manager) => {
    const program = manager === 'apt' ? 'apt-get' : manager;
    const reads = {
      [program]: '[ "$1" = policy ] && exit 0; if read -r line; then echo "read $line"; fi',
      ...freshLists,
    };
    expect(install({ 'apt-cache': aptKnows('nginx'), ...reads }).stdout).not.toContain('read');
  });

  it('refuses where there is none, or not the one that is wanted', () => {
    const refusal = (bodies: Bodies, asked?: Asked): unknown => {
      try {
        return install(bodies, asked);
      } catch (error) {
        const { code, message } = error as GatewayError;
        return [code, message];
      }
    };
    expect(refusal({})).toEqual([
      'unsupported_host',
      expect.stringMatching(/^Could not detect package manager: web-1 has none/),
    ]);
    expect(refusal({ dnf: 'true' }, { manager: 'apk' })).toEqual([
      'unsupported_host',
      'web-1 has no apk. It has: dnf. Use package_manager auto.',
    ]);
    expect(refusal({ ...asUser, dnf: 'true' }, { sudo: true })).toEqual([
      'host_permission_denied',
      expect.stringMatching(/^web-1 has no sudo/),
    ]);
  });
});

describe('install_package by sudo', () => {
  it('is done by an account that is not root, where the operator allows it', () => {
    const { all } = install({ ...asUser, dnf: 'true', sudo }, { sudo: true });
    expect(all.slice(-3)).toEqual(['sudo -n env', 'sudo -n env dnf install -y nginx', 'dnf install -y nginx']);
  });

  it('hands the environment past sudo', () => {
    const apt = { 'apt-get': 'echo "$DEBIAN_FRONTEND"', 'apt-cache': aptKnows('nginx') };
    const { stdout } = install({ ...asUser, ...apt, ...freshLists, sudo }, { sudo: true });
    expect(stdout).toBe('noninteractive\n');
  });

  it('is not done by root, nor where the operator does not allow it', () => {
    const used = (bodies: Bodies, allowed: boolean) =>
      install({ dnf: 'true', sudo, ...bodies }, { sudo: allowed }).all.some((call) => call.startsWith('sudo'));
    expect([used({ id: 'echo 0' }, true), used(asUser, false)]).toEqual([false, false]);
  });
});

describe('install_package', () => {
  const call = async (bodies: Bodies, options: HostOptions = {}, input: object = {}) => {
    using some = programs(bodies);
    await using gateway = await aGatewayTo(sshd, some, options);
    const asked = { server: 'web-1', package_name: 'nginx', ...input };
    const answer = await gateway.call('install_package', asked).catch((error: unknown) => error as GatewayError);
    const calls = some.calls().filter((one) => !question.test(one));
    return { answer, calls, log: await gateway.auditLog(), intents: gateway };
  };

  it("answers with the seed's keys, and is recorded as a person would type it", async () => {
    const { answer, log } = await call({ dnf: 'echo Complete!; echo careful >&2' });
    expect(answer).toMatchObject({
      json: {
        success: true,
        server: 'web-1',
        package: 'nginx',
        package_manager: 'dnf',
        command: 'dnf install -y nginx',
        exit_code: 0,
        output: 'Complete!\n',
        errors: 'careful\n',
        status: 'exited',
        stopped: null,
        ran: 'ran',
        truncated: false,
        output_id: null,
      },
      isError: false,
    });
    expect(log).toMatchObject([
      {
        event_type: 'command_execution',
        server_name: 'web-1',
        command: 'dnf install -y nginx',
        result: 'success',
        exit_code: 0,
        metadata: { tool: 'install_package', package: 'nginx', package_manager: 'dnf' },
      },
    ]);
  });

  it('tells the version before and after, whichever manager it is', async () => {
    const installing = (managers: Bodies, query: Bodies): Bodies =>
      Object.fromEntries(
        Object.entries({ ...managers, ...query }).map(([name, body]) => [name, `d=\${0%/*}; ${body}`]),
      );
    const rpm = { rpm: '[ -e $d/done ] && echo 1:1.24.0-4.el9 || exit 1' };
    const dpkg = { 'dpkg-query': '[ -e $d/done ] && echo "installed 1.22.1-9" || echo "config-files 1.18"' };
    const apk = {
      apk: 'case $1 in add) touch $d/done ;; list) [ -e $d/done ] && echo "nginx-1.26.2-r0 x86_64 {nginx} (BSD) [installed]" ;; esac; exit 0',
    };
    const pacman = { pacman: 'case $1 in -S) touch $d/done ;; -Q) [ -e $d/done ] && echo "nginx 1.26.2-1" ;; esac' };
    const apt = { 'apt-get': '[ "$1" = update ] || touch $d/done', 'apt-cache': aptKnows('nginx'), ...freshLists };
    for (const [bodies, version] of [
      [installing({ dnf: 'touch $d/done' }, rpm), '1:1.24.0-4.el9'],
      [installing({ yum: 'touch $d/done' }, rpm), '1:1.24.0-4.el9'],
      [installing({ zypper: 'touch $d/done' }, rpm), '1:1.24.0-4.el9'],
      [installing(apt, dpkg), '1.22.1-9'],
      [installing(apk, {}), '1.26.2-r0'],
      [installing(pacman, {}), '1.26.2-1'],
    ] as const) {
      using some = programs(bodies);
      await using gateway = await aGatewayTo(sshd, some);
      const install = async () =>
        (await gateway.call('install_package', { server: 'web-1', package_name: 'nginx' })).json;
      expect(await install()).toMatchObject({ version_before: null, version_after: version, changed: true });
      const again = await install();
      expect(again).toMatchObject({ version_before: version, version_after: version, changed: false });
      expect(again).not.toHaveProperty('change_id');
      const { json } = await gateway.call('undo_change', {});
      expect(JSON.stringify(json)).toContain('package nginx');
    }
  });

  it('says that a failed installation failed, which is no error of ours', async () => {
    const { answer } = await call({ zypper: 'echo "No provider of nginx found." >&2; exit 104' });
    expect(answer).toMatchObject({ json: { success: false, exit_code: 104 }, isError: false });
  });

  it('takes for done what zypper wants a restart for', async () => {
    expect((await call({ zypper: 'exit 102' })).answer).toMatchObject({ json: { success: true, exit_code: 102 } });
  });

  it('says what to do when sudo wants a password, and installs nothing', async () => {
    const { answer, calls } = await call({ ...asUser, dnf: 'true', sudo: sudoAsks }, { sudo: 'allowed' });
    expect(answer).toMatchObject({
      json: {
        success: false,
        code: 'host_permission_denied',
        ran: 'not_started',
        errors: 'sudo: a password is required\n',
        error: expect.stringContaining('NOPASSWD'),
      },
      isError: true,
    });
    expect(calls.some((one) => one.startsWith('dnf'))).toBe(false);
  });

  it('is not told that nothing was installed by a package that says so', async () => {
    const lying = `echo unpacked; echo "${sudoRefused}" >&2; exit 1`;
    const { answer } = await call({ ...asUser, dnf: lying, sudo }, { sudo: 'allowed' });
    expect(answer).toMatchObject({ json: { success: false, exit_code: 1, ran: 'ran' }, isError: false });
  });

  it.each([
    { why: 'its command is not allowed', security: { allowed_commands_patterns: ['^apt-get '] } },
    { why: 'a text in it is forbidden', security: { forbidden_commands: ['Install -Y NGINX'] } },
    { why: 'a text in what goes before it is forbidden', security: { forbidden_commands: ['apk update'] }, apk: true },
  ])('is refused by the security block when $why, whoever found the manager', async ({ security, apk }) => {
    const { answer, calls } = await call(apk ? { apk: 'true' } : { dnf: 'true' }, { security });
    expect(answer).toMatchObject({ code: 'denied_by_policy', ran: 'not_started' });
    expect(calls).toEqual([]);
  });

  it('is refused without a question to the host when the manager is named', async () => {
    const options = { security: { forbidden_commands: ['nginx'] } };
    const { answer, calls, log } = await call({ dnf: 'true', id: 'echo 0' }, options, { package_manager: 'dnf' });
    expect(answer).toMatchObject({ code: 'denied_by_policy' });
    expect(calls).toEqual([]);
    expect(log).toMatchObject([{ event_type: 'command_denied', command: 'dnf install -y nginx', result: 'blocked' }]);
  });

  it('needs the permission to install', async () => {
    const token = 'tok_77aa9c7e31b84d26a1c3e5f7b9d80246';
    using some = programs({ dnf: 'true' });
    const tokens = { [token]: { name: 'runner', permissions: ['read', 'execute', 'write', 'manage'] } };
    await using gateway = await aGatewayTo(sshd, some, { tokens });
    const input = { server: 'web-1', package_name: 'nginx' };
    await expect(gateway.call('install_package', input, { token })).rejects.toMatchObject({
      code: 'insufficient_scope',
    });
    expect(some.calls()).toEqual([]);
  });

  it('becomes a job when the answer is due, and goes on', async () => {
    using some = programs({ dnf: 'echo Downloading; sleep 2; echo Complete!' });
    await using gateway = await aGatewayTo(sshd, some);
    const { json } = await gateway.call('install_package', { server: 'web-1', package_name: 'nginx', wait: 1 });
    expect(json).toMatchObject({
      success: true,
      status: 'running',
      command: 'dnf install -y nginx',
      output: 'Downloading\n',
      version_before: null,
      version_after: null,
      changed: null,
      exit_code: null,
    });
    const ended = async () => (await gateway.call('get_job', { job_id: json['job_id'], wait: 10, tail: 5 })).json;
    await expect.poll(ended).toMatchObject({ status: 'exited', exit_code: 0, stdout: 'Downloading\nComplete!\n' });
    expect(some.calls().filter((one) => one.startsWith('dnf'))).toHaveLength(1);
  });

  it('is ended with all it started when its client goes', async () => {
    using some = programs({ dnf: 'sleep 617' });
    await using gateway = await aGatewayTo(sshd, some);
    const client = new AbortController();
    const input = { server: 'web-1', package_name: 'nginx' };
    const answer = gateway.call('install_package', input, { signal: client.signal });
    await expect.poll(() => some.calls().length, { timeout: 10_000 }).toBe(1);
    client.abort();
    expect((await answer).json).toMatchObject({ success: false, status: 'cancelled', stopped: { state: 'confirmed' } });
  });

  it.each([
    '-y',
    '--root=/',
    'nginx-',
    'a b',
    'a;b',
    '$(id)',
    './x.deb',
    'x.rpm',
    'x.deb',
    'y.apk',
    '/etc/passwd',
    'a/b',
    '@group',
    '~nfoo',
    '^lamp',
    'lamp-server^',
    'lib*',
    'a[b]',
    '!x',
    'a\nb',
    '',
    'é',
    'foo>1',
    'nginx=1.2-',
  ])('refuses %j for a name', (name) => {
    const prepared = installPackage.prepare({ server: 'web-1', package_name: name });
    expect(prepared).toHaveProperty('code', 'invalid_input');
  });

  it.each([
    'nginx',
    'nginx=1.2-3',
    'libfoo:amd64',
    'g++',
    'libstdc++6',
    'nginx=1:1.2~rc1-3+deb12u1',
    'foo@edge',
    '7zip',
    'python3.11',
    'openssl-1:3.0.7-27.el9.x86_64',
  ])('takes %s for a name', (name) => {
    expect(installPackage.prepare({ server: 'web-1', package_name: name })).toHaveProperty('actions');
  });
});
