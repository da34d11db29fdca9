import { describe, expect, it } from 'vitest';
import { isBashHere } from '../fixtures/bash-oracle.ts';
import { programsMissed, programsMissedInForms } from '../fixtures/shell-fuzz.ts';
import { brokenTexts, everydayTexts, grammaticalTexts, tokenSoup } from '../fixtures/shell-texts.ts';

describe('what we read', () => {
  it.skipIf(!isBashHere).each([
    { name: 'texts by the grammar', source: grammaticalTexts, count: 1000, atLeast: 300 },
    { name: 'texts by the grammar, broken over lines', source: brokenTexts, count: 1000, atLeast: 150 },
    { name: 'tokens in any order', source: tokenSoup, count: 2400, atLeast: 60 },
  ])(
    'names every program that bash would start: $name',
    async ({ source, count, atLeast }) => {
      const texts = source(20_261_121);
      const { compared, escapes } = await programsMissed(Array.from({ length: count }, () => texts.next()));
      expect(escapes).toEqual([]);
      expect(compared).toBeGreaterThan(atLeast);
    },
    120_000,
  );

  it.skipIf(!isBashHere).each([
    { name: 'texts by the grammar', source: grammaticalTexts, count: 1000, atLeast: 200 },
    { name: 'everyday commands', source: everydayTexts, count: 1000, atLeast: 500 },
  ])(
    'names every program that bash would start in the form that runs in place of the text: $name',
    async ({ source, count, atLeast }) => {
      const texts = source(20_261_122);
      const { compared, escapes } = await programsMissedInForms(Array.from({ length: count }, () => texts.next()));
      expect(escapes).toEqual([]);
      expect(compared).toBeGreaterThan(atLeast);
    },
    120_000,
  );
});
