import { describe, expect, it } from 'vitest';
import { didYouMean } from '../../src/base/did-you-mean.ts';
import { settings } from '../../src/config/schema.ts';
import { unusedVariables } from '../../src/config/seed-variables.ts';

describe('the table of settings', () => {
  it.each(Object.entries(settings))('says what %s is for', (_name, { meaning, takes }) => {
    expect(meaning).toMatch(/^[A-Za-z~].{15,}\.$/);
    expect(takes).not.toBe('');
  });

  it('gives no variable two meanings', () => {
    const names = [...Object.values(settings).flatMap(({ env }) => env), ...Object.keys(unusedVariables)];
    expect(names).toEqual([...new Set(names)]);
  });
});

describe('a word nobody knows', () => {
  it.each([
    ['log_levl', ' (did you mean log_level?)'],
    ['LOG_LEVEL', ' (did you mean log_level?)'],
    ['prot', ' (did you mean port?)'],
    ['something_else', ''],
  ])('%s is answered with "%s"', (word, answer) => {
    expect(didYouMean(word, ['host', 'port', 'log_level'])).toBe(answer);
  });
});
