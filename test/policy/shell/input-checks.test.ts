import { describe, expect, it } from 'vitest';
import { checkInput, maxTextLength, unreadable } from '../../../src/policy/shell/input-checks.ts';

const codeOf = (text: string): string | undefined => checkInput(text)?.code;

describe('a text before it is parsed', () => {
  it('has at most 16,384 characters', () => {
    expect(codeOf('a'.repeat(maxTextLength))).toBeUndefined();
    expect(checkInput('a'.repeat(maxTextLength + 1))).toEqual({
      kind: 'unreadable',
      code: 'too_long',
      text: 'The text has 16385 characters; at most 16384 are read.',
    });
    expect(maxTextLength).toBe(16_384);
  });

  it.each(['', ' ', '\t\n', ' \n '])('holds a command: %j does not', (text) => {
    expect(checkInput(text)).toEqual(unreadable('empty', 'The text holds no command.'));
  });

  it.each(['\0', '\x01', '\x08', '\x0B', '\x0C', '\r', '\x1F', '\x7F', '\x80', '\x9F', '\u200B', '\u202E', '\uD800'])(
    'holds no %j',
    (character) => {
      expect(checkInput(`ls ${character}x`)).toEqual(
        unreadable('hidden_characters', 'The text holds control characters or characters that are not seen.'),
      );
    },
  );

  it.each(['\t', '\n', ' ', '~', '\u00A0', 'é', '日', '😀'])('may hold %j', (character) => {
    expect(codeOf(`ls ${character}x`)).toBeUndefined();
  });

  it.each([
    ['ls \\', 'ambiguous'],
    ['ls \\\\\\', 'ambiguous'],
    ['\\', 'ambiguous'],
    ['ls \\\n', 'ambiguous'],
    ['ls $\\\n(a)', 'ambiguous'],
    ['ls <\\\n(a)', 'ambiguous'],
    ['ls >\\\n(a)', 'ambiguous'],
    ['(\\\n(ls))', 'ambiguous'],
    ['ls > \\\n a', undefined],
    ['( \\\n ls)', undefined],
    ['ls |\\\n a &&\\\n b', undefined],
    ['ls $x\\\n', 'ambiguous'],
    ['ls $x\\\n a', undefined],
    ['ls \\\\\\\n', 'ambiguous'],
    ['ls \\\\\n', undefined],
    ['ls \\\n\n', undefined],
    ['ls \n', undefined],
    ['ls \\\\', undefined],
    ['\\\\', undefined],
    ['ls \\a', undefined],
  ])('does not end with a backslash that goes on: %j is %s', (text, code) => {
    expect(codeOf(text)).toBe(code);
  });

  it('says that the shell goes on behind a backslash', () => {
    expect(checkInput('\\')?.text).toBe('The text ends with a backslash, and the shell goes on with what comes next.');
  });

  it.each([
    ['$(', ')'],
    ['<(', ')'],
    ['>(', ')'],
    ['(', ')'],
    ['${', '}'],
    ['$[', ']'],
  ])('holds at most 32 of %s in each other', (open, close) => {
    const nested = (depth: number): string => `echo ${open.repeat(depth)}a${close.repeat(depth)}`;
    expect(codeOf(nested(32))).toBeUndefined();
    expect(codeOf(nested(34))).toBe('nested_too_deeply');
  });

  it('says at which character it goes too deep', () => {
    expect(checkInput(`echo ${'$('.repeat(33)}`)).toEqual({
      kind: 'unreadable',
      code: 'nested_too_deeply',
      text: 'Substitutions stand too deep in each other.',
      span: [5 + 65, 5 + 66],
    });
  });

  it.each([
    ['plain brackets', 'a('.repeat(200)],
    ['braces', '{ '.repeat(200)],
    ['brackets of patterns', '['.repeat(200)],
    ['redirections before braces', '>{'.repeat(200)],
    ['input before a pattern', '<['.repeat(200)],
    ['substitutions that are closed', '$(a)'.repeat(200)],
    ['expansions that are closed', '${a}'.repeat(200)],
    ['numbers that are closed', '$[a]'.repeat(200)],
  ])('may hold any number of %s', (_, text) => {
    expect(codeOf(text)).toBeUndefined();
  });

  it.each([
    ['a brace', `${'$('.repeat(20)}${'}'.repeat(20)}${'$('.repeat(20)}`],
    ['a pattern', `${'$('.repeat(20)}${']'.repeat(20)}${'$('.repeat(20)}`],
    ['a bracket of its own', `${'$('.repeat(20)}${'a()'.repeat(20)}${'$('.repeat(20)}`],
  ])('is not less deep because of the end of %s', (_, text) => {
    expect(codeOf(text)).toBe('nested_too_deeply');
  });

  it('may be long where it is deep only if the depths of all characters come to at most 65,536', () => {
    const deep = '$('.repeat(32);
    const before = 32 * 32;
    const most = Math.floor((65_536 - before) / 32);
    expect(codeOf(deep + 'a'.repeat(most))).toBeUndefined();
    expect(codeOf(deep + 'a'.repeat(most + 1))).toBe('nested_too_deeply');
  });
});
