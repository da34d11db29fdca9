import { describe, expect, it } from 'vitest';
import { readShell } from '../../../src/policy/shell/read-shell.ts';
import type { Unit, Word } from '../../../src/policy/shell/unit.ts';

function readingOf(text: string) {
  const reading = readShell(text);
  if (reading.kind === 'unreadable') throw new Error(`${text} is unreadable: ${reading.text}`);
  return reading;
}

const codeOf = (text: string): string => {
  const reading = readShell(text);
  return reading.kind === 'units' ? 'units' : reading.code;
};
const unitsOf = (text: string): readonly Unit[] => readingOf(text).units;
const unitOf = (text: string, program: string): Unit => {
  const unit = unitsOf(text).findLast(({ program: { value } }) => value === program);
  if (unit === undefined) throw new Error(`${text} has no ${program}`);
  return unit;
};
const shown = ({ kind, value }: Word): string => (kind === 'static' ? value : `${kind}:${value}`);

describe('a text has at most', () => {
  it('100 commands that stand in it, with those of substitutions that are empty', () => {
    expect(codeOf('a;'.repeat(100))).toBe('units');
    expect(codeOf(`echo ${'$()'.repeat(99)}`)).toBe('units');
    expect(codeOf(`echo ${'$()'.repeat(100)}`)).toBe('too_many_commands');
    expect(codeOf(`a $(b) ${'$(c)'.repeat(98)}`)).toBe('units');
    expect(codeOf(`a $(b) ${'$(c)'.repeat(99)}`)).toBe('too_many_commands');
    expect(readShell('a;'.repeat(101))).toEqual({
      kind: 'unreadable',
      code: 'too_many_commands',
      text: 'The text holds more than 100 commands.',
    });
  });

  it('100 commands with those that it gives to shells', () => {
    const given = (letter: string, count: number): string => `sh -c '${`${letter};`.repeat(count)}'`;
    expect(codeOf(`${given('a', 49)}; ${given('b', 49)}`)).toBe('units');
    expect(codeOf(`${given('a', 49)}; ${given('b', 50)}`)).toBe('too_many_commands');
  });

  it('400 commands that it comes to', () => {
    const text = (count: number): string => `find . ${'-exec a \\; '.repeat(count)}`;
    expect(codeOf(text(399))).toBe('units');
    expect(readShell(text(400))).toMatchObject({
      code: 'too_many_commands',
      text: 'The text comes to too many commands, or they stand too deep in each other.',
    });
  });

  it('2,000 words', () => {
    expect(codeOf(`a${' b'.repeat(2000)}`)).toBe('units');
    expect(readShell(`a${' b'.repeat(2001)}`)).toMatchObject({
      code: 'too_many_commands',
      text: 'The commands have too many words; let a pattern or find(1) name the files.',
    });
    expect(codeOf(`a${' b'.repeat(1999)}; c d`)).toBe('units');
    expect(codeOf(`a${' b'.repeat(1999)}; c d e`)).toBe('too_many_commands');
    expect(codeOf(`a${' b'.repeat(1999)}; c >d`)).toBe('units');
    expect(codeOf(`a${' b'.repeat(2000)}; c >d`)).toBe('too_many_commands');
  });

  it('300 words that may be several', () => {
    expect(codeOf(`a${' *'.repeat(300)}${' b'.repeat(300)}`)).toBe('units');
    expect(codeOf(`a${' *'.repeat(301)}`)).toBe('too_many_commands');
    expect(codeOf(`a${' $b'.repeat(200)}; c${' *'.repeat(101)}`)).toBe('too_many_commands');
  });

  it('eight wrappers in each other', () => {
    expect(codeOf(`${'sudo '.repeat(8)}a`)).toBe('units');
    expect(codeOf(`${'sudo '.repeat(9)}a`)).toBe('nested_too_deeply');
  });

  it('32,768 characters that shells in it read again', () => {
    const eight = `a ${'b'.repeat(8190)}`;
    expect(codeOf(`eval '${eight}'`)).toBe('units');
    expect(codeOf(`eval eval eval eval '${eight.slice(0, 8150)}'`)).toBe('units');
    expect(readShell(`eval eval eval eval eval '${eight.slice(0, 8150)}'`)).toEqual({
      kind: 'unreadable',
      code: 'nested_too_deeply',
      text: 'Too much of the text is read again by shells in it.',
    });
  });

  it('one reason why it is not read: the first', () => {
    expect(readShell("sh -c 'a )'; sh -c ' '; sh -c 'b @(c)'")).toMatchObject({ code: 'syntax', span: [6, 11] });
    expect(codeOf(`sh -c 'a )'; ${'a;'.repeat(99)}`)).toBe('syntax');
    expect(codeOf(`sh -c 'a )'; ${'a;'.repeat(100)}`)).toBe('too_many_commands');
    expect(codeOf(`a${' b'.repeat(2001)}; sh -c 'a )'`)).toBe('too_many_commands');
    expect(codeOf(`sh -c 'a )'; a${' b'.repeat(2001)}`)).toBe('syntax');
  });

  it('says where the string stands that cannot be read', () => {
    expect(readShell("a; sh -c 'b )'")).toMatchObject({ code: 'syntax', span: [9, 14] });
    expect(readShell('a; sh -c \'b; eval "c )"\'')).toMatchObject({ code: 'syntax', span: [9, 24] });
  });
});

