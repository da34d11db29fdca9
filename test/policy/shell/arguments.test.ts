import { describe, expect, it } from 'vitest';
import { readArguments, type Arguments } from '../../../src/policy/shell/arguments.ts';
import { programsOf } from '../../../src/policy/shell/program-table.ts';
import { readShell } from '../../../src/policy/shell/read-shell.ts';
import type { Word } from '../../../src/policy/shell/unit.ts';

const table = programsOf([
  `
plain    | | -a -b,--bee -c: -d,--dee: -e? -f< -g,--gee> -h! -i% --long --longer{destructive} --lots> --lot: of=> of2=: | . <*
wrap     | | -a -n,--number: -o,--out? -l% --list | !
placed   | | -a -n: | . !
behind   | | -a -x! | . --!
assigns  | | -i -u: | =* !
text     | | -a | $ .*
joined   | | -a | . $*
ends     | | -t:{.} | < <* >
fixed    | | | < >
letters  | | -x -f< -c: | + <*
verbed   | | -q -C: --dir: | . .
verbed run      | | -v --dir< | !
verbed run deep | | -z: | > !
verbed look     | reads | | <
pattern  | | -e:{.} -v | . <*
sh       | shell | -c -x -s -o: --rcfile< --norc | < .*
env      | | -i -S,--split-string! -u: | =* !
`,
]);

/** Every word of the command line behind its program. */
function argvOf(text: string): { readonly name: string; readonly argv: readonly Word[] } {
  const reading = readShell(`any-program ${text}`);
  const unit = reading.kind === 'units' ? reading.units.at(-1) : undefined;
  const [program, ...argv] = unit?.argv ?? [];
  if (program === undefined) throw new Error(`${text} has no words`);
  return { name: program.value, argv };
}

function argumentsOf(text: string): Arguments {
  const { name, argv } = argvOf(text);
  const program = table.get(name);
  if (program === undefined) throw new Error(`${name} is in no table`);
  return readArguments(program, argv);
}

/** In one line: verbs, options with values, operands with kinds, unknown, rest, unclear. */
function told(text: string): string {
  const { program, options, operands, unknown, rest, unclear } = argumentsOf(text);
  return [
    program.name,
    ...options.map(({ name, value }) => name + (value === undefined ? '' : `(${value.value})`)),
    ...operands.map(({ kind, word }) => `${kind}:${word.value}`),
    ...unknown.map(({ value }) => `unknown:${value}`),
    ...(rest === undefined ? [] : [`${rest.kind}[${rest.words.map(({ value }) => value).join(' ')}]`]),
    ...(unclear === undefined ? [] : [`unclear:${unclear.value}`]),
  ].join(' ');
}

