import { describe, expect, it } from 'vitest';
import type { PathAction, PathActionKind } from '../../../src/policy/action.ts';
import type { JudgingContext } from '../../../src/policy/rules/context.ts';
import { showPath } from '../../../src/policy/paths/read-path.ts';
import { matchesPath, pathDeed, pathObjections } from '../../../src/policy/rules/judge-path.ts';
import type { RuleDocument } from '../../../src/policy/rules/policy-schema.ts';
import type { BuiltInProfile } from '../../../src/policy/rules/profiles.ts';
import { hostId } from '../../fixtures/sshd.ts';
import { aRule, web } from './judging.ts';

const action = (kind: PathActionKind, path: string, more: Partial<PathAction> = {}): PathAction => ({
  kind,
  host: hostId('web-1'),
  path,
  ...more,
});
const said = (profile: BuiltInProfile, one: PathAction, context: Partial<JudgingContext> = {}) =>
  pathObjections(pathDeed(one, web.user), { profile, rules: [], defaults: {}, host: web, ...context }).map(
    ({ decision, rule, text }) => `${decision} ${rule}: ${text}`,
  );
const tree = { tree: true };
const search = { query: { type: 'any', contains: { text: 'x', as: 'literal', letterCase: 'told' } } } as const;

describe('what a call on a file would do', () => {
  it.each<[PathActionKind, string, boolean]>([
    ['read_path', 'read', false],
    ['write_path', 'write', false],
    ['list_path', 'list', false],
    ['sudo_read_path', 'read', true],
    ['sudo_write_path', 'write', true],
    ['sudo_list_path', 'list', true],
  ])('%s is to %s, by sudo: %s', (kind, use, isBySudo) => {
    expect(pathDeed(action(kind, '/srv/a'), 'deploy')).toMatchObject({ use, isBySudo, isTree: false });
  });

  it('is for a whole tree where that is said, or where all of it is searched', () => {
    expect(pathDeed(action('read_path', '/srv', tree), 'deploy').isTree).toBe(true);
    expect(pathDeed(action('read_path', '/srv', { tree: false }), 'deploy').isTree).toBe(false);
    expect(pathDeed(action('read_path', '/srv', search), 'deploy').isTree).toBe(true);
    expect(pathDeed(action('list_path', '/srv', { query: { type: 'file' } }), 'deploy').isTree).toBe(false);
  });

  it.each<[path: string, user: string | undefined, root: string, names: string]>([
    ['/home/deploy/a', 'deploy', '~', 'a'],
    ['/home/deploy', 'deploy', '~', ''],
    ['/home/ann/a', 'deploy', '/', 'home/ann/a'],
    ['/home', 'deploy', '/', 'home'],
    ['/srv/deploy/a', 'deploy', '/', 'srv/deploy/a'],
    ['/root/a', 'root', '~', 'a'],
    ['/root/a', 'deploy', '/', 'root/a'],
    ['/home/root/a', 'root', '/', 'home/root/a'],
    ['/home/deploy/a', undefined, '/', 'home/deploy/a'],
    ['a', 'deploy', '~', 'a'],
    ['home/deploy/a', 'deploy', '~', 'home/deploy/a'],
  ])('knows %s as a path of the home of %s or not', (path, user, root, names) => {
    const { shapes } = pathDeed(action('read_path', path), user).place;
    expect(shapes.map(showPath)).toEqual([root === '~' && names === '' ? '~' : `${root === '~' ? '~/' : '/'}${names}`]);
  });

  it('is judged by where the host says that the path leads', () => {
    expect(said('observe', action('read_path', '/srv/a', { resolved: '/etc/shadow' }))).toHaveLength(1);
    expect(said('observe', action('read_path', '/etc/shadow', { resolved: '/srv/a' }))).toEqual([]);
  });
});

