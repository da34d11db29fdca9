import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { settingOf } from '../../../src/policy/closed/judge-closed.ts';
import { guardedText, guardFunction, type Inserted } from '../../../src/policy/rules/guarded-text.ts';
import { readShell } from '../../../src/policy/shell/read-shell.ts';
import type { Unit } from '../../../src/policy/shell/unit.ts';

function guarded(text: string, insert: (units: readonly Unit[]) => readonly Inserted[] = () => []): string | undefined {
  const reading = readShell(text);
  if (reading.kind === 'unreadable') throw new Error(reading.text);
  const { units } = reading;
  return guardedText(text, units, { values: settingOf(reading).values, inserted: insert(units) });
}

/** What a shell does with the text, where `show` prints its words. */
function ran(text: string, { shell = 'bash', set = '' } = {}): string {
  const show = `show() { for w in "$@"; do printf '<%s>' "$w"; done; echo; }`;
  return execFileSync(shell, { input: `${show}\n${set}\n${text}\n`, encoding: 'utf8', stdio: 'pipe' });
}

const g = (value: string): string => `"$(_sp_t "${value}")"`;
const inner = (value: string): string => `$(_sp_t "${value}")`;

describe('a guarded text', () => {
  it.each([
    ['show a', `show a`],
    [`show 'a b' c\\ d "e"`, `show 'a b' 'c d' e`],
    [`sh"o"w ''`, `show ''`],
    [`'show' ~ ~/ ~/'a b' ~root/x`, `show ~ ~/ ~/'a b' ~root/x`],
    ['show a*b', 'show a*b'],
    ['for f in /srv/a /srv/b; do show $f "$f" x$f; done', 'for f in /srv/a /srv/b; do show "$f" "$f" x"$f"; done'],
    ['show <<E\n$x\nE', 'show <<E\n$x\nE'],
    ['show <<< "a b"', 'show <<< "a b"'],
    ["show < 'a b' > c", "show < 'a b' > c"],
    ['echo $x; printf %s "$x"', 'echo $x; printf %s "$x"'],
    ['[ -n $x ]', `'[' -n "$x" ']'`],
    ['[ -n "$x" ]', `'[' -n "$x" ']'`],
    ['test ! $x = a', `test ''\\!'' "$x" '=' a`],
    ['test $x', 'test "$x"'],
    ['[ $x != a ]', `'[' "$x" ''\\!'=' a ']'`],
    ['[ $x == a ]', `'[' "$x" '==' a ']'`],
    ['[ $x -EQ 1 ]', `'[' "$x" -EQ 1 ']'`],
    ["[ $x '<' a ]", `'[' "$x" '<' a ']'`],
    ['show "a b" "a b"', "show 'a b' 'a b'"],
    [String.raw`show $'a b' "a'b" "a\"\$b" \'`, String.raw`show 'a b' 'a'\''b' 'a"$b' ''\'''`],
    [String.raw`show $'a\nb' $'a\'b' $"a"`, String.raw`show $'a\nb' $'a\'b' $"a"`],
    [`show ~root/'a b' ~/a`, `show ~root/'a b' ~/a`],
    [`show ~'; show run' ~'/a b' ~"root"/x ~\\;a`, `show '~; show run' '~/a b' '~root/x' '~;a'`],
    ['show ~/"a b"', "show ~/'a b'"],
    ['show <<-E\n\t$x\nE', 'show <<-E\n\t$x\nE'],
    ['show $HOME* x$HOME', 'show "$HOME"* x"$HOME"'],
    ['xargs show', 'xargs show'],
    ['xargs -I{} show {} "a{}"', `xargs '-I{}' show '{}' 'a{}'`],
    ['x=1; > a; echo $(y=2)', 'x=1; > a; echo $(y=2)'],
  ])('quotes the words of %j, and holds nothing where nothing is open: %j', (text, expected) => {
    expect(guarded(text)).toBe(expected);
  });

  it.each([
    ['show $x', `show ${g('$x')}`],
    ['show "$x"', `show "${inner('$x')}"`],
    ['show ${x}', `show ${g('${x}')}`],
    ['show $(echo a)', `show ${g('$(echo a)')}`],
    ['show `echo a`', `show ${g('`echo a`')}`],
    ['show "a $(echo "b c") d"', `show "a ${inner(`$(echo 'b c')`)} d"`],
    ['show ${x:-a}', `show ${g('${x:-a}')}`],
    ['show $x$y', `show ${g('$x')}${g('$y')}`],
    ['show "$x$y"', `show "${inner('$x')}${inner('$y')}"`],
    ['show a"$x"b$y\'c d\'', `show a"${inner('$x')}"b${g('$y')}'c d'`],
    ['show < $x', `show < ${g('$x')}`],
    ['show "$(show $x$y)"$z', `show "${inner(`$(show ${g('$x')}${g('$y')})`)}"${g('$z')}`],
    ['nice show $x', `nice show ${g('$x')}`],
    ['test $x $y', `test ${g('$x')} ${g('$y')}`],
    ['test $x a $y', `test ${g('$x')} a ${g('$y')}`],
    ['test a $x b', `test a ${g('$x')} b`],
    ['[ a $x b -a c ]', `'[' a ${g('$x')} b -a c ']'`],
    ['[ $x x-n a ]', `'[' ${g('$x')} x-n a ']'`],
    ['[ $x -nn1 a ]', `'[' ${g('$x')} -nn1 a ']'`],
    ['[ $x = a -o $y ]', `'[' ${g('$x')} '=' a -o ${g('$y')} ']'`],
    ['xargs -I = test $x = a', `xargs -I '=' test ${g('$x')} '=' a`],
    ['show a$x*', `show a${g('$x')}*`],
    ['for f in a "b c"; do show $f; done', `for f in a "b c"; do show ${g('$f')}; done`],
  ])('holds what is open in %j', (text, expected) => {
    expect(guarded(text)).toBe(`${guardFunction}\n${expected}`);
  });

  it.each([
    ['a name of the guard', 'show my_sp_x'],
    ['a list of words between braces that is not known', 'show {1..$x}'],
    ['what another command writes', 'show <(show a)'],
    ['what another command writes of a value', 'show <(show $x)'],
    ['a word that xargs fills in, and that looks like a value', 'xargs -I a$ show a$'],
    ['a string that another shell reads', `sh -c 'show $x'`],
    ['a string that is read again', `eval 'show "$x"'`],
    ['a value in such a string that is known, where it may be several words', `sh -c 'for x in a; do show $x; done'`],
    ['a test in such a string', `sh -c '[ -n $x ]'`],
  ])('does not exist for %s: %s', (_what, text) => {
    expect(guarded(text)).toBeUndefined();
  });

  it.each([
    `sh -c 'show a*'`,
    `sh -c 'show "$HOME"'`,
    `sh -c 'for x in a; do show "$x"; done'`,
    `sh -c 'echo $x'`,
    `sh -c '[ -n "$x" ]'`,
    `sh <<< "'a; show b'"`,
    `sh <<< '~/a'`,
  ])('leaves a string that is read again as it is, where nothing in it does harm: %s', (text) =>
    expect(guarded(text)).toBe(text),
  );

  it.each([
    [`sh -c "'a; show b'"`, String.raw`sh -c ''\''a; show b'\'''`],
    [`eval "'a; show b'"`, String.raw`eval ''\''a; show b'\'''`],
    [`trap "'a; show b'" EXIT`, String.raw`trap ''\''a; show b'\''' EXIT`],
    [String.raw`sh -c \'a\;\ show\ b\'`, String.raw`sh -c ''\''a; show b'\'''`],
    [`sh -c '~/a'`, `sh -c '~/a'`],
    [`sh -c "a"`, 'sh -c a'],
  ])('keeps the quotes of a string that is read again, whatever is in it: %s', (text, expected) =>
    expect(guarded(text)).toBe(expected),
  );

  it.each(['show $x', 'show "$(show a)"', 'show ${w}z'])(
    'does not exist where a value of %j is not where it was read',
    (text) => {
      const reading = readShell(`${text} $y`);
      const units = reading.kind === 'unreadable' ? [] : reading.units;
      const last = text.length + 1;
      const moved = units.map((unit) => ({
        ...unit,
        argv: unit.argv.map((word) => ({
          ...word,
          ...(word.pieces && { pieces: word.pieces.map((piece) => ({ ...piece, span: [last, last + 2] as const })) }),
        })),
      }));
      expect(guardedText(`${text} $y`, units, { values: new Map(), inserted: [] })).toBeDefined();
      expect(guardedText(`${text} $y`, moved, { values: new Map(), inserted: [] })).toBeUndefined();
    },
  );

  it('has the words that are put into it behind those they belong to', () => {
    const text = 'nice show "a b" c';
    const put = (units: readonly Unit[]) =>
      units.slice(-1).flatMap(({ program, argv: [first = program] }) => [
        { behind: program, words: ['-x', 'y z'] },
        { behind: first, words: ['--'] },
      ]);
    expect(guarded(text, put)).toBe(`nice show -x 'y z' 'a b' -- c`);
  });

  it('does not exist where they belong to a word that is not in the text', () => {
    const put = (units: readonly Unit[]) => units.slice(-1).map(({ program }) => ({ behind: program, words: ['-x'] }));
    expect(guarded(`sh -c 'show  a'`, put)).toBeUndefined();
    expect(guarded('show a', put)).toBe('show -x a');
    expect(guarded('$x a', put)).toBeUndefined();
    expect(guarded(`sh -c 'show'`, put)).toBeUndefined();
    expect(guarded(`sh -c 'show'`)).toBe('sh -c show');
  });

  it('gives a program the same words as the text, each value as one, however pieces stand together', () => {
    const pieces = new Map([
      ['${a}', 'p q'],
      ['"$b"', 'r'],
      ['${c}', 's,t'],
      ['x', 'x'],
      [`'y  z'`, 'y  z'],
      ['$(echo d)', 'd'],
      ['"$a$b"', 'p qr'],
    ]);
    const parts = [...pieces];
    const pairs = parts.flatMap((one) => parts.map((other) => [one, other]));
    const words = [
      ...parts.map((one) => [one]),
      ...pairs,
      ...pairs.flatMap((pair) => parts.map((one) => [...pair, one])),
    ];
    const texts = words.map((word) => guarded(`show ${word.map(([written]) => written).join('')}`) ?? 'none');
    const expected = words.map((word) => `<${word.map(([, meant]) => meant).join('')}>\n`);
    expect(ran(texts.join('\n'), { set: `a='p q' b=r c=s,t` })).toBe(expected.join(''));
  });

  it('runs nothing that stands between two tests', () => {
    const text = guarded(`[ -n $a$b ]; show '$(echo run)'; [ -n $a$b ]`) ?? '';
    expect(ran(text, { set: 'a=1 b=2' })).toBe('<$(echo run)>\n');
  });
});

