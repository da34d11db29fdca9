import { parse, type HereDoc, type Word as AstWord } from 'unbash';
import { describe, expect, it } from 'vitest';
import type { Piece, Word } from '../../../src/policy/shell/unit.ts';
import {
  filledIn,
  heredocBody,
  isExact,
  joined,
  literalStart,
  readArray,
  readWord,
  readWords,
  withoutStart,
} from '../../../src/policy/shell/words.ts';

function astOf(word: string): AstWord {
  const command = parse(`a ${word}`).commands[0]?.command;
  const [first] = command?.type === 'Command' ? command.args : [];
  if (first?.type !== 'Word') throw new Error(`${word} is no word`);
  return first;
}

const read = (word: string): Word => readWord(astOf(word), [1, 2]);
const fixed = (value: string): Word => ({ kind: 'static', value, span: [1, 2] });
const text = (value: string): Piece => ({ kind: 'text', text: value });
const words = (word: string): readonly string[] => readWords(astOf(word), [1, 2]).map(({ value }) => value);

describe('a word', () => {
  it.each([
    ['abc', 'abc'],
    [String.raw`a\ b`, 'a b'],
    ["'a b'", 'a b'],
    ['"a b"', 'a b'],
    ['""', ''],
    ["''", ''],
    [String.raw`$'a\tb'`, 'a\tb'],
    ['$"a"', 'a'],
    ['$""x', 'x'],
    [`'a'"b"\\c`, 'abc'],
    ["'*'", '*'],
    ['"a"b\'c\'', 'abc'],
    ['a{b', 'a{b'],
    ['a}b', 'a}b'],
    ['{a}', '{a}'],
    ['a,b', 'a,b'],
    ['}a,b{', '}a,b{'],
    [String.raw`\{a,b}`, '{a,b}'],
    ["'{a,b}'", '{a,b}'],
    ['"{a,b}"', '{a,b}'],
    ["{'a,b'}", '{a,b}'],
    ['{"a\\"b,c"}', '{a"b,c}'],
    ['{a}b,c', '{a}b,c'],
    ['x=a~', 'x=a~'],
    ['-x=~', '-x=~'],
    ['x', 'x'],
  ])('is what the program gets: %j is %j', (source, value) => {
    expect(read(source)).toEqual(fixed(value));
  });

  it.each(['~', '~/a', '~bob/x'])('that begins with a home directory is marked: %s', (source) => {
    expect(read(source)).toEqual({ kind: 'static', value: source, span: [1, 2], tilde: true });
    expect(read(`${source}*`)).toMatchObject({ kind: 'glob', tilde: true });
    expect(read(`${source}{1..3}`)).toMatchObject({ kind: 'dynamic', tilde: true });
  });

  it.each([
    [`~'; a'`, '~; a'],
    [`~'/a'`, '~/a'],
    ['~"root"/x', '~root/x'],
    [String.raw`~\a/b`, '~a/b'],
    [`~a$'b'`, '~ab'],
  ])('that has quotes before its first slash begins with none: %s', (source, value) => {
    expect(read(source)).toEqual(fixed(value));
  });

  it.each(['*', 'a*b', 'a?', '[ab]', '[!a-z]x', "['a']", '"a"*'])('with a pattern is one: %s', (source) => {
    expect(read(source)).toMatchObject({ kind: 'glob', value: source });
  });

  it.each<[source: string, pieces: readonly Piece[]]>([
    ['a*', [text('a'), { kind: 'glob', text: '*' }]],
    ['"*"?', [text('*'), { kind: 'glob', text: '?' }]],
    ['[ab]', [{ kind: 'glob', text: '[ab]' }]],
    ["['a']", [{ kind: 'glob', text: "['a']" }]],
    ['[$x]', [{ kind: 'expansion', source: '[$x]', quoted: false, span: [2, 6] }]],
    ['["a"]', [{ kind: 'expansion', source: '["a"]', quoted: false, span: [2, 7] }]],
    ['$x', [{ kind: 'variable', name: 'x', quoted: false, span: [2, 4] }]],
    ['"$x"', [{ kind: 'variable', name: 'x', quoted: true, span: [3, 5] }]],
    ['$"$x"', [{ kind: 'variable', name: 'x', quoted: true, span: [4, 6] }]],
    ['${x}', [{ kind: 'variable', name: 'x', quoted: false, span: [2, 6] }]],
    ['${#x}', [{ kind: 'expansion', source: '${#x}', quoted: false, span: [2, 7] }]],
    ['${x%a}', [{ kind: 'expansion', source: '${x%a}', quoted: false, span: [2, 8] }]],
    ['"${x[0]}"', [{ kind: 'expansion', source: '${x[0]}', quoted: true, span: [3, 10] }]],
    ['$(b)', [{ kind: 'expansion', source: '$(b)', quoted: false, span: [2, 6] }]],
    ['"`b`"', [{ kind: 'expansion', source: '`b`', quoted: true, span: [3, 6] }]],
    ['$((1))', [{ kind: 'expansion', source: '$((1))', quoted: false, span: [2, 8] }]],
    ['<(b)', [{ kind: 'expansion', source: '<(b)', quoted: false, span: [2, 6] }]],
    ['@(b)', [{ kind: 'expansion', source: '@(b)', quoted: false, span: [2, 6] }]],
    ['""$x', [text(''), { kind: 'variable', name: 'x', quoted: false, span: [4, 6] }]],
  ])('is made of pieces: %s', (source, pieces) => {
    expect(read(source).pieces).toEqual(pieces);
  });

  it.each(['$x', '"$x"', 'a$(b)', '$((1))', '[$x]*', '*$x'])('with an expansion is not known: %s', (source) => {
    expect(read(source)).toMatchObject({ kind: 'dynamic', value: source, span: [1, 2] });
  });

  it.each(['{1..3}', 'a{b,c}', '{a,"b"}', "{a,'b'}", 'x=~', 'x+=~/a', 'x=a:~', 'x=a:b:~/c', '_1=~'])(
    'whose parts cannot be told is not known, nor of what it is made: %s',
    (source) => {
      expect(read(source)).toEqual({ kind: 'dynamic', value: source, span: [1, 2] });
    },
  );

  it('may hold braces that the parser left alone', () => {
    const hidden = (source: string) => readWord({ type: 'Word', text: source, value: source, pos: 0, end: 1 }, [1, 2]);
    expect(hidden('{a,b}').kind).toBe('dynamic');
    expect(hidden('x{1..3}').kind).toBe('dynamic');
    expect(hidden('{a,b').kind).toBe('static');
    expect(hidden('a,{b}').kind).toBe('static');
    expect(hidden('{a}{b,c}').kind).toBe('dynamic');
    expect(hidden('${a,b}').kind).toBe('static');
    expect(hidden('{a\\,b}').kind).toBe('static');
    expect(hidden('{"\\",",b}').kind).toBe('dynamic');
    expect(hidden('a..b').kind).toBe('static');
  });
});

