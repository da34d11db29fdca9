import { describe, expect, it } from 'vitest';
import { knownValues } from '../../../src/policy/closed/known-values.ts';
import { argumentsOf, readings } from '../../../src/policy/closed/words-as-arguments.ts';
import { readShell } from '../../../src/policy/shell/read-shell.ts';
import { unknownPart } from '../../../src/policy/paths/name-glob.ts';

function readingOf(text: string) {
  const reading = readShell(text);
  if (reading.kind === 'unreadable') throw new Error(`${text} is unreadable: ${reading.text}`);
  return reading;
}

/** What `x` may hold, with a slash around patterns; undefined where that is not known. */
const valuesOf = (text: string): readonly string[] | undefined =>
  knownValues(readingOf(text))
    .get('x')
    ?.map(({ kind, text: value }) => (kind === 'glob' ? `/${value}/` : value));

describe('the values of a variable', () => {
  it.each<[string, readonly string[]]>([
    ['for x in a b; do ls $x; done', ['a', 'b']],
    ['for x in a b; do ls "$x"; done', ['a', 'b']],
    ['for x in a; do ls; done', ['a']],
    ['for x in a; do ls $x; done; ls $x', ['a', '']],
    ['ls $x; for x in a; do ls; done', ['a', '']],
    ['for x in a; do ls; done > $x', ['a']],
    ['for x in a; do ls; done; ls > $x', ['a', '']],
    ['for x in a; do ls; done; y=$x', ['a', '']],
    ['for x in a; do ls; done; $x', ['a', '']],
    ['for x in a; do ls; done; ls $y', ['a']],
    ['for x in a; do ls; done; ls $x$y', ['a', '']],
    ['for x in a; do ls; done; ls $y$x', ['a', '']],
    ['for y in b; do ls; done; for x in a; do ls $x; done', ['a']],
    ['for x in /a/*.c ~/b*; do ls $x; done', ['//a/*.c/', '/~/b*/']],
    ['x=a; ls $x', ['a', '']],
    ['x=a; x=b; ls $x', ['a', 'b', '']],
    ['x="a b"; ls $x', ['a b', '']],
    ['x=a ls', ['a', '']],
    ['x=A-Z_0./:@%+=,b; ls', ['A-Z_0./:@%+=,b', '']],
  ])('%s: %j', (text, values) => expect(valuesOf(text)).toEqual(values));

  it.each([
    'ls $x',
    'x=$(ls); ls $x',
    'x=$y; ls $x',
    'x=; ls $x',
    'x="-a"; ls $x',
    'x=" a"; ls $x',
    'x="a*"; ls $x',
    'x="a\tb"; ls $x',
    'x=~/a; ls $x',
    'x+=a; ls $x',
    'x[0]=a; ls $x',
    'x=(a b); ls $x',
    'x=a; x+=b; ls $x',
    'for x in *.c; do ls $x; done',
    'for x in a*; do ls $x; done',
    'for x in a *.c; do ls $x; done',
    'for x in $(ls); do ls $x; done',
    'for x in a $y; do ls $x; done',
    'for x; do ls $x; done',
    'for x in; do ls $x; done',
    'for x in a; do ls $x; done; for x in b; do ls $x; done',
    'x=a; for x in b; do ls $x; done',
    'for x in a; do x=b; ls $x; done',
    'x=a; read x; ls $x',
    'x=a; read -r y x; ls $x',
    'x=a; read -a x; ls $x',
    'x=a; read -ax; ls $x',
    'x=a; read -rax; ls $x',
    'x=a; : ${x:=b}; ls $x',
    'for x in a; do ls ${x:=b}; done',
    'x=a; mapfile y; ls $x',
    'x=a; readarray y',
    'x=a; declare y',
    'x=a; typeset y',
    'x=a; local y',
    'x=a; export y',
    'x=a; readonly y',
    'x=a; let y=1',
    'x=a; getopts a y',
    'x=a; unset y',
    "x=a; eval 'ls'",
    'x=a; source f',
    'x=a; . f',
    'x=a; printf -v y b',
    'x=a; printf -vx b',
    'for x in a ~/b; do ls $x; done',
    'for x in b/*; do ls $x; done',
    'for x in ~b/*; do ls $x; done',
  ])('are not known where anything else may set it, or nothing does: %s', (text) =>
    expect(valuesOf(text)).toBeUndefined(),
  );
  it.each([
    'x=a; printf y',
    'x=a; printf',
    'x=a; echo -v',
    'x=a; for y in b c; do ls; done',
    'x=a; printf b -v',
    'x=a; read y; ls $x',
    'x=a; read -y; ls',
    'x=a; echo -ax',
  ])('are known beside what sets others: %s', (text) => expect(valuesOf(text)).toEqual(['a', '']));

  it('are those of variables that decide nothing', () => {
    for (const name of ['PATH', 'HOME', 'REPLY2', 'IFS', 'LD_PRELOAD', 'PWD'])
      expect(knownValues(readingOf(`${name}=a; ls`)).has(name)).toBe(name === 'REPLY2' || name === 'HOME');
    expect(knownValues(readingOf('REPLY=a; read; ls $REPLY')).has('REPLY')).toBe(false);
    expect(knownValues(readingOf('REPLY=a; ls $REPLY')).has('REPLY')).toBe(true);
  });
  it('are always known of the home', () => {
    for (const text of ['ls', 'eval ls', 'for y in a; do ls; done'])
      expect(knownValues(readingOf(text)).get('HOME')).toEqual([{ kind: 'text', text: '~' }]);
  });
  it('are at most 64', () => {
    const loop = (count: number): string =>
      `for x in ${Array.from({ length: count }, (_, n) => `v${n}`).join(' ')}; do ls $x; done`;
    expect(valuesOf(loop(64))).toHaveLength(64);
    expect(valuesOf(loop(65))).toBeUndefined();
  });
});

