import { describe, expect, it } from 'vitest';
import { guardFunction } from '../../../src/policy/rules/guarded-text.ts';
import { runsTheSame } from '../../../src/policy/rules/same-commands.ts';
import { readShell } from '../../../src/policy/shell/read-shell.ts';

function unitsOf(text: string) {
  const reading = readShell(text);
  if (reading.kind === 'unreadable') throw new Error(reading.text);
  return reading.units;
}

describe('a form runs the commands of a text', () => {
  it.each([
    ['ls -l /tmp', "'ls' '-l' '/tmp'"],
    ['a;b', 'a\nb'],
    ['a | b && c & d', "'a' | 'b' && 'c' &\n'd'"],
    ['cat <<E\nx\nE', "'cat' <<<'x'"],
    ['cat <<-E\n\tx\nE', "'cat' <<<'x'"],
    ['cat ~/"a b"', "cat ~/'a b'"],
    ['cat $x', 'cat "$x"'],
    ['cat $x', `${guardFunction}\ncat "$(_sp_t "$x")"`],
    ['cat $(ls)', `${guardFunction}\ncat "$(_sp_t "$(ls)")"`],
    ['x=1 a >b 2>&1', "x='1' 'a' >'b' 2>&1"],
    ["sh -c 'a; b'", "'sh' '-c' 'a; b'"],
    ['sudo -n ls', "'sudo' '-n' 'ls'"],
  ])('where it comes to the same words: %s', (text, form) => expect(runsTheSame(form, unitsOf(text))).toBe(true));

  it.each([
    ["echo ~'; reboot'", 'echo ~; reboot'],
    ['echo ~a', "echo '~a'"],
    ['sh -c "\'a;b\'"', "sh -c 'a;b'"],
    ['a', 'a b'],
    ['a b', 'a'],
    ['a b', 'a c'],
    ['a b', 'a "$x"'],
    ['a $x', 'a b'],
    ['a $x', 'a *'],
    ['a; b', 'b; a'],
    ['a; b', 'a'],
    ['a', 'a; b'],
    ['a', 'a $(b)'],
    ['a', 'a &'],
    ['a >b', 'a >c'],
    ['a >b', 'a >>b'],
    ['a 2>b', 'a >b'],
    ['a <<<b', 'a <<<c'],
    ['a <<<b', 'a <b'],
    ['x=1 a', 'x=2 a'],
    ['x=1 a', 'y=1 a'],
    ['x=1 a', 'a'],
    ['sudo ls', 'sudo -n ls'],
    ['a', `a\n${guardFunction}`],
    ['a', `b() { a; }\na`],
    ['a', "a '"],
    ['a', ''],
    ['a', 'a\n'.repeat(101)],
  ])('and not otherwise: %s, %s', (text, form) => expect(runsTheSame(form, unitsOf(text))).toBe(false));
});