describe('what feeds a command', () => {
  const fed = (text: string): Readonly<Record<string, string>> => {
    const units = unitsOf(text);
    return Object.fromEntries(
      units.map(({ program, fedBy }) => [program.value, fedBy.map((place) => units[place]?.program.value).join(' ')]),
    );
  };

  it.each<[text: string, fedBy: Readonly<Record<string, string>>]>([
    ['a; b', { a: '', b: '' }],
    ['a | b | c', { a: '', b: 'a', c: 'a b' }],
    ['a | { b; c; }', { a: '', b: 'a', c: 'a' }],
    ['x; a | b', { x: '', a: '', b: 'a' }],
    ['a "$(b)" `c`', { b: '', c: '', a: 'b c' }],
    ['a <(b | c)', { b: '', c: 'b', a: 'b c' }],
    ['a < <(b)', { b: '', a: 'b' }],
    ['{ a; c; } < <(b)', { b: '', a: 'b', c: 'b' }],
    ['sudo a', { sudo: '', a: 'sudo' }],
    ['x | sudo a', { x: '', sudo: 'x', a: 'x sudo' }],
    ['x; sudo nice a', { x: '', sudo: '', nice: 'sudo', a: 'sudo nice' }],
    ['exec < <(b); a', { b: '', exec: 'b', a: 'b' }],
    ['exec < <(b); a $(c)', { b: '', exec: 'b', c: 'b', a: 'b c' }],
    ['exec < <(b); d | a', { b: '', exec: 'b', d: 'b', a: 'd' }],
  ])('is told by places: %s', (text, fedBy) => {
    expect(fed(text)).toEqual(fedBy);
  });

  it('is told of the wrapper in whose words it stands', () => {
    const units = unitsOf("x; sudo nice a; sh -c 'b; c'");
    expect(units.map(({ program, wrapper }) => [program.value, wrapper])).toEqual([
      ['x', undefined],
      ['sudo', undefined],
      ['nice', 1],
      ['a', 2],
      ['sh', undefined],
      ['b', undefined],
      ['c', undefined],
    ]);
  });
});

describe('the input of a command', () => {
  it.each<[text: string, program: string, stdin: Unit['stdin']]>([
    ['a | b', 'a', 'none'],
    ['a |& b', 'b', 'pipe'],
    ['b 0< f', 'b', 'file'],
    ['b 1< f', 'b', 'none'],
    ['b 0> f', 'b', 'none'],
    ['b <> f', 'b', 'file'],
    ['b <&3', 'b', 'file'],
    ['b <<-E\nE\n', 'b', 'heredoc'],
    ['b 3<<E\nE\n', 'b', 'none'],
    ['b < f <<< c', 'b', 'herestring'],
    ['b <<< c < f', 'b', 'file'],
    ['b <<< c 3< f', 'b', 'herestring'],
    ['x | { b < f; c; }', 'c', 'pipe'],
    ['coproc b', 'b', 'pipe'],
    ['a <(b)', 'b', 'none'],
    ['a >(b)', 'b', 'pipe'],
    ['x | xargs b', 'b', 'none'],
    ['x | xargs b', 'xargs', 'pipe'],
    ['find . -exec b \\;', 'b', 'none'],
    ['x | sudo b', 'b', 'pipe'],
    ['exec < f; b', 'b', 'file'],
    ['exec < f; b', 'exec', 'file'],
    ['exec <<< c; b', 'b', 'herestring'],
    ['exec < f; b <<< c', 'b', 'herestring'],
    ['exec < f; x | b', 'b', 'pipe'],
    ['exec 3< f; b', 'b', 'none'],
    ['exec > f; b', 'b', 'none'],
    ['exec a < f; b', 'b', 'none'],
    ['a < f; b', 'b', 'none'],
    ['exec < f; exec <<< c; b', 'b', 'herestring'],
    ['b; exec < f', 'b', 'none'],
  ])('is told: of %s, %s has %s', (text, program, stdin) => {
    expect(unitOf(text, program).stdin).toBe(stdin);
  });

  it('is told with the redirections that make it', () => {
    const redirects = (text: string) =>
      unitOf(text, 'b').redirects.map(({ operator, descriptor = '', target }) => descriptor + operator + target.value);
    expect(redirects('exec < f > g; b 2>&1')).toEqual(['<f', '>g', '2>&1']);
    expect(redirects('{ b 2>h; } > g {x}< i')).toEqual(['>g', 'x<i', '2>h']);
    expect(redirects('{ a $(b) <(c); } > g')).toEqual([]);
    expect(redirects('{ a <(b); } > g')).toEqual([]);
    expect(redirects('b 3>&1 <<E\nc\nE\n')).toEqual(['3>&1', '<<c\n']);
    expect(redirects("sh -c 'b' > g")).toEqual(['>g']);
  });
});

