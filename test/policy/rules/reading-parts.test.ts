import { describe, expect, it } from 'vitest';
import { readPath, home } from '../../../src/policy/paths/read-path.ts';
import { PathSet } from '../../../src/policy/paths/path-set.ts';
import { selectsHost } from '../../../src/policy/rules/host-selection.ts';
import { judgedKinds, isJudgedKind } from '../../../src/policy/rules/judged-kinds.ts';
import { resolveRole, rulesFor, type Role } from '../../../src/policy/rules/loaded-policy.ts';
import { builtInPolicy, policyVersion } from '../../../src/policy/rules/built-in-policy.ts';
import { certainlyFits, possiblyFits } from '../../../src/policy/rules/path-test.ts';
import { builtInProfiles, closedRulesOf, isBuiltInProfile, stricter } from '../../../src/policy/rules/profiles.ts';
import { bareText, textPattern, textPatternProblem } from '../../../src/policy/rules/text-pattern.ts';
import { aRule, web } from './judging.ts';

describe('a pattern for texts', () => {
  it.each<[pattern: string, text: string, expected: boolean]>([
    ['a', 'a', true],
    ['a', 'ab', false],
    ['a.c', 'abc', false],
    ['re:a.c', 'abc', true],
    ['re:a.c', 're:a.c', false],
    ['re:a', 'ab', false],
    ['re:a', 'ba', false],
    ['re:a|b', 'b', true],
    ['re:^a$', 'a', true],
    ['re:^a$', 'a\n', false],
    ['re:a', 'a\nb', false],
    ['re:', '', true],
    ['re:', 'a', false],
    ['re:[a-z]+', 'abC', false],
    ['re:(a+)+', `${'a'.repeat(5000)}b`, false],
    ['RE:a', 'a', false],
    ['are:b', 'are:b', true],
  ])('%j means the text %j: %j', (pattern, text, expected) => {
    expect(textPattern(pattern)(text)).toBe(expected);
  });

  it('has a problem where RE2 does not know it', () => {
    expect(['a', '(', 're:a', 're:', 'x re:('].map(textPatternProblem)).toEqual(Array.from({ length: 5 }));
    expect(textPatternProblem('re:(?=x)')).toBe(
      '"re:(?=x)" is not a pattern that RE2 knows; rewrite it without look-around and back-references',
    );
    expect(textPatternProblem('re:(')).toBeDefined();
  });

  it('leaves of a command what means something to a shell', () => {
    expect([' a ', '\n\ta\t\n', 'a  b', '\u00a0a', 'a\r', '\fa', 'a\v'].map(bareText)).toEqual([
      'a',
      'a',
      'a  b',
      '\u00a0a',
      'a\r',
      '\fa',
      'a\v',
    ]);
  });
});

describe('a selection of hosts', () => {
  const host = { ...web, tags: ['eu', 'linux'], labels: { env: 'prod', tier: 'web' } };

  it.each<[Parameters<typeof selectsHost>[0], boolean]>([
    [{}, true],
    [{ names: ['web-1'] }, true],
    [{ names: ['db-*', 'web-*'] }, true],
    [{ names: ['web'] }, false],
    [{ names: ['db-*'] }, false],
    [{ tags: ['us', 'eu'] }, true],
    [{ tags: ['us'] }, false],
    [{ labels: { env: 'prod' } }, true],
    [{ labels: { env: ['test', 'prod'], tier: 'web' } }, true],
    [{ labels: { env: 'prod', tier: 'db' } }, false],
    [{ labels: { env: 'pro' } }, false],
    [{ labels: { none: 'prod' } }, false],
    [{ labels: { constructor: 'x' } }, false],
    [{ names: ['web-*'], tags: ['us'] }, false],
    [{ names: ['db-*'], tags: ['eu'] }, false],
    [{ names: ['web-*'], tags: ['eu'], labels: { env: 'test' } }, false],
  ])('%j: %j', (selection, expected) => {
    expect(selectsHost(selection, host)).toBe(expected);
  });
});

