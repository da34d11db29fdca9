import { describe, expect, it } from 'vitest';
import {
  isGoodEnough,
  readCorpus,
  scoreCorpus,
  type CorpusLine,
  type CorpusScore,
  type TestScore,
} from '../../../src/policy/rules/corpus.ts';

const ls = { id: 'a', profile: 'observe', command: 'ls', expect: 'allow' } as const;
const text = (line: object): string => JSON.stringify(line);
const score = (...lines: readonly Partial<CorpusLine>[]) =>
  scoreCorpus(lines.map((line) => ({ ...ls, runs: [], ...line })));

describe('a corpus', () => {
  it('is a line of JSON for every command, and nothing else but blank lines', () => {
    expect(readCorpus(`${text(ls)}\n\n \t\n${text({ ...ls, runs: ['ls'], note: 'x' })}\n`)).toEqual({
      lines: [
        { ...ls, runs: [] },
        { ...ls, runs: ['ls'] },
      ],
      bad: [],
    });
    expect(readCorpus('')).toEqual({ lines: [], bad: [] });
  });

  it.each(['allow', 'ask', 'deny'])('may expect %s', (expected) => {
    expect(readCorpus(text({ ...ls, expect: expected })).lines).toMatchObject([{ expect: expected }]);
  });

  it.each<[line: string, what: RegExp]>([
    ['{', /^[^:]*: expected object/],
    ['[]', /expected object/],
    [text({ ...ls, id: 1 }), /^id: /],
    [text({ ...ls, profile: 'root' }), /^profile: /],
    [text({ ...ls, expect: '' }), /^expect: /],
    [text({ ...ls, expect: 'permit' }), /^expect: /],
    [text({ ...ls, id: 1, command: 2 }), /^id: .*; command: /],
    [text({ ...ls, runs: 'ls' }), /^runs: /],
  ])('has each line that is none told, with all that is wrong: %s', (line, what) => {
    expect(readCorpus(`\n${text(ls)}\n${line}\n${text(ls)}`)).toMatchObject({
      lines: [ls, ls],
      bad: [{ line: 3, what: expect.stringMatching(what) }],
    });
  });
});

describe('of a corpus', () => {
  const none = { passed: 0, total: 0, failed: [] };
  const passed = { passed: 1, total: 1, failed: [] };
  const failed = { passed: 0, total: 1, failed: ['a'] };

  it.each<[command: string, expect: CorpusLine['expect'], t1: TestScore, t2: TestScore, t3: TestScore, t4: TestScore]>([
    ['ls', 'allow', none, passed, passed, passed],
    ['ls', 'ask', failed, passed, none, failed],
    ['ls', 'deny', failed, passed, none, failed],
    ['rm x', 'allow', none, none, failed, failed],
    ['rm x', 'ask', passed, none, none, failed],
    ['rm x', 'deny', passed, none, none, passed],
  ])('%s where the line expects %s passes these tests and fails those', (command, expected, t1, t2, t3, t4) => {
    expect(score({ command, expect: expected })).toEqual({ total: 1, t1, t2, t3, t4 });
  });

  it('every line counts, and those that fail are named in their order', () => {
    expect(
      score(
        {},
        { id: 'b', expect: 'deny' },
        { id: 'c', command: 'rm x' },
        { id: 'd', command: 'rm y', expect: 'deny' },
      ),
    ).toEqual({
      total: 4,
      t1: { passed: 1, total: 2, failed: ['b'] },
      t2: { passed: 2, total: 2, failed: [] },
      t3: { passed: 1, total: 2, failed: ['c'] },
      t4: { passed: 2, total: 4, failed: ['b', 'c'] },
    });
  });

  it.each<[command: string, runs: readonly string[], isKnown: boolean]>([
    ['ls', [], true],
    ['ls', ['ls'], true],
    ['ls; pwd', ['pwd', 'ls'], true],
    ['ls; pwd', ['ls', 'rm'], false],
    ['/usr/bin/ls', ['ls'], true],
    ['/usr/bin/ls', ['/usr/bin/ls'], false],
    ['tar xf x', ['tar', 'gzip', 'bzip2', 'xz', 'zstd'], true],
    ['tar xf x', ['rm'], false],
    ['ls', ['gzip'], false],
    ['constructor', ['constructor'], true],
    ['echo $(', [], true],
    ['echo $(', ['echo'], false],
  ])('%s, which was seen to run %j, knows every program: %j', (command, runs, isKnown) => {
    expect(score({ profile: 'admin', command, runs: [...runs] }).t2).toEqual(isKnown ? passed : failed);
  });
});

describe('a corpus is passed', () => {
  const all = { passed: 100, total: 100, failed: [] };
  const perfect: CorpusScore = { total: 100, t1: all, t2: all, t3: all, t4: all };
  const scored = (test: string, counted: Partial<TestScore>) => ({ ...perfect, [test]: { ...all, ...counted } });

  it.each<[test: string, least: number]>([
    ['t1', 100],
    ['t2', 100],
    ['t3', 98],
    ['t4', 95],
  ])('with no less than this of %s: %d in a hundred', (test, least) => {
    expect(isGoodEnough(scored(test, { passed: least }))).toBe(true);
    expect(isGoodEnough(scored(test, { passed: least - 1 }))).toBe(false);
    expect(isGoodEnough(scored(test, { passed: 0, total: 0 }))).toBe(true);
  });
});