describe('what a profile says of files', () => {
  const secret = 'is protected: it holds secrets or is not for reading';

  it.each<[BuiltInProfile, PathAction, readonly string[]]>([
    ['observe', action('read_path', '/srv/a'), []],
    ['observe', action('list_path', '/etc/ssl/private'), []],
    ['observe', action('read_path', '/etc/shadow'), [`deny builtin:protected-paths: /etc/shadow ${secret}`]],
    ['observe', action('sudo_read_path', '/srv/a'), ['deny builtin:sudo: this profile never becomes another user']],
    ['observe', action('write_path', '/tmp/a'), ['deny builtin:writes: this profile writes no files']],
    ['observe', action('read_path', '/etc', tree), ['ask builtin:protected-paths: something below /etc is protected']],
    ['observe', action('read_path', '/etc'), []],
    ['observe', action('read_path', '/srv', tree), []],
    ['operator', action('read_path', '/etc/shadow'), [`deny builtin:protected-paths: /etc/shadow ${secret}`]],
    ['operator', action('sudo_read_path', '/srv/a'), []],
    ['operator', action('write_path', '/tmp/a'), []],
    ['operator', action('write_path', '~/a'), []],
    ['operator', action('write_path', '/home/deploy/a'), []],
    [
      'operator',
      action('write_path', '/srv/a'),
      ['ask builtin:protected-paths: /srv/a is neither below /tmp, /var/tmp nor the home directory'],
    ],
    [
      'operator',
      action('write_path', '/home/ann/a'),
      ['ask builtin:protected-paths: /home/ann/a is neither below /tmp, /var/tmp nor the home directory'],
    ],
    [
      'operator',
      action('write_path', '/etc/motd'),
      ['deny builtin:protected-paths: /etc/motd is protected: nothing is written there'],
    ],
    ['lockdown', action('write_path', '/tmp/a'), []],
    [
      'lockdown',
      action('write_path', '/etc/motd'),
      ['deny builtin:protected-paths: /etc/motd is protected: nothing is written there'],
    ],
    ['standard', action('read_path', '/srv/a'), []],
    ['standard', action('read_path', '/srv/.env'), ['ask builtin:secrets: /srv/.env holds secrets']],
    ['standard', action('write_path', '/srv/.env'), ['ask builtin:secrets: /srv/.env holds secrets']],
    ['standard', action('list_path', '/srv/.env'), []],
    ['standard', action('read_path', '/srv/x.key.pub'), []],
    ['standard', action('read_path', '/srv/id_rsa.pub'), []],
    ['standard', action('read_path', '/srv/.ssh/id_rsa.pub'), []],
    ['standard', action('read_path', '/home/deploy/.ssh'), []],
    ['standard', action('read_path', '/home/deploy/.ssh', tree), ['ask builtin:secrets: ~/.ssh holds secrets']],
    ['standard', action('read_path', '/srv/.aws', search), ['ask builtin:secrets: /srv/.aws holds secrets']],
    ['standard', action('read_path', '/srv', tree), []],
    ['standard', action('write_path', '/etc/motd'), ['ask builtin:privileged: /etc/motd belongs to the system']],
    ['standard', action('read_path', '/etc/motd'), []],
    ['standard', action('list_path', '/etc/motd'), []],
    ['standard', action('write_path', '/usr/local/src/a'), []],
    ['standard', action('write_path', '/srv/a'), []],
    ['standard', action('sudo_write_path', '/srv/a'), []],
    ['admin', action('write_path', '/etc/motd'), []],
    ['admin', action('read_path', '/etc/shadow'), []],
    ['seed', action('read_path', '/etc/shadow', tree), []],
  ])('is, under %s, of %j: %j', (profile, one, expected) => {
    expect(said(profile, one)).toEqual(expected);
  });

  it('is said with a code', () => {
    const context: JudgingContext = { profile: 'observe', rules: [], defaults: {}, host: web };
    expect(pathObjections(pathDeed(action('read_path', '/etc/shadow'), 'deploy'), context)).toMatchObject([
      { code: 'protected_paths' },
    ]);
  });

  it('is to ask about sudo under standard, where the host gives none', () => {
    const host = { ...web, sudo: false };
    const asked = ['ask builtin:sudo: servers.json does not give this server "sudo": true'];
    expect(said('standard', action('sudo_read_path', '/srv/a'), { host })).toEqual(asked);
    expect(said('standard', action('read_path', '/srv/a'), { host })).toEqual([]);
    expect(said('standard', action('sudo_read_path', '/srv/a'), { host: undefined })).toEqual([]);
    expect(said('admin', action('sudo_read_path', '/srv/a'), { host })).toEqual([]);
  });
});