describe('a command', () => {
  it.each<[text: string, program: string, background: boolean]>([
    ['a', 'a', false],
    ['a &', 'a', true],
    ['{ a; } & b', 'a', true],
    ['{ a; } & b', 'b', false],
    ['{ a & b; }', 'b', false],
    ['(a | b) &', 'b', true],
    ['coproc a', 'a', true],
    ['sudo a &', 'a', true],
    ["sh -c 'a &'", 'a', true],
  ])('is waited for, or not: of %s, %s', (text, program, background) => {
    expect(unitOf(text, program).background).toBe(background);
  });

  it('has as assignments its own and those of its wrappers', () => {
    const env = (text: string, program: string) =>
      unitOf(text, program).env.map(
        ({ name, value, partial }) => `${name}=${shown(value)}${partial === true ? ' partial' : ''}`,
      );
    expect(env('A=1 B=$c a', 'a')).toEqual(['A=1', 'B=dynamic:$c']);
    expect(env('A[1]=2 B+=3 C=(4 5) a', 'a')).toEqual(['A=2 partial', 'B=3 partial', 'C=dynamic:(4 5) partial']);
    expect(env('A=1 env B=2 C="3$d" a', 'a')).toEqual(['A=1', 'B=2', 'C=dynamic:3${d}']);
    expect(env('A=1 env B=2 a', 'env')).toEqual(['A=1']);
    expect(env('sudo A= a', 'a')).toEqual(['A=']);
    expect(env("env A=1 sh -c 'a'", 'a')).toEqual([]);
    expect(env('A=1 sudo $x', 'sudo')).toEqual(['A=1']);
  });

  it('has what declare and its like are told as words', () => {
    const argv = (text: string) => unitsOf(text).at(-1)?.argv.map(shown);
    expect(argv('declare a=1 b')).toEqual(['a=1', 'b']);
    expect(argv('export a="b c"')).toEqual(['a=b c']);
    expect(argv('declare a+=1')).toEqual(['a+=1']);
    expect(argv('declare a=$b')).toEqual(['dynamic:a=$b']);
    expect(argv('declare a=~')).toEqual(['dynamic:a=~']);
    expect(argv('declare a=(b c)')).toEqual(['dynamic:a=(b c)']);
    expect(argv('declare a[1]=b')).toEqual(['dynamic:a[1]=b']);
    expect(argv('declare a=b*')).toEqual(['dynamic:a=b*']);
    expect(unitsOf('declare a=b$c')[0]?.argv[0]?.pieces).toEqual([
      { kind: 'text', text: 'a=' },
      { kind: 'text', text: 'b' },
      { kind: 'variable', name: 'c', quoted: false, span: [11, 13] },
    ]);
    expect(unitsOf('declare a={1..2}')[0]?.argv[0]?.pieces).toBeUndefined();
    expect(unitsOf('declare a=~')[0]?.argv[0]?.pieces).toBeUndefined();
    expect(unitsOf('export a=1')[0]?.argv[0]?.span).toEqual([7, 10]);
  });

  it('may be nothing but assignments or redirections, and stands where they do', () => {
    expect(unitsOf('a; B=1')[1]).toMatchObject({ program: { kind: 'static', value: '', span: [3, 6] }, argv: [] });
    expect(unitsOf('[[ a ]] > f')).toMatchObject([{ program: { value: '', span: [0, 7] }, span: [0, 7] }]);
    expect(unitsOf('((1)) > f')).toHaveLength(1);
    expect(unitsOf('[[ a ]]')).toEqual([]);
    expect(unitsOf('((1))')).toEqual([]);
  });

  it('that comes out of braces is one, and that is said', () => {
    const { findings, units } = readingOf('x; {a,b} c');
    expect(units[1]?.argv.map(shown)).toEqual(['b', 'c']);
    expect(findings).toEqual([
      { code: 'brace_program', severity: 'deny', text: 'The command comes out of braces: {a,b}', span: [3, 8] },
    ]);
    expect(readingOf('a {b,c}').findings).toEqual([]);
  });

  it('that cannot be known is a unit, at the place of the word that hides it', () => {
    expect(unitsOf('sudo $x ls').at(-1)).toMatchObject({
      program: { kind: 'dynamic', value: '$x', span: [5, 7] },
      argv: [],
      via: ['sudo'],
      span: [0, 10],
    });
    expect(unitsOf('eval "$x"').at(-1)).toMatchObject({ program: { kind: 'dynamic', span: [5, 9] }, via: ['eval'] });
  });

  it('in a string that is read again stands where the string does', () => {
    expect(unitsOf("a; sh -c 'b; c $(d)'").map(({ span }) => span)).toEqual([
      [0, 1],
      [3, 20],
      [9, 20],
      [9, 20],
      [9, 20],
    ]);
  });

  it('in a script that backslashes hide stands where the outer script does', () => {
    const text = 'a `b \\`c\\`` d';
    const places = unitsOf(text).map(({ program, span }) => [program.value, text.slice(...span)]);
    expect(places).toEqual([
      ['c', '`b \\`c\\``'],
      ['b', '`b \\`c\\``'],
      ['a', text],
    ]);
    expect(unitsOf('a `b`')[0]?.span).toEqual([3, 4]);
  });

  it('is reached as the innermost of those who become another', () => {
    expect(unitOf('sudo -u a sudo -u b c', 'c').sudo?.user?.value).toBe('b');
    expect(unitOf('sudo -u a nice c', 'c').sudo?.user?.value).toBe('a');
    expect(unitOf('nice c', 'c').sudo).toBeUndefined();
    expect(unitOf("sudo sh -c 'c'", 'c').sudo).toEqual({ options: [] });
  });
});