describe('a word with braces', () => {
  it.each([
    ['a{b,c}d', ['abd', 'acd']],
    ['{a,b}{c,d}', ['ac', 'ad', 'bc', 'bd']],
    ['{,a}', ['a']],
    ['x{,a}', ['x', 'xa']],
    ['/a/{b,c-d,e_f}.g', ['/a/b.g', '/a/c-d.g', '/a/e_f.g']],
    ['{a,b,c}', ['a', 'b', 'c']],
    ['{a,b}@%+:=', ['a@%+:=', 'b@%+:=']],
  ])('and plain lists is all words that they make: %s', (source, expected) => {
    expect(words(source)).toEqual(expected);
    expect(readWords(astOf(source), [1, 2]).every(({ kind, span }) => kind === 'static' && span[1] === 2)).toBe(true);
  });

  it.each(['{a,{b,c}}', '{1..3}', '{a,b}{1..3}', '{a,$x}', '{a,"b"}', '~{a,b}', '{a,b}*', '{a,b}}', '{{a,b}'])(
    'and more than plain lists is one that is not known: %s',
    (source) => {
      expect(readWords(astOf(source), [1, 2])).toMatchObject([{ kind: 'dynamic', value: source }]);
    },
  );

  it('comes to at most 64 words', () => {
    expect(words('{a,b}'.repeat(6))).toHaveLength(64);
    expect(readWords(astOf('{a,b}'.repeat(7)), [1, 2])).toMatchObject([{ kind: 'dynamic' }]);
    expect(words(`{${'a,'.repeat(63)}b}`)).toHaveLength(64);
  });

  it('is one word where it has none', () => {
    expect(readWords(astOf('ab'), [1, 2])).toEqual([fixed('ab')]);
    expect(readWords(astOf('$x'), [1, 2])).toHaveLength(1);
  });
});

