import { describe, expect, it } from 'vitest';
import { unknownPart } from '../../../src/policy/paths/name-glob.ts';
import {
  globNames,
  patternLiesBelow,
  patternMeets,
  patternNames,
  patternProblem,
  pathPatterns,
  type PathShape,
} from '../../../src/policy/paths/path-pattern.ts';

function shape(text: string): PathShape {
  return text.startsWith('~') ? { root: '~', names: globNames(text.slice(1)) } : { root: '/', names: globNames(text) };
}

const meets = (path: string, pattern: string): boolean =>
  pathPatterns(pattern).some((one) => patternMeets(shape(path), one));

/** So many directories, one below the other. */
const deep = (count: number): string => Array.from({ length: count }, (_, n) => `/d${n}`).join('');

describe('a pattern for paths', () => {
  it.each([
    ['/etc/shadow', '/etc/shadow', true],
    ['/etc/shadow', '/etc', false],
    ['/etc', '/etc/shadow', false],
    ['/etc/shadow', '/etc/*', true],
    ['/etc/ssl/key', '/etc/*', false],
    ['/etc', '/etc/**', true],
    ['/etc/ssl/key', '/etc/**', true],
    ['/etcetera', '/etc/**', false],
    ['/a/b/c', '/a/**/c', true],
    ['/a/c', '/a/**/c', true],
    ['/a/b/x/c', '/a/**/c', true],
    ['/a/b/d', '/a/**/c', false],
    ['/a/c/d', '/a/**/c', false],
    ['/c', '/a/**/c', false],
    ['/x/b', '/a/**/b', false],
    ['/a/b/c/b/d', '/a/**/b/**/d', true],
    ['/x/.env', '**/.env', true],
    ['/.env', '**/.env', true],
    ['~/.env', '**/.env', true],
    ['~/.ssh/id', '~/.ssh/**', true],
    ['/.ssh/id', '~/.ssh/**', false],
    ['~/etc/shadow', '/etc/shadow', false],
    ['~', '~', true],
    ['/', '~', false],
    ['~', '~/**', true],
    ['~/a', '~/**', true],
    ['/srv/a', '~/**', false],
    ['/', '/**', true],
    ['/a', '/**', true],
    ['/a/file~', '/a/file~', true],
    ['/a/~b', '/a/~b', true],
    ['/a/b', '/a/~b', false],
    ['/e*/sh?dow', '/etc/shadow', true],
    ['/e*', '/etc/shadow', false],
  ])('%j is meant by %j: %j', (path, pattern, expected) => {
    expect(meets(path, pattern)).toBe(expected);
  });

  it.each([
    ['/a/{b,c}', ['/a/b', '/a/c'], ['/a/d', '/a/{b,c}', '/a']],
    ['/{a,b}/{c,d}', ['/a/c', '/a/d', '/b/c', '/b/d'], ['/a/a', '/c/c']],
    ['/a{,.bak}', ['/a', '/a.bak'], ['/a.', '/abak']],
    ['/{a{b,c},d}/e', ['/ab/e', '/ac/e', '/d/e'], ['/a/e', '/b/e']],
    ['/one{x}', ['/onex'], ['/one{x}', '/one']],
    ['/a{}b', ['/ab'], ['/a{}b']],
    ['/x/a{b', ['/x/a{b'], ['/x/ab']],
    ['/x/a}b{c', ['/x/a}b{c'], ['/x/ab']],
    ['/long/{before,inside}/after', ['/long/before/after', '/long/inside/after'], ['/long/after']],
  ])('%j means every choice of its braces', (pattern, meant, others) => {
    expect(meant.filter((path) => !meets(path, pattern))).toEqual([]);
    expect(others.filter((path) => meets(path.replaceAll(/[{}]/g, String.raw`\$&`), pattern))).toEqual([]);
  });

  it.each([29, 30, 31, 40, 100])('of %i segments is compared as a short one is', (count) => {
    const path = deep(count - 1);
    for (const [pattern, given, expected] of [
      [`${path}/end`, `${path}/end`, true],
      [`${path}/end`, `${path}/other`, false],
      [`${path}/end`, path, false],
      [`${path}/end`, `${path}/end/more`, false],
      [`${path}/*`, `${path}/other`, true],
      [`${path}/**`, path, true],
      [`${path}/**`, `${path}/a/b/c`, true],
      [`${path}/**`, `/x${path}/a`, false],
      [`/**${path}`, `/x/y${path}`, true],
      [`/**${path}`, path, true],
      [`/**${path}`, `${path}/x`, false],
      [`/d0/**${path}`, `/d0/x${path}`, true],
      [`/d0/**${path}`, `/d0${path}`, true],
      [`/d0/**${path}/**/end`, `/d0/x${path}/y/z/end`, true],
      [`/d0/**${path}/**/end`, `/d0/x${path}/y/z`, false],
    ] as const) {
      expect([pattern, given, meets(given, pattern)]).toEqual([pattern, given, expected]);
    }
  });

  it('lies below a path where it names something in its tree', () => {
    const below = (path: string, text: string): boolean =>
      pathPatterns(text).some((one) => patternLiesBelow(shape(path), one));
    expect(below('/etc', '/etc/shadow')).toBe(true);
    expect(below('/', '/etc/shadow')).toBe(true);
    expect(below('/e*', '/etc/ssl/private')).toBe(true);
    expect(below('/etc/shadow', '/etc/shadow')).toBe(false);
    expect(below('/etc/shadow/x', '/etc/shadow')).toBe(false);
    expect(below('/var', '/etc/shadow')).toBe(false);
    expect(below('~', '/etc/shadow')).toBe(false);
    expect(below('~', '~/.ssh/id')).toBe(true);
    expect(below('/etc', '**/.env')).toBe(false);
  });

  it('is named by what a path spells out alone', () => {
    const named = (path: string, text: string): boolean =>
      pathPatterns(text).some((one) => patternNames(shape(path), one));
    expect(named('/home/*/.ssh/config', '**/.ssh/config')).toBe(true);
    expect(named('/home/ann/*', '**/.ssh/config')).toBe(false);
    expect(named(`/home/${unknownPart}/.ssh`, '**/.ssh')).toBe(true);
    expect(named(`/home/${unknownPart}`, '**/.ssh')).toBe(false);
  });
});

