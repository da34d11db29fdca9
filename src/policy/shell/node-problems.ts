import { forEachChild, type ParameterExpansionPart, type SyntaxNode, type Word } from 'unbash';
import { isPlainArithmetic } from './arithmetic.ts';
import { isCovered } from './coverage.ts';
import { unreadable, type Unreadable } from './input-checks.ts';
import type { Span } from './unit.ts';

/** Why a node makes its text unreadable: errors of the parser, and what it may read in another way than bash does. */
export function problemInNode(node: SyntaxNode, source: string): Unreadable | undefined {
  if (!Object.hasOwn(knownTypes, node.type)) return ambiguous('it has a part that is not known');
  if (node.type === 'Script') {
    const [error] = node.errors ?? [];
    if (error !== undefined) return unreadable('syntax', `The shell text has an error: ${error.message}.`);
    return isCovered(node, source) ? undefined : ambiguous('a part of it belongs to no command');
  }
  if (node.type === 'HereDoc') {
    if (node.closing === undefined) return unreadable('syntax', 'A here-document has no end.');
    if (node.delimiter === undefined || !/^[\w.!@%+:,/-]+$/.test(node.delimiter.value))
      return ambiguous('the end of a here-document is no plain word');
    const isBroken =
      node.body.parts?.some(({ type, text }) => type !== 'Literal' && text.includes(lineGoesOn)) === true;
    return isBroken && !node.delimiter.quoted ? ambiguous(broken) : undefined;
  }
  if (node.type === 'Redirect' || node.type === 'HereString') {
    return node.target === undefined ? unreadable('syntax', 'A redirection leads nowhere.') : undefined;
  }
  if (
    node.type === 'CommandExpansion' ||
    node.type === 'ProcessSubstitution' ||
    node.type === 'ArithmeticCommandExpansion'
  ) {
    if (node.script === undefined) return ambiguous('a substitution could not be read');
    if (node.type === 'ProcessSubstitution' && !standsAlone(node, source)) return ambiguous(glued);
    if (node.text.startsWith('`') && node.text.includes(lineGoesOn)) return ambiguous(broken);
    if (node.text.startsWith('${')) return ambiguous('bash before 5.3 does not have ${ command; }');
    if (node.text.startsWith('$((')) return ambiguous(looksArithmetic);
    if (holds(node.script, isCoproc)) return ambiguous('a coprocess stands in a substitution');
    if (!node.text.includes('<<') || node.text.startsWith('`')) return undefined;
    return holds(node.script, isHereDoc) && holds(node.script, isCompound) ? ambiguous(reprinted) : undefined;
  }
  if (node.type === 'TestBinary' && node.right.text.startsWith('#')) return ambiguous('a comment stands in a test');
  if (node.type === 'Subshell') return source.startsWith('((', node.pos) ? ambiguous(looksArithmetic) : undefined;
  if (node.type === 'ExtendedGlob') return ambiguous('extended patterns are off unless they are switched on');
  if (node.type === 'AnsiCQuoted' && !isPlainAnsiC(node.text)) {
    return ambiguous("a string in $'…' has an escape that is not read");
  }
  if (node.type === 'Assignment') {
    if (node.value.type === 'Word' && node.value.text.startsWith('(')) return ambiguous('more stands behind an array');
    return node.index === undefined ? undefined : subscriptProblem(node.index);
  }
  if (node.type === 'ParameterExpansion') return parameterProblem(node);
  const span = arithmeticSpan(node, source);
  if (span === undefined || isPlainArithmetic(node, source, span)) return undefined;
  return ambiguous('arithmetic holds more than numbers and names');
}

const lineGoesOn = '\\\n';

/** In backticks and here-documents bash joins lines before it looks for quotes, also where a backslash is only text. */
const broken = 'a line is continued inside a substitution';

/** Bash first reads `((` to its end as arithmetic, and with that the here-documents that should come between. */
const looksArithmetic = 'a subshell begins like arithmetic; put a blank between its brackets';

/** The parser ends the word behind it, and then finds a comment in `<(a)#b`; bash reads on. */
const glued = 'a process substitution is a part of a longer word';

function standsAlone({ pos, end }: SyntaxNode, source: string): boolean {
  const before = source.slice(Math.max(0, pos - 4), pos);
  return /^$|(?:^|[^\\])[\s;&|(<>](?:\\\n)?$/.test(before) && /^(?:[\s;&|)<>]|$)/.test(source.slice(end));
}

/** Bash 5.2 writes substitutions out anew before it runs them, and then puts here-documents in the wrong places. */
const reprinted = 'a here-document stands beside loops, groups or background commands in a substitution';

const compounds: ReadonlySet<SyntaxNode['type']> = new Set([
  'ArithmeticCommand',
  'ArithmeticFor',
  'BraceGroup',
  'Case',
  'Coproc',
  'For',
  'Function',
  'If',
  'Redirected',
  'Select',
  'Subshell',
  'TestCommand',
  'While',
]);

function isCompound(node: SyntaxNode): boolean {
  return compounds.has(node.type) || (node.type === 'Statement' && node.background === true);
}

/** Bash 5.2 writes it out with the name it gives it, and then runs that name. */
function isCoproc({ type }: SyntaxNode): boolean {
  return type === 'Coproc';
}

function isHereDoc({ type }: SyntaxNode): boolean {
  return type === 'HereDoc';
}

function holds(node: SyntaxNode, wanted: (node: SyntaxNode) => boolean): boolean {
  if (wanted(node)) return true;
  let found = false;
  forEachChild(node, (child) => {
    found ||= holds(child, wanted);
  });
  return found;
}