describe('the words behind a program', () => {
  it.each([
    ['plain', 'plain'],
    ['plain x y z', 'plain plain:x reads:y reads:z'],
    ['plain -a x', 'plain -a plain:x'],
    ['plain x -a', 'plain -a plain:x'],
    ['plain - x', 'plain plain:- reads:x'],
    ['plain -- -a --', 'plain plain:-a reads:--'],
    ['plain "" x', 'plain plain: reads:x'],
    ['plain -ab x', 'plain -a --bee plain:x'],
    ['plain -b', 'plain --bee'],
    ['plain -c v x', 'plain -c(v) plain:x'],
    ['plain -cv x', 'plain -c(v) plain:x'],
    ['plain -acv x', 'plain -a -c(v) plain:x'],
    ['plain -ac v x', 'plain -a -c(v) plain:x'],
    ['plain -c', 'plain -c'],
    ['plain -c -- x', 'plain -c(--) plain:x'],
    ['plain -d v', 'plain --dee(v)'],
    ['plain -ad v', 'plain -a --dee(v)'],
    ['plain -adv', 'plain -a --dee(v)'],
    ['plain -e x', 'plain -e plain:x'],
    ['plain -ev x', 'plain -e(v) plain:x'],
    ['plain -ae x', 'plain -a -e plain:x'],
    ['plain -i -f x', 'plain -i -f(x)'],
    ['plain -ia', 'plain -i -a'],
    ['plain --bee x', 'plain --bee plain:x'],
    ['plain --dee v', 'plain --dee(v)'],
    ['plain --dee=v x', 'plain --dee(v) plain:x'],
    ['plain --dee= x', 'plain --dee() plain:x'],
    ['plain --de v', 'plain --dee(v)'],
    ['plain --de=v=w', 'plain --dee(v=w)'],
    ['plain --g f', 'plain --gee(f)'],
    ['plain --long', 'plain --long'],
    ['plain --no x', 'plain plain:x unknown:--no'],
    ['plain --no=v x', 'plain plain:x unknown:--no=v'],
    ['plain -z x', 'plain plain:x unknown:-z'],
    ['plain -zz', 'plain unknown:-zz'],
    ['plain -za', 'plain -a unknown:-za'],
    ['plain -12 x', 'plain plain:x'],
    ['plain -1a', 'plain -a unknown:-1a'],
    ['plain of=f x', 'plain of=(f) plain:x'],
    ['plain x of=f', 'plain of=(f) plain:x'],
    ['plain of2=f', 'plain plain:of2=f'],
    ['plain if=f', 'plain plain:if=f'],
    ['plain of', 'plain plain:of'],
  ])('are read as getopt does: %s', (text, expected) => {
    expect(told(text)).toBe(expected);
  });

  it.each([
    ['plain --lo', 'plain --longer'],
    ['plain --lot', 'plain --lot'],
    ['plain --longe', 'plain --longer'],
  ])('that begin several options are the one that matters: %s', (text, expected) => {
    expect(told(text)).toBe(expected);
  });

  it('that begin several options which do not matter are the first', () => {
    const program = programsOf(['a | | --xa: --xb | .\nb | | --xa --xb! | .\nc | | --xa --xb{>} | .']);
    const nameOf = (name: string) => {
      const found = program.get(name);
      return found === undefined ? '' : readArguments(found, argvOf('a --x').argv).options[0]?.name;
    };
    expect(nameOf('a')).toBe('--xa');
    expect(nameOf('b')).toBe('--xb');
    expect(nameOf('c')).toBe('--xb');
  });

  it.each([
    ['ends a', 'ends reads:a'],
    ['ends a b', 'ends reads:a writes:b'],
    ['ends a b c d', 'ends reads:a reads:b reads:c writes:d'],
    ['ends -t x a b', 'ends -t(x) reads:a writes:b'],
    ['ends -t x a', 'ends -t(x) writes:a'],
    ['fixed a b c', 'fixed reads:a writes:b plain:c'],
    ['pattern x y', 'pattern plain:x reads:y'],
    ['pattern -e x y', 'pattern -e(x) reads:y'],
    ['pattern -v x y', 'pattern -v plain:x reads:y'],
  ])('have their kinds by their places: %s', (text, expected) => {
    expect(told(text)).toBe(expected);
  });

  it.each([
    ['letters xfc a b c', 'letters -x -f(a) -c(b) reads:c'],
    ['letters -x a', 'letters -x reads:a'],
    ['letters zx a', 'letters -x reads:a unknown:zx'],
    ['letters zz', 'letters unknown:zz'],
    ['letters x.f a', 'letters reads:x.f reads:a'],
    ['letters $x a', 'letters reads:$x reads:a'],
    ['letters', 'letters'],
    ['letters a1 b', 'letters reads:a1 reads:b'],
    ['letters 1a b', 'letters reads:1a reads:b'],
    ['plain xfc', 'plain plain:xfc'],
  ])('may begin with letters that have no dash: %s', (text, expected) => {
    expect(told(text)).toBe(expected);
  });

  it.each([
    ['verbed run -v ls', 'verbed run -v command[ls]'],
    ['verbed -q -C d run ls -q', 'verbed run -q -C(d) command[ls -q]'],
    ['verbed run -q ls', 'verbed run -q command[ls]'],
    ['verbed run --dir f ls', 'verbed run --dir(f) command[ls]'],
    ['verbed run deep f ls', 'verbed run deep writes:f command[ls]'],
    ['verbed run deep -z 1 -v f ls', 'verbed run deep -z(1) -v writes:f command[ls]'],
    ['verbed look f run', 'verbed look reads:f plain:run'],
    ['verbed x look f', 'verbed plain:x plain:look plain:f'],
  ])('have verbs, with options of their own and of those before: %s', (text, expected) => {
    expect(told(text)).toBe(expected);
  });

  it('say which verbs there were, in their order', () => {
    expect(argumentsOf('verbed run deep f ls').verbs).toEqual(['run', 'deep']);
    expect(argumentsOf('plain x').verbs).toEqual([]);
  });
});

