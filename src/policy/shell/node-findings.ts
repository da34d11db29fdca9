import { forEachChild, type ParameterExpansionPart, type SyntaxNode, type TestExpression } from 'unbash';
import { programNamed } from './programs.ts';
import { unboundedIn } from './unbounded.ts';
import type { Finding, Span } from './unit.ts';
import { isDangerousVariable } from './variables.ts';
import { readWord } from './words.ts';

/** What a node of the tree shows by itself. */
export function findingsInNode(node: SyntaxNode, span: Span): readonly Finding[] {
  const found = findingIn(node) ?? unboundedIn(node);
  return found === undefined ? [] : [{ ...found, span }];
}

type Found = Omit<Finding, 'span'>;

function findingIn(node: SyntaxNode): Found | undefined {
  if (node.type === 'Function') return findingInFunction(node.name.value, node.body);
  if (node.type === 'Coproc') {
    return { code: 'coproc', severity: 'ask', text: 'A command runs beside the others, as a coprocess' };
  }
  if (node.type === 'For' || node.type === 'Select') {
    return isDangerousVariable(node.name.value) ? dangerous(node.name.value) : undefined;
  }
  if (node.type === 'ArrayValue') return numberIn(node.elements.map(({ text }) => /^\[([^\]]*)\]=/.exec(text)?.[1]));
  if (node.type === 'Assignment') {
    const subscript = numberIn([node.index?.text]);
    if (subscript !== undefined) return subscript;
    if (node.value.type !== 'Word' || !holdsSubscriptWithCommand(readWord(node.value, [0, 0]).value)) return undefined;
    return evaluated(`The value of ${node.name} would run commands where it is read as a number`);
  }
  if (node.type === 'ParameterExpansion') return findingInParameter(node);
  if (
    node.type === 'ArithmeticCommandExpansion' ||
    (node.type === 'ArithmeticWord' && /\$\((?!\()|`/.test(node.value))
  ) {
    return { code: 'arithmetic_command', severity: 'deny', text: 'Arithmetic runs a command for a number' };
  }
  if (node.type === 'ArithmeticWord') return /^\d*$/.test(node.value) ? undefined : numberExpected(node.value);
  return node.type === 'TestBinary' || node.type === 'TestUnary' ? findingInTest(node) : undefined;
}

function findingInFunction(name: string, body: SyntaxNode): Found {
  if (startsItself(body, name, false)) {
    return { code: 'fork_bomb', severity: 'deny', text: `${name} starts itself again and again` };
  }
  const severity = programNamed(name) === undefined ? 'ask' : 'deny';
  return { code: 'redefined_command', severity, text: `${name} becomes a function` };
}

function findingInParameter({ operation, parameter, prefix, index }: ParameterExpansionPart): Found | undefined {
  if (operation?.type === 'Transform' && operation.operand.text.includes('P')) {
    return evaluated(`\${${parameter}@P} runs what substitutions the value holds`);
  }
  if (prefix === '!' && operation?.type !== 'Names') {
    return { ...evaluated(`\${!${parameter}} stands for a variable that the text does not name`), severity: 'ask' };
  }
  const number = numberIn([
    index?.text,
    ...(operation?.type === 'Slice' ? [operation.offset.text, operation.length?.text] : []),
  ]);
  if (number !== undefined) return number;
  const assigns = operation?.type === 'Default' && operation.operator.endsWith('=');
  return assigns && isDangerousVariable(parameter) ? dangerous(parameter) : undefined;
}

/** Whether a function calls itself in a pipeline or in the background: it then doubles, or never ends. */
function startsItself(node: SyntaxNode, name: string, isBeside: boolean): boolean {
  if (node.type === 'Command' && node.name?.value === name && isBeside) return true;
  const beside = isBeside || node.type === 'Pipeline' || (node.type === 'Statement' && node.background === true);
  let found = false;
  forEachChild(node, (child) => {
    found ||= startsItself(child, name, beside);
  });
  return found;
}

function findingInTest(test: Extract<TestExpression, { type: 'TestBinary' | 'TestUnary' }>): Found | undefined {
  const words = (test.type === 'TestUnary' ? [test.operand] : [test.left, test.right]).map((word) =>
    readWord(word, [0, 0]),
  );
  if (words.some(({ value }) => holdsSubscriptWithCommand(value))) {
    return evaluated('A test evaluates a subscript that runs commands');
  }
  const isNumeric = /^-(?:eq|ne|lt|le|gt|ge|v|R)$/.test(test.operator);
  const isName = test.type === 'TestUnary' ? /^\w+$/ : /^-?\d+$/;
  const word = isNumeric ? words.find(({ kind, value }) => kind !== 'static' || !isName.test(value)) : undefined;
  return word === undefined ? undefined : numberExpected(word.value);
}

/** Bash evaluates the subscript of `a[$(command)]` when it takes the string for a number or a name. */
export function holdsSubscriptWithCommand(text: string): boolean {
  let depth = 0;
  for (const [found] of text.matchAll(/\[|\]|\$\(|`|<\(/g)) {
    if (found === '[') depth++;
    else if (found === ']') depth = Math.max(0, depth - 1);
    else if (depth > 0) return true;
  }
  return false;
}

export function evaluated(text: string): Found {
  return { code: 'evaluated_value', severity: 'deny', text };
}

export function dangerous(name: string): Found {
  return { code: 'dangerous_variable', severity: 'deny', text: `${name} decides what runs` };
}

/** Subscripts and offsets are arithmetic. */
function numberIn(texts: readonly (string | undefined)[]): Found | undefined {
  const text = texts.find((one) => one !== undefined && !/^(?:[@*]|[\s+-]*\d*)$/.test(one));
  return text === undefined ? undefined : numberExpected(text);
}

function numberExpected(value: string): Found {
  return {
    code: 'number_expected',
    severity: 'ask',
    text: `${value} is read as a number, and may run commands if it is none`,
  };
}
