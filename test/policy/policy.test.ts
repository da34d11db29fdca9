import { describe, expect, it } from 'vitest';
import type { Host } from '../../src/hosts/host.ts';
import type { Action } from '../../src/policy/action.ts';
import { settle } from '../../src/policy/settle.ts';
import { decidingMatch, type Decision } from '../../src/policy/evaluate.ts';
import { Policy } from '../../src/policy/policy.ts';
import { aCaller, anInventory } from '../fixtures/callers.ts';
import { hostId } from '../fixtures/sshd.ts';

const host = (id: string, enabled = true) => ({ id: hostId(id), enabled }) as Host;
const web = hostId('web-1');
const run = (command: string): Action => ({ kind: 'run_command', host: web, command });
const aPolicy = () => new Policy(anInventory([host('web-1'), host('db-1'), host('old-1', false)]));

describe('the security block of servers.json', () => {
  const policy = aPolicy();
  policy.useSecurityBlock({
    allowedCommandPatterns: ['^uptime ', '^ls ', 'systemctl (status|restart) ', '^reboot '],
    forbiddenCommands: ['rm -rf /', 'MKFS'],
    requireConfirmation: ['reboot', 'restart'],
  });
  it.each<{ command: string; decision: Decision }>([
    { command: 'uptime', decision: 'allow' },
    { command: '  uptime  ', decision: 'allow' },
    { command: 'uptimes', decision: 'deny' },
    { command: 'uptime\n\n  ls -l\n', decision: 'allow' },
    { command: 'ls -l\nid', decision: 'deny' },
    { command: 'ls -l\n \t id', decision: 'deny' },
    { command: 'ls \\\nid', decision: 'deny' },
    { command: ' \n', decision: 'deny' },
    { command: 'ls ; rm\t-rf /', decision: 'deny' },
    { command: 'ls ; rm   -rf  /', decision: 'deny' },
    { command: 'ls ; rm \\\n-rf /', decision: 'deny' },
    { command: 'ls -la /srv', decision: 'allow' },
    { command: 'echo ls ', decision: 'deny' },
    { command: 'systemctl status nginx', decision: 'allow' },
    { command: 'sudo systemctl status nginx', decision: 'deny' },
    { command: 'systemctl restart nginx', decision: 'ask' },
    { command: 'REBOOT now', decision: 'deny' },
    { command: 'reboot now', decision: 'ask' },
    { command: 'ls; rm -rf /', decision: 'deny' },
    { command: 'ls; Rm -RF /tmp', decision: 'deny' },
    { command: 'ls mkfs.ext4', decision: 'deny' },
  ])('decides $decision for: $command', ({ command, decision }) => {
    expect(policy.evaluate(aCaller(), [run(command)]).decision).toBe(decision);
  });

  it.each<{ command: string; decision: Decision }>([
    { command: 'ls $(whoami)', decision: 'deny' },
    { command: 'ls ; whoami', decision: 'deny' },
    { command: 'ls | sh', decision: 'deny' },
    { command: 'ls && uptime', decision: 'allow' },
    { command: 'ls ; upt\\ime', decision: 'allow' },
    { command: 'ls $(uptime)', decision: 'allow' },
    { command: 'ls "a b" | uptime 2>/dev/null', decision: 'allow' },
    { command: 'ls $x "$y" *', decision: 'allow' },
    { command: 'ls ; $x', decision: 'deny' },
    { command: 'ls ; eval "$x"', decision: 'deny' },
    { command: 'ls "', decision: 'deny' },
    { command: 'ls ; PATH=/tmp uptime', decision: 'deny' },
    { command: 'ls ; r""m   -rf   "/srv"', decision: 'deny' },
    { command: "ls 'rm'  '-rf' '/'", decision: 'deny' },
    { command: "uptime ; m''kfs", decision: 'deny' },
    { command: "ls ; re''boot now", decision: 'ask' },
    { command: 'ls > f; ls <<E\nx\nE', decision: 'deny' },
  ])('looks at every command, by its plain words: $decision for $command', ({ command, decision }) => {
    expect(policy.evaluate(aCaller(), [run(command)]).decision).toBe(decision);
  });

  it.each<{ pattern: string; command: string; decision: Decision }>([
    { pattern: '^sudo systemctl ', command: 'sudo systemctl restart app', decision: 'allow' },
    { pattern: '^sudo -n systemctl ', command: 'sudo -n  "systemctl" status app', decision: 'deny' },
    { pattern: '^sudo systemctl ', command: 'sudo systemctl restart $(id)', decision: 'deny' },
    { pattern: '^sudo ', command: 'sudo rm x', decision: 'allow' },
    { pattern: '^sudo ', command: 'sudo ls; rm x', decision: 'deny' },
    { pattern: '^find ', command: 'find . -exec rm {} \\;', decision: 'deny' },
    { pattern: '^find ', command: 'find . -exec rm {} +', decision: 'deny' },
    { pattern: '^find .*', command: 'find . -exec rm {} +', decision: 'deny' },
    { pattern: "^bash -c 'ls", command: "bash -c 'ls; rm x'", decision: 'deny' },
    { pattern: '^(sudo|nice) .*', command: 'sudo nice rm x', decision: 'allow' },
  ])('has a wrapped command matched as well: $decision for $command by $pattern', ({ pattern, command, decision }) => {
    const strict = aPolicy();
    strict.useSecurityBlock({ allowedCommandPatterns: [pattern], forbiddenCommands: [], requireConfirmation: [] });
    expect(strict.evaluate(aCaller(), [run(command)]).decision).toBe(decision);
  });

  it('refuses what cannot be read only where patterns restrict what may run', () => {
    const open = aPolicy();
    open.useSecurityBlock({ allowedCommandPatterns: [], forbiddenCommands: ['mkfs'], requireConfirmation: [] });
    for (const command of ['$x', 'ls @(a|b)', 'eval "$x"', 'ls "']) {
      expect(open.evaluate(aCaller(), [run(command)]).decision).toBe('allow');
    }
    expect(open.evaluate(aCaller(), [run('ls @(a|b) mkfs')]).decision).toBe('deny');
  });

  const built = (...plain: readonly string[]): Action => {
    return { kind: 'check_service', host: web, service: 'nginx', plain, command: 'exec sh -c …' };
  };
  it.each<{ plain: readonly string[]; decision: Decision }>([
    { plain: ['systemctl status nginx'], decision: 'allow' },
    { plain: ['systemctl status nginx', 'rc-service nginx status'], decision: 'allow' },
    { plain: ['rc-service nginx status', 'systemctl status nginx'], decision: 'deny' },
    { plain: ['systemctl status mkfs'], decision: 'deny' },
    { plain: ['systemctl status nginx', 'service mkfs status'], decision: 'deny' },
    { plain: ['systemctl restart nginx'], decision: 'ask' },
    { plain: ['systemctl status nginx', 'service nginx restart'], decision: 'ask' },
  ])('judges a command of ours by what a person would type: $decision for $plain', ({ plain, decision }) => {
    expect(policy.evaluate(aCaller(), [built(...plain)]).decision).toBe(decision);
  });

  it('allows every command when it lists no patterns', () => {
    expect(aPolicy().evaluate(aCaller(), [run('anything at all')]).decision).toBe('allow');
  });

  it('names what it refused in the words of the first seed', () => {
    const reason = (command: string) => decidingMatch(policy.evaluate(aCaller(), [run(command)]))?.justification;
    expect(reason('ls; rm -rf /')).toBe("Security validation failed: Forbidden command: contains 'rm -rf /'");
    expect(reason('whoami')).toBe('Security validation failed: Command not in allowed patterns');
  });

  it('keeps the rules it had when a pattern cannot be used', () => {
    const broken = { allowedCommandPatterns: ['(?<=x)ls'], forbiddenCommands: [], requireConfirmation: [] };
    expect(() => policy.useSecurityBlock(broken)).toThrow('not a pattern that RE2 knows');
    expect(policy.evaluate(aCaller(), [run('whoami')]).decision).toBe('deny');
  });

  it('judges a hostile pattern and command in linear time', () => {
    const slow = aPolicy();
    slow.useSecurityBlock({ allowedCommandPatterns: ['(a+)+$'], forbiddenCommands: [], requireConfirmation: [] });
    const before = performance.now();
    slow.evaluate(aCaller(), [run(`${'a'.repeat(50_000)}!`)]);
    expect(performance.now() - before).toBeLessThan(2000);
  });
});

