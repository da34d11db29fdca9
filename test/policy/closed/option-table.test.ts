import { describe, expect, it } from 'vitest';
import { optionTable } from '../../../src/policy/closed/option-table.ts';

const nothing = { takes: 'nothing' };

describe('a list of options', () => {
  it.each<{ list: string; style?: 'gnu' | 'words' | 'first' | 'none'; table: Readonly<Record<string, unknown>> }>([
    { list: '', table: {} },
    { list: '  -a  ', table: { '-a': nothing } },
    { list: '-abc', table: { '-a': nothing, '-b': nothing, '-c': nothing } },
    { list: '-abc', style: 'first', table: { '-a': nothing, '-b': nothing, '-c': nothing } },
    { list: '-abc', style: 'none', table: { '-a': nothing, '-b': nothing, '-c': nothing } },
    { list: '-abc -d', style: 'words', table: { '-abc': nothing, '-d': nothing } },
    { list: '--all --not-all', table: { '--all': nothing, '--not-all': nothing } },
    { list: '-n=int', table: { '-n': { takes: 'value', kind: 'int' } } },
    { list: '-n[=int]', table: { '-n': { takes: 'joined', kind: 'int' } } },
    { list: '--n=int<=4', table: { '--n': { takes: 'value', kind: 'int<=4' } } },
    { list: '--color[=name]', table: { '--color': { takes: 'joined', kind: 'name' } } },
    { list: '-in=text -o', style: 'words', table: { '-in': { takes: 'value', kind: 'text' }, '-o': nothing } },
    { list: '+c=int +d', table: { '+c': { takes: 'value', kind: 'int' }, '+d': nothing } },
    { list: '-d=a|b', table: { '-d': { takes: 'value', kind: 'a|b' } } },
    { list: '-x=', table: { '-x': { takes: 'value', kind: '' } } },
  ])('$list is read as $table', ({ list, style, table }) =>
    expect(Object.fromEntries(optionTable(list, style))).toEqual(table),
  );

  it.each(['a', 'xx-a', '+ab', '-a=b]c', '=x', '-'])('with a word that is no option is a fault of ours: %s', (list) =>
    expect(() => optionTable(list)).toThrow(`not an option: ${list}`),
  );
});
