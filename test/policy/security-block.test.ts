import { describe, expect, it } from 'vitest';
import type { Host } from '../../src/hosts/host.ts';
import type { Action } from '../../src/policy/action.ts';
import type { Decision } from '../../src/policy/evaluate.ts';
import { Policy } from '../../src/policy/policy.ts';
import { securityBlockIssues } from '../../src/policy/security-block.ts';
import { aCaller, anInventory } from '../fixtures/callers.ts';
import { hostId } from '../fixtures/sshd.ts';

const web = hostId('web-1');
const inventory = anInventory([{ id: web, enabled: true } as Host]);
const run = (command: string): Action => ({ kind: 'run_command', host: web, command });
const aPolicy = () => new Policy(inventory);

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
    { command: 'uptime\n \t\nls', decision: 'allow' },
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
    { pattern: '^(ls|x=)', command: 'x=1; ls $x', decision: 'allow' },
    { pattern: '^(ls|> f)', command: '> f; ls', decision: 'allow' },
    { pattern: '^(ls|> f)', command: '> g; ls', decision: 'deny' },
    { pattern: '^ls', command: 'ls {1..9999999}', decision: 'allow' },
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

  const forbidding = (text: string) => {
    const open = aPolicy();
    open.useSecurityBlock({ allowedCommandPatterns: [], forbiddenCommands: [text], requireConfirmation: [] });
    return open;
  };
  it.each([
    { text: 'x=1 ls', command: `X='1'  "ls" -l` },
    { text: 'ls -l > /srv/x', command: 'ls  -l  >"/srv/x"' },
    { text: 'ls 2> /srv/x', command: "ls 2>'/srv/x'" },
    { text: '> /srv/x', command: '>"/srv/x"' },
    { text: 'x=/tmp', command: "ls; X='/tmp'" },
    { text: 'rm -rf', command: 'ls "; rm \t  -rf /srv' },
    { text: 'rm -rf', command: 'ls "; rm \\\n \\\n-rf /srv' },
  ])('forbids $text with what stands around a command, however it is written: $command', ({ text, command }) => {
    expect(forbidding(text).evaluate(aCaller(), [run(command)]).decision).toBe('deny');
  });

  it('has nothing to say of what is not a command', () => {
    for (const action of [{ kind: 'read_path', host: web, path: '/srv/a' }, { kind: 'list_hosts' }] as const)
      expect(policy.evaluate(aCaller(), [action]).matches).toEqual([]);
  });

  it('allows every command when it lists no patterns', () => {
    expect(aPolicy().evaluate(aCaller(), [run('anything at all')]).decision).toBe('allow');
  });

  const stranger = 'Command not in allowed patterns';
  it.each([
    { command: 'ls; rm -rf /', reason: "Forbidden command: contains 'rm -rf /'" },
    { command: 'whoami', reason: stranger },
    { command: ' ', reason: `${stranger}. The text holds no command.` },
    { command: 'ls \u202e', reason: `${stranger}. The text holds control characters or characters that are not seen.` },
    { command: 'ls a; $x', reason: `${stranger}. Which command $x is cannot be known` },
    { command: 'ls a; id  "-u"', reason: `${stranger}, which every command in a text must match: id -u` },
  ])('says of $command, in the words of the first seed: $reason', ({ command, reason }) => {
    expect(policy.evaluate(aCaller(), [run(command)]).matches[0]).toEqual({
      decision: 'deny',
      rule: 'security',
      code: 'denied_by_policy',
      justification: `Security validation failed: ${reason}`,
    });
  });

  it('says what a person must approve', () => {
    expect(policy.evaluate(aCaller(), [run('reboot now')]).matches).toEqual([
      {
        decision: 'ask',
        rule: 'security',
        code: 'approval_unavailable',
        justification: "A person must approve commands that contain 'reboot'",
      },
    ]);
  });

  it('names patterns that cannot be used, by their place', () => {
    const patterns = ['^ls ', '(?<=x)ls', '^id', String.raw`(a)\1`];
    const block = { allowedCommandPatterns: patterns, forbiddenCommands: [], requireConfirmation: [] };
    const message = (pattern: string) =>
      `${JSON.stringify(pattern)} is not a pattern that RE2 knows; rewrite it without look-around and back-references`;
    expect(securityBlockIssues(block)).toEqual([
      { path: ['allowed_commands_patterns', 1], message: message('(?<=x)ls') },
      { path: ['allowed_commands_patterns', 3], message: message(String.raw`(a)\1`) },
    ]);
    expect(() => aPolicy().useSecurityBlock(block)).toThrowError(
      expect.objectContaining({
        code: 'config_invalid',
        message: `security.allowed_commands_patterns: ${message('(?<=x)ls')}`,
      }),
    );
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
