import { describe, expect, it } from 'vitest';
import { programsOf } from '../../../src/policy/shell/program-table.ts';
import type { Program } from '../../../src/policy/shell/program.ts';

function only(line: string, name = 'a'): Program {
  const program = programsOf([line]).get(name);
  if (program === undefined) throw new Error(`${line} has no ${name}`);
  return program;
}

const option = (text: string, name: string) => only(`a | | ${text} |`).options.get(name);

describe('a table of programs', () => {
  it('has a program in each line, by all its names', () => {
    const programs = programsOf(['a,b | reads |  | .\n\n   \n# c | reads | | .\n', 'd | writes network | | <']);
    expect([...programs.keys()]).toEqual(['a', 'b', 'd']);
    expect(programs.get('b')).toEqual({
      name: 'b',
      classes: ['reads'],
      options: new Map(),
      operands: [{ kind: 'plain', repeats: false }],
      verbs: new Map(),
      bareCluster: false,
    });
    expect(programs.get('d')?.classes).toEqual(['writes', 'network']);
  });

  it('need not have all columns', () => {
    expect(only('a')).toMatchObject({ classes: [], operands: [] });
    expect(only('a | reads')).toMatchObject({ classes: ['reads'], operands: [] });
  });

  it('has the verbs of a program in lines of their own, which go on from those before', () => {
    const programs = programsOf(['a | | | .\na b,c | reads | -x | <\na b d | writes | | >']);
    const a = programs.get('a');
    expect(a?.name).toBe('a');
    expect([...(a?.verbs.keys() ?? [])]).toEqual(['b', 'c']);
    expect(a?.verbs.get('b')).toMatchObject({ name: 'a b', classes: ['reads'] });
    expect(a?.verbs.get('c')).toMatchObject({ name: 'a c', classes: ['reads'], verbs: new Map() });
    expect(a?.verbs.get('b')?.verbs.get('d')).toMatchObject({ name: 'a b d', classes: ['writes'] });
  });

  it('keeps the verbs where a later line says more of a program', () => {
    const program = programsOf(['a | | | .\na b | reads | | .\na | writes | | <']).get('a');
    expect(program?.classes).toEqual(['writes']);
    expect([...(program?.verbs.keys() ?? [])]).toEqual(['b']);
  });

  it.each<[text: string, value: string]>([
    ['-x', 'none'],
    ['-x:', 'plain'],
    ['-x?', 'attached'],
    ['-x<', 'reads'],
    ['-x>', 'writes'],
    ['-x!', 'runs'],
    ['-x%', 'lookup'],
  ])('says by a sign what stands behind an option: %s', (text, value) => {
    expect(option(text, '-x')).toEqual({
      names: ['-x'],
      value,
      classes: [],
      writesOperands: false,
      isPattern: false,
    });
  });

  it('has the names of an option, and the classes and marks that it raises', () => {
    const spec = option('-x,--ex-y:{destructive,secrets}', '--ex-y');
    expect(spec).toMatchObject({ names: ['-x', '--ex-y'], value: 'plain', classes: ['destructive', 'secrets'] });
    expect(option('-x,--ex-y:{destructive,secrets}', '-x')).toEqual(spec);
    expect(option('-i?{>}', '-i')).toMatchObject({ writesOperands: true, isPattern: false, classes: [] });
    expect(option('-e:{.}', '-e')).toMatchObject({ writesOperands: false, isPattern: true, classes: [] });
    expect(option('-e{>,.,reads}', '-e')).toMatchObject({ writesOperands: true, isPattern: true, classes: ['reads'] });
    expect(option('of=>', 'of=')).toMatchObject({ value: 'writes' });
    expect(option('-a  -b', '-b')).toMatchObject({ names: ['-b'] });
  });

  it.each<[text: string, kind: string, repeats: boolean]>([
    ['.', 'plain', false],
    ['<', 'reads', false],
    ['>', 'writes', false],
    ['.*', 'plain', true],
    ['<*', 'reads', true],
    ['>*', 'writes', true],
    ['!', 'command', false],
    ['--!', 'command_behind_dashes', false],
    ['$', 'text', false],
    ['$*', 'joined_text', false],
    ['=*', 'assignments', true],
  ])('says what an operand is: %s', (text, kind, repeats) => {
    expect(only(`a | | | ${text}`).operands).toEqual([{ kind, repeats }]);
  });

  it('says that letters come first', () => {
    expect(only('a | | | + . <*')).toMatchObject({
      bareCluster: true,
      operands: [
        { kind: 'plain', repeats: false },
        { kind: 'reads', repeats: true },
      ],
    });
  });

  it.each([
    ['a verb before its program', 'a b | | | .', 'The table says what a b does before a itself'],
    ['a verb before its verb', 'a | | |\na b c | | | .', 'The table says what a b c does before b itself'],
    ['a class that is none', 'a | red | | .', 'red is no class of programs'],
    ['a class that is none', 'a | | -x{red} | .', 'red is no class of programs'],
    ['an option without a name', 'a | | : | .', ': is no option of the table'],
    ['a sign that is none', 'a | | -x; | .', '-x; is no option of the table'],
    ['something before an option', 'a | | ;-x | .', ';-x is no option of the table'],
    ['something behind an option', 'a | | -x{reads}; | .', '-x{reads}; is no option of the table'],
    ['an operand that is none', 'a | | | ;', '; is no operand of the table'],
    ['an operand that cannot repeat', 'a | | | ;*', ';* is no operand of the table'],
    ['something before the sign of an operand', 'a | | | .<', '.< is no operand of the table'],
  ])('has no %s', (_, line, message) => {
    expect(() => programsOf([line])).toThrow(message);
  });
});