describe('the list of ALLOWED_COMMANDS', () => {
  const policy = new Policy(anInventory([host('web-1')]), { allowedPrograms: ['ls', 'cat'] });
  it.each<{ command: string; decision: Decision }>([
    { command: 'ls /srv', decision: 'allow' },
    { command: '  cat\t/etc/hosts', decision: 'allow' },
    { command: 'rm -r /srv', decision: 'deny' },
    { command: 'lsblk', decision: 'deny' },
    { command: '   ', decision: 'deny' },
    { command: '>/dev/null', decision: 'deny' },
    { command: 'ls /srv | cat -n; ls && cat a || ls & cat b\nls', decision: 'allow' },
    { command: `ls "$HOME/a b" 'c;d' e\\;f g#h`, decision: 'allow' },
    { command: 'ls /srv 2>/dev/null >&2 | cat', decision: 'allow' },
    { command: `l\\s 'x' | "ca"t`, decision: 'allow' },
    { command: 'ls /srv; id -un', decision: 'deny' },
    { command: 'ls|id', decision: 'deny' },
    { command: 'ls&id', decision: 'deny' },
    { command: 'ls || id', decision: 'deny' },
    { command: 'ls |& id', decision: 'deny' },
    { command: 'ls\nid', decision: 'deny' },
    { command: 'ls $(id)', decision: 'deny' },
    { command: 'ls "$(id)"', decision: 'deny' },
    { command: 'ls "a`id`"', decision: 'deny' },
    { command: 'ls `id`', decision: 'deny' },
    { command: 'ls <(id)', decision: 'deny' },
    { command: '(id)', decision: 'deny' },
    { command: 'ls() { id; }; ls', decision: 'deny' },
    { command: '{ id; }', decision: 'deny' },
    { command: 'if ls; then id; fi', decision: 'deny' },
    { command: 'X=ls id', decision: 'deny' },
    { command: '$X', decision: 'deny' },
    { command: 'l${X}s', decision: 'deny' },
    { command: "ls $'a' ", decision: 'deny' },
    { command: 'ls > /srv/a', decision: 'deny' },
    { command: 'ls >/dev/nullx', decision: 'deny' },
    { command: `>${' '.repeat(70)}/dev/nullx id`, decision: 'deny' },
    { command: '>/dev/null id', decision: 'deny' },
    { command: "cat # '\nid\n'", decision: 'deny' },
    { command: `ls 'a\\'' ; id ; echo '`, decision: 'deny' },
    { command: `ls "a\\" ; id "b\\""`, decision: 'deny' },
    { command: "ls 'open", decision: 'deny' },
    { command: 'ls \\\nid', decision: 'deny' },
    { command: 'cat <<EOF\n$(id)\nEOF', decision: 'deny' },
    { command: 'ls\u00a0/srv', decision: 'deny' },
    { command: 'ls $(cat f) "`ls`"; (cat a)', decision: 'allow' },
    { command: 'if ls; then cat a; fi', decision: 'allow' },
    { command: 'LC_ALL=C ls < f', decision: 'allow' },
    { command: 'cat <<E\n$(ls)\nE', decision: 'allow' },
    { command: 'PATH=/tmp ls', decision: 'deny' },
    { command: 'ls() { cat a; }; ls', decision: 'deny' },
    { command: 'eval ls', decision: 'deny' },
    { command: '[[ a > f ]]; ls', decision: 'deny' },
    { command: 'ls &> f', decision: 'deny' },
    { command: 'cat < /dev/tcp/192.0.2.1/80', decision: 'deny' },
  ])('decides $decision for: $command', ({ command, decision }) => {
    expect(policy.evaluate(aCaller(), [run(command)]).decision).toBe(decision);
  });

  it.each([
    { allowed: 'sudo ls a', denied: 'sudo rm a' },
    { allowed: 'find . -exec ls {} +', denied: 'find . -exec rm {} +' },
    { allowed: "bash -c 'ls a'", denied: "bash -c 'rm a'" },
  ])('looks through wrappers that are on it: $denied', ({ allowed, denied }) => {
    const wrapping = new Policy(anInventory([host('web-1')]), { allowedPrograms: ['sudo', 'find', 'bash', 'ls'] });
    expect(wrapping.evaluate(aCaller(), [run(denied)]).decision).toBe('deny');
    expect(wrapping.evaluate(aCaller(), [run(allowed)]).decision).toBe('allow');
  });

  it('names the program that is not allowed, in the words of the second seed', () => {
    const { matches } = policy.evaluate(aCaller(), [run('ls; rm -r /srv/a')]);
    expect(matches.map(({ justification }) => justification)).toEqual([
      `Command 'rm' is not allowed. Allowed: ls, cat`,
    ]);
  });

  it('binds what starts a program for a tool, and what starts none not', () => {
    const path = { kind: 'read_path', host: hostId('web-1'), path: '/srv/a' } as const;
    expect(policy.evaluate(aCaller(), [path]).decision).toBe('allow');
    expect(policy.evaluate(aCaller(), [{ ...path, program: 'cat' }]).decision).toBe('allow');
    expect(policy.evaluate(aCaller(), [{ ...path, program: 'tail' }]).decision).toBe('deny');
  });
});

