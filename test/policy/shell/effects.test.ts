import { describe, expect, it } from 'vitest';
import { effectsOf } from '../../../src/policy/shell/effects.ts';
import { splitFind } from '../../../src/policy/shell/find-commands.ts';
import { readShell } from '../../../src/policy/shell/read-shell.ts';
import { sudoOf } from '../../../src/policy/shell/sudo.ts';
import { handedToShell, mayOpenShell, opensShell } from '../../../src/policy/shell/opened-shell.ts';
import { form, isOf } from '../../../src/policy/shell/forms/form.ts';
import type { Unit } from '../../../src/policy/shell/unit.ts';

function unitOf(text: string, program?: string): Unit {
  const reading = readShell(text);
  if (reading.kind === 'unreadable') throw new Error(`${text} is unreadable: ${reading.text}`);
  const found = program === undefined ? reading.units[0] : reading.units.find((one) => one.program.value === program);
  if (found === undefined) throw new Error(`${text} has no unit`);
  return found;
}
const effects = (text: string, program?: string) => effectsOf(unitOf(text, program));
const shown = (text: string, program?: string): string => {
  const { reads, writes } = effects(text, program);
  return `${reads.map(({ value }) => value).join(' ')} > ${writes.map(({ value }) => value).join(' ')}`;
};

describe('what a command reads and writes', () => {
  it.each([
    ['cat a b', 'a b > '],
    ['cp a b', 'a > b'],
    ['frobnicate a', ' > '],
    ['frobnicate a < in > out', 'in > out'],
    ['$x a < in >> out', 'in > out'],
    ['c* a < in > out', 'in > out'],
    ['cat a <> b', 'b a > b'],
    ['cat a &> b', 'a > b'],
    ['cat a >& b', 'a > b'],
    ['cat a >| b', 'a > b'],
    ['cat a 2>&1', 'a > '],
    ['cat a 2>&-', 'a > '],
    ['cat a 2>&1-', 'a > '],
    ['cat a 2>&x1', 'a > x1'],
    ['cat a >&$x', 'a > $x'],
    ['cat a > 1', 'a > 1'],
    ['cat <&3', ' > '],
    ['cat <<< x', ' > '],
    ['cat <<E\nx\nE', ' > '],
    ['grep -f p x y', 'p x y > '],
    ['sort -o out in', 'in > out'],
    ['sed -i s/a/b/ f', 'f > f'],
    ['sed s/a/b/ f', 'f > '],
    ['gawk -i inplace p f', 'f > f'],
    ['gawk -i other p f', 'f > '],
    ['tar -xf a -C /d', 'a > /d'],
    ['tar xf a -C /d', 'a > /d'],
    ['bsdtar -xf a -C /d', 'a > /d'],
    ['tar -tf a -C /d', 'a > '],
    ['curl -d @f http://x', 'f > '],
    ['curl --data-binary @f http://x', 'f > '],
    ['curl --json @f http://x', 'f > '],
    ['curl -F n=@f http://x', 'f > '],
    ['curl -F n=<f http://x'.replace('<', '\\<'), 'f > '],
    ['curl --url-query n@f http://x', 'f > '],
    ['curl --variable n@f http://x', 'f > '],
    ['curl -d x http://x', ' > '],
    ['curl -H @f http://x', ' > '],
    ['curl -d a=$x http://x', ' > '],
  ])('%s: %s', (text, paths) => expect(shown(text)).toBe(paths));

  it('is read once', () => {
    const unit = unitOf('cat a');
    expect(effectsOf(unit)).toBe(effectsOf(unit));
  });
  it('is of no class where the program is not known', () => {
    expect(effects('frobnicate a')).toMatchObject({ args: undefined, classes: new Set() });
    expect(effects('$x')).toMatchObject({ args: undefined });
    expect(effects('ca*')).toMatchObject({ args: undefined });
    expect(effects('cat').args?.program.name).toBe('cat');
  });
});

