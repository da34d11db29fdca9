import { describe, expect, it } from 'vitest';
import { settingOf } from '../../../src/policy/closed/judge-closed.ts';
import { showPath, type PathReading } from '../../../src/policy/paths/read-path.ts';
import { judgedUnit, programName, type Held } from '../../../src/policy/rules/judged-unit.ts';
import type { JudgedUnit } from '../../../src/policy/rules/match-unit.ts';
import { readShell } from '../../../src/policy/shell/read-shell.ts';

/** The last command of the text that is not in a substitution. */
function judged(text: string, held: Held = 'held'): JudgedUnit {
  const reading = readShell(text);
  const unit = reading.kind === 'units' ? reading.units.findLast(({ program }) => program.value !== 'date') : undefined;
  if (reading.kind === 'unreadable' || unit === undefined) throw new Error(`${text} is no command`);
  return judgedUnit(unit, settingOf(reading), held);
}

const shown = (paths: readonly (PathReading | undefined)[]): readonly string[] =>
  paths.map((path) => path?.shapes.map(showPath).join(' or ') ?? 'anything');

describe('the name of a program', () => {
  it.each<[command: string, name: string | undefined]>([
    ['ls', 'ls'],
    ['/bin/ls', 'ls'],
    ['/usr/bin/ls -l', 'ls'],
    ['/usr/local/sbin/frob', 'frob'],
    ['/opt/bin/ls', undefined],
    ['./ls', undefined],
    ['~/ls', undefined],
    ['~ls', undefined],
    [`~"ls"`, '~ls'],
    ['$ls', undefined],
    ['l*', undefined],
    ["''", undefined],
    ['x=1', undefined],
    ['> x', undefined],
  ])('is plain, and known where it is in a directory of the system: %s is %s', (command, name) => {
    expect(judged(command).program).toBe(name);
    expect(programName(judged(command).unit)).toBe(name);
  });
});

describe('the paths of a command', () => {
  it.each<[command: string, reads: readonly string[], writes: readonly string[]]>([
    ['cat a /b', ['~/a', '/b'], []],
    ['cat < a > b', ['~/a'], ['~/b']],
    ['cp a b', ['~/a'], ['~/b']],
    ['echo /a', [], []],
    ['export a=/b', [], []],
    ['cd /srv || cd /etc; cat a', ['~/a or /srv/a or /etc/a'], []],
    ['for f in a /b; do cat $f; done', ['~/a', '/b'], []],
    ['cat {1..$x}', ['anything'], []],
  ])('are those that its program is known to read and to write: %s', (command, reads, writes) => {
    expect(shown(judged(command).reads).toSorted()).toEqual([...reads].toSorted());
    expect(shown(judged(command).writes)).toEqual(writes);
  });

  it.each<[words: string, paths: readonly string[]]>([
    ['a', ['~/a']],
    ['-a', []],
    ['--all', []],
    ['a=/b', ['~/a=/b', '/b']],
    ['--a=/b', ['/b']],
    ['-a=/b', ['/b']],
    ['--a=', []],
    ['--a.b=/c', ['/c']],
    ['a,b=/c', ['~/a,b=/c', '/c']],
    ['--mount=type=bind,src=/a', ['/a']],
    ['https://h/a=/b', ['~/https:/h/a=/b']],
    ['-C/a', ['/a']],
    ['-C~/a', ['~/a']],
    ['-C.env', ['~/.env']],
    ['-Cenv', []],
    ['b-C/a', ['~/b-C/a']],
    ['@/a', ['~/@/a', '/a']],
    ['a@/b', ['~/a@/b']],
    [
      `'--a=/b
c'`,
      ['/b\nc'],
    ],
    ['-- -a', []],
    ['{1..$x}', ['anything']],
  ])('that we do not know may be any of its words: %s', (words, paths) => {
    const { reads, writes } = judged(`frob ${words}`);
    expect(shown(reads)).toEqual(paths);
    expect(shown(writes)).toEqual(paths);
  });

  it.each<[words: string, paths: readonly string[]]>([
    ['a', []],
    ['a~b', []],
    ['a/b', ['~/a/b']],
    ['/a', ['/a']],
    ['~', ['~']],
    ['~root', ['/root']],
    ['--x=/a', ['/a']],
    ['{1..$x} a', ['anything']],
  ])('are mentioned where they are written as paths, whatever they are to it: %s', (words, paths) => {
    expect(shown(judged(`echo ${words}`).mentioned)).toEqual(paths);
  });

  it.each<[command: string, expected: boolean]>([
    ['cat a', true],
    ['cat --frob a', false],
    ['frob a', false],
    ['cat $x', true],
    ['cat -u"$x"', false],
    ['tail --lines"$x"', false],
    ['$x a', false],
  ])('are all of them where the program and its options are known: %s %s', (command, expected) => {
    expect(judged(command).pathsAreKnown).toBe(expected);
  });

  it.each<[held: Held, doubts: readonly string[]]>([
    ['held', []],
    ['open', ['unknown_directory']],
  ])('with a part that is known only when it runs lead anywhere, where nothing holds that: %s', (held, doubts) => {
    const doubtsOf = (text: string) => judged(text, held).reads.map((path) => [...(path?.doubts ?? ['none'])]);
    expect(doubtsOf('cat /a$x b')).toEqual([doubts, []]);
    expect(doubtsOf('cat /a* ~bob/"$x"')).toEqual([[], ['unknown_home', ...doubts]]);
    expect(doubtsOf('cat {1..$x}')).toEqual([['none']]);
  });
});

describe('a command whose words may come to more', () => {
  it.each<[words: string, held: boolean, open: boolean]>([
    ['a', false, false],
    ['*', false, false],
    ['$x', false, true],
    ['a$x', false, true],
    ['"$x"', false, false],
    ['"a"$x', false, true],
    ['$(date)', false, true],
    ['"$(date)"', false, false],
    ['$HOME', false, false],
    ['$HOME$x', false, true],
    ['{1..$x}', true, true],
    ['a $x', false, true],
  ])('has one that no quotes keep together, and that nothing holds: %s', (words, held, open) => {
    expect(judged(`frob ${words}`).mayHoldMore).toBe(held);
    expect(judged(`frob ${words}`, 'open').mayHoldMore).toBe(open);
  });

  it('has none where every value of a variable is one word', () => {
    expect(judged('for f in a b; do frob $f; done', 'open').mayHoldMore).toBe(false);
    expect(judged('for f in a "b c"; do frob $f; done', 'open').mayHoldMore).toBe(true);
    expect(judged('for f in a "b c"; do frob "$f"; done', 'open').mayHoldMore).toBe(false);
  });
});
