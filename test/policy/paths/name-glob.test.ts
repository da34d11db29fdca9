import { describe, expect, it } from 'vitest';
import {
  isPlain,
  isUnknown,
  nameGlob,
  nameOf,
  namesMeet,
  plainName,
  spelledOut,
  unknownPart,
} from '../../../src/policy/paths/name-glob.ts';

const meet = (word: string, pattern: string): boolean => namesMeet(nameGlob(word), nameGlob(pattern));

/** Every text of these pieces, up to so many. */
function texts(pieces: readonly string[], most: number): readonly string[] {
  let last = [''];
  const all = [...last];
  for (let length = 1; length <= most; length += 1) {
    last = last.flatMap((text) => pieces.map((piece) => text + piece));
    all.push(...last);
  }
  return all;
}

/** What the pattern means, said by a regular expression. */
function expression(glob: string): RegExp {
  const body = glob.replaceAll(/[?*\0]/g, (wild) => (wild === '?' ? '.' : '.*'));
  return new RegExp(`^${body}$`);
}

describe('whether a word and a pattern may mean the same name', () => {
  it('is what trying all short names says', () => {
    const names = texts(['a', 'b'], 6);
    const patterns = texts(['a', 'b', '?', '*'], 3);
    const words = [...texts(['a', '?', '*'], 3), `a${unknownPart}`, `${unknownPart}b`, `?${unknownPart}?`];
    const wrong = words.flatMap((word) => {
      const meant = names.filter((name) => expression(word).test(name));
      return patterns.filter((pattern) => meet(word, pattern) !== meant.some((name) => expression(pattern).test(name)));
    });
    expect(wrong).toEqual([]);
  });

  it.each([
    ['abcabc', '*abc', true],
    ['abcab', '*abc', false],
    ['aXbXcX', 'a*b*c*', true],
    ['aaab', 'a*ab', true],
    ['aaa', '*b*', false],
    ['ab', 'a', false],
    ['a', 'ab', false],
    ['', '*', true],
    ['', '?', false],
    ['x', '', false],
  ])('is told of the name %j and the pattern %j: %j', (name, pattern, expected) => {
    expect(meet(name, pattern)).toBe(expected);
  });

  it.each([
    ['*', '.ssh', false],
    ['?ssh', '.ssh', false],
    ['*ssh', '.ssh', false],
    ['.*', '.ssh', true],
    ['.?sh', '.ssh', true],
    ['a*', 'a.ssh', true],
    ['a?ssh', 'a.ssh', true],
    ['*', '*', true],
    ['*', '*ssh', true],
    ['*', '*.ssh', true],
    ['*.ssh', '*.ssh', true],
    ['?.ssh', '?.ssh', true],
    [unknownPart, '.ssh', false],
    [`${unknownPart}ssh`, '.ssh', false],
    ['[.]ssh', '.ssh', false],
    ['*', '.', false],
    ['*.', '.', true],
  ])('a wildcard that a word begins with stands for no dot there: %j and %j: %j', (word, pattern, expected) => {
    expect(meet(word, pattern)).toBe(expected);
  });

  it('is taken for granted of a pattern for names that is longer than any name', () => {
    expect(meet(`${'a'.repeat(254)}?`, 'b')).toBe(false);
    expect(meet(`${'a'.repeat(255)}?`, 'b')).toBe(true);
    expect(meet('a'.repeat(300), 'b')).toBe(false);
  });

  it('is told soon, whatever the runs', () => {
    const begun = performance.now();
    expect(meet('a*'.repeat(100), `${'*a'.repeat(100)}b`)).toBe(true);
    expect(meet(`${'a*'.repeat(100)}c`, `${'*a'.repeat(100)}b`)).toBe(false);
    expect(meet('a'.repeat(4096), `${'*a'.repeat(100)}b`)).toBe(false);
    expect(performance.now() - begun).toBeLessThan(1_000);
  });
});

describe('a text that is a pattern for names', () => {
  it.each([
    [String.raw`a\*b`, 'a*b', true],
    [String.raw`a\*b`, 'axb', false],
    [String.raw`\[a]`, '[a]', true],
    [String.raw`a\\`, 'a\\', true],
    ['a\\', 'a\\', true],
    ['[ab]c', 'bc', true],
    ['[ab]c', 'c', false],
    ['[ab]c', '[ab]c', false],
    ['[]a]c', 'xc', true],
    ['[]a]c', 'xa]c', false],
    ['[]', '[]', true],
    ['[]', 'x', false],
    ['[a', '[a', true],
    ['x[ab]', 'xa', true],
    ['x]y', 'x]y', true],
  ])('reads backslashes and brackets: %j means %j: %j', (pattern, name, expected) => {
    expect(namesMeet(plainName(name), nameGlob(pattern))).toBe(expected);
  });

  it('is one name where nothing in it is open', () => {
    expect(nameOf(nameGlob(String.raw`a\*b`))).toBe('a*b');
    expect(nameOf(plainName('a*b'))).toBe('a*b');
    expect(nameOf(nameGlob('a*'))).toBeUndefined();
    expect(nameOf(nameGlob('*'))).toBeUndefined();
    expect(nameOf(undefined)).toBeUndefined();
    expect(isPlain(plainName('*?['))).toBe(true);
    expect(isPlain(nameGlob('a?'))).toBe(false);
  });

  it('is unknown where nothing of it is certain and no wildcard is in it', () => {
    expect(isUnknown(nameGlob(unknownPart))).toBe(true);
    expect(isUnknown(nameGlob(unknownPart + unknownPart))).toBe(true);
    expect(isUnknown(nameGlob(`a${unknownPart}`))).toBe(false);
    expect(isUnknown(nameGlob('*'))).toBe(false);
    expect(isUnknown(nameGlob('?'))).toBe(false);
  });

  it('spells out what is certain, and x for the rest', () => {
    expect(nameOf(spelledOut(nameGlob(`a*b?${unknownPart}`)))).toBe('axbxx');
  });
});
