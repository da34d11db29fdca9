import { parse, type ParsedScript } from 'unbash';
import { describe, expect, it } from 'vitest';
import { isCovered } from '../../../src/policy/shell/coverage.ts';

const covered = (text: string): boolean => isCovered(parse(text), text);

/** The tree of one text, held against another of the same length: as if the parser had not seen what is different. */
const mistaken = (seen: string, text: string): boolean => {
  expect(text).toHaveLength(seen.length);
  return isCovered(parse(seen), text);
};

describe('a script', () => {
  it.each([
    'a b c',
    'a; b & c && d || e | f |& g',
    'if a; then b; elif c; then d; else e; fi',
    'for a in b c; do d; done; select a in b; do c; done',
    'while a; do b; done; until a; do b; done',
    'case a in b|c) d;; (e) f;& *) g;;& esac',
    'a() { b; }; function c { d; }; function e() ( f )',
    'coproc a; coproc B { c; }',
    '! a; time b; time -p c',
    '(a; { b; })',
    '[[ -n a && ! ( b == c || d -nt e ) ]]',
    '[[ a = b && a != c && a =~ d && a < e && a > f ]]',
    '((a = 1)); for ((i=0; i<1; i++)); do b; done',
    'a # b "c $(d)\ne',
    '# a\nb',
    'a;#b',
    'a \\\n b',
    'a > b 2>&1 <<< c &> d {e}> f <&-',
    'a <<E\nb $c\nE\nd',
    "a <<'E'\nb $(c `d\nE\nf",
    'a <<-E\n\tb\n\tE\nc',
    'a "b $c ${d} $(e) `f` $((1))" \'g\' $\'h\' $"i $j"',
    'a ${b:-c} ${d[1]} ${e//f/g} ${h%i}',
    'a *.b [c-d]? {e,f}g {1..3}',
    'A=1 B+=2 C[1]=3 D=(4 "5" [6]=7) a',
    'a $(b; c) `d` <(e) >(f)',
    'a "b\\$c" \\$d "e\\`f" a\\"b',
    'a $ b "$" "c$." $\\a',
    'a=$(b)c',
    '',
  ])('of which all is words and operators is covered: %s', (text) => {
    expect(covered(text)).toBe(true);
  });

  it.each<[seen: string, text: string, expected: boolean]>([
    ['a   b', 'a ; b', true],
    ['a; b', 'a; b', true],
    ['a;     b', 'a; cc; b', false],
    ['a      b', 'a "c"  b', false],
    ['a;     b', "a; 'c' b", false],
    ['a;    b', 'a; $c b', false],
    ['a;     b', 'a; 1+1 b', false],
    ['a;       b', 'a; thens b', false],
    ['a;       b', 'a;  then b', true],
    ['a;     b', 'a; [[  b', true],
    ['a;     b', 'a; -ab b', true],
    ['a;      b', 'a; -abc b', false],
    ['a;     b', 'a; -1  b', false],
    ['a;     b', 'a; `c` b', false],
    ['a b   ', 'a b#c ', false],
    ['a b   ', 'a b #c', true],
    ['a;  ', 'a;#c', true],
    ['a&  ', 'a&#c', true],
    ['(a)   ', '(a)#b;', true],
    ['a "b"  ', 'a "b"#c', false],
  ])('is covered where nothing stands between its words that runs: %j for %j is %j', (seen, text, expected) => {
    expect(mistaken(seen, text)).toBe(expected);
  });
});

/** A tree with the text of one literal changed, as if the parser had taken an expansion for text. */
function withLiteral(source: string, literal: string, text: string): ParsedScript {
  return JSON.parse(JSON.stringify(parse(source)), (_, node: unknown) => {
    if (typeof node !== 'object' || node === null || !('text' in node) || node.text !== literal) return node;
    return { ...node, text };
  }) as ParsedScript;
}

describe('a text that the tree calls literal', () => {
  it.each([
    ['abc', true],
    ['a$', true],
    ['$.', true],
    ['a\\$b', true],
    ['a\\`b', true],
    ['a\\', true],
    ['a{b}', true],
    ['a<b', true],
    ['a$b', false],
    ['$1', false],
    ['${', false],
    ['$(', false],
    ['$[', false],
    ["$'", false],
    ['$"', false],
    ['$@', false],
    ['$*', false],
    ['$#', false],
    ['$?', false],
    ['$!', false],
    ['$$', false],
    ['$-', false],
    ['`a', false],
    ["a'b", false],
    ['a"b', false],
    ['<(', false],
    ['>(', false],
  ])('holds no expansion: %j is %j', (text, expected) => {
    expect(isCovered(withLiteral('a x"y"', 'x', text), 'a x"y"')).toBe(expected);
    expect(isCovered(withLiteral('a xx', 'xx', text), 'a xx')).toBe(expected);
    expect(isCovered(withLiteral('a {1..2}', '{1..2}', text), 'a {1..2}')).toBe(expected);
  });

  it.each([
    ['abc', true],
    ["a'b", true],
    ['<(', true],
    ["$'", true],
    ['a$', true],
    ['a\\$b', true],
    ['$a', false],
    ['$(', false],
    ['${', false],
    ['$[', false],
    ['$@', false],
    ['`a', false],
  ])('holds none between quotes either: %j is %j', (text, expected) => {
    expect(isCovered(withLiteral('a "x$y"', 'x', text), 'a "x$y"')).toBe(expected);
    expect(isCovered(withLiteral('a $"x$y"', 'x', text), 'a $"x$y"')).toBe(expected);
    const heredoc = 'a <<E\nx\nE\n';
    expect(isCovered(withLiteral(heredoc, 'x\n', text), heredoc)).toBe(expected);
  });

  it('may be anything where the end of a here-document is quoted', () => {
    const heredoc = "a <<'E'\nx\nE\n";
    expect(isCovered(withLiteral(heredoc, 'x\n', '$(b)'), heredoc)).toBe(true);
  });
});

describe('what a node holds besides its parts', () => {
  it.each([
    ['a b"c"', 'a b"c`'],
    ['a "b$c"', 'a "b$c`'],
    ['a $"b$c"', 'a $`b$c"'],
    ['a ${b:-c}', 'a ${`:-c}'],
    ['a ${b:-c}', 'a ${":-c}'],
    ['a [b-c]d', 'a `b-c]d'],
    ['a=(b c)', 'a=(b`c)'],
    ['a=(b c)', 'a=(b$c)'],
    ['a[1]=b', 'a`1]=b'],
    ['a > b', 'a >`b'],
    ['a >  b', 'a >x b'],
    ['a <<<  b', 'a <<<x b'],
  ])('runs nothing: %j is not %j', (seen, text) => {
    expect(mistaken(seen, seen)).toBe(true);
    expect(mistaken(seen, text)).toBe(false);
  });

  it.each(['a 2> b', 'a {b}> c', 'a >&2', 'a > \\\n b', 'a >>\tb', 'a >| b', 'a+=b', 'A[b]=c', 'a "\\\nb"', 'a\\\nb'])(
    'is what belongs to it: %j',
    (text) => {
      expect(covered(text)).toBe(true);
    },
  );
});