describe('the names that a text sets in loops', () => {
  const loops = (text: string) =>
    readingOf(text).loops.map(({ name, words, span, isDefault }) => ({
      name,
      words: words?.map(shown),
      at: text.slice(...span),
      isDefault,
    }));

  it('are told with the words that they go through', () => {
    expect(loops('for a in b {c,d} *; do e; done')).toEqual([
      { name: 'a', words: ['b', 'c', 'd', 'glob:*'], at: 'for a in b {c,d} *; do e; done', isDefault: undefined },
    ]);
    expect(loops('select a in b; do c; done')).toMatchObject([{ name: 'a', words: ['b'] }]);
    expect(loops('for a; do b; done')).toMatchObject([{ name: 'a', words: undefined }]);
    expect(loops('for a in; do b; done')).toMatchObject([{ name: 'a', words: [] }]);
    expect(loops('while a; do b; done; for ((;;)); do c; done')).toEqual([]);
  });

  it('are told where an expansion sets them', () => {
    expect(loops('a ${b:=c}')).toEqual([{ name: 'b', words: ['c'], at: '${b:=c}', isDefault: true }]);
    expect(loops('a "${b=c d}"')).toMatchObject([{ name: 'b', isDefault: true }]);
    expect(loops('a ${b:-c} ${b:+c} ${b:?c} ${b%c} ${b}')).toEqual([]);
  });
});

describe('a reading', () => {
  it('has as many statements as stand at its top', () => {
    expect(readingOf('a; b && c\n(d; e)').statements).toBe(3);
  });

  it.each(['cd /', 'pushd /', 'popd', 'chdir /'])('tells of a change of the directory by %s', (command) => {
    expect(unitsOf(`a; ${command}`).every(({ cwdSet }) => cwdSet)).toBe(true);
  });

  it('is for bash unless it is for less', () => {
    expect(readShell('[[ a ]]').kind).toBe('units');
    expect(readShell('[[ a ]]', 'bash').kind).toBe('units');
    expect(readShell('[[ a ]]', 'posix').kind).toBe('unreadable');
  });

  it('has everything that runs in compound commands', () => {
    expect(unitsOf('f() { a; } > $(b); case $(c) in $(d)) e;; esac').map(({ program }) => program.value)).toEqual(
      expect.arrayContaining(['a', 'b', 'c', 'd', 'e']),
    );
    expect(unitsOf('[[ -n $(a) ]] > $(b)').map(({ program }) => program.value)).toEqual(['b', 'a', '']);
    expect(unitsOf('a $((1 + $(b)))').map(({ program }) => program.value)).toEqual(['b', 'a']);
  });
});