/** What dash and its like do not know: they run `[[ a > f ]]` as a command that writes f, and `a &> f` as two commands. */
export function bashOnlyProblem(node: SyntaxNode): Unreadable | undefined {
  const isOnly =
    bashOnly.has(node.type) ||
    (node.type === 'Redirect' &&
      (node.operator.startsWith('&') || node.descriptor?.type === 'FileDescriptorVariable')) ||
    (node.type === 'Pipeline' && node.operators.includes('|&')) ||
    (node.type === 'CaseItem' && node.terminator !== undefined && node.terminator !== ';;') ||
    (node.type === 'Function' && (!/^[A-Za-z_]\w*$/.test(node.name.text) || node.pos !== node.name.pos)) ||
    (node.type === 'Assignment' && (node.index !== undefined || node.append === true)) ||
    (node.type === 'ParameterExpansion' && (node.index !== undefined || node.prefix === '!')) ||
    (node.type === 'ArithmeticExpansion' && node.text.startsWith('$['));
  return isOnly ? ambiguous('it may be for a shell that does not know all of it') : undefined;
}

const bashOnly: ReadonlySet<SyntaxNode['type']> = new Set([
  'TestCommand',
  'ArithmeticCommand',
  'ArithmeticFor',
  'AnsiCQuoted',
  'LocaleString',
  'HereString',
  'ProcessSubstitution',
  'BraceExpansion',
  'ArrayValue',
  'Select',
  'Coproc',
  'Replace',
  'Slice',
  'CaseModification',
  'Transform',
  'Names',
]);

function arithmeticSpan(node: SyntaxNode, source: string): Span | undefined {
  if (node.type === 'ArithmeticCommand') return [node.pos + 2, node.end - 2];
  if (node.type === 'ArithmeticExpansion') {
    const brackets = node.text.startsWith('$((') ? 2 : 1;
    return [node.pos + 1 + brackets, node.end - brackets];
  }
  if (node.type !== 'ArithmeticFor') return undefined;
  const header = source.slice(node.pos, node.body.pos);
  return [node.pos + header.indexOf('((') + 2, node.pos + header.lastIndexOf('))')];
}

function parameterProblem({ index, operation }: ParameterExpansionPart): Unreadable | undefined {
  if (operation?.type === 'Unknown') return ambiguous('an expansion is not known');
  const words = operation?.type === 'Slice' ? [index, operation.offset, operation.length] : [index];
  return words
    .map((word) => (word === undefined ? undefined : subscriptProblem(word)))
    .find((one) => one !== undefined);
}

/** Subscripts and offsets are arithmetic that is evaluated later: the simple ones alone are read. */
function subscriptProblem({ text }: Word): Unreadable | undefined {
  const simple = /^(?:[\w+\-*/% @.:]|\$\w+|\$\{#?\w+\}|\$#|'[\w .:-]*'|"(?:[\w .:-]|\$\w+|\$\{\w+\})*")*$/;
  return simple.test(text) ? undefined : ambiguous('a subscript holds more than numbers and names');
}

/** Escapes that every bash reads alike, in every locale, and that make no control characters but blanks. */
function isPlainAnsiC(text: string): boolean {
  const escape = /\\(?:[ntr\\'"?]|x[2-6][\da-fA-F]|x7[\da-eA-E]|0?[4-6][0-7]|1[0-6][0-7]|17[0-6])/g;
  return /^\$'[^\\]*'$/.test(text.replace(escape, ''));
}

function ambiguous(because: string): Unreadable {
  return unreadable('ambiguous', `Shells could read this text in different ways: ${because}.`);
}

/** Every kind of node that was looked at when these rules were written. */
const knownTypes: Readonly<Record<SyntaxNode['type'], true>> = {
  AndOr: true,
  AnsiCQuoted: true,
  ArithmeticBinary: true,
  ArithmeticCommand: true,
  ArithmeticCommandExpansion: true,
  ArithmeticExpansion: true,
  ArithmeticFor: true,
  ArithmeticGroup: true,
  ArithmeticTernary: true,
  ArithmeticUnary: true,
  ArithmeticWord: true,
  ArrayValue: true,
  Assignment: true,
  BraceExpansion: true,
  BraceGroup: true,
  Case: true,
  CaseItem: true,
  CaseModification: true,
  Command: true,
  CommandExpansion: true,
  CompoundList: true,
  Coproc: true,
  Default: true,
  DoubleQuoted: true,
  Elif: true,
  ExtendedGlob: true,
  FileDescriptor: true,
  FileDescriptorVariable: true,
  For: true,
  Function: true,
  Glob: true,
  HereDoc: true,
  HereDocBody: true,
  HereDocDelimiter: true,
  HereString: true,
  If: true,
  Literal: true,
  LocaleString: true,
  Names: true,
  Negation: true,
  ParameterExpansion: true,
  Pipeline: true,
  ProcessSubstitution: true,
  Redirect: true,
  Redirected: true,
  Remove: true,
  Replace: true,
  Script: true,
  Select: true,
  SimpleExpansion: true,
  SingleQuoted: true,
  Slice: true,
  Statement: true,
  Subshell: true,
  TestBinary: true,
  TestCommand: true,
  TestGroup: true,
  TestLogical: true,
  TestNot: true,
  TestUnary: true,
  Time: true,
  Transform: true,
  Unknown: true,
  While: true,
  Word: true,
};
