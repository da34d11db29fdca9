import { describe, expect, it } from 'vitest';
import type { Host } from '../../src/hosts/host.ts';
import type { Action } from '../../src/policy/action.ts';
import type { KnownHosts } from '../../src/policy/evaluate.ts';
import { Policy } from '../../src/policy/policy.ts';
import { judgeCommand } from '../../src/policy/rules/judge-command.ts';
import { readPolicy } from '../../src/policy/rules/read-policy.ts';
import { builtInProfiles } from '../../src/policy/rules/profiles.ts';
import { aCaller, anInventory } from '../fixtures/callers.ts';
import { hostId } from '../fixtures/sshd.ts';

const web = hostId('web-1');
const traits: KnownHosts = new Map([[web, { name: 'web-1', tags: [], labels: {}, user: 'deploy', sudo: true }]]);
const policy = new Policy(anInventory([{ id: web, enabled: true } as Host]));
const decide = (profile: string, action: Action) => policy.evaluate(aCaller({ profile }), [action], traits).decision;
const run = (command: string): Action => ({ kind: 'run_command', host: web, command });

/** The rows of the threat table that policy answers for. */
describe('threats', () => {
  it.each(['ls\r', 'ls \u001b[2K', 'ls \0', 'ls \u202e', 'ls \u200b', 'ls\u0008'])(
    '8: hidden characters are denied: %j',
    (command) => {
      for (const profile of builtInProfiles) expect(decide(profile, run(command))).toBe('deny');
    },
  );

  it('10: what closed rules allow is sent in the form that was judged', () => {
    const { actions } = policy.evaluate(aCaller({ profile: 'observe' }), [run('cat  /etc/"hosts"')], traits);
    expect(actions).toEqual([
      {
        ...run('cat  /etc/"hosts"'),
        canonical: expect.stringMatching(/^'?cat'? '?\/etc\/hosts'?$/),
        limits: 'read_only',
      },
    ]);
  });

  it.each([
    '/etc/shadow',
    '/root/.ssh/id_rsa',
    '/tmp/../etc/shadow',
    '~root/.ssh/x',
    '/home/ada/.aws/credentials',
    '/proc/self/environ',
  ])('12: a path that must not be read is denied, as text and as where it leads: %s', (path) => {
    for (const profile of ['observe', 'operator']) {
      expect(decide(profile, { kind: 'read_path', host: web, path })).toBe('deny');
      expect(
        decide(profile, {
          kind: 'read_path',
          host: web,
          path: '/tmp/link',
          resolved: path.replace('~root', '/root').replace('/tmp/..', ''),
        }),
      ).toBe('deny');
    }
  });

  it.each([
    '('.repeat(16_000),
    '$('.repeat(8_000),
    'ls;'.repeat(5_000),
    '"$('.repeat(5_000),
    `echo ${'a'.repeat(16_300)}`,
    `ls ${'/etc/*'.repeat(2_000)}`,
    `x=${'$x'.repeat(8_000)}`,
  ])('27: hostile text is decided in time: %.20s…', (command) => {
    const startedAt = performance.now();
    judgeCommand(command, { profile: 'observe', rules: [], defaults: {}, host: undefined });
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });

  it('28: a pattern that would stall is linear', async () => {
    const { rules } = await readPolicy(
      'p',
      'version: 1\nrules:\n  - { id: a, effect: deny, command: x, operands: { each: "re:(a+)+$" } }\n',
    );
    const startedAt = performance.now();
    judgeCommand(`x ${'a'.repeat(15_000)}!`, { profile: 'admin', rules, defaults: {}, host: undefined });
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });

  it.each<Action>([
    { kind: 'write_path', host: web, path: '/tmp/x' },
    { kind: 'sudo_write_path', host: web, path: '/tmp/x' },
    { kind: 'sudo_read_path', host: web, path: '/var/log/syslog' },
    {
      kind: 'manage_service',
      host: web,
      service: 'nginx',
      verb: 'restart',
      plain: ['systemctl restart nginx'],
      command: 'x',
    },
    { kind: 'install_package', host: web, package: 'x', manager: 'apt', plain: ['apt-get install -y x'], command: 'x' },
    run('touch /tmp/x'),
    run('sudo -n uptime'),
  ])('31: observe changes nothing: $kind', (action) => {
    expect(decide('observe', action)).toBe('deny');
  });

  it.each<Action>([
    { kind: 'read_path', host: web, path: '/var/log/syslog' },
    { kind: 'list_path', host: web, path: '/etc' },
    {
      kind: 'check_service',
      host: web,
      service: 'nginx',
      plain: ['systemctl status nginx', 'service nginx status'],
      command: 'x',
    },
    {
      kind: 'read_journal',
      host: web,
      query: { unit: 'nginx', since: undefined, until: undefined, priority: undefined, pattern: undefined, lines: 100 },
      plain: ['journalctl -u nginx -n 100'],
      command: 'x',
    },
    { kind: 'gather_facts', host: web },
    run('uptime'),
  ])('31: and reads: $kind', (action) => {
    expect(decide('observe', action)).toBe('allow');
  });

  it.each([
    'rm -rf /',
    'rm -rf --no-preserve-root /',
    'mkfs.ext4 /dev/sda1',
    'dd if=/dev/zero of=/dev/sda',
    'chmod -R 777 /',
    'kill -9 -1',
    ':(){ :|:& };:',
    'echo x >> /etc/sudoers',
  ])('35: nobody can allow %s', async (command) => {
    const text = `version: 1\nrules:\n  - { id: a, effect: allow, text: ${JSON.stringify(command)}, overrides: [builtin:destructive, builtin:privileged, builtin:opaque, builtin:writes, builtin:protected-paths] }\n`;
    const { rules } = await readPolicy('p', text);
    for (const profile of builtInProfiles) {
      expect(judgeCommand(command, { profile, rules, defaults: {}, host: undefined }).decision).toBe('deny');
      expect(decide(profile, run(command))).toBe('deny');
    }
  });

  it('36: a change of the policy holds from the next call on', async () => {
    const changing = new Policy(anInventory([{ id: web, enabled: true } as Host]));
    const judged = () => changing.evaluate(aCaller({ profile: 'admin' }), [run('uptime')], traits);
    expect(judged().decision).toBe('allow');
    changing.usePolicy(await readPolicy('p', 'version: 1\nrules:\n  - { id: a, effect: deny, command: uptime }\n'));
    const { decision, policyVersion } = judged();
    expect(decision).toBe('deny');
    expect(policyVersion).toMatch(/^[0-9a-f]{12}$/);
  });

  it.each([
    ['sudo uptime', 'allow'],
    ['sudo -u root uptime', 'allow'],
    ['sudo -u ada uptime', 'ask'],
    ['sudo -u#-1 uptime', 'deny'],
    ['sudo -i', 'deny'],
    ['sudo -s', 'deny'],
    ['sudo -E uptime', 'deny'],
    ['sudo -R /x uptime', 'deny'],
    ['sudo --host=x uptime', 'deny'],
  ])('37: sudo is only what it seems: %s', (command, decision) => {
    expect(decide('operator', run(command))).toBe(decision);
    expect(decide('observe', run(command))).toBe('deny');
  });

  it('37: and it never asks for a password', () => {
    const { actions } = policy.evaluate(aCaller({ profile: 'operator' }), [run('sudo uptime')], traits);
    expect(actions).toEqual([
      expect.objectContaining({ canonical: expect.stringMatching(/^'?sudo'? '?-n'? '?uptime'?$/) }),
    ]);
  });

  it.each(['for x in 1', 'echo $((', 'ls @(a)', "echo $'\\c'", 'cat <<E'])(
    '44: what is not understood is never allowed by closed rules: %s',
    (command) => {
      expect(decide('observe', run(command))).toBe('deny');
      expect(decide('operator', run(command))).toBe('deny');
    },
  );
});