describe('the command behind a program', () => {
  it.each([
    ['wrap ls -a', 'wrap command[ls -a]'],
    ['wrap -a -n 5 ls -n', 'wrap -a --number(5) command[ls -n]'],
    ['wrap -5 ls', 'wrap command[ls]'],
    ['wrap -- -a x', 'wrap command[-a x]'],
    ['wrap - ls', 'wrap command[- ls]'],
    ['wrap +a ls', 'wrap command[+a ls]'],
    ['wrap --out=x ls', 'wrap --out(x) command[ls]'],
    ['wrap', 'wrap'],
    ['wrap -a', 'wrap -a'],
    ['placed 5 ls -a', 'placed plain:5 command[ls -a]'],
    ['placed 5 -a ls', 'placed plain:5 command[-a ls]'],
    ['placed -- 5 ls', 'placed plain:5 command[ls]'],
    ['behind x -- ls -a', 'behind plain:x command[ls -a]'],
    ['behind x ls -a', 'behind -a plain:x plain:ls'],
    ['behind -- ls', 'behind command[ls]'],
    ['assigns A=1 b2=c ls D=2', 'assigns assignments:A=1 assignments:b2=c command[ls D=2]'],
    ['assigns -i -u X A=1 -i ls', 'assigns -i -u(X) -i assignments:A=1 command[ls]'],
    ['assigns 1A=2 ls', 'assigns command[1A=2 ls]'],
    ['assigns =1 ls', 'assigns command[=1 ls]'],
    ['assigns A', 'assigns command[A]'],
    ['text x y', 'text text:x plain:y'],
    ['text -a x -a', 'text -a -a text:x'],
    ['joined h a b -a', 'joined plain:h joined_text[a b -a]'],
    ['joined -a h -a b', 'joined -a -a plain:h joined_text[b]'],
  ])('begins where its words say: %s', (text, expected) => {
    expect(told(text)).toBe(expected);
  });

  it.each([
    ['wrap $x ls', 'wrap unclear:$x'],
    ['wrap "$x" ls', 'wrap unclear:"$x"'],
    ['wrap * ls', 'wrap unclear:*'],
    ['wrap ./x$y ls', 'wrap unclear:./x$y'],
    ['wrap -$x ls', 'wrap unclear:-$x'],
    ['wrap "-$x" ls', 'wrap unclear:"-$x"'],
    ['wrap -a$x ls', 'wrap unclear:-a$x'],
    ['wrap "-a$x" ls', 'wrap -a unclear:"-a$x"'],
    ['wrap "--$x" ls', 'wrap unclear:"--$x"'],
    ['wrap "--number$x" ls', 'wrap unclear:"--number$x"'],
    ['wrap --number=$x ls', 'wrap unclear:--number=$x'],
    ['wrap --number=* ls', 'wrap unclear:--number=*'],
    ['wrap -n $x ls', 'wrap --number($x) unclear:-n'],
    ['wrap -n * ls', 'wrap --number(*) unclear:-n'],
    ['wrap -n x$y ls', 'wrap --number(x$y) unclear:-n'],
    ['wrap -n {1..2} ls', 'wrap --number({1..2}) unclear:-n'],
    ['wrap -n "$@" ls', 'wrap --number("$@") unclear:-n'],
    ['wrap -n "${@}" ls', 'wrap --number("${@}") unclear:-n'],
    ['wrap -n "${a[@]}" ls', 'wrap --number("${a[@]}") unclear:-n'],
    ['wrap -n "${!a}" ls', 'wrap --number("${!a}") unclear:-n'],
    ['wrap -n"$x" ls', 'wrap --number(${x}) unclear:-n"$x"'],
    ['wrap --no ls', 'wrap unknown:--no unclear:--no'],
    ['wrap -z ls', 'wrap unknown:-z unclear:-z'],
    ['wrap -az ls', 'wrap -a unknown:-az unclear:-az'],
    ['placed $x ls', 'placed unclear:$x'],
    ['placed "$x" ls', 'placed unclear:"$x"'],
    ['placed 5$x ls', 'placed unclear:5$x'],
    ['placed 5 $x', 'placed plain:5 unclear:$x'],
    ['placed 5 "$x"', 'placed plain:5 unclear:"$x"'],
    ['placed "5$x" l$x', 'placed plain:"5$x" unclear:l$x'],
    ['assigns A=$x ls', 'assigns unclear:A=$x'],
    ['assigns A=* ls', 'assigns unclear:A=*'],
    ['assigns A=~ ls', 'assigns unclear:A=~'],
    ['joined h$x ls', 'joined unclear:h$x'],
    ['joined $x', 'joined unclear:$x'],
    ['verbed $x ls', 'verbed unclear:$x'],
    ['verbed -C $x look f', 'verbed -C($x) unclear:-C'],
    ['verbed --no look f', 'verbed unknown:--no unclear:--no'],
    ['verbed run $x', 'verbed run unclear:$x'],
    ['verbed run deep $x ls', 'verbed run deep unclear:$x'],
  ])('cannot be told behind a word that may be an option, several words or none: %s', (text, expected) => {
    expect(told(text)).toBe(expected);
  });

  it.each([
    ['wrap -n "$x" ls', 'wrap --number("$x") command[ls]'],
    ['wrap -n "a${x}b" ls', 'wrap --number("a${x}b") command[ls]'],
    ['wrap -n "$(a@b)" ls', 'wrap --number("$(a@b)") command[ls]'],
    ['wrap -n "${x:-1}" ls', 'wrap --number("${x:-1}") command[ls]'],
    ['wrap -n "$*" ls', 'wrap --number("$*") command[ls]'],
    ['wrap "-n5$x" ls', 'wrap --number(5${x}) command[ls]'],
    ['wrap "--number=$x" ls', 'wrap --number(${x}) command[ls]'],
    ['wrap "-o$x" ls', 'wrap --out(${x}) command[ls]'],
    ['wrap "--no=$x" ls', 'wrap unknown:"--no=$x" command[ls]'],
    ['wrap ls $x', 'wrap command[ls $x]'],
    ['placed "5$x" ls', 'placed plain:"5$x" command[ls]'],
    ['placed <(a) ls', 'placed plain:<(a) command[ls]'],
    ['assigns "A=$x" ls', 'assigns assignments:"A=$x" command[ls]'],
    ['assigns A="$x" ls', 'assigns assignments:A="$x" command[ls]'],
    ['joined h $x', 'joined plain:h joined_text[$x]'],
    ['joined h x$y', 'joined plain:h joined_text[x$y]'],
    ['text $x', 'text text:$x'],
    ['text a$x', 'text text:a$x'],
    ['verbed run -v "l$x"', 'verbed run -v command["l$x"]'],
    ['verbed look $x', 'verbed look reads:$x'],
    ['plain $x $y', 'plain plain:$x reads:$y'],
    ['plain -c $x y', 'plain -c($x) plain:y'],
    ['plain -c"$x" y', 'plain -c(${x}) plain:y'],
    ['plain -$x y', 'plain plain:-$x reads:y'],
    ['plain of=$x', 'plain of=(${x})'],
    ['behind $x -- ls', 'behind plain:$x command[ls]'],
  ])('can be told where a word is one, and no option: %s', (text, expected) => {
    expect(told(text)).toBe(expected);
  });

  it.each([
    ['plain "-a$x" y', 'plain -a unclear:"-a$x"'],
    ['plain "--$x" y', 'plain unclear:"--$x"'],
    ['plain --dee$x y', 'plain unclear:--dee$x'],
    ['plain "-1$x" y', 'plain unclear:"-1$x"'],
  ])('is no matter where an option is not known to its end: nothing behind it is told: %s', (text, expected) => {
    expect(told(text)).toBe(expected);
  });
});

