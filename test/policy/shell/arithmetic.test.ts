import { parse, type SyntaxNode } from 'unbash';
import { describe, expect, it } from 'vitest';
import { isPlainArithmetic } from '../../../src/policy/shell/arithmetic.ts';

/** Of `echo $((TEXT))`, seen as the arithmetic that stands between the brackets. */
function isPlain(text: string): boolean {
  const source = `echo $((${text}))`;
  const [statement] = parse(source).commands;
  const [word] = statement?.command.type === 'Command' ? statement.command.args : [];
  const node: SyntaxNode | undefined = word?.type === 'Word' ? word.parts?.[0] : undefined;
  if (node?.type !== 'ArithmeticExpansion') throw new Error(`${source} is no arithmetic`);
  return isPlainArithmetic(node, source, [node.pos + 3, node.end - 2]);
}

describe('arithmetic', () => {
  it.each([
    '1 + 2',
    '(1 + 2) * (3 - x)',
    'x',
    '$x + ${y}',
    'a[1], a[$x]',
    '$# + $? + $! + $$',
    '10#$x',
    'x ? y : z',
    '~x ^ !y && z || 1 | 2 & 3',
    'x <<= 2; y',
    '$(id -u) + 1',
    '$(f "x y") + $(g) * ($(h))',
    '1 + $(echo "a;b" \'c d\')',
  ])('of numbers, names and substitutions is read: %s', (text) => {
    expect(isPlain(text)).toBe(true);
  });

  it.each([
    ['holds a name with more to it', '${x:-1}'],
    ['holds quotes', "'a'"],
    ['holds quotes', '"1" + 2'],
    ['holds a backslash', '1 \\+ 2'],
    ['holds a newline', '1 +\n2'],
    ['holds a substitution with backticks', '`id` + 1'],
    ['is joined to other text', 'x@y'],
    ['holds a number sign behind a name', 'x#1'],
    ['holds an expansion in a substitution in double quotes', '$(f "$x")'],
    ['holds a newline in a substitution', '$(f\ng)'],
    ['has a bracket too many in a case', '$(case x in x) echo 1;; esac)'],
    ['has something unusual before a substitution', 'x.y + $(id)'],
    ['has something unusual behind a substitution', '$(id) + x.y'],
    ['has something unusual between substitutions', '$(id) . $(id)'],
  ])('that %s is not: %s', (_, text) => {
    expect(isPlain(text)).toBe(false);
  });

  it.each([
    ['x)(y', false],
    ['(x', false],
    ['x)', false],
    ["(x) ')'", false],
  ])('has its brackets in pairs, in order: %s', (text, expected) => {
    const source = `((${text}))`;
    const [statement] = parse('((1))').commands;
    const node = statement?.command;
    if (node === undefined) throw new Error('no command');
    expect(isPlainArithmetic(node, source, [2, source.length - 2])).toBe(expected);
  });
});
