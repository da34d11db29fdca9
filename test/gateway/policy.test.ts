import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { silentLog } from '../../src/base/log.ts';
import { recordsIn } from '../fixtures/audit-file.ts';
import { aGateway, fullRights, fullToken, serverEntry, type TestGateway } from '../fixtures/gateway.ts';
import { startSshd, type Sshd } from '../fixtures/sshd.ts';

const observer = 'tok_1b2c3d4e5f60718293a4b5c6d7e8f901';
const standard = 'tok_2c3d4e5f60718293a4b5c6d7e8f90112';
const admin = 'tok_3d4e5f60718293a4b5c6d7e8f9011223';
const locked = 'tok_4e5f60718293a4b5c6d7e8f901122334';
const lost = 'tok_5f60718293a4b5c6d7e8f90112233445';
const tokens = {
  [fullToken]: fullRights,
  [observer]: { ...fullRights, name: 'observer', profile: 'observe' },
  [standard]: { ...fullRights, name: 'standard', profile: 'standard' },
  [admin]: { ...fullRights, name: 'admin', profile: 'admin' },
  [locked]: { ...fullRights, name: 'locked', profile: 'lockdown' },
  [lost]: { ...fullRights, name: 'lost', profile: 'oncall' },
};

let sshd: Sshd;
let gateway: TestGateway;
const error = vi.fn<(...told: readonly unknown[]) => void>();

beforeAll(async () => {
  sshd = await startSshd();
  gateway = await aGateway(sshd, { tokens, log: Object.assign(Object.create(silentLog), { error }) });
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await sshd[Symbol.asyncDispose]();
});

const run = async (token: string, command: string): Promise<Record<string, unknown>> => {
  const { json } = await gateway.call('execute_command', { server: 'web-1', command }, { token });
  return json;
};
const refusal = (token: string, tool: string, input: object) =>
  gateway.call(tool, { server: 'web-1', ...input }, { token }).then(
    () => undefined,
    (error: { code: string; message: string; details: Record<string, unknown> }) => error,
  );

describe('a token with the profile observe', () => {
  it('reads, under a shell that takes nothing from the account', async () => {
    expect(await run(observer, 'cd /etc && head -n1 hostname | wc -l; echo "$PATH"')).toMatchObject({
      exit_code: 0,
      stdout: '1\n/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n',
    });
  });

  it('runs what was judged where a value is known only then', async () => {
    const pid = 'pid=$(pgrep -o -x sshd || echo 1); for p in self "$pid"; do :; done; head -n 1 "/proc/$pid/status"';
    expect(await run(observer, pid)).toMatchObject({ exit_code: 0, stdout: expect.stringContaining('Name:') });
    const file = join(gateway.directory, 'names');
    writeFileSync(join(gateway.directory, 'said'), '../../etc/shadow\n');
    const { stdout, stderr } = await run(
      observer,
      `name=$(cat ${join(gateway.directory, 'said')}); head -n 1 "/proc/$name/status"`,
    );
    expect(stdout).toBe('');
    expect(stderr).toContain('value refused');
    expect(existsSync(file)).toBe(false);
  });

  it('cannot write a file, whatever the text was taken for', async () => {
    const limit = await run(observer, 'ulimit -f; ulimit -c');
    expect(limit).toMatchObject({ stdout: '0\n0\n' });
  });

  it.each([
    ['execute_command', { command: 'touch /tmp/x' }],
    ['execute_command', { command: 'sudo -n id' }],
    ['write_file', { file_path: '/tmp/x', contents: '' }],
    ['read_file', { file_path: '/proc/self/environ' }],
    ['manage_service', { service_name: 'nginx', action: 'restart' }],
    ['install_package', { package_name: 'nginx', package_manager: 'apt' }],
  ])('is refused %s %o', async (tool, input) => {
    expect(await refusal(observer, tool, input)).toMatchObject({
      code: expect.stringMatching(/denied_by_policy|path_not_permitted/),
    });
  });

  it('is refused where a link leads to what it may not read', async () => {
    await run(admin, 'ln -sfn /proc/1/environ /tmp/sallyport-policy-link');
    const error = await refusal(observer, 'read_file', { file_path: '/tmp/sallyport-policy-link' });
    expect(error).toMatchObject({ code: expect.stringMatching(/denied_by_policy|path_not_permitted/) });
    await run(admin, 'rm /tmp/sallyport-policy-link');
  });

  it('starts nothing in the background, where its limits cannot hold', async () => {
    expect(await refusal(observer, 'execute_command', { command: 'uptime', background: true })).toMatchObject({
      code: 'denied_by_policy',
    });
  });
});

