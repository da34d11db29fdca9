import { describe, expect, it } from 'vitest';
import type { HostId } from '../../src/hosts/host.ts';
import type { Action, FileQuery, PathActionKind } from '../../src/policy/action.ts';
import { settle } from '../../src/policy/settle.ts';
import { aCaller } from '../fixtures/callers.ts';
import { hostId } from '../fixtures/sshd.ts';

const [web, db] = [hostId('web-1'), hostId('db-1')];
const run = (command: string, host = web): Action => ({ kind: 'run_command', host, command });
const permitFor = (...actions: readonly Action[]) => settle(aCaller(), { decision: 'allow', actions, matches: [] });

describe('what a permit covers', () => {
  const check: Action = { kind: 'check_service', host: web, service: 'nginx', plain: ['systemctl status nginx'] };
  const granted: readonly Action[] = [
    run('uptime'),
    { kind: 'list_path', host: web, path: '/srv', resolved: '/srv', query: { type: 'file', maxDepth: 2 } },
    { ...check, command: 'exec sh -c a' },
    { kind: 'read_kept_output', outputId: 'o-1' },
  ];

  it.each(granted)('is every action that was judged: $kind', (action) => {
    using one = permitFor(...granted);
    expect(one.covers(structuredClone(action))).toBe(true);
  });

  it.each<{ what: string; action: Action }>([
    { what: 'another text', action: run('uptime ') },
    { what: 'another host', action: run('uptime', db) },
    { what: 'another kind', action: { kind: 'explain_command', host: web } },
    { what: 'another form of the command', action: { ...run('uptime'), canonical: 'reboot' } as Action },
    { what: 'another path', action: { kind: 'list_path', host: web, path: '/srv', resolved: '/etc' } },
    { what: 'a wider query', action: { ...granted[1], query: { type: 'file' } } as Action },
    { what: 'a command that was still open', action: check },
    { what: 'another command for the same work', action: { ...check, command: 'exec sh -c b' } },
    { what: 'another output', action: { kind: 'read_kept_output', outputId: 'o-2' } },
  ])('is not $what', ({ action }) => {
    using one = permitFor(...granted);
    expect(one.covers(action)).toBe(false);
  });

  it('is nothing once its call has ended', () => {
    const permit = permitFor(...granted);
    permit[Symbol.dispose]();
    expect(granted.some((action) => permit.covers(action))).toBe(false);
  });

  it('does not change when the actions it was made from do', () => {
    const actions = [run('uptime')];
    const lasting = settle(aCaller(), { decision: 'allow', actions, matches: [] });
    actions.push(run('reboot'));
    expect(lasting.covers(run('reboot'))).toBe(false);
  });
});

describe('the command of a permit', () => {
  const judged = { ...run('ls  -l'), canonical: "'ls' '-l'", limits: 'read_only' } as Action;
  const actions = [{ kind: 'gather_facts', host: web }, run('uptime', db), judged, run('id')] as const;

  it('is the form that was judged', () => {
    using permit = permitFor(...actions);
    expect(permit.commandFor(web, 'ls  -l')).toEqual(judged);
    expect(permit.commandFor(web, 'id')).toEqual(run('id'));
    expect(permit.commandFor(db, 'uptime')).toEqual(run('uptime', db));
  });

  it.each([
    ['another text', web, 'ls -l'],
    ['what was judged for another host', web, 'uptime'],
    ['another host', db, 'id'],
    ['a command of ours', web, 'systemctl status nginx'],
  ] as const)('is not given for %s', (_what, host, command) => {
    const service = { kind: 'check_service', host: web, service: 'nginx', plain: [] } as const;
    using permit = permitFor(...actions, { ...service, command: 'systemctl status nginx' });
    expect(permit.commandFor(host, command)).toBeUndefined();
  });

  it('is not given once its call has ended', () => {
    const permit = permitFor(run('id'));
    permit[Symbol.dispose]();
    expect(permit.commandFor(web, 'id')).toBeUndefined();
  });
});

describe('the resolved path of a permit', () => {
  const query: FileQuery = { type: 'any', name: '*.log' };
  const actions: readonly Action[] = [
    run('uptime'),
    { kind: 'read_path', host: db, path: 'a', resolved: '/db/a' },
    { kind: 'read_path', host: web, path: 'a', resolved: '/srv/a' },
    { kind: 'list_path', host: web, path: 'logs', resolved: '/var/log', query },
  ];

  it('is that of the access that was judged', () => {
    using permit = permitFor(...actions);
    expect(permit.resolvedPath('read_path', web, 'a')).toBe('/srv/a');
    expect(permit.resolvedPath('read_path', db, 'a')).toBe('/db/a');
    expect(permit.resolvedPath('list_path', web, 'logs', { ...query })).toBe('/var/log');
  });

  it.each<{ what: string; kind?: PathActionKind; host?: HostId; path?: string; query?: FileQuery }>([
    { what: 'another use', kind: 'write_path' },
    { what: 'the rights of root', kind: 'sudo_read_path' },
    { what: 'another path, even the one it leads to', path: '/srv/a' },
    { what: 'another host', kind: 'list_path', host: db, path: 'logs', query },
    { what: 'no query where one was judged', kind: 'list_path', path: 'logs' },
    { what: 'another query', kind: 'list_path', path: 'logs', query: { type: 'any' } },
    { what: 'a query where none was judged', query },
  ])('is not given for $what', ({ kind = 'read_path', host = web, path = 'a', query: sought }) => {
    using permit = permitFor(...actions);
    expect(permit.resolvedPath(kind, host, path, sought)).toBeUndefined();
  });

  it('is not given once its call has ended', () => {
    const permit = permitFor(...actions);
    permit[Symbol.dispose]();
    expect(permit.resolvedPath('read_path', web, 'a')).toBeUndefined();
  });
});
