import { describe, expect, it } from 'vitest';
import { problemInNode } from '../../../src/policy/shell/node-problems.ts';
import { parseShell, type Dialect } from '../../../src/policy/shell/shell-parser.ts';

const told = (text: string, dialect: Dialect = 'bash'): string => {
  const parsed = parseShell(text, dialect);
  return parsed.kind === 'parsed'
    ? 'read'
    : parsed.text.replace(/^Shells could read this text in different ways: /, '');
};

const arithmetic = 'a subshell begins like arithmetic; put a blank between its brackets.';
const glued = 'a process substitution is a part of a longer word.';
const reprinted = 'a here-document stands beside loops, groups or background commands in a substitution.';
const subscript = 'a subscript holds more than numbers and names.';
const numbers = 'arithmetic holds more than numbers and names.';
const escape = "a string in $'…' has an escape that is not read.";
const broken = 'a line is continued inside a substitution.';
const end = 'the end of a here-document is no plain word.';

describe('a text that bash could read in another way', () => {
  it.each([
    ['a <<E\nb\n', 'A here-document has no end.'],
    ["a <<'E F'\nb\nE F\n", end],
    ["a <<'E$'\nb\nE$\n", end],
    ['a <(b)c', glued],
    ['a b<(c)', glued],
    ['a "b"<(c)', glued],
    ['a <(b)<(c)', glued],
    ['a \\ <(c)', glued],
    ['a x\\\n<(c)', glued],
    ['a ${ b; }', 'bash before 5.3 does not have ${ command; }.'],
    ['a $((b); (c))', arithmetic],
    ['((a); (b))', arithmetic],
    ['c; ((a); b)', arithmetic],
    ['a $(coproc b)', 'a coprocess stands in a substitution.'],
    ['a <(b; { coproc c; })', 'a coprocess stands in a substitution.'],
    ["a `'b\\\n'c`", broken],
    ['"`b \\\n c`"', broken],
    ["a <<E\n$('b\\\n'c)\nE\n", broken],
    ['a <<E\n${b:-\\\n}\nE\n', broken],
    ['a $(b <<E && { c; }\nd\nE\n)', reprinted],
    ['a $(b <<E && (c)\nd\nE\n)', reprinted],
    ['a $(b <<E &\nd\nE\n)', reprinted],
    ['a $(b <<E && [[ c ]]\nd\nE\n)', reprinted],
    ['a $(b <<E && ((1))\nd\nE\n)', reprinted],
    ['a $(b <<E && if c; then d; fi\nd\nE\n)', reprinted],
    ['a $(b <<E && while c; do d; done\nd\nE\n)', reprinted],
    ['a $(b <<E && for c in d; do e; done\nd\nE\n)', reprinted],
    ['a $(b <<E && case c in d) e;; esac\nd\nE\n)', reprinted],
    ['a <(b <<E && { c; }\nd\nE\n)', reprinted],
    ["[[ a =~ #' ]]\nb ]]; c #' ]]", 'a comment stands in a test.'],
    ['a @(b)', 'extended patterns are off unless they are switched on.'],
    [String.raw`a $'\e'`, escape],
    [String.raw`a $'\x1f'`, escape],
    [String.raw`a $'\x7f'`, escape],
    [String.raw`a $'\x80'`, escape],
    [String.raw`a $'\037'`, escape],
    [String.raw`a $'\177'`, escape],
    [String.raw`a $'\200'`, escape],
    [String.raw`a $'\u0041'`, escape],
    [String.raw`a $'\cA'`, escape],
    [String.raw`a $'\a'`, escape],
    ['a=(b)c', 'more stands behind an array.'],
    ['a[$(b)]=c', subscript],
    ['a[b<c]=d', subscript],
    ['a ${b[$(c)]}', subscript],
    ['a ${b:$(c)}', subscript],
    ['a ${b:1:$(c)}', subscript],
    ['a ${b:`c`}', subscript],
    ['a $((`b`))', numbers],
    ['((a = `b`))', numbers],
    ['a $[`b`]', numbers],
    ['for ((i=`a`;;)); do b; done', numbers],
    ['for ((i=0;i<`a`;)); do b; done', numbers],
  ])('is refused with the reason: %s', (text, reason) => {
    expect(told(text)).toBe(reason);
  });

  it.each(['a >', 'a <', 'a )', 'a $(b'])('is refused where it has an error: %s', (text) => {
    expect(told(text)).toMatch(/^The shell text has an error: .+\.$/);
  });

  it.each([
    'a <<E\nb\nE\n',
    'a <<E\nb \\\n $(c) $d\nE\n',
    "a <<'E'\n$(b\\\n)\nE\n",
    'a $(b \\\n c) \\\n d',
    "a <<'E.F-1'\nb\nE.F-1\n",
    'a > b <<< c',
    'a <(b) >(c)',
    'a <(b); c <(d)|e',
    '(a <(b))',
    'a <(b)',
    'a > >(b)',
    'a \\\n<(b)',
    'a <(b)\nc',
    'a <(b)&',
    'a `b` $(c)',
    'a $( (b); (c))',
    '( (a); (b))',
    '(a)',
    'coproc a',
    'a $(b <<E\nc\nE\n)',
    'a $(b; { c; })',
    'a $(b <<< c; { d; })',
    'a `b <<E\nd\nE\n`',
    'a <<E; { b; }\nc\nE\n',
    '[[ a == b ]]',
    '[[ -n a ]]',
    String.raw`a $'\n\t\r\\\'\"\?'`,
    String.raw`a $'\x20\x6F\x7e\x7E'`,
    String.raw`a $'\40\060\67\141\176'`,
    'a=(b c)',
    'a[1]=b',
    'a[i+1]=b',
    "a['x y']=b",
    'a["$x"]=b',
    'a["${x}"]=b',
    'a ${b[0]} ${b[@]} ${b[*]} ${b[$i]} ${b[${i}]} ${b[${#b}]}',
    'a ${b:1} ${b:1:2} ${b: -1} ${b:$c:${d}} ${#b}',
    'a $((1 + $b)) $[1]',
    'a $((1+$(b)))',
    '((a++))',
    'for ((i=0;i<3;i++)); do a; done',
    'for ((i=(1);;)); do a; done',
  ])('is read where there is but one way: %s', (text) => {
    expect(told(text)).toBe('read');
  });

  it('may have parts that nobody has looked at', () => {
    const strange = { type: 'Strange', pos: 0, end: 1 } as unknown as Parameters<typeof problemInNode>[0];
    expect(problemInNode(strange, 'a')?.text).toMatch(/it has a part that is not known/);
    const inherited = { type: 'toString', pos: 0, end: 1 } as unknown as Parameters<typeof problemInNode>[0];
    expect(problemInNode(inherited, 'a')?.code).toBe('ambiguous');
  });

  it('may have parts that its parser did not read', () => {
    const node = (fields: object) => ({ pos: 0, end: 1, ...fields }) as unknown as Parameters<typeof problemInNode>[0];
    expect(problemInNode(node({ type: 'CommandExpansion', text: '$(a)' }), 'a')?.text).toMatch(
      /a substitution could not be read/,
    );
    expect(problemInNode(node({ type: 'Redirect', operator: '>' }), 'a')?.text).toBe('A redirection leads nowhere.');
    expect(problemInNode(node({ type: 'HereString', operator: '<<<' }), 'a')?.text).toBe(
      'A redirection leads nowhere.',
    );
    const unknown = node({ type: 'ParameterExpansion', operation: { type: 'Unknown' } });
    expect(problemInNode(unknown, 'a')?.text).toMatch(/an expansion is not known/);
    const heredoc = node({ type: 'HereDoc', closing: { pos: 0, end: 1 } });
    expect(problemInNode(heredoc, 'a')?.text).toMatch(/the end of a here-document is no plain word/);
  });
});