describe('the words behind a shell', () => {
  it.each([
    ['sh -c x y', 'sh -c text:x plain:y'],
    ['sh -xc x', 'sh -x -c text:x'],
    ['sh x y', 'sh reads:x plain:y'],
    ['sh +x y', 'sh -x reads:y'],
    ['sh + y', 'sh reads:y'],
    ['sh +xc y', 'sh -x -c text:y'],
    ['sh +o posix -c y', 'sh -o(posix) -c text:y'],
    ['sh - x', 'sh reads:x'],
    ['sh -c - x', 'sh -c text:x'],
    ['sh - -c', 'sh reads:-c'],
    ['sh -- +x', 'sh reads:+x'],
    ['sh x +y - z', 'sh reads:x plain:+y plain:- plain:z'],
    ['sh -c $x', 'sh -c text:$x'],
    ['sh -c "$x" y', 'sh -c text:"$x" plain:y'],
    ['sh "$x"', 'sh reads:"$x"'],
    ['sh -x "$x"', 'sh -x reads:"$x"'],
    ['sh <(a) b', 'sh reads:<(a) plain:b'],
    ['sh "a$x" b', 'sh reads:"a$x" plain:b'],
    ['sh a $x b', 'sh reads:a plain:$x plain:b'],
    ['sh -eo pipefail -c x', 'sh unknown:-eo unclear:-eo'],
    ['sh -xo pipefail -c x', 'sh -x -o(pipefail) -c text:x'],
    ['sh -oc pipefail x', 'sh -o(c) unclear:-oc'],
    ['sh $x', 'sh unclear:$x'],
    ['sh a$x', 'sh unclear:a$x'],
    ['sh $x y', 'sh unclear:$x'],
    ['sh "$x" y', 'sh unclear:"$x"'],
    ['sh -$x y', 'sh unclear:-$x'],
    ['sh -o $x -c y', 'sh -o($x) unclear:-o'],
    ['sh --rcfile "$x" -c y', 'sh --rcfile("$x") -c text:y'],
    ['sh -z -c y', 'sh unknown:-z unclear:-z'],
    ['sh --any=1 x', 'sh reads:x unknown:--any=1'],
  ])('are those that shells know: %s', (text, expected) => {
    expect(told(text)).toBe(expected);
  });
});

