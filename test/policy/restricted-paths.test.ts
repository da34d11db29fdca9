import { describe, expect, it } from 'vitest';
import type { Host } from '../../src/hosts/host.ts';
import type { Action, PathAction } from '../../src/policy/action.ts';
import type { Decision } from '../../src/policy/evaluate.ts';
import { Policy } from '../../src/policy/policy.ts';
import { restrictedBelow } from '../../src/policy/restricted-paths.ts';
import { aCaller, anInventory } from '../fixtures/callers.ts';
import { hostId } from '../fixtures/sshd.ts';

const web = hostId('web-1');
const evaluate = (action: Action) =>
  new Policy(anInventory([{ id: web, enabled: true } as Host])).evaluate(aCaller(), [action]);
const read = (path: string, more: Partial<PathAction> = {}) =>
  evaluate({ kind: 'read_path', host: web, path, ...more });

describe('the restricted paths', () => {
  it.each<{ path: string; decision: Decision }>([
    { path: '/etc/shadow', decision: 'deny' },
    { path: '//etc/shadow', decision: 'deny' },
    { path: '///etc//shadow', decision: 'deny' },
    { path: '/etc/../etc/shadow-', decision: 'deny' },
    { path: '/tmp/../etc/passwd', decision: 'deny' },
    { path: '/root/.ssh/id_ed25519', decision: 'deny' },
    { path: '/home/ann/.ssh/id_rsa', decision: 'deny' },
    { path: '/home/ann/.ssh/authorized_keys', decision: 'allow' },
    { path: '/var/lib/docker/volumes', decision: 'deny' },
    { path: '/proc', decision: 'deny' },
    { path: '/proc/1/environ', decision: 'deny' },
    { path: '/sys/kernel', decision: 'deny' },
    { path: '/dev/sda', decision: 'deny' },
    { path: '/processes', decision: 'allow' },
    { path: '/srv/etc/shadow', decision: 'allow' },
    { path: '/etc/hosts', decision: 'allow' },
    { path: 'relative/file', decision: 'allow' },
  ])('decide $decision for $path, to read, to write and to list', ({ path, decision }) => {
    for (const kind of ['read_path', 'write_path', 'list_path', 'sudo_read_path'] as const) {
      expect(evaluate({ kind, host: web, path }).decision).toBe(decision);
    }
  });

  it('are judged by where the path leads, once the host has told', () => {
    expect(read('harmless', { resolved: '/etc/shadow' }).decision).toBe('deny');
    expect(read('/etc/shadow', { resolved: '/srv/shadow' }).decision).toBe('allow');
  });

  it('say which of them is meant', () => {
    expect(read('/home/ann/.ssh/id_rsa').matches).toEqual([
      {
        decision: 'deny',
        rule: 'restricted_paths',
        code: 'path_not_permitted',
        justification: 'Security validation failed: Access to /home/*/.ssh/id_ is restricted',
      },
    ]);
  });

  it.each([
    ['/', '/etc/shadow'],
    ['/etc/', '/etc/shadow'],
    ['/root', '/root/.ssh/id_'],
    ['/home', '/home/*/.ssh/id_'],
    ['/home/ann', '/home/*/.ssh/id_'],
    ['/home/ann/.ssh', '/home/*/.ssh/id_'],
    ['/var/lib', '/var/lib/docker'],
  ])('refuse a whole tree that may hold one: %s', (path, held) => {
    expect(read(path, { tree: true }).matches).toEqual([
      {
        decision: 'deny',
        rule: 'restricted_paths',
        code: 'path_not_permitted',
        justification: `Security validation failed: ${path} may hold ${held}, which is restricted. Name what is below it`,
      },
    ]);
    expect(read(path).decision).toBe('allow');
    expect(read(path, { tree: false }).decision).toBe('allow');
  });

  it.each(['/srv', '/etc/nginx', '/home/ann/src', '/root/.ssh/keys', '/var/lib/dpkg', '/var/log', '/lib/etc'])(
    'leave alone a tree that holds none: %s',
    (path) => expect(read(path, { tree: true }).decision).toBe('allow'),
  );

  it('say of what is restricted itself that it is, as a tree too', () => {
    expect(read('/proc', { tree: true }).matches[0]?.justification).toBe(
      'Security validation failed: Access to /proc/ is restricted',
    );
  });
});

describe('what a search leaves out', () => {
  const trees = ['/var/lib/docker*', '/proc', '/sys', '/dev'];
  const files = ['/etc/shadow*', '/etc/passwd*', '/root/.ssh/id_*', '/home/*/.ssh/id_*'];
  it.each<readonly [start: string, listing: readonly string[], reading: readonly string[]]>([
    ['/', trees, [...files, ...trees]],
    ['/etc', [], ['/etc/shadow*', '/etc/passwd*']],
    ['/et', [], []],
    ['/home', [], ['/home/*/.ssh/id_*']],
    ['/home/ann', [], ['/home/*/.ssh/id_*']],
    ['/root/.ssh', [], ['/root/.ssh/id_*']],
    ['/var', ['/var/lib/docker*'], ['/var/lib/docker*']],
    ['/var/lib/docker/volumes', ['/var/lib/docker*'], ['/var/lib/docker*']],
    ['/proc/1', ['/proc'], ['/proc']],
    ['/srv', [], []],
    ['/srv/proc', [], []],
  ])('is what is restricted below %s', (start, listing, reading) => {
    expect(restrictedBelow(start, 'listing')).toEqual(listing);
    expect(restrictedBelow(start, 'reading')).toEqual(reading);
  });
});
