import { describe, expect, it } from 'vitest';
import { loadSecondParser } from '../../../src/policy/shell/second-parser.ts';

const parser = await loadSecondParser();

describe('the second parser', () => {
  it.each<[text: string, count: number | undefined]>([
    ['', 0],
    ['a', 1],
    ['a; b', 2],
    ['a && b || c', 1],
    ['a &\nb\n(c; d)', 3],
    ['# a', 0],
    ["a 'ü'; b", 2],
    ['[[ a =~ b ]]; ((c)); d+=(e)', 3],
    ['a <<E\nb; c\nE\nd', 2],
    ['a (', undefined],
    ['if a; then', undefined],
    ['a; }', undefined],
  ])('counts the statements at the top of %j: %s', (text, count) => {
    expect(parser.statementsIn(text)).toBe(count);
  });

  it('takes text that it cannot read in its memory for none, and reads the next', () => {
    expect(parser.statementsIn('('.repeat(200_000))).toBeUndefined();
    expect(parser.statementsIn('a; b')).toBe(2);
  });

  it('reads any number of texts', () => {
    const counts = Array.from({ length: 420 }, (_, n) => parser.statementsIn('a;'.repeat(n % 3)));
    expect(counts).toEqual(Array.from({ length: 420 }, (_, n) => n % 3));
  });

  it('says where its program is not the one that is known', async () => {
    const go: unknown = Reflect.get(globalThis, 'Go');
    const refusing = async (value: unknown) => {
      Reflect.set(globalThis, 'Go', value);
      const other = await loadSecondParser();
      return other.statementsIn('a');
    };
    try {
      await expect(refusing('none')).rejects.toThrow('sh-syntax brings no runtime for its program');
      await expect(
        refusing(
          class {
            run = 1;
          },
        ),
      ).rejects.toThrow('sh-syntax brings no runtime');
      await expect(
        refusing(
          class {
            importObject = {};
          },
        ),
      ).rejects.toThrow('sh-syntax brings no runtime');
    } finally {
      Reflect.set(globalThis, 'Go', go);
    }
    expect(parser.statementsIn('a')).toBe(1);
  });
});