describe('a text for a shell that may know the standard alone', () => {
  it.each([
    '[[ a ]]',
    '((1))',
    'for ((;;)); do a; done',
    "a $'b'",
    'a $"b"',
    'a <<< b',
    'a <(b)',
    'a {b,c}',
    'a=(b)',
    'select a in b; do c; done',
    'coproc a',
    'a ${b/c/d}',
    'a ${b:1}',
    'a ${b^}',
    'a ${b@Q}',
    'a ${!b@}',
    'a &> b',
    'a &>> b',
    'a {b}> c',
    'a |& b',
    'case a in b) c;& esac',
    'case a in b) c;;& esac',
    'function a { b; }',
    'function a() { b; }',
    'a-b() { c; }',
    'a[0]=b',
    'a+=b',
    'a ${b[0]}',
    'a ${!b}',
    'a $[1]',
  ])('has nothing that only bash knows: %s', (text) => {
    expect(told(text, 'posix')).toBe('it may be for a shell that does not know all of it.');
    expect(told(text)).toBe('read');
  });

  it.each([
    'a > b 2>&1 <<E\nc\nE\n',
    'a | b',
    'case a in b) c;; d) e; esac',
    'a() { b; }',
    '_a1() { b; }',
    'a=b',
    'a ${b} ${b:-c} ${b%c} ${#b}',
    'a $((1))',
    'a >&2',
    'for a in b; do c; done',
    '{ a; } && (b) || ! c',
  ])('may have all that the standard knows: %s', (text) => {
    expect(told(text, 'posix')).toBe('read');
  });
});