describe('a token with the profile standard', () => {
  it('runs the text unchanged in the login shell', async () => {
    expect(
      await run(
        standard,
        'x=1; echo $x > /tmp/sallyport-policy-x; cat /tmp/sallyport-policy-x; rm /tmp/sallyport-policy-x',
      ),
    ).toMatchObject({ stdout: '1\n' });
  });

  it('is told at once that a person must decide, the rule, and the line that would allow it', async () => {
    const error = await refusal(standard, 'execute_command', { command: 'rm -rf /tmp/sallyport-policy-y' });
    expect(error).toMatchObject({
      code: 'approval_required',
      message: expect.stringContaining('builtin:destructive'),
      details: { rule: 'builtin:destructive', would_allow: expect.stringContaining('command: rm') },
    });
  });

  it.each(['install_package', 'write_file', 'read_file'])('is asked by %s as by commands', async (tool) => {
    const input = {
      package_name: 'x',
      package_manager: 'apt',
      file_path: tool === 'read_file' ? '/root/.ssh/id_rsa' : '/etc/motd',
      contents: '',
    };
    expect(await refusal(standard, tool, input)).toMatchObject({
      code: expect.stringMatching(/approval_required|path_not_permitted/),
    });
  });
});

describe('any token', () => {
  it.each([fullToken, observer, standard, admin, locked])('never has catastrophic commands run: %s', async (token) => {
    expect(await refusal(token, 'execute_command', { command: 'rm -rf --no-preserve-root /' })).toMatchObject({
      code: 'denied_by_policy',
    });
  });

  it('with a profile that there is not is allowed nothing', async () => {
    expect(await refusal(lost, 'execute_command', { command: 'uptime' })).toMatchObject({
      code: 'denied_by_policy',
      message: expect.stringContaining('oncall'),
    });
    expect(await refusal(lost, 'read_file', { file_path: '/etc/hostname' })).toMatchObject({
      code: 'denied_by_policy',
    });
  });

  it('without one is judged as before there were profiles', async () => {
    expect(await run(fullToken, 'x=$(echo hi); eval "echo $x"')).toMatchObject({ exit_code: 0, stdout: 'hi\n' });
  });

  it('of lockdown runs no commands, but tools of its own', async () => {
    expect(await refusal(locked, 'execute_command', { command: 'uptime' })).toMatchObject({
      code: 'denied_by_policy',
      details: { rule: 'builtin:lockdown' },
    });
    expect(
      (await gateway.call('read_file', { server: 'web-1', file_path: '/etc/hostname' }, { token: locked })).json,
    ).toMatchObject({ success: true });
  });

  it('has a command explained, and no host is asked', async () => {
    await gateway.write('servers.json', {
      servers: { 'web-1': serverEntry(sshd), dead: { ...serverEntry(sshd), port: 1 } },
    });
    await vi.waitFor(() => expect(gateway.running.inventory.ids()).toContain('dead'), 5_000);
    const { json } = await gateway.call(
      'explain_command',
      { server: 'dead', command: 'uptime; rm -rf /srv/x' },
      { token: standard },
    );
    expect(json).toMatchObject({
      decision: 'ask',
      rule: 'builtin:destructive',
      units: [
        { program: 'uptime', argv: [], span: [0, 6], via: [] },
        { program: 'rm', argv: ['-rf', '/srv/x'], span: [8, 21], via: [] },
      ],
      findings: [{ code: 'destructive', severity: 'ask' }],
      canonical: null,
    });
    const allowed = await gateway.call(
      'explain_command',
      { server: 'dead', command: 'cat /etc/hosts' },
      { token: observer },
    );
    expect(allowed.json).toMatchObject({ decision: 'allow', canonical: expect.stringContaining('/etc/hosts') });
  });
});

describe('policy.yaml', () => {
  it('is taken in when it changes; a bad one leaves the old', async () => {
    await gateway.write(
      'policy.yaml',
      'version: 1\nrules:\n  - { id: no-uptime, effect: deny, command: uptime, reason: ours alone }\n',
    );
    await vi.waitFor(
      async () =>
        expect((await refusal(standard, 'execute_command', { command: 'uptime' }))?.message).toContain('ours alone'),
      5_000,
    );
    expect((await refusal(standard, 'execute_command', { command: 'uptime' }))?.message).toContain(
      'no-uptime (policy.yaml:3)',
    );
    await gateway.write('policy.yaml', 'version: 1\nrules:\n  - { id: no-uptime, effect: dney, command: uptime }\n');
    await vi.waitFor(
      () =>
        expect(JSON.stringify(error.mock.calls)).toMatch(/policy\.yaml:3:\d+: rules\.0\.effect.*The old policy stays/),
      5_000,
    );
    expect((await refusal(standard, 'execute_command', { command: 'uptime' }))?.message).toContain('ours alone');
    await gateway.write(
      'policy.yaml',
      'version: 1\nrules:\n  - { id: build, effect: allow, command: sh, options: any, operands: any, overrides: ["builtin:opaque-shell"] }\n',
    );
    await vi.waitFor(
      async () => expect(await refusal(standard, 'execute_command', { command: 'uptime' })).toBeUndefined(),
      5_000,
    );
  });

  it('has its version, and both texts, in the audit', async () => {
    await run(observer, 'uname  -s');
    const line = (await gateway.auditLog()).findLast(({ command }) => command === 'uname  -s');
    expect(line).toMatchObject({ metadata: { policy: expect.stringMatching(/^[0-9a-f]{12}$/), shell: 'bash' } });
    const intents = JSON.stringify(await recordsIn(join(gateway.directory, 'data', 'audit.db')))
      .replaceAll('\\\\', '')
      .replaceAll('\\"', '"');
    expect(intents).toMatch(/"command":"uname  -s","canonical":"'?uname'? '?-s'?"/);
  });
});
