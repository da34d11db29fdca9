import { describe, expect, it } from 'vitest';
import { isListedAwk } from '../../../src/policy/closed/languages/awk.ts';
import { judgeProgram } from '../../../src/policy/closed/programs.ts';
import { known } from '../../../src/policy/closed/argument.ts';

const listed = (program: string): void => expect(isListedAwk(program)).toBe(true);
const refused = (program: string): void => expect(isListedAwk(program)).toBe(false);

describe('a line of awk that goes on', () => {
  it.each(['{print \\\n$1}', '{print \\\r\n$1}', '\\\n{x = 1}', '{print 1} # a \\\n{print 2}'])('is read: %j', listed);

  it.each([
    'BEGIN{ # \\\nprint "id" | "sh"\n}',
    'BEGIN{ # \\\nprint "x" > "f"\n}',
    'BEGIN{ # \\\r\nprint "x" > "f"\n}',
    'BEGIN{if(0)x;else\\\nwhile(1);}',
    'BEGIN{if(0)x;else\\\nfor(;;);}',
    'BEGIN{if(0)x;else\\\ndo x;while(1)}',
    'function\\\nf(x){f(x)}',
    '{print "a\\\nb"}',
    '{print "a\\\r\nb"}',
    '/a\\\nb/',
    '{print $1 \\ }',
  ])('hides neither a word nor what is behind a comment: %j', refused);
});

describe('a name that awk may not use', () => {
  it.each([
    'system',
    'getline',
    'ENVIRON',
    'ARGV',
    'ARGC',
    'PROCINFO',
    'SYMTAB',
    'FUNCTAB',
    'close(',
    'close (',
    'fflush',
    'func f',
    'function f',
    'while',
    'do',
    '/inet',
    '@',
    '`',
  ])('is refused in code and in strings: %s', (name) => {
    refused(`{x = ${name}}`);
    refused(`{x = "${name} "}`);
    refused(`{x = "a ${name}"}`);
  });

  it.each(['closed', 'close', 'functions', 'funcs', 'whiles', 'meanwhile', 'dot', 'undo', 'environ', 'argv', 'sys'])(
    'is not one that only looks like it: %s',
    (name) => listed(`{x = ${name}}`),
  );

  it.each([
    ['%1d', true],
    ['%1234d', true],
    ['%12345d', false],
    ['%-12345d', false],
    ['%.12345d', false],
    ['%.*f', false],
    ['%*d', false],
    ['%d*', true],
    ['%d12345', true],
    ['12345', true],
  ])('nor is a width that fills the memory: %s: %s', (format, isListed) =>
    expect(isListedAwk(`{printf "${format}", 1}`)).toBe(isListed),
  );
});

describe('a slash in awk', () => {
  it.each([
    '{print a/b}',
    '{a/=2}',
    '{a /= 2; b /= 3}',
    '{print 4/2}',
    '{print a[1]/b[2]/c}',
    '{print x/2/3}',
    '{print $1/$2}',
    '{print (a)/b}',
    '{print a++/b}',
    '{print a--/b}',
    '{print "4"/2}',
    '{print length/2}',
    '{print $/2}',
    'END{print (a)/b\nprint (c)/d}',
  ])('divides behind what has a value: %j', listed);

  it.each([
    '/a/',
    '!/a/',
    '$1 ~ /a/',
    '/a/,/b/',
    '{if (/a/) print; else print /b/}',
    '{print /a/}',
    '{printf /a/}',
    '{return /a/}',
    '{x = 1 in /a/}',
    'x\n/a/',
    '{exit /a/}',
    '{delete /a/}',
    '{next /a/}',
    'BEGIN /a/',
    'END /a/',
    '{if /a/}',
    '/a\\/"b/',
    '/\\[/',
    '/[a]"/',
    '/[^a]/',
    '/[]a]/',
    '/[]]/',
    '/[][]/',
    '/[^][]"/',
    '/[^]]/',
    '/[^]a]/',
    '/[[:alpha:]]/',
    '/[[:alpha:][:digit:]_]"/',
    '/[a\\\\]/',
    '/[\\/]/',
    '{print 1, /[abc]def[ghi]/}',
  ])('begins a pattern anywhere else: %j', listed);

  it.each(['print', 'printf', 'return', 'in', 'if', 'else', 'for', 'exit', 'delete', 'next', 'BEGIN', 'END', 'case'])(
    'and behind a keyword: %s',
    (keyword) => {
      refused(`{${keyword} /"/ | "sh"; ${keyword} /"/}`);
    },
  );

  it.each([
    '{switch($0){case /"/: print "id" | "sh"; case /"/: x}}',
    'BEGIN{print length /[a/"]/ > "x"; y = /"/}',
    'BEGIN{print (a) /[a/"]/ > "x"; y = /"/}',
    '{print (a)/b/c}',
    '{for (k in a) /b/}',
    '{print a++/b/c}',
    '{print a--/b/c}',
    '{print "a"/b/c}',
    '{print length/b/c}',
    '{print $/b/c}',
    '/a//b/c',
    '{print (a)/b\\\n/c}',
    '{print (a)/b\\\r\n/c}',
  ])('is not read where it may do both: %j', refused);

  it.each([
    '/[\\]/{print "id" | "sh"}#]/',
    '/[[:alpha:]/"]/{print "id" | "sh"}/"/{}',
    '/[/]/',
    '/[a/]/',
    '/[^/]/',
    '/[]/]/',
    '/[^]/]/',
    '/[]/',
    '/[^]/',
    '/[]/"]/{print "id" | "sh"}/"/{}',
    '/[^]/"]/{print "id" | "sh"}/"/{}',
    '/[[]/',
    '/[][/]/',
    '/[]a[]/',
    '/[a[]/',
    '/[\\[]/',
    '/[[.a.]]/',
    '/[[=a=]]/',
    '/[[:1:]]/',
    '/[[:]/',
    '/[a/',
    '/a',
    '/a\nb/',
    '/[a\nb]/',
  ])('and brackets are those that every awk reads alike: %j', refused);
});

