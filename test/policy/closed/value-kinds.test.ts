import { describe, expect, it } from 'vitest';
import { known, opaque, type Argument } from '../../../src/policy/closed/argument.ts';
import type { Scene } from '../../../src/policy/closed/scene.ts';
import { valueKind } from '../../../src/policy/closed/value-kinds.ts';
import { unknownPart } from '../../../src/policy/paths/name-glob.ts';
import { home } from '../../../src/policy/paths/read-path.ts';

const scene: Scene = { directories: [home], isFed: false };
const glob: Argument = { kind: 'glob', text: 'a*' };
const guarded: Argument = { kind: 'guarded', text: `a${unknownPart}` };
const isFine = (kind: string, text: string): boolean => valueKind(kind)(known(text), scene).length === 0;

const kinds: readonly {
  readonly kind: string;
  readonly fits: readonly string[];
  readonly others: readonly string[];
}[] = [
  { kind: 'int', fits: ['0', '-5', '123456789'], others: ['', '-', '1234567890', '5.0', '+5', '5 ', 'x', '5x', '--5'] },
  {
    kind: 'num',
    fits: ['0', '5', '1.5', '123456789.123456789'],
    others: ['', '.5', '5.', '-5', '1.2.3', '5x', 'x5', '1234567890', '1.1234567890', '1a5'],
  },
  {
    kind: 'size',
    fits: ['5', '+5', '-5', '10K', '1.5GiB', '123456789012', '5.25M'],
    others: ['', 'K', '5/', '1234567890123', '5KiBs', '--5', '.5', '5.', '1.x', 'x5'],
  },
  { kind: 'sep', fits: ['', ',', ' | ', '\n', '💥💥💥', '::\n'], others: ['abcd', '\n\n\n\n'] },
  {
    kind: 'name',
    fits: ['a', 'A1', '9', 'sshd.service', 'a@b:c_d-e+f~g', 'dev-\\x2dsda'],
    others: ['', '-a', '.a', '/a', 'a/b', 'a b', 'a,b', 'a*', '_a', 'a=b', 'a\n'],
  },
  {
    kind: 'names',
    fits: ['a', 'a,b', 'a b', 'a,b c,-d', 'a-b.c,.d', 'a@1:2_3+4~5\\6,@:_+~\\'],
    others: ['', ',a', 'a,', 'a,,b', '-a', 'a/b', 'a,b/c', 'a,/b', 'a  b', 'a=b'],
  },
  { kind: 'mask', fits: ['0', '0xff', '1,3-5', 'DEADBEEF', '-'], others: ['', 'g', '1 2', '1/2', '0xfg', 'g0'] },
  {
    kind: 'unit',
    fits: ['a', 'ssh*', '*', '?x', 'a[b]', 'a@b.service', 'a:b_c-d+e~f\\g'],
    others: ['', '-a', '[a]', 'a/b', '/a', '.a', 'a b', 'a*/b'],
  },
  { kind: 'text', fits: ['', 'anything / at - all\n', '-x'], others: [] },
  { kind: 'format', fits: ['', '%s', '%9999d', '1234'], others: ['%99999d', '12345', 'a\n12345', '\n12345\n'] },
  { kind: 'int<=60', fits: ['0', '60', '59.5'], others: ['61', '60.1', '-1', '', 'x', '1e1', '5 '] },
  { kind: 'num<=5', fits: ['5', '0', '4.9'], others: ['5.1', '6', '05x', '-0'] },
  { kind: 'a|bc', fits: ['a', 'bc'], others: ['b', 'c', 'a|bc', '', 'A'] },
  { kind: 'skip', fits: ['skip'], others: ['', 'read'] },
  { kind: 'xint<=5', fits: ['xint<=5'], others: ['4'] },
  { kind: 'int<=5x', fits: ['int<=5x'], others: ['4'] },
  { kind: 'look', fits: ['/root/x', '/etc/shadow'], others: ['~other/x'] },
  { kind: 'read', fits: ['/etc/hosts', '-'], others: ['/etc/shadow', '/root/x'] },
  { kind: 'count', fits: ['/etc/hosts'], others: ['/etc/shadow'] },
  { kind: 'write', fits: ['/tmp/x', '~/x'], others: ['/etc/hosts', '/srv/x'] },
];

describe('what a value may be', () => {
  it.each(kinds.flatMap(({ kind, fits }) => fits.map((text) => [kind, text])))('%s: %j is one', (kind, text) =>
    expect(isFine(kind, text)).toBe(true),
  );
  it.each(kinds.flatMap(({ kind, others }) => others.map((text) => [kind, text])))('%s: %j is none', (kind, text) =>
    expect(isFine(kind, text)).toBe(false),
  );

  const severities = (kind: string, word: Argument): readonly string[] =>
    valueKind(kind)(word, scene).map(({ severity }) => severity);
  it.each([
    ['name', ['ask'], [], ['ask']],
    ['text', ['ask'], [], ['ask']],
    ['int', ['ask'], [], ['ask']],
    ['int<=5', ['unlisted'], ['ask'], ['ask']],
    ['num<=5', ['unlisted'], ['ask'], ['ask']],
    ['a|b', ['unlisted'], ['unlisted'], ['unlisted']],
  ])('%s: a pattern %j, what the guard holds %j, and what nothing holds %j', (kind, pattern, held, open) => {
    expect([severities(kind, glob), severities(kind, guarded), severities(kind, opaque)]).toEqual([
      pattern,
      held,
      open,
    ]);
  });

  it('is said where it is none', () => {
    expect(valueKind('int')(known('x'), scene)[0]?.text).toBe('`x` is no int');
    expect(valueKind('int<=5')(known('x'), scene)[0]?.text).toBe('must be a number of at most 5');
    expect(valueKind('int<=5')(opaque, scene)[0]?.text).toBe('a number is known only when it runs');
    expect(valueKind('a|b')(known('x'), scene)[0]?.text).toBe('is not one of a, b');
    expect(valueKind('name')(opaque, scene)[0]?.text).toBe('an argument is known only when it runs');
  });
});
