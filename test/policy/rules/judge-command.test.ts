import { describe, expect, it } from 'vitest';
import type { DefaultsDocument, RuleDocument } from '../../../src/policy/rules/policy-schema.ts';
import { profileDefaults, type BuiltInProfile } from '../../../src/policy/rules/profiles.ts';
import { aRule, judge } from './judging.ts';

const ruled = (profile: BuiltInProfile, ...documents: readonly Partial<RuleDocument>[]) => ({
  profile,
  rules: documents.map((document, place) => aRule({ id: ['a', 'b', 'c'][place] ?? 'd', ...document })),
});

describe('what a rule says of a command', () => {
  const frob = { command: 'frob', operands: 'any' } as const;

  it.each<{ effect: 'ask' | 'deny'; reason?: string; text: string }>([
    { effect: 'ask', text: "the policy's rule a" },
    { effect: 'deny', text: "the policy's rule a" },
    { effect: 'deny', reason: 'no frobbing', text: 'no frobbing' },
  ])('is an objection, of its part of the text: %j', ({ effect, reason, text }) => {
    const judgement = judge('ls; frob', ruled('admin', { ...frob, effect, reason }));
    expect(judgement.decision).toBe(effect);
    expect(judgement.objections).toEqual([{ decision: effect, rule: 'a', code: 'rule', text, unit: 1 }]);
  });

  it('mentions it, so that it is not unlisted', () => {
    expect(judge('frob').decision).toBe('deny');
    expect(judge('frob', ruled('observe', { ...frob, effect: 'ask' })).decision).toBe('ask');
    expect(judge('frob', ruled('observe', { command: 'grob', effect: 'ask' })).decision).toBe('deny');
  });

  it('does not mention it where another takes it back', () => {
    const a: Partial<RuleDocument> = { ...frob, effect: 'ask', overrides: ['b'] };
    const b: Partial<RuleDocument> = { ...frob, effect: 'ask', overrides: ['a'] };
    expect(judge('frob', ruled('observe', a, b)).decision).toBe('deny');
    expect(
      judge('frob', ruled('observe', { ...frob, effect: 'allow' }, { ...frob, effect: 'ask', overrides: ['a'] }))
        .decision,
    ).toBe('ask');
    expect(
      judge('frob', ruled('observe', frob, { ...frob, effect: 'deny' }, { ...frob, effect: 'allow', overrides: ['b'] }))
        .decision,
    ).toBe('allow');
  });

  it('names every rule that allowed a part of it, once', () => {
    const { allowedBy } = judge('frob; grob; frob', ruled('observe', frob, { command: 'grob' }, { command: 'hrob' }));
    expect(allowedBy.map(({ id }) => id)).toEqual(['a', 'b']);
    const taken = judge('frob', ruled('admin', frob, { ...frob, effect: 'ask', overrides: ['a'] }));
    expect(taken.allowedBy).toEqual([]);
  });

  it('holds for sudo itself, whatever is allowed behind it', () => {
    const allowed: Partial<RuleDocument> = { ...frob, sudo: 'allowed' };
    expect(judge('sudo frob', ruled('observe', allowed)).decision).toBe('allow');
    const both = judge('sudo frob', ruled('observe', allowed, { command: 'sudo', effect: 'deny' }));
    expect(both.objections).toMatchObject([{ decision: 'deny', rule: 'b', unit: 0 }]);
  });

  it('holds, where it is of a whole text, for no other', () => {
    const rules = ruled('admin', { text: 'frob', actions: ['run_command'], effect: 'deny' });
    expect(judge('frob', rules)).toMatchObject({ decision: 'deny', allowedBy: [] });
    expect(judge('grob', rules)).toMatchObject({ decision: 'allow', allowedBy: [] });
    expect(judge('frob (', ruled('admin', { text: 'frob (', effect: 'deny' }))).toMatchObject({
      decision: 'deny',
      allowedBy: [],
    });
  });

  it.each(['$x; frob', 'frob; $x'])('overrides what cannot be known in its own part alone: %s', (text) => {
    const { objections } = judge(text, ruled('observe', { ...frob, overrides: ['builtin:opaque'] }));
    expect(objections).toContainEqual(
      expect.objectContaining({ decision: 'deny', rule: 'builtin:opaque', code: 'dynamic_program' }),
    );
  });

  it('has the strictest first, and else the order of the text', () => {
    const judgement = judge(
      'frob; grob; hrob',
      ruled(
        'admin',
        { command: 'frob', effect: 'ask' },
        { command: 'grob', effect: 'deny' },
        { command: 'hrob', effect: 'ask' },
      ),
    );
    expect(judgement.objections.map(({ rule }) => rule)).toEqual(['b', 'a', 'c']);
  });

  it('takes back what another says of the same command alone', () => {
    const rules = ruled('admin', { command: ['frob', 'grob'], effect: 'deny' }, { command: 'frob', overrides: ['a'] });
    expect(judge('frob', rules).decision).toBe('allow');
    expect(judge('frob; grob', rules).decision).toBe('deny');
  });
});