describe('the class of a command', () => {
  const classes = (text: string, program?: string): readonly string[] => [...effects(text, program).classes].toSorted();
  it.each([
    ['rm x', 'destructive', false],
    ['rm *.c', 'destructive', true],
    ['unlink *', 'destructive', true],
    ['rmdir x*', 'destructive', true],
    ['rm -r x', 'destructive', true],
    ['cat *', 'destructive', false],
    ['rm $x', 'destructive', false],
    ['pip install x', 'privileged', false],
    ["find / -name id_rsa -exec cat '{}' ';'", 'secrets', true],
    ["find / -name 'a.pem' -ok cat '{}' ';'", 'secrets', true],
    ["find / -iname id_rsa -execdir cat '{}' ';'", 'secrets', true],
    ["find / -path '*/shadow' -exec cat '{}' ';'", 'secrets', true],
    ["find / -ipath '*/.env' -exec cat '{}' ';'", 'secrets', true],
    ["find / -wholename '*credentials*' -exec cat '{}' ';'", 'secrets', true],
    ["find / -name x -exec cat '{}' ';'", 'secrets', false],
    ['find / -name id_rsa', 'secrets', false],
    ["find / -user id_rsa -exec cat '{}' ';'", 'secrets', false],
    ["find id_rsa -exec cat '{}' ';'", 'secrets', false],
    ['grep -name id_rsa -exec x', 'secrets', false],
  ])('%s: %s is %j', (text, name, isOne) => expect(classes(text).includes(name)).toBe(isOne));

  it.each([
    ["find . -exec rm '{}' ';'", 'rm', true],
    ['ls | xargs rm', 'rm', true],
    ['parallel rm ::: a', 'rm', true],
    ['sudo rm x', 'rm', false],
    ['ls | xargs cat', 'cat', false],
  ])('of what others feed: %s: %s is destructive: %j', (text, program, isOne) =>
    expect(classes(text, program).includes('destructive')).toBe(isOne),
  );
  it.each([
    ['sudo pip install x', 'pip', true],
    ['sudo pip3 install x', 'pip3', true],
    ['sudo npm install x', 'npm', true],
    ['sudo gem install x', 'gem', true],
    ['sudo pip list', 'pip', false],
    ['sudo cargo install x', 'cargo', false],
    ['sudo npm reinstall', 'npm', false],
  ])('of installing for everybody: %s: %s is privileged: %j', (text, program, isOne) =>
    expect(classes(text, program).includes('privileged')).toBe(isOne),
  );
  it('is that of reading alone in forms that read, where all of it is known', () => {
    expect(classes('mount -l')).toEqual(['reads']);
    expect(classes('umount --version')).toEqual(['reads']);
    expect(classes('mount -t $x')).not.toEqual(['reads']);
    expect(classes('mount -l x')).not.toEqual(['reads']);
  });
});

describe('a form', () => {
  it('is of programs, by their names and their verbs', () => {
    const one = form('reads', 'git/push tar', /x/);
    expect(one).toEqual({ programs: ['git push', 'tar'], words: /x/, classes: ['reads'] });
    expect(['git push', 'git push all', 'tar', 'tar x'].every((name) => isOf(one, name))).toBe(true);
    expect(['git', 'git pushx', 'tarx', 'x tar', ''].some((name) => isOf(one, name))).toBe(false);
  });
});