describe('a token of awk', () => {
  it.each([
    '{print 1.5, .5, 5., 1e3, 1E-3, 1.5e+3}',
    '{print a_1, _b}',
    '{print "a\\"b", "\\\\", ""}',
    '{print a && b || c, !d, e != f, g == h, i <= j, k !~ l, m ~ n}',
    '{a += 1; b -= 1; c *= 1; d %= 2; e ^= 2; f++; --g}',
    '{print a ? b : c}',
    '{print a - b * c % d ^ e + f}',
    '{print a[1, 2]; # |\n}',
    '# > | &\n{print}',
    '\t{print}\r\n',
    '{print "> | & { } ( )"}',
    '/[>|&{}()]/',
    '',
  ])('is known: %j', listed);

  it.each([
    '{print "a}',
    '{print "a\nb"}',
    "{print 'a'}",
    '{print a.b}',
    '{é = 1}',
    '{print "\\',
    '{print "\\"}',
    '\\',
  ])('or the program is not read: %j', refused);
});

describe('what awk prints goes nowhere else', () => {
  it.each([
    'a > 1',
    'a > 1 {print}',
    '{print (a > 1)}',
    '{if (a > 1) print}',
    '{print a[(1 > 2)]}',
    '{print (1)(2 > 1)}',
  ])('where a greater-than is a comparison: %j', listed);
  it.each([
    '{print > f}',
    '{print >> f}',
    '{print (1) > f}',
    '{print a[1 > 2]}',
    '{print | f}',
    '{print |& f}',
    '(a | f)',
    'a & b',
    '{(a & b)}',
    'a | f',
    ')(',
    '{)(}',
    '}{',
    '{}}{',
    '(',
    '{',
    '{(}',
    ')',
    '}',
    ')}({ > f',
    '{print "x") > f; (y}',
  ])('and everything is closed that is opened: %j', refused);
});

describe('a loop of awk', () => {
  const inHead = (head: string): string => `{for ${head} x}`;
  it.each([
    '(k in a)',
    '(key1 in array_2)',
    '(i=1;i<=NF;i++)',
    '(i=NF;i>=1;i--)',
    '(i=NF;i>0;--i)',
    '(i=0;i<NF;++i)',
    '(i=0;i<10;i+=2)',
    '(index1=0;index1<123456;index1+=123456)',
    '(i=123456;i>123456;i--)',
  ])('goes through an array or to a number: %s', (head) => listed(inHead(head)));

  it.each([
    '(;;)',
    '((k in a);;)',
    '(i=0;;i++)',
    '(i=0;i<n;i++)',
    '(i=n;i>0;i--)',
    '(i=0;j<9;i++)',
    '(i=0;i<9;j++)',
    '(i=0;i!=9;i++)',
    '(i=0;i==0;i++)',
    '(i=0;i<9;i+=j)',
    '(i=0;i<9;i*=0)',
    '(i=0;i<9;i=0)',
    '(i=1234567;i>0;i--)',
    '(i=0;i<1234567;i++)',
    '(i=0;i<9;i+=1234567)',
    '(i=0;i<9;i+=)',
    '(ab=0;b<9;b++)',
    '(i=0;i<9;i++,j)',
    '(k in a;;)',
    '((i=0);i<9;i++)',
    '(;(k in a);)',
    '(;;(k in a))',
    '(;(i=0;i<9;i++);)',
  ])('and ends by itself: %s', (head) => refused(inHead(head)));

  it('is one of each', () => {
    refused('{for (k in a) for (;;) x}');
    refused('{for (;;) for (k in a) x}');
    listed('{for (k in a) for (i=1;i<=NF;i++) x}');
    listed('{print "for", forty, fork}');
  });
});

describe('the words around a program of awk', () => {
  const scene = { directories: [], isFed: false };
  const said = (...words: readonly string[]): readonly string[] | undefined =>
    judgeProgram({ name: 'awk', profile: 'observe' }, words.map(known), scene)?.map(({ code }) => code);

  it('set variables of the program, and none of awk itself', () => {
    for (const option of [['-v'], ['--assign']]) {
      expect(said(...option, 'x=1', '{print x}')).toEqual([]);
      expect(said(...option, 'ENVIRON=1', '{print x}')).toEqual(['unlisted_use']);
      expect(said(...option, 'x', '{print x}')).toEqual(['unlisted_use']);
    }
  });
  it('name files, and no connection', () => {
    expect(said('{print}', '/tmp/inet')).toEqual([]);
    expect(said('{print}', '/inet/tcp/0/example.org/80')).toEqual(['unlisted_use']);
    expect(said('{print}', '/tmp/x', '/inet6/tcp/0/example.org/80')).toEqual(['unlisted_use']);
  });
});
