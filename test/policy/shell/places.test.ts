import { describe, expect, it } from 'vitest';
import { placesIn, systemRootIn } from '../../../src/policy/shell/places.ts';
import { readShell } from '../../../src/policy/shell/read-shell.ts';

function readingOf(text: string) {
  const reading = readShell(text);
  if (reading.kind === 'unreadable') throw new Error(`${text} is unreadable: ${reading.text}`);
  return reading;
}

/** The paths that the last word of a text may stand for. */
function pathsOf(text: string): readonly string[] {
  const reading = readingOf(text);
  const word = reading.units.at(-1)?.argv.at(-1);
  return word === undefined ? [] : placesIn(reading).pathsOf(word);
}

describe('the paths that a word may stand for', () => {
  it.each<[string, readonly string[]]>([
    ['rm /srv/x', ['/srv/x']],
    ['rm //srv///x/', ['/srv/x']],
    ['rm /srv/./x/../y', ['/srv/y']],
    ['rm /', ['/']],
    ['rm //', ['/']],
    ['rm /.', ['/']],
    ['rm /srv/.', ['/srv']],
    ['rm /srv/./', ['/srv']],
    ['rm ~', ['~']],
    ['rm ~/', ['~']],
    ['rm ~/a//b/', ['~/a/b']],
    ['rm ~ann', ['~ann']],
    ['rm x', ['x']],
    ['rm x/../y', ['y']],
    ['rm .', ['.']],
    ['cd /srv; rm a~', ['a~', '/srv/a~']],
    ['cd /srv; rm ~/a/', ['~/a', '~/a']],
    ['cd /srv; rm "/a\n"/', ['/a\n', '/a\n']],
    ['cd /; rm x/', ['x', '/x']],
    ['cd ///; rm ./x', ['x', '/x']],
    ['rm *.c', ['*.c']],
    ['rm /srv/*', ['/srv/*']],
    ['rm $x', []],
    ['rm /srv/$x', []],
    ['rm $(ls)', []],
    ['rm a$((1))', []],
    ['rm $HOME/x', ['~/x']],
    ['cd /srv; rm x', ['x', '/srv/x']],
    ['cd /srv; rm ../x', ['../x', '/x']],
    ['cd /srv; cd a; rm x', ['x', '/srv/x', 'a/x', '/srv/a/x']],
    ['cd /srv; rm /x', ['/x', '/x']],
    ['pushd /srv; rm x', ['x', '/srv/x']],
    ['cd -P /srv; rm x', ['x', '/srv/x']],
    ['cd; rm x', ['x']],
    ['cd $x; rm x', ['x']],
    ['cd ~; rm x', ['x', '~/x']],
    ['echo /srv; rm x', ['x']],
    ['env --chdir=/srv rm x', ['x', '/srv/x']],
    ['env -C /srv rm x', ['x', '/srv/x']],
    ['sudo --chdir=/srv rm x', ['x', '/srv/x']],
    ['x=/a; rm $x', ['/a']],
    ['x=/a; x=/b; rm "$x/c"', ['/a/c', '/b/c']],
    ['x=/a; y=$x/b; rm $y', ['/a/b']],
    ['x=$x; rm $x', []],
    ['x=$y; y=$x; rm $x', []],
    ['x=/a; x=$(ls); rm $x', ['/a']],
    ['for x in /a /b; do rm $x; done', ['/a', '/b']],
    ['for x in /a/*; do rm $x; done', ['/a/*']],
    ['for x; do rm $x; done', []],
    ['HOME=/a; rm $HOME', ['~', '/a']],
    ['export x=/a; rm $x', ['/a']],
    ['declare x=/a; rm $x', ['/a']],
    ['typeset x=/a; rm $x', ['/a']],
    ['local x=/a; rm $x', ['/a']],
    ['readonly x=/a; rm $x', ['/a']],
    ['export -x x=/a y; rm $x', ['/a']],
    ['export x=; rm $x', ['.']],
    ['export x="a\nb"; rm /$x', ['/a\nb']],
    ['export xx; rm $xx', []],
    ['echo x=/a; rm $x', []],
    ['xexport x=/a; rm $x', []],
    ['exports x=/a; rm $x', []],
    ['export a-x=/a; rm $x', []],
    ['export x=$y; rm $x', []],
    ['x=/a rm $x', ['/a']],
    ['rm "/a b"', ['/a b']],
  ])('%s: %j', (text, paths) => expect(pathsOf(text)).toEqual(paths));

  it('are at most sixteen values, of at most 4096 characters', () => {
    const values = (count: number): string => Array.from({ length: count }, (_, n) => `/v${n}`).join(' ');
    expect(pathsOf(`for x in ${values(16)}; do rm $x; done`)).toHaveLength(16);
    expect(pathsOf(`for x in ${values(17)}; do rm $x; done`)).toHaveLength(16);
    expect(pathsOf(`for x in ${values(5)}; do rm $x$x; done`)).toHaveLength(16);
    expect(pathsOf(`for x in ${values(40)}; do cd $x; done; rm y`)).toHaveLength(16);
    expect(pathsOf(`x=/${'a'.repeat(4095)}; rm $x`)).toHaveLength(1);
    expect(pathsOf(`x=/${'a'.repeat(4094)}; rm $x/b`)).toEqual([]);
    expect(pathsOf(`x=/${'a'.repeat(4093)}; rm $x/b`)).toHaveLength(1);
  });

  it('are those of a pattern as it is written, where nothing more is said of it', () => {
    const places = placesIn(readingOf('ls'));
    expect(places.pathsOf({ kind: 'glob', value: '/a*', span: [0, 0] })).toEqual(['/a*']);
    expect(places.pathsOf({ kind: 'dynamic', value: '/a*', span: [0, 0] })).toEqual([]);
  });
});