describe('the guard', () => {
  const text = guarded('show $x') ?? '';
  const valued = (value: string) => `x=$(cat <<'END'\n${value}\nEND\n)`;

  it.each(['bash', 'sh'])('lets plain names through, in %s', (shell) => {
    for (const value of ['a', 'a.b-c_d', 'A:1', 'a b', '@x', '%', '~', '^', 'a+b', 'a,b']) {
      expect(ran(text, { shell, set: valued(value) })).toBe(`<${value}>\n`);
    }
  });

  it.each(['bash', 'sh'])('refuses everything else, in %s', (shell) => {
    const paths = ['a/b', '/etc/shadow', '..', '.env', '.'];
    const syntax = [
      'a=b',
      '-x',
      '+x',
      'a;b',
      'a|b',
      'a&b',
      '$x',
      '`x`',
      'a*',
      'a?',
      '[a]',
      'a"b',
      "a'b",
      'a\\b',
      'a(b)',
      'a{b}',
    ];
    const blanks = ['a\tb', 'a\nb', '#a', 'é', ''];
    const names = [
      'etc',
      'shadow-',
      'id_rsa',
      'my-secret.txt',
      'x.pem',
      'x.key',
      'x.key.1',
      '.bash_history',
      'x_history',
      'environ',
    ];
    for (const value of [...paths, ...syntax, ...blanks, ...names]) {
      expect(ran(text, { shell, set: valued(value) })).toBe('</nonexistent/refused>\n');
    }
  });
});
