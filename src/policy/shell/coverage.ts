import { forEachChild, type ParsedScript, type SyntaxNode } from 'unbash';
import type { Span } from './unit.ts';

/**
 * Operators, keywords, comments and blanks: what stands between words and runs nothing. A `#` begins a comment where a
 * word could begin, and nowhere else.
 */
const betweenWords = new RegExp(
  [
    String.raw`^(?:[\s;&|(){}!]|\\\n|(?<![^\s;&|()])#[^\n]*`,
    String.raw`\b(?:if|then|elif|else|fi|for|select|while|until|do|done|case|esac|in|function|coproc)\b`,
    String.raw`\[\[|\]\]|==?|!=|=~|[<>]|-[A-Za-z]{1,2}\b)*$`,
  ].join('|'),
);

/** Text that stands for itself where nothing is quoted: no quotes, and an expansion only behind a backslash. */
const literal = /^(?:[^\\`$'"<>]|\\[^]|\\$|[<>](?!\()|\$(?![\w({['"@*#?!$-]))*$/;
/** The same within double quotes and here-documents. */
const quotedLiteral = /^(?:[^\\`$]|\\[^]|\\$|\$(?![\w({[@*#?!$-]))*$/;
/** What of a pattern or an array is no word of its own. */
const inert = /^(?:[^`$\\"'<>]|\\[^])*$/;
const redirection = /^(?:\{\w*\}|[&<>|-]|[ \t]|\\\n)*$/;

/**
 * Whether every character of a script belongs to a word of its tree or is an operator, a keyword or a comment, and
 * nothing that the tree calls literal holds an expansion. A parser that passed over something would fail this.
 */
export function isCovered(script: ParsedScript, source: string): boolean {
  const spans: Span[] = [];
  let isSound = true;
  const visit = (node: SyntaxNode, isQuoted: boolean): void => {
    spans.push(...wordSpansOf(node));
    if (!isSoundNode(node, source, isQuoted)) isSound = false;
    // Scripts inside are visited for themselves; bodies of quoted here-documents hold nothing.
    if (node.type === 'Script' || (node.type === 'HereDoc' && node.delimiter?.quoted === true)) return;
    const quotes =
      isQuoted || node.type === 'DoubleQuoted' || node.type === 'LocaleString' || node.type === 'HereDocBody';
    forEachChild(node, (child) => visit(child, quotes));
  };
  forEachChild(script, (child) => visit(child, false));
  return isSound && gaps([script.pos, script.end], spans).every((gap) => isBetweenWords(gap, script.pos, source));
}

function isBetweenWords([from, to]: Span, start: number, source: string): boolean {
  // Behind a word, `#` belongs to it.
  const isGlued = from > start && source[from] === '#' && !/[\s;&|()]/.test(source.charAt(from - 1));
  return !isGlued && betweenWords.test(source.slice(from, to));
}

/** The parts of a script's text that nodes account for which check their own text. */
function wordSpansOf(node: SyntaxNode): readonly Span[] {
  if (node.type === 'ArithmeticFor') return [[node.pos, node.body.pos]];
  if (node.type === 'HereDoc') {
    return [
      [node.pos, node.end],
      [node.body.pos, node.closing?.end ?? node.body.end],
    ];
  }
  return wholes.has(node.type) ? [[node.pos, node.end]] : [];
}

const wholes: ReadonlySet<SyntaxNode['type']> = new Set([
  'Word',
  'Assignment',
  'Redirect',
  'HereString',
  'ArithmeticCommand',
  'Time',
]);

function isSoundNode(node: SyntaxNode, source: string, isQuoted: boolean): boolean {
  if (node.type === 'Literal') return (isQuoted ? quotedLiteral : literal).test(node.text);
  if (node.type === 'Word' || node.type === 'HereDocBody') {
    if (node.parts === undefined)
      return (isQuoted || node.type === 'HereDocBody' ? quotedLiteral : literal).test(node.text);
  }
  if (node.type === 'BraceExpansion' && node.parts === undefined) return literal.test(node.text);
  const expected = betweenChildren[node.type];
  return expected === undefined || expected.test(textBetweenChildren(node, source));
}

/** What of a node's text may belong to none of its children. */
const betweenChildren: Readonly<Partial<Record<SyntaxNode['type'], RegExp>>> = {
  Word: /^(?:\\\n)*$/,
  HereDocBody: /^(?:\\\n)*$/,
  DoubleQuoted: /^"(?:\\\n)*"$/,
  LocaleString: /^\$"(?:\\\n)*"$/,
  ParameterExpansion: /^\$\{(?:[^`$\\"'<>]|\\[^])*$/,
  BraceExpansion: inert,
  Glob: inert,
  ArrayValue: inert,
  Assignment: /^[A-Za-z_]\w*(?:\[\])?\+?=$/,
  Redirect: redirection,
  HereString: redirection,
  HereDoc: redirection,
};

function textBetweenChildren(node: SyntaxNode, source: string): string {
  const children: Span[] = [];
  forEachChild(node, (child) => children.push([child.pos, child.end]));
  return gaps([node.pos, node.end], children)
    .map(([from, to]) => source.slice(from, to))
    .join('');
}

/** What of `whole` none of the spans covers. */
function gaps([start, end]: Span, spans: readonly Span[]): readonly Span[] {
  const found: Span[] = [];
  let at = start;
  for (const [from, to] of spans.toSorted(([a], [b]) => a - b)) {
    if (from > at) found.push([at, Math.min(from, end)]);
    at = Math.max(at, to);
  }
  if (at < end) found.push([at, end]);
  return found;
}
