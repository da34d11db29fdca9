import { describe, expect, it } from 'vitest';
import {
  beginningOf,
  behind,
  known,
  mayBecomeOption,
  opaque,
  textOf,
  type Argument,
} from '../../../src/policy/closed/argument.ts';
import { unknownPart } from '../../../src/policy/paths/name-glob.ts';

const glob = (text: string): Argument => ({ kind: 'glob', text });
const guarded = (text: string): Argument => ({ kind: 'guarded', text: text.replaceAll('$', unknownPart) });

describe('the text of a word', () => {
  it('is certain where all of it is known, and only there', () => {
    expect(textOf(known('a*'))).toBe('a*');
    expect(textOf(known(''))).toBe('');
    for (const word of [glob('a*'), guarded('a$'), opaque, undefined]) expect(textOf(word)).toBeUndefined();
  });

  it.each<[Argument, string]>([
    [known('-a*b'), '-a*b'],
    [glob('-ab*c'), '-ab'],
    [glob('ab?'), 'ab'],
    [glob('ab[cd]'), 'ab'],
    [glob('ab\\*c*'), 'ab'],
    [glob('*'), ''],
    [guarded('--x=$'), '--x='],
    [guarded('-$-$'), '-'],
    [guarded('a\\*b$'), 'a*b'],
    [guarded('$a'), ''],
    [opaque, ''],
  ])('begins with what stands before the first part that is open: %j with %j', (word, beginning) =>
    expect(beginningOf(word)).toBe(beginning),
  );

  it.each<[Argument, number, Argument]>([
    [known('-n5'), 2, known('5')],
    [known('-n5'), 3, known('')],
    [glob('-I*.c'), 2, glob('*.c')],
    [guarded('-n$'), 2, guarded('$')],
    [opaque, 2, opaque],
  ])('of %j, behind %i characters, is %j', (word, characters, rest) => expect(behind(word, characters)).toEqual(rest));
});

describe('a word may become an option by the name of a file', () => {
  it.each([glob('*'), glob('?x'), glob('[-]x'), guarded('*$')])('where a pattern begins it: %j', (word) =>
    expect(mayBecomeOption(word)).toBe(true),
  );
  it.each([glob('./*'), glob('a*'), glob('a?'), guarded('$*'), guarded('a*$'), known('*'), known('-x'), opaque])(
    'and not otherwise: %j',
    (word) => expect(mayBecomeOption(word)).toBe(false),
  );
});