describe('an array', () => {
  it('is not known, and shows its elements', () => {
    const command = parse('x=(a "b c" $d)').commands[0]?.command;
    const [assignment] = command?.type === 'Command' ? command.prefix : [];
    if (assignment?.type !== 'Assignment' || assignment.value.type !== 'ArrayValue') throw new Error('no array');
    expect(readArray(assignment.value, [1, 2])).toEqual({ kind: 'dynamic', value: '(a "b c" $d)', span: [1, 2] });
  });
});

describe('a here-document', () => {
  function heredoc(source: string): Word {
    const command = parse(source).commands[0]?.command;
    const node = command?.type === 'Command' ? command.redirects.find(({ type }) => type === 'HereDoc') : undefined;
    if (node === undefined) throw new Error(`${source} has no here-document`);
    return heredocBody(node as HereDoc, [1, 2]);
  }

  it.each([
    ['as it stands where its end is quoted', "a <<'E'\nb \\$ \\\n\tc\nE\n", 'b \\$ \\\n\tc\n'],
    ['without tabs where they are stripped', "a <<-'E'\n\t\tb\tc\n\td\n\tE\n", 'b\tc\nd\n'],
    ['with the tabs that the shell keeps', 'a <<E\n\tb\nE\n', '\tb\n'],
    ['without what the shell takes off', 'a <<E\n\\$x \\` \\\\ \\a "b"\nE\n', '$x ` \\ \\a "b"\n'],
    ['with lines that are joined', 'a <<E\nb\\\nc\nE\n', 'bc\n'],
    ['with lines that are joined, and the tabs of the later', 'a <<-E\n\tb\\\n\tc\n\td\nE\n', 'b\tc\nd\n'],
    ['with lines that are not joined', 'a <<-E\n\tb\\\\\n\tc\nE\n', 'b\\\nc\n'],
    ['with escapes beside tabs', 'a <<-E\n\t\\$b\n\t\\`\nE\n', '$b\n`\n'],
    ['with newlines where nothing is stripped', 'a <<E\nb\\\n\tc\nE\n', 'b\tc\n'],
    ['empty where it has no lines', 'a <<E\nE\n', ''],
  ])('is read %s', (_, source, value) => {
    expect(heredoc(source)).toEqual(fixed(value));
  });

  it('with an expansion is not known', () => {
    expect(heredoc('a <<E\nb $x\nE\n')).toEqual({
      kind: 'dynamic',
      value: 'b $x\n',
      span: [1, 2],
      pieces: [
        text('b '),
        { kind: 'variable', name: 'x', quoted: true, span: expect.anything() as [number, number] },
        text('\n'),
      ],
    });
    expect(heredoc('a <<-E\n\tb $x\n\tE\n')).toEqual({ kind: 'dynamic', value: 'b $x\n', span: [1, 2] });
  });
});

