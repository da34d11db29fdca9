import {
  programClasses,
  type OperandKind,
  type OptionSpec,
  type Program,
  type ProgramClass,
  type ValueKind,
} from './program.ts';

/**
 * Reads tables of programs, one a line:
 *
 *     name,alias verb,verb | classes | options | operands
 *
 * An option is its names, joined by commas, then a sign for what stands behind it, then classes that it raises in braces:
 * `:` a text, `?` a text only if attached, `<` a path that is read, `>` one that is written, `!` a command, `%` nothing
 * and no command runs. `{>}`: it makes the program write its operands; `{.}`: it
 * stands for the first operand. `name=` is an operand of that form.
 *
 * Operands: `.` any, `<` `>` paths, `!` a command to the end, `--!` the same behind `--` alone, `$` shell text, `$*`
 * shell text to the end, `=*` assignments; `*` behind the first three repeats. `+`: letters without a dash come first.
 */
export function programsOf(tables: readonly string[]): ReadonlyMap<string, Program> {
  const programs: Programs = new Map();
  for (const line of tables.join('\n').split('\n')) {
    if (line.trim() !== '' && !line.startsWith('#')) addProgram(programs, line);
  }
  return programs;
}

/** While the table is read, verbs are still added. */
type OpenProgram = Omit<Program, 'verbs'> & { readonly verbs: Map<string, OpenProgram> };
type Programs = Map<string, OpenProgram>;

function addProgram(programs: Programs, line: string): void {
  const [heads = '', classes = '', options = '', operands = ''] = line.split('|').map((column) => column.trim());
  const [names = '', ...verbs] = heads.split(/\s+/);
  for (const name of names.split(',')) {
    const body = {
      classes: wordsOf(classes).map(programClass),
      options: optionsOf(options),
      operands: wordsOf(operands).flatMap((token) => (token === '+' ? [] : [operandOf(token)])),
      bareCluster: wordsOf(operands).includes('+'),
    };
    place(programs, [name], verbs, body);
  }
}

function place(
  programs: Programs,
  path: readonly string[],
  verbs: readonly string[],
  body: Omit<Program, 'name' | 'verbs'>,
): void {
  const name = path.at(-1) ?? '';
  const [next, ...later] = verbs;
  const known = programs.get(name);
  if (next === undefined) {
    programs.set(name, { name: path.join(' '), verbs: known?.verbs ?? new Map<string, OpenProgram>(), ...body });
    return;
  }
  if (known === undefined) throw new Error(`The table says what ${path.join(' ')} ${next} does before ${name} itself`);
  for (const verb of next.split(',')) place(known.verbs, [...path, verb], later, body);
}

const signs: Readonly<Record<string, ValueKind>> = {
  '': 'none',
  ':': 'plain',
  '?': 'attached',
  '<': 'reads',
  '>': 'writes',
  '!': 'runs',
  '%': 'lookup',
};

function optionsOf(column: string): ReadonlyMap<string, OptionSpec> {
  const options = new Map<string, OptionSpec>();
  for (const token of wordsOf(column)) {
    const { names = '', sign = '', raised = '' } = optionToken.exec(token)?.groups ?? {};
    const value = signs[sign];
    if (names === '' || value === undefined) throw new Error(`${token} is no option of the table`);
    const marks = raised === '' ? [] : raised.split(',');
    const spec: OptionSpec = {
      names: names.split(','),
      value,
      classes: marks.filter((mark) => mark !== '>' && mark !== '.').map(programClass),
      writesOperands: marks.includes('>'),
      isPattern: marks.includes('.'),
    };
    for (const name of spec.names) options.set(name, spec);
  }
  return options;
}

const optionToken = /^(?<names>[\w,.@#=+-]+?)(?<sign>[:?<>!%]?)(?:\{(?<raised>[a-z,.>]+)\})?$/;

const operandKinds: Readonly<Record<string, OperandKind>> = {
  '.': 'plain',
  '<': 'reads',
  '>': 'writes',
  '!': 'command',
  '--!': 'command_behind_dashes',
  $: 'text',
  '$*': 'joined_text',
  '=*': 'assignments',
};

function operandOf(token: string): Program['operands'][number] {
  const exact = operandKinds[token];
  if (exact !== undefined) return { kind: exact, repeats: exact === 'assignments' };
  const kind = token.endsWith('*') ? operandKinds[token.slice(0, -1)] : undefined;
  if (kind === undefined) throw new Error(`${token} is no operand of the table`);
  return { kind, repeats: true };
}

function programClass(name: string): ProgramClass {
  const found = programClasses.find((known) => known === name);
  if (found === undefined) throw new Error(`${name} is no class of programs`);
  return found;
}

function wordsOf(column: string): readonly string[] {
  return column.split(/\s+/).filter((word) => word !== '');
}
