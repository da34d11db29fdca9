import { describe, expect, it } from 'vitest';
import { known, opaque, type Argument } from '../../../src/policy/closed/argument.ts';
import type { Remarks } from '../../../src/policy/closed/finding.ts';
import {
  countRemarks,
  lookRemarks,
  readRemarks,
  readHeldRemarks,
  readTreeRemarks,
  writeRemarks,
} from '../../../src/policy/closed/path-remarks.ts';
import { pathOf, type Scene } from '../../../src/policy/closed/scene.ts';
import { unknownPart } from '../../../src/policy/paths/name-glob.ts';
import { plainNames } from '../../../src/policy/paths/path-pattern.ts';
import { home, showPath } from '../../../src/policy/paths/read-path.ts';

const scene: Scene = { directories: [home], isFed: false };

function word(text: string): Argument {
  if (text === 'OPAQUE') return opaque;
  if (text.includes('$')) return { kind: 'guarded', text: text.replaceAll('$', unknownPart) };
  return /[*?[]/.test(text) ? { kind: 'glob', text } : known(text);
}

type Judge = (argument: Argument, scene: Scene) => Remarks;
const judge = (remarks: Judge, text: string, from: Scene = scene): string =>
  remarks(word(text), from)
    .map(({ severity, code, text: why }) => `${severity} ${code}: ${why}`)
    .join('; ') || 'fine';

const secret = (path: string): string =>
  `deny path_protected: ${path} is protected: it holds secrets or is not for reading`;
const maybe = (path: string): string =>
  `ask path_may_be_protected: ${path} may match a file that is protected; name the files`;
const parent = 'ask path_through_parent: a path has `..` behind a directory that may be a link; write it without';
const above = 'ask path_above_home: a path leads out of the home directory';
const nowhere = 'ask dynamic_argument: which path it is';

describe('reading a file', () => {
  it.each([
    ['-', 'fine'],
    ['/etc/hosts', 'fine'],
    ['~/notes', 'fine'],
    ['notes', 'fine'],
    ['/etc/shadow', secret('/etc/shadow')],
    ['/root/x', secret('/root/x')],
    ['~root/x', secret('/root/x')],
    ['/srv/app/.env', secret('/srv/app/.env')],
    ['/srv/my-secrets/x', secret('/srv/my-secrets/x')],
    ['~/.config/x', secret('~/.config/x')],
    ['~/.bashrc', 'fine'],
    ['/home/ann/.profile', 'fine'],
    ['/home/ann/.local/x', secret('/home/ann/.local/x')],
    ['/dev/null', 'fine'],
    ['/dev/stdin', 'fine'],
    ['/dev/fd/3', 'fine'],
    ['/dev/sda', secret('/dev/sda')],
    ['/dev', secret('/dev')],
    ['OPAQUE', nowhere],
  ])('%s: %s', (text, answer) => expect(judge(readRemarks, text)).toBe(answer));

  it.each([
    ['/etc/sh*', secret('/etc/sh*')],
    ['/etc/*', secret('/etc/*')],
    ['/dev/*', secret('/dev/*')],
    ['/dev/nul?', secret('/dev/nul*')],
    ['/dev/fd/$', secret('/dev/fd/*')],
    ['/d*/null', secret('/d*/null')],
    ['/srv/*', maybe('/srv/*')],
    ['/srv/*.log', 'fine'],
    ['/srv/$', 'fine'],
    ['/srv/$.log', 'fine'],
    ['/srv/a$', maybe('/srv/a*')],
    ['/srv/$$', maybe('/srv/**')],
    ['/srv/$/x', 'fine'],
    ['/srv/*/x', 'fine'],
    ['/srv/*/id_rsa', secret('/srv/*/id_rsa')],
    ['/srv/$/*', maybe('/srv/*/*')],
    ['/usr/share/*', 'fine'],
    ['/var/log/nginx/*', 'fine'],
    ['/var/log/*', secret('/var/log/*')],
    ['/srv/secret*', secret('/srv/secret*')],
    ['~/.*', `${parent}; ${maybe('~/.*')}`],
    ['~/.c*', secret('~/.c*')],
    ['a*.txt', 'fine'],
  ])('of a pattern or a part that is not known: %s: %s', (text, answer) =>
    expect(judge(readRemarks, text)).toBe(answer),
  );

  it.each([
    ['../x', above],
    ['a/../x', parent],
    ['/a/../etc/shadow', `${parent}; ${secret('/etc/shadow')}`],
    ['~ann/x', 'deny path_protected: only ~ and ~root are known as homes'],
    ['/tmp/.?/etc/hosts', parent],
    ['/tmp/.*/x', `${parent}; ${maybe('/tmp/.*/x')}`],
    ['/tmp/.[.]/etc/hosts', parent],
    ['/usr/share/.a*/hosts', 'fine'],
    ['/usr/share/*.*/hosts', 'fine'],
    ['/proc/self/../x', `${parent}; deny path_protected: a path has \`..\` in a tree of links`],
  ])('that is not surely where its text says: %s: %s', (text, answer) => expect(judge(readRemarks, text)).toBe(answer));

  it('from every directory in which the command may be', () => {
    const from = (...directories: Scene['directories']): Scene => ({ ...scene, directories });
    const root = { root: '/', names: plainNames('/root') } as const;
    const unknown =
      'ask unknown_directory: a path is relative to a directory that is not known; write it from the root';
    expect(judge(readRemarks, 'x', from(home, root))).toBe(secret('/root/x'));
    expect(judge(readRemarks, 'x', from(home, undefined))).toBe(unknown);
    expect(judge(readRemarks, 'x', from(undefined, root))).toBe(`${unknown}; ${secret('/root/x')}`);
    expect(judge(readRemarks, '/etc/hosts', from(undefined, root))).toBe('fine');
  });
});

describe('counting what is in a file', () => {
  it.each([
    ['/srv/*', 'fine'],
    ['/etc/hosts', 'fine'],
    ['/etc/shadow', secret('/etc/shadow')],
    ['/etc/*', secret('/etc/*')],
    ['a/../*', parent],
    ['OPAQUE', nowhere],
  ])('%s: %s', (text, answer) => expect(judge(countRemarks, text)).toBe(answer));
});

describe('reading a tree', () => {
  const below = (path: string): string => `ask tree_holds_protected: something below ${path} is protected`;
  const elsewhere = (path: string): string => `unlisted unlisted_tree: ${path} is no tree that may be read whole`;
  it.each([
    ['/var/log/nginx', 'fine'],
    ['/usr/share', 'fine'],
    ['/etc/nginx', 'fine'],
    ['/srv', elsewhere('/srv')],
    ['.', elsewhere('~')],
    ['/', below('/')],
    ['/etc', below('/etc')],
    ['/var', below('/var')],
    ['/var/log', below('/var/log')],
    ['/root', secret('/root')],
    ['/var/log/nginx/*', elsewhere('/var/log/nginx/*')],
    ['OPAQUE', nowhere],
    ['../x', `${above}; ${elsewhere('~/x')}`],
  ])('%s: %s', (text, answer) => expect(judge(readTreeRemarks, text)).toContain(answer));

  it.each([
    ['/srv', 'fine'],
    ['.', 'fine'],
    ['/var/log/nginx/*', 'fine'],
    ['/etc', below('/etc')],
    ['/root', secret('/root')],
    ['../x', above],
    ['OPAQUE', nowhere],
  ])('that need not be listed: %s: %s', (text, answer) => expect(judge(readHeldRemarks, text)).toContain(answer));
});

describe('writing a file', () => {
  const there = (path: string): string => `deny path_protected: ${path} is protected: nothing is written there`;
  const elsewhere = (path: string): string =>
    `ask write_elsewhere: ${path} is neither below /tmp, /var/tmp nor the home directory`;
  it.each([
    ['/tmp/x', 'fine'],
    ['/var/tmp/a/b', 'fine'],
    ['~/x', 'fine'],
    ['x', 'fine'],
    ['/srv/x', elsewhere('/srv/x')],
    ['/home/ann/x', elsewhere('/home/ann/x')],
    ['/etc/hosts', there('/etc/hosts')],
    ['/', there('/')],
    ['~/.ssh/x', there('~/.ssh/x')],
    ['~/.bashrc', there('~/.bashrc')],
    ['/e*/x', there('/e*/x')],
    ['/tmp/*', maybe('/tmp/*')],
    ['/tmp/a*', maybe('/tmp/a*')],
    ['/tmp/*.txt', 'fine'],
    ['/t*/x.txt', elsewhere('/t*/x.txt')],
    ['/home/*/x.txt', elsewhere('/home/*/x.txt')],
    ['/tmp/*/x.txt', 'fine'],
    ['/tmp/.?/x.txt', parent],
    ['/tmp/$', maybe('/tmp/*')],
    ['/tmp/$.txt', 'fine'],
    ['../x', above],
    ['OPAQUE', nowhere],
  ])('%s: %s', (text, answer) => expect(judge(writeRemarks, text)).toBe(answer));
});

describe('looking at a path', () => {
  it.each([
    ['/etc/shadow', 'fine'],
    ['/root/*', 'fine'],
    ['../x', 'fine'],
    ['~root', 'fine'],
    ['~ann', 'deny path_protected: only ~ and ~root are known as homes'],
    ['OPAQUE', nowhere],
  ])('%s: %s', (text, answer) => expect(judge(lookRemarks, text)).toBe(answer));
});

describe('a word as a path', () => {
  const shown = (argument: Argument): string | undefined => pathOf(argument, scene)?.shapes.map(showPath).join();
  it('is a pattern only where the shell would read it as one', () => {
    expect(shown(known('/a[b]'))).toBe('/a[b]');
    expect(shown({ kind: 'glob', text: '/a[b]' })).toBe('/a*');
    expect(shown({ kind: 'guarded', text: `/a\\*${unknownPart}` })).toBe('/a**');
    expect(shown(opaque)).toBeUndefined();
  });
});
