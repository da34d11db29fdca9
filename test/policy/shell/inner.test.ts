import { describe, expect, it } from 'vitest';
import { readArguments } from '../../../src/policy/shell/arguments.ts';
import { innerOf, type Inner } from '../../../src/policy/shell/inner.ts';
import { programNamed } from '../../../src/policy/shell/programs.ts';
import { readShell } from '../../../src/policy/shell/read-shell.ts';

function toldOf(inner: Inner): string {
  switch (inner.kind) {
    case 'command':
      return `${inner.isFed ? 'fed ' : ''}[${inner.words.map(({ value }) => value || '…').join(' ')}]`;
    case 'text':
      return `${inner.dialect}:${inner.text}`;
    case 'opaque':
    case 'unclear':
      return `${inner.kind}:${inner.at.value}`;
  }
}

/** What the first command that is no substitution runs besides itself. */
function told(text: string): readonly string[] {
  const reading = readShell(text);
  if (reading.kind === 'unreadable') throw new Error(`${text} is unreadable: ${reading.text}`);
  const unit = reading.units.find(({ program, via }) => via.length === 0 && programNamed(program.value) !== undefined);
  const program = unit === undefined ? undefined : programNamed(unit.program.value);
  if (unit === undefined || program === undefined) throw new Error(`${text} has no known program`);
  return innerOf(readArguments(program, unit.argv), unit).map(toldOf);
}

