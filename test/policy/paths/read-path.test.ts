import { describe, expect, it } from 'vitest';
import { unknownPart } from '../../../src/policy/paths/name-glob.ts';
import { plainNames, type PathShape } from '../../../src/policy/paths/path-pattern.ts';
import { PathSet } from '../../../src/policy/paths/path-set.ts';
import { home, onePath, readPath, showPath } from '../../../src/policy/paths/read-path.ts';

const at = (path: string): PathShape => ({ root: '/', names: plainNames(path) });

function read(text: string, from: readonly (PathShape | undefined)[] = [home], form: 'plain' | 'glob' = 'glob') {
  const reading = readPath({ text, form }, from);
  return { paths: reading.shapes.map(showPath), doubts: [...reading.doubts] };
}

describe('where a path may lead', () => {
  it.each([
    ['/etc/hosts', '/etc/hosts'],
    ['//etc///hosts/', '/etc/hosts'],
    ['/etc/./hosts', '/etc/hosts'],
    ['/', '/'],
    ['/..', '/'],
    ['~', '~'],
    ['~/', '~'],
    ['~/a/b', '~/a/b'],
    ['~root', '/root'],
    ['~root/.ssh', '/root/.ssh'],
    ['a/b', '~/a/b'],
    ['.', '~'],
    ['', '~'],
    ['/a*/?', '/a*/*'],
    ['/*.*/.a*', '/*.*/.a*'],
  ])('%j leads to %j, surely', (text, path) => {
    expect(read(text)).toEqual({ paths: [path], doubts: [] });
  });

  it.each([
    ['~ann/x', '~/x', ['unknown_home']],
    ['..', '~', ['above_home']],
    ['~/../x', '~/x', ['above_home']],
    ['~/a/..', '~', ['through_parent']],
    ['~/a/../..', '~', ['through_parent', 'above_home']],
    ['/a/../b', '/b', ['through_parent']],
    ['/a/b/../../..', '/', ['through_parent']],
    ['/a/.?/b', '/a/.*/b', ['through_parent']],
    ['/a/.*', '/a/.*', ['through_parent']],
    ['/proc/self/../x', '/proc/x', ['through_parent', 'through_kernel']],
    ['/sys/../x', '/x', ['through_parent', 'through_kernel']],
    ['/dev/fd/../x', '/dev/x', ['through_parent', 'through_kernel']],
    ['~/proc/../x', '~/x', ['through_parent']],
    ['/srv/proc/../x', '/srv/x', ['through_parent']],
  ])('%j leads to %j as far as its text says, with doubts: %j', (text, path, doubts) => {
    const found = read(text);
    expect(found.paths).toEqual([path]);
    expect(found.doubts.toSorted()).toEqual([...doubts].toSorted());
  });

  it('begins at every directory in which the command may be', () => {
    expect(read('x', [home, at('/srv')])).toEqual({ paths: ['~/x', '/srv/x'], doubts: [] });
    expect(read('x', [at('/srv'), undefined])).toEqual({ paths: ['/srv/x'], doubts: ['unknown_directory'] });
    expect(read('x', [undefined])).toEqual({ paths: [], doubts: ['unknown_directory'] });
    expect(read('/x', [undefined])).toEqual({ paths: ['/x'], doubts: [] });
  });

  it('leads up from a directory that is known, without doubt as long as nothing was entered', () => {
    expect(read('../x', [at('/srv/www')])).toEqual({ paths: ['/srv/x'], doubts: [] });
    expect(read('../../..', [at('/srv')])).toEqual({ paths: ['/'], doubts: [] });
    expect(read('../x', [at('/proc/1')])).toEqual({ paths: ['/proc/x'], doubts: ['through_kernel'] });
  });

  it('takes wildcards for text where it is no pattern', () => {
    const reading = readPath({ text: '/a*', form: 'plain' }, []);
    expect(reading.shapes.map(showPath)).toEqual(['/a*']);
    expect(onePath(reading)).toBeDefined();
    expect(onePath(readPath({ text: '/a*', form: 'glob' }, []))).toBeUndefined();
  });

  it('keeps the first and the last 64 names of more than anybody has', () => {
    const names = Array.from({ length: 200 }, (_, n) => `d${n}`);
    const [path = ''] = read(`/${names.join('/')}`).paths;
    expect(path.split('/').slice(1)).toEqual([...names.slice(0, 64), ...names.slice(-64)]);
    const enough = names.slice(0, 128);
    expect(read(`/${enough.join('/')}`).paths).toEqual([`/${enough.join('/')}`]);
  });

  it('is one path only where there is one reading, no doubt and no wildcard', () => {
    const one = (text: string, from: readonly (PathShape | undefined)[] = [home]) =>
      onePath(readPath({ text, form: 'glob' }, from));
    expect(one('/etc/hosts')).toEqual(at('/etc/hosts'));
    expect(one('/etc/*')).toBeUndefined();
    expect(one('/a/../b')).toBeUndefined();
    expect(one('a', [home, at('/srv')])).toBeUndefined();
    expect(one('a', [undefined])).toBeUndefined();
    expect(one('a', [])).toBeUndefined();
    expect(one('a', [at('/srv')])).toEqual(at('/srv/a'));
  });
});