describe('sets of paths in a rule', () => {
  const logs = new PathSet(['/var/log/**']);
  const env = new PathSet(['**/.env']);
  const path = (text: string, form: 'plain' | 'glob' = 'plain') => readPath({ text, form }, [home]);
  const two = { shapes: [...path('/var/log/a').shapes, ...path('/srv/a').shapes], doubts: new Set<never>() };
  const owt = { ...two, shapes: two.shapes.toReversed() };
  const none = { any: undefined, allOf: undefined, noneOf: undefined };
  const doubtful = path('/var/log/x/../a');
  const elsewhere = path('/srv/x/../a');
  const glob = path('/srv/.e*', 'glob');

  it.each<
    [
      what: string,
      test: Partial<typeof none> | { readonly [key: string]: readonly PathSet[] },
      paths: Parameters<typeof certainlyFits>[1],
      certainly: boolean,
      possibly: boolean,
    ]
  >([
    ['nothing is asked', {}, [], true, true],
    ['nothing is asked of what is not known', {}, [undefined], false, true],
    ['some path is in one', { any: [env, logs] }, [path('/srv/a'), path('/var/log/a')], true, true],
    ['no path is in any', { any: [env, logs] }, [path('/srv/a')], false, false],
    ['there is no path', { any: [logs] }, [], false, false],
    ['no path is known', { any: [logs] }, [undefined], false, true],
    ['the path is doubtful', { any: [logs] }, [doubtful], false, true],
    ['the path is doubtful, and seems elsewhere', { any: [logs] }, [elsewhere], false, true],
    ['the path may be one of two', { any: [logs] }, [two], false, true],
    ['the path may be one of two, the surest last', { any: [logs] }, [owt], false, true],
    ['a pattern may match', { any: [env] }, [glob], false, true],
    ['no set is named', { any: [] }, [path('/var/log/a')], false, false],
    ['every path is in one', { allOf: [env, logs] }, [path('/srv/.env'), path('/var/log/a')], true, true],
    ['one path is in none', { allOf: [logs] }, [path('/srv/a'), path('/var/log/a')], false, false],
    ['all of no paths', { allOf: [logs] }, [], true, false],
    ['all of what may be one of two', { allOf: [logs] }, [two], false, true],
    ['all, where a pattern may match', { allOf: [env] }, [glob], false, true],
    ['no path is in one of those', { noneOf: [env, logs] }, [path('/srv/a')], true, true],
    ['a path is in one of those', { noneOf: [env, logs] }, [path('/srv/.env'), path('/srv/a')], false, true],
    ['every path is in one of those', { noneOf: [env, logs] }, [path('/srv/.env')], false, false],
    ['none of no paths', { noneOf: [logs] }, [], true, false],
    ['a doubtful path seems in one of those', { noneOf: [logs] }, [doubtful], false, true],
    ['a pattern may match one of those', { noneOf: [env] }, [glob], false, true],
    ['one of two is in one of those', { noneOf: [logs] }, [two], false, true],
    ['a path that is not known', { noneOf: [logs] }, [undefined], false, true],
    ['both hold', { any: [logs], noneOf: [env] }, [path('/var/log/a')], true, true],
    ['one of both holds', { any: [logs], noneOf: [logs] }, [path('/var/log/a')], false, false],
  ])('where %s', (_what, test, paths, certainly, possibly) => {
    expect([certainlyFits({ ...none, ...test }, paths), possiblyFits({ ...none, ...test }, paths)]).toEqual([
      certainly,
      possibly,
    ]);
  });
});

describe('profiles and roles', () => {
  const role = (base: string, more: Partial<Role> = {}): Role => ({
    extends: base,
    hosts: undefined,
    clientMayConfirm: undefined,
    ...more,
  });
  const roles = new Map([
    ['a', role('b', { hosts: { names: ['a-*'] } })],
    ['b', role('operator', { hosts: { tags: ['x'] }, clientMayConfirm: false })],
    ['c', role('a', { clientMayConfirm: true })],
    ['round', role('about')],
    ['about', role('round')],
    ['lost', role('nowhere')],
  ]);

  it('are resolved to the built-in profile, with what all of them say', () => {
    expect(resolveRole({ roles }, 'observe')).toEqual({
      profile: 'observe',
      names: new Set(['observe']),
      hosts: [],
      clientMayConfirm: undefined,
    });
    expect(resolveRole({ roles }, 'a')).toEqual({
      profile: 'operator',
      names: new Set(['a', 'b', 'operator']),
      hosts: [{ names: ['a-*'] }, { tags: ['x'] }],
      clientMayConfirm: false,
    });
    expect(resolveRole({ roles }, 'c')?.clientMayConfirm).toBe(true);
    expect(['round', 'lost', 'nobody', 'constructor'].map((name) => resolveRole({ roles }, name))).toEqual(
      Array.from({ length: 4 }),
    );
  });

  it('have their rules, and on a host that is not known those that refuse', () => {
    const hosts = { names: ['web-*'] };
    const rules = [
      aRule({ id: 'a', roles: ['b', 'x'] }),
      aRule({ id: 'b', roles: ['x'] }),
      aRule({ id: 'c', hosts }),
      aRule({ id: 'd', hosts, effect: 'deny' }),
      aRule({ id: 'e', hosts: { names: ['db-*'] }, effect: 'deny' }),
      aRule({ id: 'f', hosts, effect: 'ask' }),
    ];
    const names = {
      profile: 'operator',
      names: new Set(['a', 'b', 'operator']),
      hosts: [],
      clientMayConfirm: undefined,
    } as const;
    const ids = (host: typeof web | undefined) =>
      rulesFor({ ...builtInPolicy, rules }, names, host).map(({ id }) => id);
    expect(ids(web)).toEqual(['a', 'c', 'd', 'f']);
    expect(ids(undefined)).toEqual(['a', 'd', 'e', 'f']);
  });

  it('are built in, some with closed rules', () => {
    expect(builtInProfiles.map((profile) => closedRulesOf(profile) ?? 'none')).toEqual([
      'observe',
      'operator',
      'none',
      'none',
      'none',
      'operator',
    ]);
    expect(['observe', 'Observe', '', 'root'].map(isBuiltInProfile)).toEqual([true, false, false, false]);
  });

  it('are compared by how strict they are', () => {
    const all = ['allow', 'ask', 'deny'] as const;
    expect(all.map((a) => all.map((b) => stricter(a, b)))).toEqual([
      ['allow', 'ask', 'deny'],
      ['ask', 'ask', 'deny'],
      ['deny', 'deny', 'deny'],
    ]);
  });
});

describe('kinds of actions', () => {
  it('can be in rules where they touch a host or a file', () => {
    expect(judgedKinds.every(isJudgedKind)).toBe(true);
    expect(['list_hosts', 'sudo_read_path', 'explain_command', ''].some(isJudgedKind)).toBe(false);
  });
});

describe('the version of a policy', () => {
  it('is that of its text, and says where there is none', () => {
    expect(policyVersion('a')).toMatch(/^[0-9a-f]{12}$/);
    expect(policyVersion('a')).not.toBe(policyVersion('b'));
    expect(builtInPolicy.version).toMatch(/^built-in:[0-9a-f]{12}$/);
    expect(builtInPolicy).toMatchObject({ file: undefined, rules: [], defaults: {} });
  });
});
