import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyDiff } from '../../src/tools/apply-diff.ts';
import { showDiff } from '../../src/tools/show-diff.ts';

const lines = (...text: readonly string[]) => text.map((line) => `${line}\n`).join('');

describe('a unified diff', () => {
  it.each<{ what: string; file: string; diff: string; becomes: string }>([
    {
      what: 'changes a line',
      file: lines('a', 'b', 'c'),
      diff: lines('--- a/x', '+++ b/x', '@@ -1,3 +1,3 @@ section', ' a', '-b', '+B', ' c'),
      becomes: lines('a', 'B', 'c'),
    },
    { what: 'needs no names', file: lines('a'), diff: lines('@@ -1 +1 @@', '-a', '+b'), becomes: lines('b') },
    { what: 'makes a file', file: '', diff: lines('@@ -0,0 +1,2 @@', '+a', '+b'), becomes: lines('a', 'b') },
    { what: 'empties a file', file: lines('a'), diff: lines('@@ -1 +0,0 @@', '-a'), becomes: '' },
    {
      what: 'adds without anything around',
      file: lines('a', 'b'),
      diff: lines('@@ -1,0 +2 @@', '+x'),
      becomes: lines('a', 'x', 'b'),
    },
    {
      what: 'keeps a missing last newline',
      file: 'a\nb',
      diff: lines('@@ -1,2 +1,2 @@', '-a', '+A', ' b', String.raw`\ No newline at end of file`),
      becomes: 'A\nb',
    },
    {
      what: 'takes the last newline away, and gives one',
      file: 'a\nb',
      diff: lines('@@ -2 +2 @@', '-b', String.raw`\ No newline at end of file`, '+b'),
      becomes: 'a\nb\n',
    },
    {
      what: 'knows an empty line without its blank',
      file: lines('a', '', 'b'),
      diff: lines('@@ -1,3 +1,3 @@', ' a', '', '-b', '+B'),
      becomes: lines('a', '', 'B'),
    },
    {
      what: 'finds the one place where it fits, when its number is wrong',
      file: lines('x', 'y', 'a', 'b'),
      diff: lines('@@ -1,2 +1,2 @@', ' a', '-b', '+B'),
      becomes: lines('x', 'y', 'a', 'B'),
    },
    {
      what: 'of several hunks follows how far the ones before had moved',
      file: lines('new', 'x', '1', '1', '1'),
      diff: lines('@@ -1 +1 @@', '-x', '+X', '@@ -3 +3 @@', '-1', '+one'),
      becomes: lines('new', 'X', '1', 'one', '1'),
    },
    {
      what: 'removes a line that looks like a head of a file',
      file: lines('-- a', 'b'),
      diff: lines('@@ -1,2 +1 @@', '--- a', ' b'),
      becomes: lines('b'),
    },
    { what: 'without its own last newline', file: 'a\n', diff: '@@ -1 +1 @@\n-a\n+b', becomes: 'b\n' },
  ])('$what', ({ file, diff, becomes }) => {
    expect(applyDiff(file, diff)).toBe(becomes);
  });

  it.each<{ what: string; code: string; file?: string; diff: string }>([
    { what: 'lines that are not there', code: 'conflict', diff: lines('@@ -1,2 +1,2 @@', ' a', '-x', '+y') },
    { what: 'a line that differs in a blank', code: 'conflict', diff: lines('@@ -1 +1 @@', '-a ', '+y') },
    {
      what: 'a last line that has its newline, and should not',
      code: 'conflict',
      diff: lines('@@ -3 +3 @@', '-c', String.raw`\ No newline at end of file`, '+C'),
    },
    {
      what: 'several places to choose from',
      code: 'invalid_input',
      file: lines('x', 'a', 'y', 'a'),
      diff: lines('@@ -1 +1 @@', '-a', '+b'),
    },
    { what: 'hunks out of order', code: 'conflict', diff: lines('@@ -3 +3 @@', '-c', '+C', '@@ -1 +1 @@', '-a', '+A') },
    { what: 'an addition beyond the end', code: 'conflict', diff: lines('@@ -9,0 +10 @@', '+x') },
    { what: 'an end that was cut off', code: 'invalid_input', diff: lines('@@ -1,3 +1,3 @@', ' a', '-b', '+B') },
    { what: 'a hunk longer than it says', code: 'invalid_input', diff: lines('@@ -1 +1 @@', '-a', '+A', '-b', '+B') },
    {
      what: 'two files',
      code: 'invalid_input',
      diff: lines('--- a', '@@ -1 +1 @@', '-a', '+A', '--- b', '@@ -1 +1 @@'),
    },
    { what: 'no hunk', code: 'invalid_input', diff: 'replace a by b' },
    { what: 'nothing', code: 'invalid_input', diff: '' },
    { what: 'another format', code: 'invalid_input', diff: lines('*** Begin Patch', '@@', '-a', '+b') },
  ])('with $what is refused', ({ code, file = lines('a', 'b', 'c'), diff }) => {
    expect(() => applyDiff(file, diff)).toThrow(expect.objectContaining({ code, ran: 'not_started' }));
  });

  it('that we show is one that we take: it makes of the old text the new', async () => {
    const line = fc.constantFrom('a', 'b', '', 'c\r', '-- x', '++ y', '\\ z', '@@ -1 +1 @@', '\u2028', 'é');
    const text = fc
      .tuple(fc.array(line, { maxLength: 30 }), fc.boolean())
      .map(([all, hasEnd]) => all.join('\n') + (hasEnd && all.length > 0 ? '\n' : ''));
    const property = fc.asyncProperty(text, text, async (before, after) => {
      const { diff } = await showDiff(before, after);
      expect(diff === '' ? before : applyDiff(before, diff)).toBe(after);
    });
    await fc.assert(property, { numRuns: 500 });
  });
});

describe('the diff in an answer', () => {
  it('is cut after whole lines when it is long', async () => {
    const { diff, truncated } = await showDiff('', 'a line\n'.repeat(10_000));
    expect(truncated).toBe(true);
    expect(diff).toMatch(/^@@ -0,0 \+1,10000 @@\n(\+a line\n)+$/);
    expect(diff.length).toBeLessThanOrEqual(16 * 1024);
  });

  it('is coarse, and made in time, when the texts have too little in common', async () => {
    const numbers = (from: number) => Array.from({ length: 200_000 }, (_, n) => `${from + n * 3}\n`).join('');
    const startedAt = performance.now();
    const { diff, truncated } = await showDiff(`a\n${numbers(0)}`, `a\n${numbers(1)}`);
    expect(performance.now() - startedAt).toBeLessThan(3_000);
    expect(diff.slice(0, 40)).toMatch(/^@@ -1,200001 \+1,200001 @@\n a\n-0\n-3\n/);
    expect(truncated).toBe(true);
  });

  it.each(['', 'c', 'a\nb\nc\nd\n'])(
    'is one that can be applied, also when it is coarse (between %j)',
    async (around) => {
      const [before, after] = ['x\n', 'y\n'].map((line) => `${around}${line.repeat(2_050)}${around}`);
      const { diff, truncated } = await showDiff(String(before), String(after));
      expect([diff.split('\n@@').length, truncated]).toEqual([1, false]);
      expect(applyDiff(String(before), diff)).toBe(after);
    },
  );
});
