import type { Arguments } from './arguments.ts';
import { effectsOf } from './effects.ts';
import { fetchedFileRun } from './fetched-files.ts';
import type { Inner } from './inner.ts';
import { dangerous, evaluated, holdsSubscriptWithCommand } from './node-findings.ts';
import type { ProgramClass } from './program.ts';
import { opensShell } from './opened-shell.ts';
import { takesStatements } from './statements.ts';
import type { Finding, Unit } from './unit.ts';
import { isDangerousVariable } from './variables.ts';
import { literalStart } from './words.ts';

type Found = Omit<Finding, 'span'>;

/** What a unit shows of what it hides. */
export function findingsInUnit(
  unit: Unit,
  args: Arguments | undefined,
  inner: readonly Inner[],
  units: readonly Unit[],
): readonly Finding[] {
  return [
    ...programFindings(unit),
    ...redirectFindings(unit),
    ...builtinFindings(unit),
    ...fetchedFindings(unit, units),
    ...sourcedFindings(unit, units),
    ...(args === undefined ? [] : [...innerFindings(unit, inner, units), ...stdinFindings(unit, args, units)]),
  ].map((found) => ({ ...found, span: unit.span }));
}

function fetchedFindings(unit: Unit, units: readonly Unit[]): readonly Found[] {
  const file = fetchedFileRun(unit, units);
  if (file === undefined) return [];
  return [
    { code: 'fetched_code', severity: 'deny', text: `${file} is run, and was just fetched from another machine` },
  ];
}

/** `. /dev/stdin`: what is given to the shell becomes its text. */
function sourcedFindings(unit: Unit, units: readonly Unit[]): readonly Found[] {
  const { program, argv } = unit;
  if (!/^(?:\.|source)$/.test(program.value) || !argv.some(({ value }) => isInput.test(value))) return [];
  const text = `${program.value} runs what is given to the shell`;
  return [{ code: 'opaque_text', severity: 'deny', text }, ...sourceFindings(unit, units)];
}

function programFindings({ program, via }: Unit): readonly Found[] {
  // What is opaque in a wrapper is said of the wrapper.
  if ((program.kind === 'static' && program.tilde !== true) || via.length > 0) return [];
  return [{ code: 'dynamic_program', severity: 'deny', text: `Which command ${program.value} is cannot be known` }];
}

