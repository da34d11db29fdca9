import { describe, expect, it } from 'vitest';
import { isListedSed } from '../../../src/policy/closed/languages/sed.ts';

const listed = (script: string): void => expect(isListedSed(script)).toBe(true);
const refused = (script: string): void => expect(isListedSed(script)).toBe(false);

describe('a command of sed', () => {
  it.each('pd=PnNgGhHxlq'.split(''))('of one letter is listed: %s', (verb) => {
    listed(verb);
    listed(`1${verb};p`);
    listed(`{${verb}}`);
    refused(`${verb}p`);
    refused(`${verb} x`);
    refused(`${verb}/x`);
  });

  it.each('abcefijkmorstuvwyzABCEFIJKLMOQRSTUVWXYZ:<>"\'\\|&()[]*?.-+%^_`~,'.split(''))(
    'is none of the others: %s',
    (verb) => {
      refused(verb);
      refused(`1${verb}`);
      refused(`p;${verb}`);
      refused(`{${verb}}`);
      refused(`${verb} x`);
    },
  );

  it.each([
    '',
    ' ',
    ';',
    ' ;\n; p ;; p',
    'p \t;p',
    'p\np',
    'p # c',
    '{p}',
    '{ p }',
    '{p;p}',
    '{p\n}',
    '{p};p',
    '{p}#c',
    '{{p}}',
    '{}',
    '# w x',
    '#n\np',
    'p;# w x\np',
    'q 5',
    'q5',
    'q  123',
    'q;p',
    '$!N;D',
    'D;N',
  ])('ends at a semicolon, a newline, a brace or a comment: %j', listed);

  it.each([
    'p p',
    'p\tw x',
    'p \t w x',
    'q5x',
    'q1234',
    'qx;',
    'p 5',
    '}',
    '{p',
    '{p}}',
    '}{',
    'p}{p',
    '{p}p',
    '{p} w x',
    '# c\nw x',
    '#\nw x',
    'p#c\nw x',
    'D',
    '$D',
    'q\\',
    'p\u0000',
  ])('and nowhere else: %j', refused);
});

describe('what sed puts in the place of other text', () => {
  it.each('/|#:,@!%_+~;'.split(''))('is between delimiters that are listed: %s', (mark) => {
    listed(`s${mark}a${mark}b${mark}`);
    listed(`s${mark}a${mark}b${mark}g;p`);
    listed(`s${mark}a\\${mark}${mark}\\${mark}b${mark}`);
    listed(`y${mark}a${mark}b${mark}`);
    refused(`s${mark}a${mark}b`);
    refused(`s${mark}a`);
    refused(`s${mark}a${mark}b${mark}w x`);
    refused(`s${mark}[${mark}]${mark}b${mark}`);
  });
  it.each(['s', 'y', 'sxaxbx', 's a b ', 's\\a\\b\\', 's.a.b.', 's"a"b"', 's\na\nb\n', 's*a*b*', 's1a1b1', 's-a-b-'])(
    'and by no others: %j',
    refused,
  );

  it.each(['g', 'p', 'i', 'I', '0', '5', '9', 'gp', 'gpI', '12', 'gpIi09'])(
    'is followed by flags that print: %s',
    (flags) => {
      listed(`s/a/b/${flags}`);
      listed(`s/a/b/${flags} ;p`);
      refused(`y/a/b/${flags}`);
    },
  );
  it.each([
    'e',
    'm',
    'M',
    'w',
    'w x',
    'ge',
    'gw x',
    'e g',
    'we',
    'g w x',
    'g\tw x',
    'gpIi09g',
    'x',
    '/',
    '&g',
    'G',
    'P',
  ])('and not by those that write or run: %s', (flags) => refused(`s/a/b/${flags}`));

  it.each([
    's/a/[/;p',
    's/a/b]/',
    's/a/\\\\/',
    's/\\[/b/',
    's/a\\\\/b/',
    's/[a-z]/b/',
    's/[^a-z]/b/',
    's/[]]/b/',
    's/[^]]/b/',
    's/[]a[]/b/',
    's/[][]/b/',
    's/[[]/b/',
    's/[a[]/b/',
    's/[[a]/b/',
    's/[[:alpha:]]/b/',
    's/[^[:space:]]*/b/g',
    's/[[:alpha:][:digit:]_]/b/',
    's/[a[:alpha:]b[:digit:]c]/b/',
    's/[ab]c[de]/b/',
    's/a[b]/b/;s/[c]d/e/',
    'y/abc/[]x/',
    's///',
  ])('is found by brackets that are read exactly: %j', listed);

  it.each([
    's/[[:alpha:][]/]/;#/w /tmp/x',
    'y/[/]/;x#/w /tmp/x',
    'y/[/]/',
    's/[[:alpha:]a[]/b/',
    's/[/]/b/',
    's/[a/]/b/',
    's/[^/]/b/',
    's/[]/]/b/',
    's/[[:alpha:]/]/b/',
    's/[\\]/b/',
    's/[\\n]/b/',
    's/[a\\]/b/',
    's/[a\nb]/b/',
    's/[[:alpha:]\\]/b/',
    's/[[:alpha:]\n]/b/',
    's/[[.a.]]/b/',
    's/[[=a=]]/b/',
    's/[[:1:]]/b/',
    's/[[::]]/b/',
    's/[a/b/',
    's/[]/b/',
    's/[]/\\]/;#/w x',
    's/[^]/\\]/;#/w x',
    's/[^]/b/',
    's/a[/b/',
    's/a\n/b/',
    's/a/\n/',
    's/a\\\n/b/',
    's/a/b\\\nw x/',
    's/a\\',
    's/a/b\\',
    's/a\\/b',
    'y/ab/c\n/',
  ])('and otherwise is not read: %j', refused);
});

describe('an address of sed', () => {
  it.each([
    '1p',
    '0,/a/p',
    '123456789p',
    '1~2p',
    '10~123456789p',
    '$p',
    '/a/p',
    '/a/Ip',
    '/a\\/b/p',
    '/[a-z]/p',
    '//p',
    '1,2p',
    '1,$p',
    '1,/a/p',
    '/a/,/b/p',
    '/a/I,/b/Ip',
    '1 , 2 p',
    '1\t,\t2\tp',
    '1,+3p',
    '1,~4p',
    '/a/,+123456789p',
    '/a/,~123456789p',
    '1 , +3 p',
    '1!p',
    '1 ! p',
    '1!!p',
    '/a/!{p}',
    '1,2!p',
    '1{p}',
    '/a/{/b/{p}}',
    '!p',
  ])('is a line, the last, a pattern, or from one to another: %s', listed);

  it.each([
    '1,p',
    '1,',
    '1',
    '$',
    '/a/',
    '1,2',
    ',2p',
    '+3p',
    '~3p',
    '1,,2p',
    '1,2,3p',
    '1+2p',
    '1~p',
    '1~~2p',
    '1,+p',
    '1,~p',
    '1,-3p',
    '1234567890p',
    '1~1234567890p',
    '$$p',
    '1$p',
    '-1p',
    '/a',
    '/a\\/p',
    '/a/,/bp',
    '/[/]/p',
    '/[/p',
    '/a\nb/p',
    '/a/Mp',
    '/a/IIp',
    '/a/ip',
    '/a/w x',
    '/a/,/b/w x',
    '\\,a,p',
    '\\xaxp',
    '\\/a/p',
    '1,\\xaxp',
    '1w x',
    '1!w x',
    '1 ! w x',
    '1,2w x',
    '1,+2w x',
    '1,~2w x',
    '$!w x',
  ])('and nothing else: %s', refused);
});