describe('a set of paths', () => {
  const set = new PathSet(['/etc/shadow', '/srv/{keys,secrets}/**', '~/.netrc', '**/.env', '**/*.pem']);
  const shapeOf = (text: string): PathShape => {
    const [shape] = readPath({ text, form: 'glob' }, [home]).shapes;
    if (shape === undefined) throw new Error(`${text} is no path`);
    return shape;
  };

  it.each([
    ['/etc/shadow', 'certain'],
    ['/etc/sh*', 'certain'],
    ['/e*/*', 'certain'],
    ['/srv/keys/a/b', 'certain'],
    ['/srv/secrets', 'certain'],
    ['~/.netrc', 'certain'],
    ['~/.n*', 'certain'],
    ['/home/ann/.env', 'certain'],
    ['/home/*/.env', 'certain'],
    ['/home/ann/.e*', 'possible'],
    ['/home/ann/*', 'possible'],
    ['/home/ann/*.pem', 'certain'],
    ['/home/ann/key.pem', 'certain'],
    ['/etc/hosts', 'no'],
    ['/etc/sh*/x', 'no'],
    ['/.netrc', 'no'],
    ['/home/ann/a*b', 'no'],
    [`/home/${unknownPart}`, 'possible'],
  ])('holds %j: %j', (text, membership) => {
    expect(set.has(shapeOf(text))).toBe(membership);
  });

  it('goes by what a path spells out where it is asked to', () => {
    expect(set.names(shapeOf('/etc/shadow'))).toBe(true);
    expect(set.names(shapeOf('/etc/sh*'))).toBe(false);
    expect(set.names(shapeOf('/home/*/.env'))).toBe(true);
    expect(set.names(shapeOf('/home/ann/.e*'))).toBe(false);
    expect(set.names(shapeOf('/home/ann/notes'))).toBe(false);
    expect(set.names(shapeOf('/home/ann/.env'))).toBe(true);
  });

  it('has what lies below a tree', () => {
    expect(set.isBelow(shapeOf('/etc'))).toBe(true);
    expect(set.isBelow(shapeOf('/srv'))).toBe(true);
    expect(set.isBelow(shapeOf('/var'))).toBe(false);
    expect(set.isBelow(shapeOf('/etc/shadow'))).toBe(false);
  });

  it('holds the same paths when they are asked for again', () => {
    const shape = shapeOf('/etc/shadow');
    expect([set.has(shape), set.has(shape), set.names(shape)]).toEqual(['certain', 'certain', true]);
  });
});