function redirectFindings({ redirects }: Unit): readonly Found[] {
  return redirects
    .filter(({ operator, target }) => !operator.startsWith('<<') && /^\/dev\/(?:tcp|udp)\//.test(literalStart(target)))
    .map(({ target }) => ({
      code: 'network_redirect',
      severity: 'deny',
      text: `${target.value} is a connection to another machine`,
    }));
}

function innerFindings(unit: Unit, inner: readonly Inner[], units: readonly Unit[]): readonly Found[] {
  return inner.flatMap((one): readonly Found[] => {
    switch (one.kind) {
      case 'command':
      case 'text':
        return [];
      case 'unclear':
        return [
          {
            code: 'unclear_wrapper',
            severity: 'deny',
            text: `What ${unit.program.value} runs cannot be told from ${one.at.value}`,
          },
        ];
      case 'opaque': {
        const text = `${unit.program.value} runs a text that cannot be known: ${one.at.value}`;
        return [{ code: 'opaque_text', severity: 'deny', text }, ...sourceFindings(unit, units)];
      }
    }
  });
}

/** A shell or interpreter without a program of its own takes what it is given for one. */
function stdinFindings(unit: Unit, args: Arguments, units: readonly Unit[]): readonly Found[] {
  if (takesStatements(args, unit, units)) {
    const text = `${unit.program.value} is given statements that are not known, or that destroy data`;
    return [{ code: 'unknown_statements', severity: 'deny', text }];
  }
  const { program, options, operands, rest, unclear } = args;
  const fed: readonly Found[] = [
    {
      code: 'code_from_stdin',
      severity: 'deny',
      text: `${unit.program.value} runs what it is given on its standard input`,
    },
    ...sourceFindings(unit, units),
  ];
  if (opensShell(args) && unit.stdin !== 'none') return fed;
  const isInterpreter = program.classes.includes('shell') || program.classes.includes('interpreter');
  if (!isInterpreter || rest !== undefined || unclear !== undefined) return [];
  const [first] = operands;
  if (first !== undefined && isInput.test(first.word.value)) return fed;
  const files = options.filter(({ spec }) => spec.value === 'reads').flatMap(({ value }) => value?.value ?? []);
  if (files.some((file) => isInput.test(file) || (file === '-' && unit.stdin !== 'none'))) return fed;
  const isShell = program.classes.includes('shell');
  // Of what has an option that says the program, the others say something else.
  const saysProgram = isShell || [...program.options.values()].some(({ isPattern }) => isPattern);
  const readsOther = options.some(
    ({ spec: { value, isPattern }, name }) =>
      name === '-c' ||
      name === '--version' ||
      isPattern ||
      (saysProgram ? value === 'reads' && !isShell : value !== 'none'),
  );
  const readsStdin =
    first === undefined || (isShell && options.some(({ name }) => name === '-s'))
      ? !readsOther
      : first.word.value === '-' || (first.word.kind !== 'static' && literalStart(first.word) === '');
  return readsStdin && unit.stdin !== 'none' ? fed : [];
}

/** What stands for an input that is no file. */
const isInput = /^<\(|^\/dev\/(?:stdin|fd\/)|^\/proc\/(?:self|thread-self|\d+)\/(?:task\/\d+\/)?fd\//;

function sourceFindings({ program, fedBy }: Unit, units: readonly Unit[]): readonly Found[] {
  const sources = fedBy.flatMap((place) => units[place] ?? []);
  const found: Found[] = [];
  if (sources.some((source) => hasClass(source, 'fetches'))) {
    found.push({ code: 'fetched_code', severity: 'deny', text: `${program.value} runs code from another machine` });
  }
  if (sources.some((source) => hasClass(source, 'decodes'))) {
    found.push({
      code: 'decoded_code',
      severity: 'deny',
      text: `${program.value} runs code that is only decoded there`,
    });
  }
  return found;
}

const setters = new Set([
  'export',
  'declare',
  'typeset',
  'local',
  'readonly',
  'read',
  'mapfile',
  'readarray',
  'getopts',
  'let',
  'unset',
]);
const evaluators = new Set([...setters, 'printf', 'wait', 'test', '[']);

/** Builtins that set variables, give names to other commands, or read files as shell text. */
function builtinFindings({ program: { value: name }, argv, env }: Unit): readonly Found[] {
  const has = (letter: string): boolean => argv.some(({ value }) => new RegExp(`^-\\w*${letter}`).test(value));
  const found: Found[] = [];
  if (name === 'alias' || name === 'complete' || (name === 'hash' && has('p')) || (name === 'enable' && has('f'))) {
    found.push({ code: 'redefined_command', severity: 'deny', text: `${name} makes a name another command` });
  }
  if (name === '.' || name === 'source') {
    found.push({
      code: 'sourced_file',
      severity: 'deny',
      text: `A file is run in this shell: ${argv[0]?.value ?? ''}`,
    });
  }
  if (evaluators.has(name) && argv.some(({ value }) => holdsSubscriptWithCommand(value))) {
    found.push(evaluated(`${name} evaluates a subscript that runs commands`));
  }
  const isSetting = setters.has(name) || (name === 'printf' && has('v'));
  const operands = isSetting ? argv.map((word) => /^[A-Za-z_]\w*/.exec(literalStart(word))?.[0] ?? '') : [];
  // `IFS= read` splits what is read, and nothing else.
  const assigned = env.map((assignment) => assignment.name).filter((variable) => variable !== 'IFS' || name !== 'read');
  return [...found, ...[...assigned, ...operands].filter(isDangerousVariable).map(dangerous)];
}

function hasClass(unit: Unit, wanted: ProgramClass): boolean {
  return effectsOf(unit).classes.has(wanted);
}