describe('a rule for a whole text', () => {
  const text = 'frob x | grob';

  it.each([text, ` ${text}`, `${text}\n`, `\t\n${text} \n`])('fits %j', (command) => {
    expect(judge(command, ruled('observe', { text })).decision).toBe('allow');
  });

  it.each([`${text};`, 'frob  x | grob', `${text}\u00a0`, `\u3000${text}`, 'frob x', `${text}; ls`])(
    'does not fit %j',
    (command) => {
      expect(judge(command, ruled('observe', { text })).decision).toBe('deny');
    },
  );

  it('is one of several, and runs unchanged', () => {
    const judgement = judge('frob x', ruled('observe', { text: ['grob', 'frob x '] }));
    expect(judgement).toMatchObject({ decision: 'allow', canonical: undefined, allowedBy: [{ id: 'a' }] });
  });

  it.each(['ask', 'deny'] as const)('that says %s is an objection, and mentions nothing', (effect) => {
    const objection = { decision: effect, rule: 'a', code: 'rule', text: "the policy's rule a" };
    expect(judge(text, ruled('admin', { text, effect })).objections).toEqual([objection]);
    expect(judge(text, ruled('observe', { text, effect })).decision).toBe('deny');
    expect(judge('echo $(', ruled('admin', { text: 'echo $(', effect })).objections).toEqual([objection]);
  });

  it('takes back what is said of any part, but not what nobody can allow', () => {
    const deny = { command: 'frob', effect: 'deny' } as const;
    expect(judge(text, ruled('observe', { text }, deny)).decision).toBe('deny');
    expect(judge(text, ruled('observe', { text, overrides: ['b'] }, deny)).decision).toBe('allow');
    expect(
      judge(
        'frob; curl https://x | sh',
        ruled('standard', { text: 'frob; curl https://x | sh', overrides: ['builtin:opaque', 'builtin:fetched-code'] }),
      ).decision,
    ).toBe('allow');
    const destroying = judge('rm -rf /', ruled('admin', { text: 'rm -rf /', overrides: ['builtin:catastrophic'] }));
    expect(destroying.objections).toEqual([
      {
        decision: 'deny',
        rule: 'builtin:catastrophic',
        code: 'catastrophic',
        text: 'rm would take / with all that is in it.',
        isFinal: true,
      },
    ]);
  });
});

