import type { Arguments } from './arguments.ts';
import type { Word } from './unit.ts';

/** Programs that start a shell where they are given no command, here, on another machine or later. */
const openers = new Set(
  (
    'su runuser sg newgrp login script parallel fakeroot fakechroot proot firejail torsocks dbus-run-session ' +
    'chroot unshare nsenter setarch linux32 linux64 i386 x86_64 uname26 run0 pkexec ssh autossh at batch'
  ).split(' '),
);
/** Those that start one where they are told to. */
const whereAsked = new Set(['sudo', 'doas', 'systemd-run']);

/** By the name alone: whether what it is given on its standard input may be shell text. */
export function mayOpenShell(name: string): boolean {
  return openers.has(name) || whereAsked.has(name);
}

/** Whether the program starts a shell that is given neither a command nor a file: it reads its standard input. */
export function opensShell({ program, options, operands, rest }: Arguments): boolean {
  const has = (...names: readonly string[]): boolean => options.some(({ name }) => names.includes(name));
  if (rest !== undefined || operands.some(({ kind }) => kind === 'text')) return false;
  if (has('-c', '--command', '--session-command') || options.some(({ spec }) => spec.value === 'lookup')) return false;
  return openers.has(program.name) || (whereAsked.has(program.name) && has('--shell', '--login', '-s', '-S'));
}

/** What su(1) hands on to the shell that it starts: `su -- root -c TEXT`. */
export function handedToShell({ program, operands }: Arguments): Word | undefined {
  if (program.name !== 'su') return undefined;
  const words = operands.map(({ word }) => word);
  return words[0]?.value === '-' ? words[2] : words[1];
}