describe('what a program runs besides itself', () => {
  it.each<[text: string, inner: readonly string[]]>([
    ['ls a', []],
    ['sudo ls -a', ['[ls -a]']],
    ['sudo', []],
    ['sudo -l ls', []],
    ['sudo $x', ['unclear:$x']],
    ['sudo -l $x', []],
    ['find . -name x', []],
    ['find . -exec a {} \\; -ok b \\;', ['[a {}]', '[b]']],
    ['command -v ls', []],
    ['watch a b', ['posix:a b']],
    ['watch -n 1 a', ['posix:a']],
    ['watch -x a b', ['[a b]']],
    ['watch a $b', ['opaque:$b']],
    ['watch -x a $b', ['[a $b]']],
    ['watch', []],
    ['eval a b', ['bash:a b']],
    ['eval a ~ b', ['opaque:~']],
    ['ssh h a b', ['bash:a b']],
    ['ssh h', []],
    ['flock f a -c', ['[a -c]']],
    ["flock f -c 'a b'", ['posix:a b']],
    ["flock f --command 'a b'", ['posix:a b']],
    ['flock f -c', []],
    ['flock f -c $x', ['opaque:$x']],
    ['flock f', []],
    ['nice -c a', ['unclear:-c']],
    ["xvfb-run 'a b' c", ['[a b c]', 'posix:a b']],
    ["xvfb-run 'a' 'b c'", ['[a b c]']],
    ["trap 'a b' EXIT", ['bash:a b']],
    ['trap - EXIT', []],
    ["trap '' EXIT", []],
    ["trap ' ' EXIT", []],
    ['trap "$x" EXIT', ['opaque:"$x"']],
    ['trap ~ EXIT', ['opaque:~']],
    ["tar -I 'a b' -xf c", ['posix:a b']],
    ["su -c 'a b' - bob", ['posix:a b']],
    ["su - bob -c 'a' -- -c b", ['posix:a', 'unclear:-c']],
    ['su - bob x.sh', ['unclear:x.sh']],
    ['su bob x.sh', ['unclear:x.sh']],
    ['su - bob', []],
    ['runuser -u bob a -c b', ['[a -c b]']],
    ["runuser - bob -c 'a b'", ['[su - bob -c a b]']],
    ["runuser -c 'a b' bob", ['posix:a b', '[su bob]']],
    ['runuser', []],
    ['find . -exec a + \\; -exec b {} +', ['[a +]', '[b {}]']],
    ['find . -exec \\; -exec a \\;', ['[a]']],
    ['su bob', []],
    ["su <<< 'a b'", ['posix:a b']],
    ["su <<'E'\na\nE\n", ['posix:a\n']],
    ['su < f', []],
    ['su <<< a <<< b', ['posix:b']],
    ['su <<< a < f', ['posix:a']],
    ['su <<< "$x"', ['opaque:"$x"']],
    ["sudo -s <<< 'a'", ['posix:a']],
    ["at now <<< 'a'", ['posix:a']],
    ["batch <<< 'a'", ['posix:a']],
    ["cat <<< 'a'", []],
    ["sg g 'a b'", ['bash:a b']],
    ["sg g -c 'a b' <<< c", ['posix:a b']],
  ])('is told of %s', (text, inner) => {
    expect(told(text)).toEqual(inner);
  });

  it.each<[text: string, inner: readonly string[]]>([
    ["bash -c 'a b' c", ['bash:a b']],
    ["rbash -c 'a'", ['bash:a']],
    ["sh -c 'a'", ['posix:a']],
    ["ksh -c 'a'", ['posix:a']],
    ['bash -c "$x"', ['opaque:"$x"']],
    ['bash -c', []],
    ['bash -c <<< a', []],
    ["bash -c ''", []],
    ['bash f', []],
    ['bash f <<< a', []],
    ['bash -s f <<< a', ['bash:a']],
    ['bash <<< a', ['bash:a']],
    ['sh <<< a', ['posix:a']],
    ['bash < f', []],
    ['bash $x a', ['unclear:$x']],
    ["zsh -c 'a'", ['opaque:a']],
    ['zsh -c', []],
    ['zsh f', []],
    ['zsh f <<< a', []],
    ['zsh <<< a', ['opaque:a']],
    ['zsh -c <<< a', []],
    ["fish -C 'a'", ['opaque:a']],
    ["fish --command='a'", ['opaque:--command=a']],
    ["fish --command='a' f", ['opaque:--command=a']],
    ['zsh < f', []],
    ['bash --rcfile f', []],
  ])('is the text of a shell: %s', (text, inner) => {
    expect(told(text)).toEqual(inner);
  });

  it.each(['fish', 'csh', 'tcsh', 'pwsh', 'xonsh', 'nu', 'elvish', 'zsh'])(
    'is not read in the language of %s',
    (shell) => {
      expect(told(`${shell} -c 'a b'`)).toEqual(['opaque:a b']);
    },
  );

  it.each<[text: string, inner: readonly string[]]>([
    ['env -S a b', ['[a b]']],
    ["env -S '-i a' b", ['opaque:-i a']],
    ['env -S "$x" b', ['opaque:"$x"']],
    ['env -S', []],
    ['start-stop-daemon -S -x a', ['[a]']],
    ['start-stop-daemon -S -x a b -- -c d', ['[a b -c d]']],
    ['start-stop-daemon -S -x a -a b -- c', ['[a c]', '[b c]']],
    ['start-stop-daemon -K -n a', []],
    ['start-stop-daemon -S -x', []],
    ['start-stop-daemon -S -x a "--$x"', ['[a]', 'unclear:"--$x"']],
  ])('is put together from several words: %s', (text, inner) => {
    expect(told(text)).toEqual(inner);
  });

  it.each<[text: string, inner: readonly string[]]>([
    ['ssh -o User=x h', []],
    ['ssh -o ProxyCommand=none h', ['posix:none']],
    ["ssh -o 'ProxyCommand a b' h", ['posix:a b']],
    ["ssh -o proxycommand='a b' h", ['posix:a b']],
    ["ssh -o 'LocalCommand = a b' h", ['posix:a b']],
    ['ssh -o KnownHostsCommand=a h', ['posix:a']],
    ['ssh -o RemoteCommand=a h', ['posix:a']],
    ["ssh -o 'Match exec a' h", ['posix:exec a']],
    ['ssh -o ProxyCommand="a $x" h', ['opaque:a ${x}']],
    ['ssh -o ProxyCommand="$x" h', ['opaque:${x}']],
    ['git -c core.pager=$x log', ['opaque:${x}', 'unclear:-c']],
    ['ssh -o "$x" h', ['opaque:"$x"']],
    ['ssh -o "Proxy$x" h', ['opaque:"Proxy$x"']],
    ['ssh -o "User=$x" h', []],
    ['ssh -o ProxyCommand= h', []],
    ['ssh -o ProxyCommand h', []],
    ['git -c user.name=x log', []],
    ["git -c core.pager='a b' log", ['posix:a b']],
    ["git -c pager.log='a b' log", ['posix:a b']],
    ["git -c core.sshCommand='a b' fetch", ['posix:a b']],
    ["git -c diff.x.textconv='a b' log", ['posix:a b']],
    ["git -c filter.x.clean='a' log", ['posix:a']],
    ["git -c submodule.x.update='!a' log", ['posix:a']],
    ["git -c remote.x.uploadpack='a' fetch", ['posix:a']],
    ["git -c credential.helper='!a b' fetch", ['posix:a b']],
    ["git -c alias.x='!a b' x", ['posix:a b']],
    ["git -c alias.x='a b' x", ['posix:git a b']],
    ['git -c alias.x="a $b" x', ['opaque:git a ${b}']],
    ["git -c pagers.x='a' log", []],
    ["tar cf a --checkpoint-action=exec='b c' d", ['posix:b c']],
    ['tar cf a --checkpoint-action=echo d', []],
    ['tar cf a --checkpoint-action=exec="$x" d', ['opaque:${x}']],
    ['sort --compress-program=a f', ['posix:a']],
    ['sort --compress-program="$x" f', ['opaque:${x}']],
  ])('is told of a setting: %s', (text, inner) => {
    expect(told(text)).toEqual(inner);
  });

  it.each<[text: string, inner: readonly string[]]>([
    ['xargs', []],
    ['xargs a b', ['fed [a b …]']],
    ['xargs -I% a b% c', ['fed [a b% c …]']],
    ['xargs -i a {}', ['fed [a {} …]']],
    ['xargs -I"$x" a', ['unclear:-I"$x"']],
    ['xargs -I', []],
    ['parallel', []],
    ['parallel a b', ['fed [a b …]']],
    ['parallel a {} ::: b', ['fed [a {} …]']],
    ['parallel a ::: b ::: c', ['fed [a …]']],
    ['parallel a :::: f', ['fed [a …]']],
    ['parallel a :::+ f', ['fed [a …]']],
    ['parallel a :: b', ['fed [a :: b …]']],
    ["parallel ::: 'a b' c", ['bash:a b', 'bash:c']],
    ["parallel 'a {} {.}' b ::: c", ['bash:a ${_#} ${_#} b ${_#}']],
    ["parallel 'a ${x}' ::: c", ['bash:a ${x} ${_#}']],
    ["parallel a ';' b ::: c", ['bash:a ; b ${_#}']],
    ["parallel a '{= b =}' ::: c", ['opaque:a']],
    ['parallel a $x ::: c', ['opaque:a']],
    ['parallel $x ::: c', ['opaque:$x']],
    ["parallel -q a ';' b ::: c", ['fed [a ; b …]']],
    ['parallel -q a $x ::: c', ['fed [a $x …]']],
  ])('is what it puts its input into: %s', (text, inner) => {
    expect(told(text)).toEqual(inner);
  });

  it('has what is put into it as words that are not known', () => {
    const kinds = (text: string) => {
      const reading = readShell(text);
      return reading.kind === 'units' ? reading.units.at(-1)?.argv.map(({ kind }) => kind) : [];
    };
    expect(kinds('xargs -I% a % b% c')).toEqual(['dynamic', 'dynamic', 'static', 'dynamic']);
    expect(kinds('xargs -i a {} c')).toEqual(['dynamic', 'static', 'dynamic']);
    expect(kinds('xargs a {}')).toEqual(['static', 'dynamic']);
    expect(kinds('parallel a {} {.} b ::: c')).toEqual(['dynamic', 'dynamic', 'static', 'dynamic']);
  });
});