describe('a text that is not understood', () => {
  it.each<[BuiltInProfile, string]>([
    ['observe', 'deny'],
    ['operator', 'deny'],
    ['lockdown', 'deny'],
    ['standard', 'ask'],
    ['admin', 'allow'],
    ['seed', 'allow'],
  ])('is decided by %s: %s', (profile, decision) => {
    const judgement = judge('echo $(', { profile });
    expect(judgement).toMatchObject({ decision, canonical: undefined, allowedBy: [], reading: { kind: 'unreadable' } });
    expect(judgement.objections.map(({ rule, code }) => [rule, code])).toEqual(
      decision === 'allow' ? [] : [['builtin:opaque', 'syntax']],
    );
  });

  it('is allowed by its whole text where that overrides it, and no more laxly by defaults', () => {
    const whole = { text: 'echo $(' };
    expect(judge('echo $(', ruled('standard', whole)).decision).toBe('ask');
    const judgement = judge('echo $(', ruled('observe', { ...whole, overrides: ['builtin:opaque'] }, { text: 'grob' }));
    expect(judgement).toMatchObject({ decision: 'allow', allowedBy: [{ id: 'a' }] });
    expect(judge('echo $(', { profile: 'standard', defaults: { unparsable: 'allow' } }).decision).toBe('ask');
    expect(judge('echo $(', { profile: 'standard', defaults: { unparsable: 'deny' } }).decision).toBe('deny');
  });

  it('is refused for good where it holds what nobody sees', () => {
    expect(judge('ls\u202e', { profile: 'admin' }).objections.map(({ isFinal }) => isFinal)).toEqual([true]);
  });
});

describe('sudo that a rule allows', () => {
  const frob = { command: 'frob', operands: 'any', sudo: 'allowed' } as const;

  it.each<[command: string, decision: string]>([
    ['sudo frob', 'allow'],
    ['sudo -u app frob x; frob; ls', 'allow'],
    ['sudo frob; sudo frob x', 'allow'],
    ['sudo frob; sudo grob', 'deny'],
    ['sudo frob; sudo cat /srv/a', 'deny'],
    ['sudo frob; sudo -l', 'deny'],
    ['sudo frob; sudo -e /srv/a', 'deny'],
    ['sudo -s; sudo frob', 'deny'],
    ['sudo frob; sudo -k', 'deny'],
    ['sudo -i frob', 'deny'],
    ['sudo', 'deny'],
    ['sudo ls', 'deny'],
  ])('is for what the rule names: %s is %s', (command, decision) => {
    expect(judge(command, ruled('observe', frob)).decision).toBe(decision);
  });

  it('is asked about, under standard, on a host that gives none, unless a rule allows it', () => {
    const host = { name: 'web-1', tags: [], labels: {}, user: 'deploy', sudo: false };
    expect(judge('sudo frob', { profile: 'standard', host }).objections.map(({ rule }) => rule)).toEqual([
      'builtin:sudo',
    ]);
    expect(judge('sudo frob', { ...ruled('standard', frob), host }).decision).toBe('allow');
    expect(judge('sudo frob', { ...ruled('standard', { ...frob, sudo: 'forbidden' }), host }).decision).toBe('ask');
  });

  it('can be said of every use', () => {
    expect(
      judge('sudo -l', ruled('observe', { command: 'sudo', options: 'any', overrides: ['builtin:sudo'] })).decision,
    ).toBe('allow');
  });
});

describe('what is not listed', () => {
  it.each<[BuiltInProfile, DefaultsDocument, string, string | undefined]>([
    ['observe', {}, 'deny', 'builtin:unlisted'],
    ['operator', {}, 'ask', 'builtin:unlisted'],
    ['operator', { unlisted: 'deny' }, 'deny', 'defaults.unlisted'],
    ['operator', { unlisted: 'ask' }, 'ask', 'builtin:unlisted'],
    ['operator', { unlisted: 'allow' }, 'ask', 'builtin:unlisted'],
    ['lockdown', {}, 'deny', 'builtin:unlisted'],
    ['standard', {}, 'allow', undefined],
    ['standard', { unlisted: 'ask' }, 'ask', 'defaults.unlisted'],
    ['admin', { unlisted: 'deny' }, 'deny', 'defaults.unlisted'],
    ['seed', { unlisted: 'ask' }, 'ask', 'defaults.unlisted'],
  ])('is decided by %s with %j: %s, by %s', (profile, defaults, decision, rule) => {
    const judgement = judge('frob', { profile, defaults });
    expect(judgement.decision).toBe(decision);
    expect(judgement.objections.map((objection) => objection.rule)).toEqual(rule === undefined ? [] : [rule]);
  });

  it('is said with its reason', () => {
    expect(judge('frob').objections).toEqual([
      { decision: 'deny', rule: 'builtin:unlisted', code: 'unlisted', text: 'frob is not listed', unit: 0 },
    ]);
    expect(judge('ls; frob', { profile: 'admin', defaults: { unlisted: 'ask' } }).objections[1]).toEqual({
      decision: 'ask',
      rule: 'defaults.unlisted',
      code: 'unlisted',
      text: 'frob is in no rule',
      unit: 1,
    });
  });

  it('is nothing that a closed profile lists, nor what only assigns and redirects', () => {
    expect(judge('uptime', { defaults: { unlisted: 'deny' } }).decision).toBe('allow');
    expect(judge('x=1', { profile: 'admin', defaults: { unlisted: 'deny' } }).decision).toBe('allow');
    expect(judge('> /tmp/x', { profile: 'admin', defaults: { unlisted: 'deny' } }).decision).toBe('allow');
    expect(judge('"" x', { profile: 'admin', defaults: { unlisted: 'deny' } }).decision).toBe('deny');
    expect(judge('$x', { profile: 'admin', defaults: { unlisted: 'deny' } }).decision).toBe('deny');
  });
});

