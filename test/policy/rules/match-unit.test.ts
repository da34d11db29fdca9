import { describe, expect, it } from 'vitest';
import type { RuleDocument } from '../../../src/policy/rules/policy-schema.ts';
import { aRule, judge } from './judging.ts';

type Row = readonly [rule: Partial<RuleDocument>, fits: readonly string[], fitsNot: readonly string[]];

/** Whether the rule, which allows, allows the command to a profile that would not. */
const allows = (rule: Partial<RuleDocument>, command: string): boolean =>
  judge(command, { rules: [aRule(rule)] }).decision === 'allow';
/** Whether the rule denies the command to a profile that would allow it. */
const denies = (rule: Partial<RuleDocument>, command: string): boolean =>
  judge(command, { profile: 'admin', rules: [aRule({ ...rule, effect: 'deny' })] }).decision === 'deny';

describe('a rule that allows', () => {
  it.each<Row>([
    [
      { command: 'frob' },
      ['frob', '/usr/bin/frob', '/bin/frob', '/usr/local/sbin/frob', 'frob | cat'],
      [
        'frob x',
        'frob -x',
        'frob ""',
        'grob',
        './frob',
        '/opt/frob',
        '/bin/x/frob',
        '~/frob',
        '$frob',
        'X=1 frob',
        'frob; grob',
        'frob > x',
      ],
    ],
    [{ command: ['frob', 'grob'] }, ['frob', 'grob', 'frob; grob'], ['hrob']],
    [
      { command: 'frob', operands: 'any' },
      ['frob', 'frob a b', 'frob /srv/*', 'frob -- -a'],
      [
        'frob -a',
        'frob "$x"',
        'frob $x',
        'frob a $(date)',
        'frob *',
        'frob a ?',
        'frob a [ab]',
        'frob {1..$x}',
        'frob <(date)',
      ],
    ],
    [
      { command: 'frob', operands: { each: 'a' } },
      ['frob', 'frob a', 'frob a a'],
      ['frob b', 'frob a b', 'frob aa', 'frob /srv/*', 'frob $x'],
    ],
    [{ command: 'frob', operands: { each: ['a', 're:b+'] } }, ['frob a bb b'], ['frob ab', 'frob c', 'frob bbc']],
    [{ command: 'frob', operands: { min: 1, max: 2 } }, ['frob a', 'frob a b'], ['frob', 'frob a b c', 'frob /srv/*']],
    [{ command: 'frob', operands: { min: 1 } }, ['frob a b c d'], ['frob', 'frob /srv/*']],
    [
      { command: 'frob', options: { allow: ['-a', '-n VALUE', '--all', '--name=VALUE', '--color[=WHEN]'] } },
      [
        'frob',
        'frob -a',
        'frob -n 1',
        'frob -n1',
        'frob -an1',
        'frob --all',
        'frob --name x',
        'frob --name=x',
        'frob --color',
        'frob --color=x',
        'frob -n -x',
      ],
      [
        'frob -b',
        'frob -ab',
        'frob --al',
        'frob --all=x',
        'frob -n',
        'frob --name',
        'frob --color x',
        'frob -n 1 2',
        'frob --nam=x',
        'frob -n $x',
        'frob -n "$x"',
        'frob -n"$x"',
        'frob -n *',
        'frob -n*',
        'frob --name=*',
        'frob --name="$x"',
        'frob --color="$x"',
        'frob -n {1..$x}',
        'frob -a$x',
      ],
    ],
    [
      { command: 'frob', options: { allow: ['-a'] }, operands: 'any' },
      ['frob -a x', 'frob x -a', 'frob /srv/*', 'frob -- -b'],
      ['frob *', 'frob -a ?x', 'frob -*', 'frob -b', 'frob -a $x'],
    ],
    [
      { command: 'frob', options: 'any' },
      ['frob -x', 'frob --x=y', 'frob -*', 'frob -x"$y"'],
      ['frob x', 'frob -x y', 'frob *'],
    ],
    [
      { command: 'frob', options: 'any', operands: 'any' },
      ['frob -x y', 'frob *', 'frob --x /srv/*'],
      ['frob $x', 'frob -x "$y"'],
    ],
    [
      { command: 'frob', options: { allow: 'any' }, operands: { each: 'y' } },
      ['frob -x y', 'frob --z -q'],
      ['frob -x z'],
    ],
    [
      { command: 'frob', options: { deny: ['-f', '--force'] } },
      ['frob', 'frob -x', 'frob --for-x'],
      [
        'frob -f',
        'frob -xf',
        'frob --force',
        'frob --forc',
        'frob --force=x',
        'frob -x$y',
        'frob -*',
        'frob $y',
        'frob -force',
      ],
    ],
    [
      { command: 'frob', options: { allow: ['-a', '-b'], deny: ['-b'] } },
      ['frob -a'],
      ['frob -b', 'frob -ab', 'frob -c'],
    ],
    [
      { command: 'frob', subcommand: 'get' },
      ['frob get'],
      ['frob', 'frob set', 'frob get x', 'frob x get', 'frob $x', 'frob ge*', 'frob -a get'],
    ],
    [
      { command: 'frob', subcommand: ['get', 'list  all'] },
      ['frob get', 'frob list all'],
      ['frob list', 'frob all', 'frob list x all', 'frob get all'],
    ],
    [
      { command: 'frob', subcommand: 'get', options: { allow: ['-n NAME', '-q'] }, operands: 'any' },
      ['frob get x', 'frob -q get x', 'frob -n x get y', 'frob get -n x y', 'frob -nx get'],
      ['frob -n get set x', 'frob -x get', 'frob -n $x get', 'frob x get'],
    ],
    [
      { command: 'frob', subcommand: 'get', options: 'any', operands: 'any' },
      ['frob get x', 'frob --n=x get y', 'frob get -n x'],
      [
        'frob -n get set x',
        'frob --n get set x',
        'frob -q get',
        'frob --n="$x" get',
        'frob --=x get',
        'frob -n=x get',
        'frob',
      ],
    ],
    [
      { command: 'docker', subcommand: 'ps', options: 'any' },
      ['docker ps -a', 'docker -D ps'],
      ['docker --context ps rm', 'docker -H ps rm'],
    ],
    [
      { command: ['tail', 'frob'], options: { allow: ['-n'] }, operands: { each: 're:/srv/.*' } },
      ['tail -n 5 /srv/a', 'frob -n /srv/a'],
      ['frob -n /etc/motd', 'frob -n 5 /srv/a'],
    ],
  ])('%j fits what it names, and nothing else', (rule, fits, fitsNot) => {
    expect([...fits, ...fitsNot].filter((command) => allows(rule, command))).toEqual(fits);
  });

  it.each<Row>([
    [{ command: 'frob' }, ['frob'], ['sudo frob']],
    [
      { command: 'frob', sudo: 'allowed' },
      ['frob', 'sudo frob', 'sudo -n frob', 'sudo -u app frob', 'sudo -H frob', 'sudo -u _app-1 frob'],
      [
        'sudo -g app frob',
        'sudo -u "#0" frob',
        'sudo -E frob',
        'sudo -u "$x" frob',
        'sudo -u App frob',
        'sudo -u 1app frob',
        'sudo -i frob',
        'sudo -D /srv frob',
        'doas grob',
      ],
    ],
    [{ command: 'frob', sudo: 'required' }, ['sudo frob'], ['frob']],
  ])('%j is as strict about becoming another user', (rule, fits, fitsNot) => {
    expect([...fits, ...fitsNot].filter((command) => allows(rule, command))).toEqual(fits);
  });

  it.each<Row>([
    [
      { command: 'cat', reads: { any: ['logs'] }, operands: 'any' },
      ['cat /var/log/a', 'cat /var/log/a /srv/a', 'cat /var/log/*'],
      ['cat /srv/a', 'cat', 'cat -x /var/log/a', 'cat "$x" /var/log/a'],
    ],
    [
      { command: 'cat', reads: { allOf: ['logs'] }, operands: 'any' },
      ['cat /var/log/a', 'cat'],
      ['cat /var/log/a /srv/a', 'cat /var/log/../a', 'cat /var/log/a < /srv/a'],
    ],
    [
      { command: 'cat', reads: { noneOf: ['shadow', 'env'] }, operands: 'any' },
      ['cat /srv/a', 'cat < /srv/a'],
      ['cat /etc/shadow', 'cat /srv/.env', 'cat < /srv/.env', 'cat /srv/.e*', 'cat /etc/sh*'],
    ],
    [{ command: 'frob', reads: { noneOf: ['shadow'] }, operands: 'any' }, [], ['frob /srv/a']],
    [
      { command: 'cat', operands: { paths: { read: { allOf: ['logs'] } } } },
      ['cat /var/log/a', 'cat /var/log/*'],
      ['cat /srv/a', 'cat -n /var/log/a', 'cat /var/log/"$x"'],
    ],
    [
      { command: 'cat', operands: { max: 3, paths: { read: { allOf: ['logs'] } } } },
      ['cat /var/log/a'],
      ['cat /var/log/*'],
    ],
    [
      { command: 'touch', operands: { paths: { write: { allOf: ['home'] } } } },
      ['touch ~/a'],
      ['touch /tmp/a', 'touch ~/*'],
    ],
    [
      { command: 'touch', writes: { allOf: ['home'] }, operands: 'any' },
      ['touch a', 'touch ~/*'],
      ['touch /srv/a', 'touch $x'],
    ],
    [
      { command: 'cat', operands: { each: 're:.*', paths: { read: { allOf: ['logs'] } } } },
      ['cat /var/log/a'],
      ['cat /srv/a'],
    ],
    [
      { command: 'grep', reads: { noneOf: ['shadow'] }, operands: 'any' },
      ['grep x /srv/a'],
      ['grep /etc/shadow /srv/a', 'grep key=/etc/shadow /srv/a'],
    ],
    [
      { command: 'grep', reads: { any: ['logs'] }, operands: 'any' },
      ['grep /etc/x /var/log/a'],
      ['grep /var/log/a /srv/b'],
    ],
  ])('%j is sure where it reads and writes', (rule, fits, fitsNot) => {
    const rules = [aRule({ overrides: ['builtin:writes', 'builtin:protected-paths'], ...rule })];
    const allowed = [...fits, ...fitsNot].filter(
      (one) => judge(one, { profile: 'standard', defaults: { unlisted: 'deny' }, rules }).allowedBy.length > 0,
    );
    expect(allowed).toEqual(fits);
  });

  it('is of no use for commands where it names none, or other actions', () => {
    expect(allows({ reads: { any: ['logs'] } }, 'frob /var/log/a')).toBe(false);
    expect(allows({ command: 'frob', actions: ['read_path'] }, 'frob')).toBe(false);
    expect(allows({ command: 'frob', actions: ['read_path', 'run_command'] }, 'frob')).toBe(true);
  });

  it('does not fit where its words may be too many', () => {
    const loops = (count: number): string =>
      `for a in ${'x '.repeat(4)}; do for b in ${'y '.repeat(4)}; do frob ${'$a$b '.repeat(count)}; done; done`;
    expect(allows({ command: 'frob', operands: 'any' }, loops(1))).toBe(true);
    expect(allows({ command: 'frob', operands: 'any' }, loops(3))).toBe(false);
    expect(denies({ command: 'frob', operands: { each: 'z' } }, loops(1))).toBe(false);
    expect(denies({ command: 'frob', operands: { each: 'z' } }, loops(3))).toBe(true);
  });
});