function rootIn(text: string): string | undefined {
  const reading = readingOf(text);
  const word = reading.units.at(-1)?.argv.at(-1);
  return word && systemRootIn(word, placesIn(reading));
}

describe('a word stands for a directory of the system, or a home', () => {
  const topLevel = 'bin boot dev etc home lib lib32 lib64 libx32 media mnt opt proc root run sbin srv sys usr var';
  const secondLevel = 'usr/bin usr/lib usr/lib64 usr/sbin usr/share usr/local var/lib var/log var/spool';
  it.each([...topLevel.split(' '), ...secondLevel.split(' ')].map((path) => `/${path}`))('as a whole: %s', (path) => {
    expect(rootIn(`rm -rf ${path}`)).toBe(path);
    expect(rootIn(`rm -rf ${path}/*`)).toBe(`${path}/*`);
  });
  it.each([
    '/',
    '/*',
    '/.*',
    '/*/*',
    '/etc/.[!.]*',
    '/etc/.??*',
    '/etc/*/.*',
    '~',
    '~ann',
    '~ann.b-c',
    '~/*',
    '/home/ann',
    '/home/ann/*',
    '/home/*',
    '/e*',
    '/et?',
    '/[e]tc',
    '/??c',
    '/u*/b*',
    '/*/lib',
  ])('or by a pattern: %s', (path) => expect(rootIn(`rm -rf ${path}`)).toBeDefined());
  it.each([
    '/srv/x',
    '/etc/nginx',
    '/etc/*/x',
    '/etc/*.conf',
    '/home/ann/x',
    '~/x',
    '~ann/x',
    './etc',
    'etc',
    '/tmp',
    '/tmp/*',
    '/etcx',
    '/xetc',
    '/usr/bin/x',
    '/et?x',
    '/x/home/ann',
    '/etc/.x*',
    '/etc/*a',
  ])('and no other one: %s', (path) => expect(rootIn(`rm -rf ${path}`)).toBeUndefined());
  it('in any of the places where it may be', () => {
    expect(rootIn('cd /; rm -rf etc')).toBe('/etc');
    expect(rootIn('cd /etc; rm -rf *')).toBe('/etc/*');
    expect(rootIn('for x in a /etc; do rm -rf $x; done')).toBe('/etc');
  });
});
