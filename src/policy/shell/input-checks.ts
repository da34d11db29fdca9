import { hasForbiddenControls } from '../../base/untrusted-text.ts';
import type { ShellReading } from './unit.ts';

export type Unreadable = Extract<ShellReading, { kind: 'unreadable' }>;

/** In UTF-16 units. Longer texts belong into a file. */
export const maxTextLength = 16_384;

/** How deep substitutions may stand in each other. */
const maxDepth = 32;

/** The parser goes over a substitution once for each that it stands in: its time is bounded by the sum of the depths. */
const maxTotalDepth = 65_536;

/**
 * What is refused before it is parsed: text that is too long, that holds characters a reviewer would not see or that
 * shells treat differently, and nesting that would take long to parse. Undefined when there is nothing to say.
 */
export function checkInput(text: string): Unreadable | undefined {
  if (text.length > maxTextLength) {
    return unreadable('too_long', `The text has ${text.length} characters; at most ${maxTextLength} are read.`);
  }
  if (text.trim() === '') return unreadable('empty', 'The text holds no command.');
  if (hasForbiddenControls(text) || /[\0-\x08\x0B-\x1F\x7F-\x9F]/.test(text)) {
    return unreadable('hidden_characters', 'The text holds control characters or characters that are not seen.');
  }
  if (endsInBackslash(text)) {
    return unreadable('ambiguous', 'The text ends with a backslash, and the shell goes on with what comes next.');
  }
  // A shell joins the lines first: what stands behind may make an expansion, a substitution or arithmetic of it.
  if (/[$<>(]\\\n/.test(text))
    return unreadable('ambiguous', 'A line goes on in the middle of an expansion or operator.');
  const deep = tooDeepAt(text);
  if (deep === undefined) return undefined;
  return { ...unreadable('nested_too_deeply', 'Substitutions stand too deep in each other.'), span: [deep, deep + 1] };
}

export function unreadable(code: Unreadable['code'], text: string): Unreadable {
  return { kind: 'unreadable', code, text };
}

/** Behind a text that `eval` was given like this, with the end of that line or without, bash no longer knows its keywords. */
function endsInBackslash(text: string): boolean {
  const end = text.endsWith('\n') ? -2 : -1;
  let count = 0;
  while (text.at(end - count) === '\\') count++;
  return count % 2 === 1;
}

/**
 * Where nesting goes too deep. Quotes and comments are not looked at, so a text may seem deeper than it is, never less
 * deep: a closing bracket closes only what was opened by its like.
 */
function tooDeepAt(text: string): number | undefined {
  const open: Readonly<Record<string, boolean[]>> = { ')': [], '}': [], ']': [] };
  let depth = 0;
  let total = 0;
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at);
    const closed = open[character];
    const opened = open[closing[character] ?? ''];
    if (opened !== undefined) {
      const isCostly = /[$<>(]/.test(text.charAt(at - 1)) && (character === '(' || text[at - 1] === '$');
      opened.push(isCostly);
      if (isCostly) depth++;
    } else if (closed?.pop() === true) {
      depth--;
    }
    total += depth;
    if (depth > maxDepth || total > maxTotalDepth) return at;
  }
  return undefined;
}

const closing: Readonly<Record<string, string>> = { '(': ')', '{': '}', '[': ']' };