describe('a rule for files', () => {
  const log = (kind: PathActionKind): PathAction => action(kind, '/var/log/a');
  const fits = (rule: Partial<RuleDocument>, one: PathAction): boolean =>
    matchesPath(aRule(rule), pathDeed(one, 'deploy'));

  it.each<[Partial<RuleDocument>, readonly PathActionKind[]]>([
    [{ effect: 'deny', reads: { any: ['logs'] } }, ['read_path', 'list_path', 'sudo_read_path', 'sudo_list_path']],
    [{ effect: 'deny', writes: { any: ['logs'] } }, ['write_path', 'sudo_write_path']],
    [
      { effect: 'deny', reads: { any: ['logs'] }, writes: { any: ['shadow'] } },
      ['read_path', 'list_path', 'sudo_read_path', 'sudo_list_path'],
    ],
    [{ effect: 'deny', actions: ['read_path'] }, ['read_path', 'sudo_read_path']],
    [
      { effect: 'deny', actions: ['read_path', 'list_path'], reads: { any: ['logs'] } },
      ['read_path', 'list_path', 'sudo_read_path', 'sudo_list_path'],
    ],
    [{ effect: 'deny', actions: ['write_path'], reads: { any: ['logs'] } }, []],
    [{ effect: 'deny', actions: ['write_path'] }, ['write_path', 'sudo_write_path']],
    [{ effect: 'deny', actions: ['run_command'], reads: { any: ['logs'] } }, []],
    [{ effect: 'deny', sudo: 'forbidden', actions: ['read_path'] }, ['read_path']],
    [{ effect: 'deny', sudo: 'required', actions: ['read_path'] }, ['sudo_read_path']],
    [{ reads: { any: ['logs'] } }, ['read_path', 'list_path']],
    [{ sudo: 'allowed', writes: { allOf: ['logs'] } }, ['write_path', 'sudo_write_path']],
    [{ effect: 'deny', command: 'cat', reads: { any: ['logs'] } }, []],
    [{ effect: 'deny', text: 'cat' }, []],
    [{ effect: 'deny', reads: { any: ['shadow'] } }, []],
    [{ effect: 'deny', command: 'cat', actions: ['read_path'] }, []],
    [{ effect: 'deny' }, []],
  ])('%j is for %j', (rule, kinds) => {
    const all: readonly PathActionKind[] = [
      'read_path',
      'write_path',
      'list_path',
      'sudo_read_path',
      'sudo_write_path',
      'sudo_list_path',
    ];
    expect(all.filter((kind) => fits(rule, log(kind)))).toEqual(kinds);
  });

  it('must be sure where it allows, and need not where it denies', () => {
    const doubtful = action('read_path', '/srv/x/../../var/log/a');
    expect(fits({ effect: 'deny', reads: { any: ['shadow'] } }, doubtful)).toBe(true);
    expect(fits({ effect: 'deny', reads: { noneOf: ['logs'] } }, doubtful)).toBe(true);
    expect(fits({ reads: { any: ['logs'] } }, doubtful)).toBe(false);
    expect(fits({ reads: { any: ['logs'] } }, log('read_path'))).toBe(true);
    expect(fits({ effect: 'deny', reads: { noneOf: ['logs'] } }, log('read_path'))).toBe(false);
  });
});