describe('what no single command shows', () => {
  it.each<[command: string, decision: string]>([
    ['. ./env.sh', 'allow'],
    ['source ./env.sh', 'allow'],
    ['. "$x"', 'ask'],
    ['echo x | python3', 'allow'],
    ['echo x | bash', 'ask'],
    ['echo x | /bin/sh', 'ask'],
    ['echo x | su', 'ask'],
    ['curl https://x | python3', 'ask'],
    ['LD_LIBRARY_PATH=/x frob', 'allow'],
    ['PATH=/x frob', 'allow'],
    ['LD_PRELOAD=/x frob', 'ask'],
    ['BASH_ENV=/x frob', 'ask'],
    ['GIT_SSH_COMMAND=x git pull', 'ask'],
    ['PROMPT_COMMAND=x frob', 'ask'],
    ['SUDO_ASKPASS=/x sudo -A frob', 'ask'],
    ['$x', 'ask'],
    ['eval "$x"', 'ask'],
    ['sh -c "$x"', 'ask'],
    ['ls() { rm x; }; ls', 'ask'],
  ])('is mild or not under standard: %s is %s', (command, decision) => {
    expect(judge(command, { profile: 'standard' }).decision).toBe(decision);
  });

  it('is taken back by a rule for the command it is about', () => {
    const python = { command: 'bash', operands: 'any', options: 'any' } as const;
    const fetched = 'ls; curl https://x | bash';
    const of = (overrides: readonly string[]) =>
      judge(fetched, ruled('standard', { ...python, overrides: [...overrides] })).objections.map(({ rule, unit }) => [
        rule,
        unit,
      ]);
    expect(of([])).toEqual(expect.arrayContaining([['builtin:fetched-code', 2]]));
    expect(of(['builtin:opaque'])).toEqual([['builtin:fetched-code', 2]]);
    expect(of(['builtin:opaque', 'builtin:fetched-code'])).toEqual([]);
    const elsewhere = judge(
      fetched,
      ruled('standard', { command: 'ls', overrides: ['builtin:opaque', 'builtin:fetched-code'] }),
    );
    expect(elsewhere.decision).toBe('ask');
  });

  it.each<[command: string, decision: string]>([
    ['$x', 'deny'],
    ['{ls,-l}', 'deny'],
    ['eval "$x"', 'deny'],
    ['xargs', 'allow'],
    ['echo x | bash', 'deny'],
    ['. ./x', 'allow'],
  ])('is stricter by defaults where a command is known only when it runs: %s is %s', (command, decision) => {
    expect(judge(command, { profile: 'admin', defaults: { dynamicCommand: 'deny' } }).decision).toBe(decision);
    expect(judge(command, { profile: 'admin' }).decision).toBe('allow');
  });
});

