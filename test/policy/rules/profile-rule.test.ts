import { describe, expect, it } from 'vitest';
import type { Action, BuiltAction } from '../../../src/policy/action.ts';
import { builtInPolicy } from '../../../src/policy/rules/built-in-policy.ts';
import type { LoadedPolicy } from '../../../src/policy/rules/loaded-policy.ts';
import { contextFor, planned, profileRule } from '../../../src/policy/rules/profile-rule.ts';
import type { RuleDocument } from '../../../src/policy/rules/policy-schema.ts';
import { ruledOut } from '../../../src/policy/rules/ruled-out.ts';
import { aCaller } from '../../fixtures/callers.ts';
import { hostId } from '../../fixtures/sshd.ts';
import { aRule, web } from './judging.ts';

const host = hostId('web-1');
const run = (command: string) => ({ kind: 'run_command', host, command }) as const;
const prod = { ...web, name: 'db-1', labels: { env: 'prod' } };
let version = 0;

function aPolicy(...documents: readonly Partial<RuleDocument>[]): LoadedPolicy {
  const rules = documents.map((document, place) => aRule({ id: ['a', 'b', 'c'][place] ?? 'd', ...document }));
  const hosts = { labels: { env: 'prod' } };
  const roles = new Map([
    ['ours', { extends: 'observe', hosts, clientMayConfirm: undefined }],
    ['theirs', { extends: 'ours', hosts: { names: ['db-*'] }, clientMayConfirm: undefined }],
  ]);
  return { ...builtInPolicy, version: `test-${(version += 1)}`, file: '/etc/sallyport/policy.yaml', rules, roles };
}

function judged(action: Action, policy: LoadedPolicy = aPolicy(), { profile = 'observe', on = web } = {}) {
  return profileRule(policy).judge(aCaller({ profile }), action, on);
}

describe('by what a caller is judged', () => {
  it('is nothing where the profile does not exist', () => {
    expect(judged(run('ls'), aPolicy(), { profile: 'nobody' })).toEqual({
      decision: 'deny',
      rule: 'profile',
      code: 'denied_by_policy',
      justification: "The policy has no profile or role 'nobody'. Ask the operator to mend the token or policy.yaml.",
    });
    expect(judged({ kind: 'list_hosts' }, aPolicy(), { profile: 'nobody' })).toBeUndefined();
  });

  it('is nothing on a host that the role, or one that it extends, is not for', () => {
    const outside = {
      decision: 'deny',
      rule: 'ours',
      code: 'host_not_allowed',
      justification: "Access denied to this server: the role 'ours' is for others. See list_servers.",
    };
    expect(judged(run('ls'), aPolicy(), { profile: 'ours' })).toEqual(outside);
    expect(judged(run('ls'), aPolicy(), { profile: 'ours', on: prod })).toBeUndefined();
    expect(judged(run('ls'), aPolicy(), { profile: 'theirs', on: prod })).toBeUndefined();
    expect(judged(run('ls'), aPolicy(), { profile: 'theirs', on: { ...prod, name: 'x' } })?.rule).toBe('theirs');
    expect(judged(run('ls'), aPolicy(), { profile: 'theirs', on: { ...prod, labels: {} } })?.rule).toBe('theirs');
    expect(contextFor(aPolicy(), { profile: 'ours' }, undefined).kind).toBe('refused');
    expect(contextFor(aPolicy(), { profile: 'observe' }, undefined)).toMatchObject({
      kind: 'judged',
      context: { profile: 'observe', host: undefined },
    });
  });

  it('is every rule for all hosts, or for the one that is meant', () => {
    const policy = aPolicy(
      { hosts: { names: ['web-*'] }, command: 'frob' },
      { roles: ['ours'], command: 'grob' },
      { roles: ['observe'], command: 'hrob' },
    );
    const ids = (profile: string, on: typeof web | undefined): unknown => {
      const judging = contextFor(policy, { profile }, on);
      return judging.kind === 'judged' ? judging.context.rules.map(({ id }) => id) : undefined;
    };
    expect(ids('observe', web)).toEqual(['a', 'c']);
    expect(ids('observe', prod)).toEqual(['c']);
    expect(ids('observe', undefined)).toEqual(['c']);
    expect(ids('ours', prod)).toEqual(['b', 'c']);
    expect(ids('admin', web)).toEqual(['a']);
  });
});

