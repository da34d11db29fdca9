import { describe, expect, it } from 'vitest';
import { known, opaque, type Argument } from '../../../src/policy/closed/argument.ts';
import { optionTable, type OptionStyle } from '../../../src/policy/closed/option-table.ts';
import { hasOption, readOptions, valueOf } from '../../../src/policy/closed/read-options.ts';
import { unknownPart } from '../../../src/policy/paths/name-glob.ts';

const list = '-abq -n=int -w[=int] --all --max=int --color[=name] --maximum=int +c=int +d';

/** A word with `$` has a part that is not known, one with `*` or `?` is a pattern, and `OPAQUE` may be anything. */
function word(text: string): Argument {
  if (text === 'OPAQUE') return opaque;
  if (text.includes('$')) return { kind: 'guarded', text: text.replaceAll('$', unknownPart) };
  return /[*?]/.test(text) ? { kind: 'glob', text } : known(text);
}

const shown = (value: Argument): string =>
  value.kind === 'opaque' ? 'OPAQUE' : value.text.replaceAll(unknownPart, '$');

function read(text: string, style?: OptionStyle): string {
  const words = text.split(' ').filter(Boolean).map(word);
  const given = readOptions(words, optionTable(list, style), style);
  if ('unlisted' in given) return `unlisted ${given.unlisted}`;
  const options = given.options.map(
    ({ name, value, kind, joined }) =>
      name + (value === undefined ? '' : `${joined === true ? '' : ' '}(${shown(value)}:${kind ?? ''})`),
  );
  return `${options.join(' ')} | ${given.operands.map(shown).join(' ')}`;
}

describe('options are read as getopt reads them', () => {
  it.each([
    ['', ' | '],
    ['x y', ' | x y'],
    ['-a x -b', '-a -b | x'],
    ['-abq', '-a -b -q | '],
    ['-n 5 x', '-n (5:int) | x'],
    ['-n5 x', '-n(5:int) | x'],
    ['-n -a', '-n (-a:int) | '],
    ['-n -- x', '-n (--:int) | x'],
    ['-abn5', '-a -b -n(5:int) | '],
    ['-abn 5', '-a -b -n (5:int) | '],
    ['-na', '-n(a:int) | '],
    ['-w 5', '-w | 5'],
    ['-w5', '-w(5:int) | '],
    ['-aw', '-a -w | '],
    ['--all x', '--all | x'],
    ['--max=5 x', '--max(5:int) | x'],
    ['--max= x', '--max(:int) | x'],
    ['--max 5 x', '--max (5:int) | x'],
    ['--max=a=b', '--max(a=b:int) | '],
    ['--color x', '--color | x'],
    ['--color=x', '--color(x:name) | '],
    ['-- -a --all', ' | -a --all'],
    ['x -- -a', ' | x -a'],
    ['- x', ' | - x'],
    ['+c5 x', '+c(5:int) | x'],
    ['+c 5', '+c (5:int) | '],
    ['+d', '+d | '],
    ['+', ' | +'],
    ['+x', ' | +x'],
    ['+5', ' | +5'],
  ])('%s as %s', (text, given) => expect(read(text)).toBe(given));

  it.each([
    ['-x', '-x'],
    ['-ax', '-x'],
    ['-n', '-n without a value'],
    ['-an', '-n without a value'],
    ['--max', '--max without a value'],
    ['--al', '--al'],
    ['--allx', '--allx'],
    ['--all=', '--all='],
    ['--all=x', '--all=x'],
    ['--ma=5', '--ma'],
    ['-a --nothing -b', '--nothing'],
    ['x --nothing', '--nothing'],
    ['---', '---'],
    ['+dx', '+x'],
  ])('%s is not, for %s', (text, unlisted) => expect(read(text)).toBe(`unlisted ${unlisted}`));
});

describe('a word that is not certain', () => {
  it.each([
    ['-n$ x', '-n($:int) | x'],
    ['-n5$', '-n(5$:int) | '],
    ['-n*', '-n(*:int) | '],
    ['-an$', '-a -n($:int) | '],
    ['-w$', '-w($:int) | '],
    ['-n $', '-n ($:int) | '],
    ['-n OPAQUE', '-n (OPAQUE:int) | '],
    ['--max=$', '--max($:int) | '],
    ['--max=1*', '--max(1*:int) | '],
    ['--max $', '--max ($:int) | '],
    ['+c$', '+c($:int) | '],
    ['$ -a', '-a | $'],
    ['*.c', ' | *.c'],
    ['OPAQUE', ' | OPAQUE'],
    ['a$ b*', ' | a$ b*'],
    ['-- -$', ' | -$'],
  ])('is an operand, or the value of an option that is certain: %s as %s', (text, given) =>
    expect(read(text)).toBe(given),
  );
  it.each([
    ['-$', '-'],
    ['-*', '-'],
    ['-?x', '-'],
    ['-a$', '-a'],
    ['-a?', '-a'],
    ['--$', '--'],
    ['--*', '--'],
    ['--all$', '--all'],
    ['--all*', '--all'],
    ['--max$', '--max'],
    ['--color$', '--color'],
    ['--all=$', '--all='],
    ['+d$', '+d'],
  ])('is no option that may be another: %s', (text, unlisted) => expect(read(text)).toBe(`unlisted ${unlisted}`));
});

describe('by the style of the program', () => {
  it.each<[OptionStyle, string, string]>([
    ['first', '-a x -b --nothing', '-a | x -b --nothing'],
    ['first', '-a -- x -b', '-a | x -b'],
    ['first', '- -b', ' | - -b'],
    ['first', '-$ -b', 'unlisted -'],
    ['words', '-abq x', '-abq | x'],
    ['words', '-a', 'unlisted -a'],
    ['words', '-n 5', '-n (5:int) | '],
    ['words', '-n5', 'unlisted -n5'],
    ['words', '-n=5', '-n(5:int) | '],
    ['words', '--', 'unlisted --'],
    ['words', '--all x', '--all | x'],
    ['words', '-$', 'unlisted -'],
    ['words', '-', ' | -'],
    ['none', '-a --nothing -- x', ' | -a --nothing -- x'],
    ['none', '-$ +d', ' | -$ +d'],
  ])('%s: %s is read as %s', (style, text, given) => expect(read(text, style)).toBe(given));
});

describe('the value of an option', () => {
  const given = readOptions(['-n', '5', '-a', '--max=6', '--max=7'].map(known), optionTable(list));
  it('is certain where it is given once, by any of its names', () => {
    if ('unlisted' in given) throw new Error(given.unlisted);
    expect(valueOf(given, '-n')).toEqual(known('5'));
    expect(valueOf(given, '-x', '-n')).toEqual(known('5'));
    expect(valueOf(given, '--max')).toBeUndefined();
    expect(valueOf(given, '-n', '--max')).toBeUndefined();
    expect(valueOf(given, '-a')).toBeUndefined();
    expect(valueOf(given, '-x')).toBeUndefined();
    expect(hasOption(given, '-x', '-a')).toBe(true);
    expect(hasOption(given, '-x')).toBe(false);
    expect(hasOption(given)).toBe(false);
  });
});