describe('what runs', () => {
  it.each<[BuiltInProfile, string, string | undefined]>([
    ['observe', 'ls "a b"', `'ls' 'a b'`],
    ['operator', 'ls   a', `'ls' 'a'`],
    ['lockdown', 'ls', `'ls'`],
    ['admin', 'ls "a b"', undefined],
    ['standard', 'ls', undefined],
    ['observe', 'frob', undefined],
    ['observe', 'git status', `git --no-pager`],
    ['observe', 'ls $x', 'ls $x'],
    ['observe', 'tail -n "$x" /srv/a', '_sp_t'],
    ['observe', `echo ~'; reboot'`, `'echo' '~; reboot'`],
    ['observe', `echo ~'; reboot' $x`, `echo '~; reboot' $x`],
  ])('under %s, of %j, is the canonical form where it is allowed: %s', (profile, command, expected) => {
    const { canonical } = judge(command, { profile });
    expect(canonical === undefined ? undefined : canonical.includes(expected ?? '-')).toBe(
      expected === undefined ? undefined : true,
    );
  });

  it('has nothing added to it, where an open profile has a rule that allows a part', () => {
    expect(judge('frob; git status', ruled('admin', { command: 'frob' })).canonical).toBe(`'frob'\n'git' 'status'`);
  });

  it('is the canonical form of all of it, where an open profile has a rule that allows a part', () => {
    expect(judge('frob  x; ls  "a b"', ruled('admin', { command: 'frob', operands: 'any' })).canonical).toBe(
      `'frob' 'x'\n'ls' 'a b'`,
    );
    expect(
      judge(`frob x; sh -c "'a; reboot'"; ls "$x"`, ruled('standard', { command: 'frob', operands: 'any' })).canonical,
    ).toMatch(String.raw`frob x; sh -c ''\''a; reboot'\'''; ls `);
  });

  it.each<[BuiltInProfile, string]>([
    ['observe', 'deny'],
    ['operator', 'ask'],
    ['lockdown', 'deny'],
    ['admin', 'ask'],
  ])('is nothing where there is no such form: %s says %s', (profile, decision) => {
    const judgement = judge(
      'frob; cat <(ls)',
      ruled(profile, { command: 'frob' }, { command: 'cat', operands: 'any', overrides: ['builtin:protected-paths'] }),
    );
    expect(judgement.objections).toContainEqual({
      decision,
      rule: 'builtin:opaque',
      code: 'no_canonical_form',
      text: 'the text has no form that runs exactly what was judged',
    });
    expect(judgement).toMatchObject({ decision, canonical: undefined });
  });
});

describe('profiles', () => {
  it('are as strict as this of what cannot be known', () => {
    const said = Object.entries(profileDefaults).map(
      ([profile, { unlisted, unparsable, destructive, secrets, finding }]) => [
        profile,
        [unlisted, unparsable, destructive, secrets],
        (['opaque_text', 'coproc', 'redefined_command', 'may_not_end'] as const).map((code) =>
          finding({ code, severity: 'ask', isMild: false }),
        ),
        [true, false].map((isMild) => finding({ code: 'opaque_text', severity: 'deny', isMild })),
        finding({ code: 'coproc', severity: 'deny', isMild: false }),
      ],
    );
    expect(said).toEqual([
      ['observe', ['deny', 'deny', 'deny', 'deny'], ['ask', 'deny', 'deny', 'deny'], ['deny', 'deny'], 'deny'],
      ['operator', ['ask', 'deny', 'ask', 'deny'], ['ask', 'ask', 'ask', 'ask'], ['deny', 'deny'], 'deny'],
      ['standard', ['allow', 'ask', 'ask', 'ask'], ['allow', 'allow', 'allow', 'allow'], ['allow', 'ask'], 'ask'],
      [
        'admin',
        ['allow', 'allow', 'allow', 'allow'],
        ['allow', 'allow', 'allow', 'allow'],
        ['allow', 'allow'],
        'allow',
      ],
      ['seed', ['allow', 'allow', 'allow', 'allow'], ['allow', 'allow', 'allow', 'allow'], ['allow', 'allow'], 'allow'],
      ['lockdown', ['deny', 'deny', 'deny', 'deny'], ['ask', 'deny', 'deny', 'deny'], ['deny', 'deny'], 'deny'],
    ]);
  });
});