describe('the same command', () => {
  it('is judged anew for other hosts, other profiles, another right to sudo and another policy', () => {
    const policy = aPolicy(
      { effect: 'deny', hosts: { names: ['web-*'] }, command: 'frob' },
      { effect: 'ask', hosts: { names: ['db-*'] }, command: 'frob' },
      { effect: 'allow', hosts: { names: ['app-*'] }, command: 'frob' },
    );
    const decisionOn = (name: string, profile = 'standard'): unknown =>
      judged(run('frob'), policy, { profile, on: { ...web, name } })?.decision;
    expect(['web-1', 'db-1', 'app-1', 'x', 'web-1'].map((name) => decisionOn(name))).toEqual([
      'deny',
      'ask',
      'allow',
      undefined,
      'deny',
    ]);
    expect(decisionOn('x', 'observe')).toBe('deny');
    const sudo = (allowed: boolean): unknown =>
      judged(run('sudo frob'), policy, { profile: 'standard', on: { ...web, name: 'x', sudo: allowed } })?.rule;
    expect([sudo(true), sudo(false), sudo(true)]).toEqual([undefined, 'builtin:sudo', undefined]);
    expect(judged(run('frob'), aPolicy({ effect: 'ask', command: 'frob' }), { profile: 'standard' })?.decision).toBe(
      'ask',
    );
  });

  it('has its canonical form where no host is meant', () => {
    expect(planned(aPolicy(), { profile: 'observe' }, run('ls /tmp'), undefined)).toMatchObject({
      limits: 'read_only',
    });
  });
});

describe('what touches no host', () => {
  const write: Action = { kind: 'write_gateway_file', path: '/tmp/a' };

  it.each(['observe', 'ours', 'theirs'])(
    'is judged by rules for its kind, also for a role of certain servers: %s',
    (profile) => {
      const refused = judged(write, aPolicy({ effect: 'deny', actions: ['write_gateway_file'] }), { profile });
      expect(refused).toMatchObject({ decision: 'deny', rule: 'a' });
      expect(judged(write, aPolicy({ effect: 'deny', actions: ['read_gateway_file'] }), { profile })).toBeUndefined();
      expect(
        judged({ kind: 'list_hosts' }, aPolicy({ effect: 'deny', actions: ['gather_facts'] }), { profile }),
      ).toBeUndefined();
    },
  );
});

describe('what is said of a command', () => {
  it('is who decides, where the rule stands, and the line that would allow it', () => {
    const policy = aPolicy({ effect: 'ask', command: 'frob', reason: 'frobbing is for mornings.' });
    expect(judged(run('frob'), policy)).toEqual({
      decision: 'ask',
      rule: 'a',
      code: 'approval_unavailable',
      justification: 'A person must approve this: frobbing is for mornings. Rule a (policy.yaml:1), profile observe',
      allowingLine: '- { id: allow-frob, effect: allow, command: frob, overrides: [a] }',
    });
    expect(judged(run('grob'), policy)).toMatchObject({
      code: 'denied_by_policy',
      justification: 'Denied by policy: grob is not listed. Rule builtin:unlisted, profile observe',
    });
    expect(judged(run('frob'), { ...policy, version: 'unnamed', file: undefined })?.justification).toContain(
      'Rule a, profile observe',
    );
    expect(judged(run('rm -rf /'), policy)).not.toHaveProperty('allowingLine');
  });

  it('is the rule that allows it, or nothing', () => {
    expect(judged(run('ls'))).toBeUndefined();
    expect(judged(run('frob'), aPolicy({ command: 'frob' }))).toEqual({
      decision: 'allow',
      code: 'denied_by_policy',
      rule: 'a',
      justification: 'Allowed by the rule a',
    });
    expect(judged(run('frob'), aPolicy({ command: 'frob', reason: 'harmless' }))?.justification).toBe('harmless');
  });

  it('is remembered by all that decides', () => {
    const policy = aPolicy({ command: 'frob' }, { command: 'grob', roles: ['admin'], effect: 'deny' });
    expect(judged(run('frob'), policy)?.decision).toBe('allow');
    expect(judged(run('frob'), aPolicy())?.decision).toBe('deny');
    expect(judged(run('grob'), policy, { profile: 'admin' })?.decision).toBe('deny');
    expect(judged(run('grob'), policy, { profile: 'standard' })).toBeUndefined();
    expect(judged(run('sudo ls'), policy, { profile: 'standard' })).toBeUndefined();
    expect(judged(run('sudo ls'), policy, { profile: 'standard', on: { ...web, sudo: false } })?.decision).toBe('ask');
  });
});