describe('the string that env splits', () => {
  it.each([
    ["env -S 'a b' c", 'env command[a b c]'],
    ["env '-Sa b' c", 'env command[a b c]'],
    ["env --split-string='a b' c", 'env command[a b c]'],
    ["env --split-string ' a  b\t' c", 'env command[a b c]'],
    ["env -i -u X -S 'A=1 b' -i", 'env -i -u(X) assignments:A=1 command[b -i]'],
    ["env -iS 'A=1' B=2 c D=3", 'env -i assignments:A=1 assignments:B=2 command[c D=3]'],
    ['env -S a -S b', 'env command[a -S b]'],
    ['env -S A=1 $x', 'env assignments:A=1 unclear:$x'],
    ['env -S ./a/b:c@d%e+f,g-h_i i', 'env command[./a/b:c@d%e+f,g-h_i i]'],
    ["env -S '-i a' b", 'env --split-string(-i a) command[b]'],
    ["env -S ' -i a' b", 'env --split-string( -i a) command[b]'],
    ["env -S 'a $b' c", 'env --split-string(a $b) command[c]'],
    ['env -S \'a "b"\' c', 'env --split-string(a "b") command[c]'],
    ['env -S "a $b" c', 'env --split-string("a $b") command[c]'],
    ['env -S ~ c', 'env --split-string(~) command[c]'],
    ["env -S '' c", 'env --split-string() command[c]'],
    ['env -S', 'env --split-string'],
    ['env -i a', 'env -i command[a]'],
  ])('stands for its words: %s', (text, expected) => {
    expect(told(text)).toBe(expected);
  });
});
