import type { ArithmeticExpression, SyntaxNode } from 'unbash';
import type { Finding } from './unit.ts';

const maxCounted = 10_000;

/** What need not end: loops but those that read, or count between numbers that are written out; and long counted words. */
export function unboundedIn(node: SyntaxNode): Omit<Finding, 'span'> | undefined {
  if (node.type === 'While') {
    return readsInput(node.clause.commands[0]?.command)
      ? undefined
      : unbounded('A loop goes on until its condition changes');
  }
  if (node.type === 'Select') return unbounded('`select` asks until it is answered');
  if (node.type === 'ArithmeticFor') {
    return isCounted(node.test) ? undefined : unbounded('A loop has no end that is written out');
  }
  if (node.type !== 'Word' || countOf(node.text) <= maxCounted) return undefined;
  return unbounded(`${node.text} counts out more than ${maxCounted} words`);
}

function unbounded(text: string): Omit<Finding, 'span'> {
  return { code: 'may_not_end', severity: 'ask', text };
}

function readsInput(node: SyntaxNode | undefined): boolean {
  return node?.type === 'Command' && node.name?.value === 'read';
}

function isCounted(test: ArithmeticExpression | undefined): boolean {
  if (test?.type !== 'ArithmeticBinary' || !/^[<>]=?$/.test(test.operator)) return false;
  return test.right.type === 'ArithmeticWord' && /^\d{1,4}$/.test(test.right.value);
}

/** How many words the sequences in braces come to. */
function countOf(text: string): number {
  return [...text.matchAll(/\{(-?\d+)\.\.(-?\d+)(?:\.\.-?\d+)?\}/g)].reduce(
    (count, [, from, to]) => count * (Math.abs(Number(to) - Number(from)) + 1),
    1,
  );
}