describe('which hosts a caller reaches', () => {
  const caller = aCaller({ allowedServers: ['web-*'] });
  it.each([
    { name: 'web-1', code: undefined },
    { name: 'web-2', code: 'unknown_host' },
    { name: 'db-1', code: 'host_not_allowed' },
    { name: 'no-such', code: 'host_not_allowed' },
    { name: 'old-1', code: 'host_not_allowed' },
  ])('says $code for $name', ({ name, code }) => {
    const evaluation = aPolicy().evaluate(caller, [{ kind: 'gather_facts', host: hostId(name) }]);
    expect(decidingMatch(evaluation)?.code).toBe(code);
  });

  it('says host_disabled for a disabled host that it may reach', () => {
    const evaluation = aPolicy().evaluate(aCaller(), [{ kind: 'gather_facts', host: hostId('old-1') }]);
    expect(decidingMatch(evaluation)).toMatchObject({ decision: 'deny', code: 'host_disabled' });
  });
});

describe('the restricted paths', () => {
  it.each<{ path: string; decision: Decision }>([
    { path: '/etc/shadow', decision: 'deny' },
    { path: '//etc/shadow', decision: 'deny' },
    { path: '/etc/../etc/shadow-', decision: 'deny' },
    { path: '/tmp/../etc/passwd', decision: 'deny' },
    { path: '/root/.ssh/id_ed25519', decision: 'deny' },
    { path: '/home/ann/.ssh/id_rsa', decision: 'deny' },
    { path: '/home/ann/.ssh/authorized_keys', decision: 'allow' },
    { path: '/proc', decision: 'deny' },
    { path: '/proc/1/environ', decision: 'deny' },
    { path: '/sys/kernel', decision: 'deny' },
    { path: '/dev/sda', decision: 'deny' },
    { path: '/processes', decision: 'allow' },
    { path: '/etc/hosts', decision: 'allow' },
    { path: 'relative/file', decision: 'allow' },
  ])('decide $decision for $path, to read, to write and to list', ({ path, decision }) => {
    for (const kind of ['read_path', 'write_path', 'list_path'] as const) {
      expect(aPolicy().evaluate(aCaller(), [{ kind, host: web, path }]).decision).toBe(decision);
    }
  });

  it('are judged by where the path leads, once the host has told', () => {
    const action: Action = { kind: 'read_path', host: web, path: 'harmless', resolved: '/etc/shadow' };
    expect(aPolicy().evaluate(aCaller(), [action]).decision).toBe('deny');
  });
});

