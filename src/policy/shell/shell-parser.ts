import { forEachChild, parse, type ParsedScript, type SyntaxNode } from 'unbash';
import { checkInput, unreadable, type Unreadable } from './input-checks.ts';
import { bashOnlyProblem, problemInNode } from './node-problems.ts';
import type { Span } from './unit.ts';

export type Parsed = { readonly kind: 'parsed'; readonly script: ParsedScript } | Unreadable;

/** `posix`: the text is for a shell that may know nothing but the standard, and read the rest as other commands. */
export type Dialect = 'bash' | 'posix';

/** In one text, and in all that it gives to shells together. */
export const maxCommands = 100;

export const tooManyCommands = unreadable('too_many_commands', `The text holds more than ${maxCommands} commands.`);

interface Found {
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
  const found = nodesOf(script, text);
  if (found === undefined) return tooManyCommands;
  for (const { node, source, place } of found) {
    const problem = problemInNode(node, source) ?? (dialect === 'posix' ? bashOnlyProblem(node) : undefined);
    if (problem !== undefined) return { ...problem, span: place ?? [node.pos, node.end] };
  }
  return { kind: 'parsed', script };
}

/** All nodes of the tree; undefined once there are too many commands, for what follows takes far longer than to count them. */
function nodesOf(script: ParsedScript, text: string): readonly Found[] | undefined {
  const found: Found[] = [];
  const pending: Found[] = [{ node: script, source: text, place: undefined, around: script }];
  let commands = 0;
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { node } = next;
    if (isCommand(node) && ++commands > maxCommands) return undefined;
    const source = node.type === 'Script' ? (node.source ?? next.source) : next.source;
    // Positions in a backtick script with escapes are those in its decoded text.
    const place = source === next.source ? next.place : (next.place ?? [next.around.pos, next.around.end]);
    found.push({ ...next, source, place });
    forEachChild(node, (child) => pending.push({ node: child, source, place, around: node }));
  }
  return found;
}

/** An empty substitution takes as long to look at as one with a command. */
function isCommand(node: SyntaxNode): boolean {
  return node.type === 'Command' || (node.type === 'Script' && node.commands.length === 0);
}