describe('lockdown', () => {
  it('runs no commands, unless a rule lifts that', () => {
    expect(judged(run('ls'), aPolicy(), { profile: 'lockdown' })).toMatchObject({
      decision: 'deny',
      rule: 'builtin:lockdown',
      justification:
        'Denied by policy: the profile lockdown runs no shell commands; use the other tools. Rule builtin:lockdown, profile lockdown',
      allowingLine: '- { id: allow-this-command, effect: allow, text: ls, overrides: ["builtin:lockdown"] }',
    });
    const lifting = { command: 'frob', overrides: ['builtin:lockdown'] };
    expect(judged(run('frob'), aPolicy(lifting), { profile: 'lockdown' })?.decision).toBe('allow');
    expect(judged(run('frob'), aPolicy({ ...lifting, effect: 'ask' }), { profile: 'lockdown' })?.decision).toBe('deny');
    expect(judged(run('frob'), aPolicy({ command: 'frob' }), { profile: 'lockdown' })?.decision).toBe('deny');
  });

  it('judges what tools build as operator does', () => {
    const check: BuiltAction = { kind: 'check_service', host, service: 'nginx', plain: ['systemctl status nginx'] };
    const manage: BuiltAction = {
      kind: 'manage_service',
      host,
      service: 'sshd',
      verb: 'stop',
      plain: ['systemctl stop sshd'],
    };
    expect(judged(check, aPolicy(), { profile: 'lockdown' })).toBeUndefined();
    expect(judged(manage, aPolicy(), { profile: 'lockdown' })).toMatchObject({ decision: 'ask' });
    expect(judged(manage)?.decision).toBe('deny');
  });
});

describe('a command that a tool builds', () => {
  const built = (...plain: readonly string[]): BuiltAction => ({ kind: 'check_service', host, service: 'frob', plain });

  it('is judged by its first text, and by what is refused outright in the others', () => {
    expect(judged(built('ls', 'frob'))).toBeUndefined();
    expect(judged(built('frob', 'ls'))).toMatchObject({
      decision: 'deny',
      rule: 'builtin:unlisted',
      allowingLine: expect.stringContaining('allow-frob'),
    });
    expect(judged(built('ls', 'rm -rf /'))).toMatchObject({ decision: 'deny', rule: 'builtin:catastrophic' });
    expect(judged(built('ls', 'frob'), aPolicy({ effect: 'deny', command: 'frob' }))).toMatchObject({
      decision: 'deny',
      rule: 'a',
    });
    expect(
      judged(built('frob', 'grob'), aPolicy({ effect: 'ask', command: 'frob' }, { effect: 'deny', command: 'grob' }))
        ?.rule,
    ).toBe('b');
    expect(judged(built())).toBeUndefined();
  });

  it.each<[Partial<RuleDocument>, string | undefined]>([
    [{ command: 'frob' }, 'allow'],
    [{ command: 'frob', actions: ['check_service'] }, 'allow'],
    [{ command: 'grob', actions: ['check_service'] }, 'deny'],
    [{ command: 'frob', actions: ['manage_service'] }, 'deny'],
    [{ actions: ['check_service'] }, 'allow'],
    [{ actions: ['manage_service'] }, 'deny'],
    [{ actions: ['check_service'], reads: { any: ['logs'] } }, 'deny'],
    [{ text: 'frob' }, 'allow'],
    [{ text: 'frob', actions: ['check_service'] }, 'allow'],
    [{ actions: ['check_service'], effect: 'ask' }, 'deny'],
  ])('is decided by the rule %j: %s', (rule, decision) => {
    expect(judged(built('frob'), aPolicy(rule))?.decision).toBe(decision);
  });
});