const open: Word = {
  kind: 'dynamic',
  value: '$x',
  span: [0, 2],
  pieces: [{ kind: 'variable', name: 'x', quoted: false }],
};

describe('words', () => {
  it('are joined by blanks where all are known to the letter', () => {
    expect(joined([fixed('a'), fixed('b c'), fixed('')])).toBe('a b c ');
    expect(joined([])).toBe('');
    expect(joined([fixed('a'), open])).toBeUndefined();
    expect(joined([{ ...fixed('~'), tilde: true }])).toBeUndefined();
  });

  it('are exact where no host can change them', () => {
    expect(isExact(fixed(''))).toBe(true);
    expect(isExact({ ...fixed('~'), tilde: true })).toBe(false);
    expect(isExact(open)).toBe(false);
    expect(isExact(read('*'))).toBe(false);
  });

  it('certainly begin with their first text', () => {
    expect(literalStart(fixed('ab'))).toBe('ab');
    expect(literalStart(read('a$x'))).toBe('a');
    expect(literalStart(read('a*'))).toBe('a');
    expect(literalStart(read('$x'))).toBe('');
    expect(literalStart(read('*a'))).toBe('');
    expect(literalStart(read('x=~'))).toBe('');
  });

  it.each([
    ['ab', 1, 'b'],
    ['ab', 2, ''],
    ['a$x', 1, '${x}'],
    ['ab$x', 1, 'b${x}'],
    ['ab*c', 2, '*c'],
    ['ab${x:-1}', 1, 'b${x:-1}'],
  ])('can be had without what they begin with: %s without %i is %s', (source, count, value) => {
    const { kind, span } = read(source);
    expect(withoutStart(read(source), count)).toMatchObject({ kind, value, span });
  });

  it('have what is left of them as pieces', () => {
    const variable = { kind: 'variable', name: 'x', quoted: false, span: [4, 6] } as const;
    expect(withoutStart(read('ab$x'), 1).pieces).toEqual([text('b'), variable]);
    expect(withoutStart(read('ab$x'), 2).pieces).toEqual([variable]);
    expect(withoutStart({ ...open, pieces: [{ kind: 'glob', text: '*' }, text('a')] }, 0).pieces).toEqual([text('a')]);
    expect(withoutStart({ kind: 'dynamic', value: 'x=~', span: [0, 3] }, 2)).toEqual({
      kind: 'dynamic',
      value: '',
      span: [0, 3],
      pieces: [],
    });
    expect(withoutStart(fixed('ab'), 1)).toEqual(fixed('b'));
  });

  it('have a place for a name wherever the placeholder is', () => {
    const name: Piece = { kind: 'expansion', source: '{}', quoted: true };
    const pieces = (value: string) => filledIn(fixed(value), '{}').pieces;
    expect(pieces('{}')).toEqual([name]);
    expect(pieces('a{}')).toEqual([text('a'), name]);
    expect(pieces('{}b')).toEqual([name, text('b')]);
    expect(pieces('a{}b{}{}')).toEqual([text('a'), name, text('b'), name, name]);
    expect(filledIn(fixed('a{}'), '{}')).toMatchObject({ kind: 'dynamic', value: 'a{}', span: [1, 2] });
  });

  it('are left alone where there is none', () => {
    for (const word of [fixed('a'), open, read('a*')]) expect(filledIn(word, '{}')).toBe(word);
    expect(filledIn(fixed('a'), '')).toEqual(fixed('a'));
    expect(filledIn(open, '')).toBe(open);
  });

  it.each(['{}$x', '{}*', '*{}', '"{""}"$x', '{$x}'])(
    'that hold one beside something open are not known at all: %s',
    (source) => {
      expect(filledIn(read(source), '{}')).toEqual({ kind: 'dynamic', value: source, span: [1, 2] });
    },
  );
});
