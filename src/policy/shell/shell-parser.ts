import { forEachChild, parse, type ParsedScript, type SyntaxNode } from 'unbash';
import { checkInput, type Unreadable } from './input-checks.ts';
import { bashOnlyProblem, problemInNode } from './node-problems.ts';
import type { Span } from './unit.ts';

export type Parsed = { readonly kind: 'parsed'; readonly script: ParsedScript } | Unreadable;

/** `posix`: the text is for a shell that may know nothing but the standard, and read the rest as other commands. */
export type Dialect = 'bash' | 'posix';

interface Pending {
  readonly node: SyntaxNode;
  readonly source: string;
  readonly place: Span | undefined;
  readonly around: SyntaxNode;
}

/**
 * A shell text as a tree, or why it is not read.
 *
 * The parser below is made for editors: it recovers from errors and knows more than bash 5.2 does. Here every error is
 * fatal at any depth, and so is whatever bash could read in another way than the tree says.
 */
export function parseShell(text: string, dialect: Dialect): Parsed {
  const bad = checkInput(text);
  if (bad !== undefined) return bad;
  const script = parse(text);
  const pending: Pending[] = [{ node: script, source: text, place: undefined, around: script }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { node } = next;
    const source = node.type === 'Script' ? (node.source ?? next.source) : next.source;
    // Positions in a backtick script with escapes are those in its decoded text.
    const place = source === next.source ? next.place : (next.place ?? [next.around.pos, next.around.end]);
    const problem = problemInNode(node, source) ?? (dialect === 'posix' ? bashOnlyProblem(node) : undefined);
    if (problem !== undefined) return { ...problem, span: place ?? [node.pos, node.end] };
    forEachChild(node, (child) => pending.push({ node: child, source, place, around: node }));
  }
  return { kind: 'parsed', script };
}