describe('the commands of find', () => {
  const split = (text: string): string => {
    const { commands, others } = splitFind(unitOf(text).argv);
    const words = (list: readonly { readonly kind: string; readonly value: string }[]): string =>
      list.map(({ kind, value }) => (kind === 'static' ? value : `?${value}`)).join(' ');
    return `${commands.map(words).join(' | ')} || ${words(others)}`;
  };
  it.each([
    ['find . -print', ' || . -print'],
    ["find . -exec rm x ';' -print", 'rm x || . -exec -print'],
    ["find . -execdir rm x ';'", 'rm x || . -execdir'],
    ["find . -ok rm x ';'", 'rm x || . -ok'],
    ["find . -okdir rm x ';'", 'rm x || . -okdir'],
    ["find . -exec rm '{}' +", 'rm ?{} || . -exec'],
    ["find . -exec a + b ';' -print", 'a + b || . -exec -print'],
    ["find . -exec a -exec ';'", 'a -exec || . -exec'],
    ["find . -exec a ';' -exec b ';'", 'a | b || . -exec -exec'],
    ["find . -exec ';' -print", ' || . -exec -print'],
    ['find . -exec a b', 'a b || . -exec'],
    ["find . -exec a $x ';'", 'a ?$x || . -exec'],
    ['find . -exec', ' || . -exec'],
  ])('%s: %s', (text, answer) => expect(split(text)).toBe(answer));
});

const argsOf = (text: string, program?: string) => {
  const { args } = effects(text, program);
  if (args === undefined) throw new Error(`${text} is of no known program`);
  return args;
};

describe('another user', () => {
  it.each([
    ['sudo ls', { options: [] }],
    ['sudo -n ls', { options: ['--non-interactive'] }],
    ['doas -u ann ls', { user: 'ann', options: ['--user'] }],
    ['sudo -u ann -g staff ls', { user: 'ann', group: 'staff', options: ['--user', '--group'] }],
    ['sudo -u ann -u bob ls', { user: 'bob', options: ['--user', '--user'] }],
    ['env ls', undefined],
  ])('of %s is %j', (text, expected) => {
    const sudo = sudoOf(argsOf(text));
    const plain = sudo && {
      ...(sudo.user && { user: sudo.user.value }),
      ...(sudo.group && { group: sudo.group.value }),
      options: sudo.options,
    };
    expect(plain).toEqual(expected);
    expect(Object.keys(sudo ?? {}).toSorted()).toEqual(Object.keys(expected ?? {}).toSorted());
  });
});

describe('a shell is opened', () => {
  const openers =
    'su runuser sg newgrp login script parallel fakeroot fakechroot proot firejail torsocks dbus-run-session ' +
    'chroot unshare nsenter setarch linux32 linux64 i386 x86_64 uname26 run0 pkexec ssh autossh at batch';
  it.each([...openers.split(' '), 'sudo', 'doas', 'systemd-run'])('perhaps by %s', (name) =>
    expect(mayOpenShell(name)).toBe(true),
  );
  it.each(['', 'ls', 'bash', 'env', 'xargs'])('never by %j', (name) => expect(mayOpenShell(name)).toBe(false));

  it.each([
    ['su', true],
    ['su ann', true],
    ['su - ann', true],
    ['su -c ls', false],
    ['su ann --command=ls', false],
    ['su --session-command=ls', false],
    ['chroot /srv', true],
    ['chroot /srv ls', false],
    ['unshare', true],
    ['unshare ls', false],
    ['script', true],
    ['script -c ls', false],
    ['sudo', false],
    ['sudo -s', true],
    ['sudo -i', true],
    ['sudo --shell', true],
    ['sudo --login', true],
    ['sudo -s ls', false],
    ['sudo -l', false],
    ['doas -s', true],
    ['systemd-run --shell', true],
    ['systemd-run ls', false],
    ['ssh h', true],
    ['ssh h ls', false],
    ['nice -s', false],
    ['su --command=ls', false],
    ['su --session-command ls', false],
    ['doas', false],
    ['systemd-run -S', true],
    ['systemd-run', false],
    ['env', false],
    ['bash', false],
  ])('by %s: %j', (text, isOpened) => expect(opensShell(argsOf(text))).toBe(isOpened));

  it.each([
    ['su ann x', 'x'],
    ['su - ann x', 'x'],
    ['su ann', undefined],
    ['su - ann', undefined],
    ['su', undefined],
    ['runuser ann x', undefined],
  ])('and su hands on what stands behind the user: %s: %j', (text, word) =>
    expect(handedToShell(argsOf(text))?.value).toBe(word),
  );
});