describe('other actions', () => {
  const facts: Action = { kind: 'gather_facts', host };
  const read: Action = { kind: 'read_path', host, path: '/var/log/a' };

  it('are allowed where no rule is for their kind', () => {
    expect(judged(facts)).toBeUndefined();
    expect(judged(facts, aPolicy({ effect: 'deny', actions: ['read_job'] }))).toBeUndefined();
    expect(judged(facts, aPolicy({ effect: 'deny', command: 'frob' }))).toBeUndefined();
    expect(
      judged({ kind: 'identify_host', host }, aPolicy({ effect: 'deny', actions: ['gather_facts'] })),
    ).toBeUndefined();
  });

  it.each<[effects: readonly RuleDocument['effect'][], overrides: readonly string[], decision: string, rule: string]>([
    [['deny'], [], 'deny', 'a'],
    [['ask'], [], 'ask', 'a'],
    [['allow'], [], 'allow', 'a'],
    [['ask', 'deny'], [], 'deny', 'b'],
    [['deny', 'ask'], [], 'deny', 'a'],
    [['ask', 'ask'], [], 'ask', 'a'],
    [['allow', 'ask'], [], 'ask', 'b'],
    [['deny', 'allow'], ['a'], 'allow', 'b'],
    [['deny', 'ask'], ['a'], 'ask', 'b'],
  ])(
    'are decided by the strictest of %j, but for what the last overrides: %j',
    (effects, overrides, decision, rule) => {
      const documents = effects.map((effect, place) => ({
        effect,
        actions: ['gather_facts'] as ['gather_facts'],
        ...(place === effects.length - 1 && { overrides: [...overrides] }),
      }));
      expect(judged(facts, aPolicy(...documents))).toMatchObject({ decision, rule });
    },
  );

  it('say why', () => {
    const refused = judged(facts, aPolicy({ effect: 'deny', actions: ['gather_facts'] }));
    expect(refused).toEqual({
      decision: 'deny',
      rule: 'a',
      code: 'denied_by_policy',
      justification: "Denied by policy: the policy's rule a. Rule a (policy.yaml:1), profile observe",
    });
    expect(
      judged(facts, aPolicy({ effect: 'deny', reason: 'no', actions: ['gather_facts'] }))?.justification,
    ).toContain('policy: no. Rule');
  });

  it('on files are decided by rules for paths and by the profile', () => {
    expect(judged(read, aPolicy({ effect: 'deny', reads: { any: ['logs'] } }))).toMatchObject({
      decision: 'deny',
      rule: 'a',
    });
    expect(judged(read, aPolicy({ effect: 'deny', reads: { any: ['shadow'] } }))).toBeUndefined();
    const shadow: Action = { ...read, path: '/etc/shadow' };
    expect(judged(shadow)?.rule).toBe('builtin:protected-paths');
    expect(judged(shadow, aPolicy({ reads: { any: ['shadow'] } }))?.decision).toBe('deny');
    expect(
      judged(shadow, aPolicy({ reads: { any: ['shadow'] }, overrides: ['builtin:protected-paths'] }))?.decision,
    ).toBe('allow');
  });
});

describe('a planned command', () => {
  it('has the form in which it runs, and limits where nothing may be written', () => {
    const plan = (profile: string, command = 'ls "a"') =>
      planned(aPolicy({ command: 'frob' }), { profile }, run(command), web);
    expect(plan('observe')).toEqual({ ...run('ls "a"'), canonical: `'ls' 'a'`, limits: 'read_only' });
    expect(plan('operator')).toEqual({ ...run('ls "a"'), canonical: `'ls' 'a'` });
    expect(plan('admin')).toEqual(run('ls "a"'));
    expect(plan('admin', 'frob')).toEqual({ ...run('frob'), canonical: `'frob'` });
    expect(plan('nobody')).toEqual(run('ls "a"'));
    expect(plan('observe', 'grob')).toEqual(run('grob'));
  });
});

describe('what a profile rules out', () => {
  it.each([
    ['observe', ['changes']],
    ['ours', ['changes']],
    ['lockdown', ['shell']],
    ['operator', []],
    ['standard', []],
    ['admin', []],
    ['seed', []],
    ['nobody', []],
  ])('is, for %s, %j, and nothing where a rule allows something', (profile, means) => {
    expect([...ruledOut(aPolicy({ effect: 'deny', command: 'frob' }), profile)]).toEqual(means);
    expect([...ruledOut(aPolicy({ effect: 'deny', command: 'frob' }, { command: 'frob' }), profile)]).toEqual([]);
  });
});
