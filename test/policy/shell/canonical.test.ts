import { parse } from 'unbash';
import { describe, expect, it } from 'vitest';
import { canonicalText } from '../../../src/policy/shell/canonical.ts';

const of = (text: string): string | undefined => canonicalText(parse(text));

describe('the form of a script that depends on no spelling', () => {
  it.each([
    ['a b', "'a' 'b'"],
    ['a ""', "'a' ''"],
    ["a 'b'\\''c'", String.raw`'a' 'b'\''c'`],
    ['a {b,c}d', "'a' 'bd' 'cd'"],
    ['a; b', "'a'\n'b'"],
    ['a & b', "'a' &\n'b'"],
    ['a &', "'a' &"],
    ['a && b || c', "'a' && 'b' || 'c'"],
    ['a && b &', "'a' && 'b' &"],
    ['a | b |& c', "'a' | 'b' |& 'c'"],
    ['! a', "! 'a'"],
    ['! a | b', "! 'a' | 'b'"],
    ['time a', "time 'a'"],
    ['time -p ! a', "time -p ! 'a'"],
    ['a | b && c', "'a' | 'b' && 'c'"],
    ['A=1 B="c d" a', "A='1' B='c d' 'a'"],
    ['A=1', "A='1'"],
    ['A= a', "A='' 'a'"],
    ['>f a 2>>g', "'a' >'f' 2>>'g'"],
    ['a 0<f', "'a' 0<'f'"],
    ['a {x}>f', "'a' {x}>'f'"],
    ['> f', ">'f'"],
    ['a >&2', "'a' >&2"],
    ['a 2>&1', "'a' 2>&1"],
    ['a 2>&1-', "'a' 2>&1-"],
    ['a <&-', "'a' <&-"],
    ['a >&f', "'a' >&'f'"],
    ['a >&1f', "'a' >&'1f'"],
    ['a &>f', "'a' &>'f'"],
    ['a &>1', "'a' &>'1'"],
    ['a >1', "'a' >'1'"],
    ['a <<< b', "'a' <<<'b'"],
    ['a 3<<E\nb\nc\nE\n', "'a' 3<<<'b\nc'"],
    ['a <<E\n\nE\n', "'a' <<<''"],
    ["a <<'E'\n$b\nE\n", "'a' <<<'$b'"],
    ['(a; b) >f', "(\n'a'\n'b'\n) >'f'"],
    ['{ a; } 2>&1 | b', "{\n'a'\n} 2>&1 | 'b'"],
    ['if a; then b; fi', "if\n'a'\nthen\n'b'\nfi"],
    [
      'if a; then b; elif c; then d; elif e; then f; else g; fi',
      "if\n'a'\nthen\n'b'\nelif\n'c'\nthen\n'd'\nelif\n'e'\nthen\n'f'\nelse\n'g'\nfi",
    ],
    ['while a; do b; c; done', "while\n'a'\ndo\n'b'\n'c'\ndone"],
    ['until a; do b; done', "until\n'a'\ndo\n'b'\ndone"],
  ])('of %j is %j', (text, expected) => {
    expect(of(text)).toBe(expected);
    expect(of(expected)).toBe(expected);
  });

  it.each([
    'a *',
    'a $b',
    'a ~',
    'a {1..3}',
    'A=$b a',
    'A=~ a',
    'A+=1 a',
    'A[0]=1 a',
    'A=(1) a',
    'declare A=1',
    'a >$b',
    'a >&$b',
    'a <<< $b',
    'a <<E\n$b\nE\n',
    'a <<E\nE\n',
    'a >',
    'for a in b; do c; done',
    'case a in b) c;; esac',
    'select a in b; do c; done',
    'a() { b; }',
    'coproc a',
    'for ((;;)); do a; done',
    '[[ a ]]',
    '((1))',
    '{ [[ a ]]; }',
    'if a; then b; else [[ c ]]; fi',
    '[[ a ]] > f',
  ])('is none of %j', (text) => {
    expect(of(text)).toBeUndefined();
  });

  it('hides no other fault', () => {
    const script = parse('a');
    const broken = { ...script, commands: undefined } as unknown as typeof script;
    expect(() => canonicalText(broken)).toThrow(TypeError);
  });
});