/** What the words of the last command may stand for, one line a combination. */
function readingsOf(text: string): readonly string[] | undefined {
  const reading = readingOf(text);
  const unit = reading.units.at(-1);
  return (
    unit &&
    readings(unit, knownValues(reading))?.map((words) =>
      words
        .map((word) =>
          word.kind === 'opaque'
            ? 'opaque'
            : `${word.kind === 'known' ? '' : `${word.kind}:`}${word.text.replaceAll(unknownPart, '$')}`,
        )
        .join(' '),
    )
  );
}

describe('what words may stand for', () => {
  it.each<[string, readonly string[]]>([
    ['ls', ['']],
    ["ls a 'b c'", ['a b c']],
    ['ls *.c', ['glob:*.c']],
    ["ls 'a*'b?", ['glob:a\\*b?']],
    ['ls "[a]"\\?x*', ['glob:\\[a\\]\\?x*']],
    ["ls 'a\\b'*", ['glob:a\\\\b*']],
    ['ls $y', ['guarded:$']],
    ['ls a$y.b', ['guarded:a$.b']],
    ['ls "a*$y"', ['guarded:a\\*$']],
    ['ls a*$y', ['guarded:a*$']],
    ['ls $(id)', ['guarded:$']],
    ['ls `id`', ['guarded:$']],
    ['ls ${y:-a}', ['guarded:$']],
    ['ls $((1))', ['guarded:$']],
    ['ls a$(id)b', ['guarded:a$b']],
    ['ls <(id)', ['/dev/fd/63']],
    ['ls >(id)', ['/dev/fd/63']],
    ['ls {a,$y}', ['opaque']],
    ['for x in a b; do ls $x; done', ['a', 'b']],
    ['for x in a b; do ls $x.c "$x"; done', ['a.c a', 'a.c b', 'b.c a', 'b.c b']],
    ['for x in a b; do ls $x$x; done', ['aa', 'ab', 'ba', 'bb']],
    ['for x in a; do ls p$x$y; done', ['guarded:pa$']],
    ['for x in /a/*; do ls $x.c; done', ['glob:/a/*.c']],
    ['x="a b"; ls $x', ['guarded:$', '']],
    ['x="a b"; ls "$x"', ['a b', '']],
    ['x="a b"; ls p${x}q', ['guarded:p$q', 'pq']],
    ['ls $HOME/a', ['~/a']],
  ])('%s: %j', (text, words) => expect(readingsOf(text)).toEqual(words));

  it('are at most 256 combinations', () => {
    const loop = (count: number, words: string): string =>
      `for x in ${Array.from({ length: count }, (_, n) => `v${n}`).join(' ')}; do ls ${words}; done`;
    expect(readingsOf(loop(16, '$x $x'))).toHaveLength(256);
    expect(readingsOf(loop(17, '$x $x'))).toBeUndefined();
    expect(readingsOf(loop(2, '$x $x $x $x $x $x $x $x'))).toHaveLength(256);
    expect(readingsOf(loop(2, '$x $x $x $x $x $x $x $x $x'))).toBeUndefined();
    expect(readingsOf(loop(64, '$x a'))).toHaveLength(64);
  });

  it('is one argument where a part is neither known nor held by the guard', () => {
    const part = { kind: 'expansion', source: '@(a|b)', quoted: false } as const;
    const text = { kind: 'text', text: 'a' } as const;
    for (const pieces of [
      [part],
      [text, part],
      [part, text],
      [{ ...part, source: 'a<(id)' }],
      [text, { ...part, source: '<(id)' }],
    ])
      expect(argumentsOf({ kind: 'dynamic', value: 'x', span: [0, 0], pieces }, new Map())).toEqual([
        { kind: 'opaque' },
      ]);
  });
  it('is one argument where nothing is known of a word', () => {
    expect(argumentsOf({ kind: 'dynamic', value: 'x', span: [0, 0] }, new Map())).toEqual([{ kind: 'opaque' }]);
    expect(argumentsOf({ kind: 'glob', value: 'x*', span: [0, 0] }, new Map())).toEqual([{ kind: 'opaque' }]);
  });
});
