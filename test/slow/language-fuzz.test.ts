import { describe, expect, it } from 'vitest';
import { escapesAmong } from '../fixtures/language-fuzz.ts';
import { deedsOf, implementationsHere } from '../fixtures/language-oracle.ts';
import { awkSoup, hidingAwk, hidingSed, mutatedAwk, mutatedSed, sedSoup } from '../fixtures/language-texts.ts';

const isHere = implementationsHere('awk').length > 0 && implementationsHere('sed').length > 0;

describe.skipIf(!isHere)('a program of awk or sed that is allowed', () => {
  it.each([
    { name: 'awk that hides something', source: hidingAwk, count: 1000, atLeast: 30 },
    { name: 'awk changed in a few places', source: mutatedAwk, count: 300, atLeast: 10 },
    { name: 'tokens of awk in any order', source: awkSoup, count: 400, atLeast: 10 },
    { name: 'sed that hides something', source: hidingSed, count: 500, atLeast: 30 },
    { name: 'sed changed in a few places', source: mutatedSed, count: 300, atLeast: 10 },
    { name: 'tokens of sed in any order', source: sedSoup, count: 400, atLeast: 10 },
  ])(
    'reads what it names, prints and ends, whichever program runs it: $name',
    async ({ source, count, atLeast }) => {
      const programs = source(20_261_122);
      const { run, escapes } = await escapesAmong(Array.from({ length: count }, () => programs.next()));
      expect(escapes).toEqual([]);
      expect(run).toBeGreaterThan(atLeast);
    },
    120_000,
  );

  it('would be seen to do more', async () => {
    const programs = [
      ['awk', 'BEGIN{print 1>"o"}'],
      ['awk', 'BEGIN{print 1>"f"}'],
      ['awk', 'BEGIN{print 1|"zz"}'],
      ['awk', 'BEGIN{print 1|"yy"}'],
      ['awk', '{getline x<"secret";print x}', './f'],
      ['awk', 'BEGIN{print ENVIRON["SECRET"]}'],
      ['awk', 'BEGIN{for(;;)print 1}'],
      ['sed', 'w o', './f'],
      ['sed', 'r secret', './f'],
    ];
    const deeds = await deedsOf(programs);
    expect(deeds.map(({ length }) => length)).toEqual(
      programs.map(([program = '']) => implementationsHere(program).length),
    );
    expect(
      await deedsOf([
        ['awk', '{print}', './f'],
        ['sed', 's/a/b/', './f'],
      ]),
    ).toEqual([[], []]);
  });
});