describe('an evaluation', () => {
  it('is as strict as the strictest match over all actions', () => {
    const policy = aPolicy();
    policy.useSecurityBlock({ allowedCommandPatterns: [], forbiddenCommands: ['no'], requireConfirmation: ['maybe'] });
    expect(policy.evaluate(aCaller(), [run('yes'), run('maybe')]).decision).toBe('ask');
    expect(policy.evaluate(aCaller(), [run('maybe'), run('no')]).decision).toBe('deny');
  });

  it('becomes no permit where nobody can be asked', () => {
    const policy = aPolicy();
    policy.useSecurityBlock({ allowedCommandPatterns: [], forbiddenCommands: [], requireConfirmation: ['reboot'] });
    expect(() => settle(aCaller(), policy.evaluate(aCaller(), [run('reboot')]))).toThrowError(
      expect.objectContaining({ code: 'approval_unavailable', ran: 'not_started' }),
    );
  });
});

describe('a permit', () => {
  const permitFor = (...actions: Action[]) => settle(aCaller(), aPolicy().evaluate(aCaller(), actions));

  it('covers what was judged and nothing that differs from it', () => {
    using permit = permitFor(run('uptime'));
    expect(permit.covers(run('uptime'))).toBe(true);
    expect(permit.covers(run('uptime '))).toBe(false);
    expect(permit.covers({ ...run('uptime'), host: hostId('db-1') } as Action)).toBe(false);
    expect(permit.covers({ kind: 'gather_facts', host: web })).toBe(false);
  });

  it('gives the resolved path for the access that was judged, and for no other', () => {
    using permit = permitFor({ kind: 'read_path', host: web, path: 'a', resolved: '/srv/a' });
    expect(permit.resolvedPath('read_path', web, 'a')).toBe('/srv/a');
    expect(permit.resolvedPath('write_path', web, 'a')).toBeUndefined();
    expect(permit.resolvedPath('read_path', web, '/srv/a')).toBeUndefined();
  });

  it('covers nothing once its call has ended', () => {
    const permit = permitFor(run('uptime'), { kind: 'read_path', host: web, path: 'a', resolved: '/srv/a' });
    permit[Symbol.dispose]();
    expect(permit.covers(run('uptime'))).toBe(false);
    expect(permit.resolvedPath('read_path', web, 'a')).toBeUndefined();
  });

  it('does not change when the actions it was made from do', () => {
    const actions = [run('uptime')];
    const permit = settle(aCaller(), { decision: 'allow', actions, matches: [] });
    actions.push(run('reboot'));
    expect(permit.covers(run('reboot'))).toBe(false);
  });
});
