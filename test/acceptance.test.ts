import { describe, expect, it } from 'vitest';
import { gapsOf, test, type ClaimList } from '../acceptance/claim.ts';
import { claimLists } from '../acceptance/claims/lists.ts';
import { problemOf, type TestResult } from '../acceptance/test-results.ts';

const proof = test('test/a.test.ts', 'holds');
const list = (lines: number, claims: ClaimList['claims']): ClaimList => ({ name: 'list', title: '', lines, claims });
const result = (title: string, status: string, file = 'test/a.test.ts'): TestResult => ({
  file,
  titles: ['a thing', title],
  status,
});

describe('the claims of the acceptance run', () => {
  it('leave out no line, and none is without a proof', () => {
    expect(claimLists.flatMap(gapsOf)).toEqual([]);
    expect(claimLists.map(({ lines }) => lines)).toEqual([8, 22, 13]);
  });

  it('have a gap where a line has no claim, a claim no line, or nothing proves it', () => {
    const claims = [
      { line: 1, claim: 'proven', proofs: [proof] },
      { line: 4, claim: 'not proven', proofs: [] },
    ];
    expect(gapsOf(list(3, claims))).toEqual([
      'list 2: there is no claim',
      'list 3: there is no claim',
      'list 4: there is no such line',
      'list 4: nothing proves: not proven',
    ]);
  });
});

describe('a test that is to prove something', () => {
  it.each<{ results: readonly TestResult[]; problem: string | undefined }>([
    { results: [result('holds', 'passed')], problem: undefined },
    { results: [result('holds (needs root)', 'passed')], problem: undefined },
    { results: [result('holds', 'passed'), result('holds', 'skipped')], problem: undefined },
    { results: [], problem: 'there is no such test' },
    { results: [result('holds', 'passed', 'test/b.test.ts')], problem: 'there is no such test' },
    { results: [result('holds well', 'passed')], problem: 'there is no such test' },
    { results: [result('holds', 'skipped')], problem: 'it was skipped here' },
    { results: [result('holds', 'passed'), result('holds', 'failed')], problem: 'failed: holds' },
  ])('does so by its result alone: $problem', ({ results, problem }) => {
    expect(problemOf(proof, results)).toEqual(problem);
  });

  it('stands for all that are below its title', () => {
    const all = test('test/a.test.ts', 'a thing');
    expect(problemOf(all, [result('one', 'passed'), result('two', 'passed')])).toBeUndefined();
    expect(problemOf(all, [result('one', 'passed'), result('two', 'failed')])).toBe('failed: two');
  });
});