describe('what is wrong with a pattern for paths', () => {
  it.each([
    ['/', undefined],
    ['/a', undefined],
    ['~', undefined],
    ['~/a', undefined],
    ['**/a', undefined],
    ['/a/**', undefined],
    ['/a/**/b', undefined],
    ['/a/.b/c..d/..e', undefined],
    [`/${'a'.repeat(511)}`, undefined],
    [`/${'a'.repeat(512)}`, 'must not be longer than 512 characters'],
    ['', 'must begin with /, ~/ or **/'],
    ['a/b', 'must begin with /, ~/ or **/'],
    ['a~', 'must begin with /, ~/ or **/'],
    ['x**/a', 'must begin with /, ~/ or **/'],
    ['~ann/a', 'must begin with /, ~/ or **/'],
    ['**', 'must begin with /, ~/ or **/'],
    ['/a/../b', 'must not hold . or .. as a directory'],
    ['/a/./b', 'must not hold . or .. as a directory'],
    ['/a/..', 'must not hold . or .. as a directory'],
    ['/a/.', 'must not hold . or .. as a directory'],
    ['~/../a', 'must not hold . or .. as a directory'],
    [`/a${unknownPart}`, 'must not hold NUL'],
    ['/a/b**', '** stands for whole directories only'],
    ['/a/**b/c', '** stands for whole directories only'],
    ['/a/***', '** stands for whole directories only'],
    ['/**/a**', '** stands for whole directories only'],
    ['/**/*', undefined],
    ['/*/**/*', undefined],
  ])('%j: %j', (text, problem) => {
    expect(patternProblem(text)).toBe(problem);
  });
});
