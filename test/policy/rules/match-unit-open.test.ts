import { describe, expect, it } from 'vitest';
import type { RuleDocument } from '../../../src/policy/rules/policy-schema.ts';
import { aRule, judge } from './judging.ts';

type Row = readonly [rule: Partial<RuleDocument>, fits: readonly string[], fitsNot: readonly string[]];

/** Whether the rule denies the command to a profile that would allow it. */
const denies = (rule: Partial<RuleDocument>, command: string): boolean =>
  judge(command, { profile: 'admin', rules: [aRule({ ...rule, effect: 'deny' })] }).decision === 'deny';

describe('a rule that denies', () => {
  it.each<Row>([
    [
      { command: 'frob' },
      ['frob', 'frob x', 'sudo frob -x', 'nice frob', "sh -c 'frob'", 'X=1 frob', 'echo $(frob)'],
      ['grob', './frob', 'echo frob'],
    ],
    [{ command: 'frob', sudo: 'forbidden' }, ['frob'], ['sudo frob']],
    [{ command: 'frob', sudo: 'required' }, ['sudo frob'], ['frob']],
    [{ actions: ['run_command'] }, ['frob', 'ls'], []],
    [{ actions: ['read_path'] }, [], ['frob']],
    [{ actions: ['read_path'], command: 'frob' }, [], ['frob']],
    [
      { command: 'frob', subcommand: 'rm' },
      ['frob rm', 'frob -n x rm', 'frob --x rm y', 'frob $x', 'frob "$x"', 'frob ls "$x"', 'frob *', 'frob {1..$x}'],
      ['frob', 'frob ls', 'frob rmx', 'frob -rm'],
    ],
    [
      { command: 'frob', subcommand: 'image rm' },
      [
        'frob image rm x',
        'frob image -n x rm',
        'frob image "$x"',
        'frob "$x" "$y"',
        'frob $x',
        'frob *',
        'frob im*',
        'frob image ls r*',
        'frob a$x',
      ],
      ['frob image', 'frob rm image', 'frob image ls', 'frob "$x"', 'frob rm "$x"', 'frob r*'],
    ],
    [
      { command: 'frob', subcommand: ['rm', 'image prune'] },
      ['frob rm', 'frob image prune'],
      ['frob prune', 'frob image ls'],
    ],
    [
      { command: 'frob', options: { deny: ['-f'] } },
      [
        'frob -f',
        'frob -xf',
        'frob -fx',
        'frob -f=x',
        'frob "$x"',
        'frob -"$x"',
        'frob -u"$x"',
        'frob -u*',
        'frob -*',
        'frob *',
        'frob o$x',
        'frob -- -f',
      ],
      ['frob', 'frob f', 'frob -x', 'frob --f', 'frob --if', 'frob "o$x"', 'frob o*', 'frob -', 'frob --x="$y"'],
    ],
    [
      { command: 'frob', options: { deny: ['--force'] } },
      [
        'frob --force',
        'frob --forc',
        'frob --f',
        'frob --force=x',
        'frob -force',
        'frob "$x"',
        'frob -"$x"',
        'frob --fo"$x"',
        'frob --force="$x"',
        'frob --f*',
        'frob -*',
        'frob o$x',
      ],
      [
        'frob',
        'frob force',
        'frob -f',
        'frob --forced',
        'frob --',
        'frob -',
        'frob --go"$x"',
        'frob "o$x"',
        'frob -u"$x"',
        'frob --=force',
      ],
    ],
    [
      { command: 'frob', options: { denyPrefix: ['--force'] } },
      ['frob --force', 'frob --force-all', 'frob --for', 'frob --forced=x'],
      ['frob --farce', 'frob -f'],
    ],
    [
      { command: 'frob', options: { deny: ['-auto-approve'] } },
      ['frob -auto-approve', 'frob --auto-approve', 'frob -auto-approve=true', 'frob -au"$x"'],
      ['frob -auto', 'frob -a', 'frob --auto-approved'],
    ],
    [{ command: 'frob', options: { allow: ['-x'] } }, ['frob', 'frob -y'], []],
    [{ command: 'frob', options: 'any' }, ['frob', 'frob -y'], []],
    [
      { command: 'frob', operands: { each: 'a' } },
      ['frob a', 'frob b a', 'frob -x a', 'frob "$x"', 'frob *', 'frob $x', 'frob -$x'],
      ['frob', 'frob b', 'frob -a', 'frob ab', 'frob -"$x"'],
    ],
    [
      { command: 'frob', operands: { each: '-a' } },
      ['frob -- -a', 'frob x -- y -a'],
      ['frob -a', 'frob -a -- x', 'frob -- --'],
    ],
    [
      { command: 'frob', operands: { min: 2 } },
      ['frob a b', 'frob "$x"', 'frob a b c'],
      ['frob', 'frob a', 'frob a -b', 'frob a --'],
    ],
    [
      { command: 'frob', operands: { max: 1 } },
      ['frob', 'frob a', 'frob -j 4 a', 'frob -x 1 -y 2 a', 'frob -j * a'],
      ['frob a b', 'frob -x a b c', 'frob -- a b'],
    ],
    [{ command: 'frob', operands: 'any' }, ['frob', 'frob a'], []],
    [
      { command: 'cat', operands: { paths: { read: { any: ['logs'] } } } },
      ['cat /var/log/a', 'cat "$x"', 'cat /srv/$x', 'cd /var; cat log/a'],
      ['cat', 'cat /srv/a'],
    ],
    [
      { command: 'tee', operands: { paths: { write: { any: ['logs'] } } } },
      ['tee /var/log/a', 'tee "$x"'],
      ['tee', 'tee /srv/a', 'tee < /var/log/a'],
    ],
    [
      { command: 'cat', operands: { each: '/srv/a', paths: { read: { any: ['logs'] } } } },
      ['cat /srv/a /var/log/a'],
      ['cat /srv/a', 'cat /var/log/a'],
    ],
  ])('%j fits what it may mean', (rule, fits, fitsNot) => {
    expect([...fits, ...fitsNot].filter((command) => denies(rule, command))).toEqual(fits);
  });

  it.each<Row>([
    [
      { reads: { any: ['shadow'] } },
      [
        'cat /etc/shadow',
        'cat < /etc/shadow',
        'cat /etc/sh*',
        'cd /etc; cat shadow',
        'cat "$x"',
        'cat "/srv/$x"',
        'cat /srv/$x',
        'cat $(echo /etc/shadow)',
        'cat /e$(echo tc/shadow)',
        'frob /etc/shadow',
        'frob --in=/etc/shadow',
        'frob -in=/etc/shadow',
        'frob in=/etc/shadow',
        'frob -f/etc/shadow',
        'frob @/etc/shadow',
        'frob "$x"',
        'frob {1..$x}',
        './frob /etc/shadow',
        '$frob /etc/shadow',
        'frob < "$x"',
        'frob --in="$x"',
      ],
      [
        'cat /etc/passwd',
        'cat',
        'echo /etc/shadow',
        'echo "$x"',
        'cat /srv/*',
        'frob /etc/shadows',
        'frob -i',
        'cd /srv; cat shadow',
        'frob "/etc/shadow x"',
      ],
    ],
    [{ reads: { allOf: ['logs'] } }, ['cat /var/log/a', 'cat /var/log/a "$x"'], ['cat', 'cat /var/log/a /srv/a']],
    [
      { reads: { noneOf: ['logs'] } },
      ['cat /srv/a', 'cat /var/log/a /srv/a', 'cat "/var/log/$x"', 'cat /var/log/../a'],
      ['cat', 'cat /var/log/a', 'cat /var/log/*'],
    ],
    [
      { writes: { any: ['logs'] } },
      ['echo a > /var/log/a', 'tee /var/log/a', 'touch /var/log/*', 'frob /var/log/a', 'touch "$x"'],
      ['cat /var/log/a', 'echo a > /srv/a', 'touch /srv/a'],
    ],
    [{ command: 'cat', reads: { any: ['logs'] } }, ['cat /var/log/a'], ['tac /var/log/a', 'cat /srv/a']],
    [{ command: 'tee', writes: { any: ['logs'] } }, ['tee /var/log/a'], ['touch /var/log/a', 'tee /srv/a']],
    [
      { reads: { any: ['home'] } },
      ['frob a', 'frob -f.a', 'frob -f~/a', 'cat ~/a'],
      ['frob -rf', 'frob --rf', 'cat /srv/a'],
    ],
  ])('%j fits what may be read or written there', (rule, fits, fitsNot) => {
    expect([...fits, ...fitsNot].filter((command) => denies(rule, command))).toEqual(fits);
  });

  it('knows the values that the text itself says', () => {
    const rule = { command: 'frob', options: { deny: ['-f'] }, operands: { each: 'b' } };
    expect(denies(rule, 'for x in a c; do frob $x; done')).toBe(false);
    expect(denies(rule, 'for x in -f b; do frob -f "$x"; done')).toBe(true);
    expect(denies({ command: 'frob', subcommand: 'image rm' }, "x='image rm'; frob $x")).toBe(true);
    expect(denies({ command: 'frob', options: { deny: ['--force'] } }, "x='a --force'; frob o$x")).toBe(true);
    expect(denies({ command: 'frob', options: { deny: ['--force'] } }, 'x=b; frob o$x')).toBe(false);
    expect(denies({ reads: { any: ['shadow'] } }, "x='a /etc/shadow'; cat /tmp/$x")).toBe(true);
  });

  it('takes what the canonical form holds to a name for a name', () => {
    const rules = [aRule({ effect: 'deny', reads: { any: ['shadow'] } })];
    expect(judge('cat /srv/$x', { rules }).decision).toBe('allow');
    expect(judge('cat /etc/$x', { rules }).objections).toContainEqual(expect.objectContaining({ rule: 'a' }));
    expect(
      judge('tail -n $x /srv/a', { rules: [aRule({ effect: 'deny', command: 'tail', options: { deny: ['-f'] } })] })
        .decision,
    ).toBe('deny');
    expect(
      judge('tail -n1$x /srv/a', {
        rules: [aRule({ effect: 'deny', command: 'tail', options: { deny: ['--follow'] } })],
      }).decision,
    ).toBe('allow');
  });
});
