import { describe, expect, it } from 'vitest';
import type { Host } from '../../src/hosts/host.ts';
import type { Action } from '../../src/policy/action.ts';
import type { Decision } from '../../src/policy/evaluate.ts';
import { Policy } from '../../src/policy/policy.ts';
import { aCaller, anInventory } from '../fixtures/callers.ts';
import { hostId } from '../fixtures/sshd.ts';

const web = hostId('web-1');
const inventory = anInventory([{ id: web, enabled: true } as Host]);
const run = (command: string): Action => ({ kind: 'run_command', host: web, command });

describe('the list of ALLOWED_COMMANDS', () => {
  const policy = new Policy(inventory, { allowedPrograms: ['ls', 'cat'] });
  it.each<{ command: string; decision: Decision }>([
    { command: 'ls /srv', decision: 'allow' },
    { command: '  cat\t/etc/hosts', decision: 'allow' },
    { command: 'rm -r /srv', decision: 'deny' },
    { command: 'lsblk', decision: 'deny' },
    { command: '   ', decision: 'deny' },
    { command: '>/dev/null', decision: 'deny' },
    { command: 'ls /srv | cat -n; ls && cat a || ls & cat b\nls', decision: 'allow' },
    { command: `ls "$HOME/a b" 'c;d' e\\;f g#h`, decision: 'allow' },
    { command: 'ls /srv 2>/dev/null >&2 | cat', decision: 'allow' },
    { command: `l\\s 'x' | "ca"t`, decision: 'allow' },
    { command: 'ls /srv; id -un', decision: 'deny' },
    { command: 'ls|id', decision: 'deny' },
    { command: 'ls&id', decision: 'deny' },
    { command: 'ls || id', decision: 'deny' },
    { command: 'ls |& id', decision: 'deny' },
    { command: 'ls\nid', decision: 'deny' },
    { command: 'ls $(id)', decision: 'deny' },
    { command: 'ls "$(id)"', decision: 'deny' },
    { command: 'ls "a`id`"', decision: 'deny' },
    { command: 'ls `id`', decision: 'deny' },
    { command: 'ls <(id)', decision: 'deny' },
    { command: '(id)', decision: 'deny' },
    { command: 'ls() { id; }; ls', decision: 'deny' },
    { command: '{ id; }', decision: 'deny' },
    { command: 'if ls; then id; fi', decision: 'deny' },
    { command: 'X=ls id', decision: 'deny' },
    { command: '$X', decision: 'deny' },
    { command: 'l${X}s', decision: 'deny' },
    { command: "ls $'a' ", decision: 'deny' },
    { command: 'ls > /srv/a', decision: 'deny' },
    { command: 'ls >/dev/nullx', decision: 'deny' },
    { command: 'ls >&1', decision: 'allow' },
    { command: 'ls >&12', decision: 'deny' },
    { command: 'ls > 1', decision: 'deny' },
    { command: 'ls >> 2', decision: 'deny' },
    { command: 'ls >& f', decision: 'deny' },
    { command: `>${' '.repeat(70)}/dev/nullx id`, decision: 'deny' },
    { command: '>/dev/null id', decision: 'deny' },
    { command: "cat # '\nid\n'", decision: 'deny' },
    { command: `ls 'a\\'' ; id ; echo '`, decision: 'deny' },
    { command: `ls "a\\" ; id "b\\""`, decision: 'deny' },
    { command: "ls 'open", decision: 'deny' },
    { command: 'ls \\\nid', decision: 'deny' },
    { command: 'cat <<EOF\n$(id)\nEOF', decision: 'deny' },
    { command: 'ls\u00a0/srv', decision: 'deny' },
    { command: 'ls $(cat f) "`ls`"; (cat a)', decision: 'allow' },
    { command: 'if ls; then cat a; fi', decision: 'allow' },
    { command: 'LC_ALL=C ls < f', decision: 'allow' },
    { command: 'cat <<E\n$(ls)\nE', decision: 'allow' },
    { command: 'PATH=/tmp ls', decision: 'deny' },
    { command: 'ls() { cat a; }; ls', decision: 'deny' },
    { command: 'eval ls', decision: 'deny' },
    { command: '[[ a > f ]]; ls', decision: 'deny' },
    { command: 'ls &> f', decision: 'deny' },
    { command: 'cat < /dev/tcp/192.0.2.1/80', decision: 'deny' },
  ])('decides $decision for: $command', ({ command, decision }) => {
    expect(policy.evaluate(aCaller(), [run(command)]).decision).toBe(decision);
  });

  it.each([
    { allowed: 'sudo ls a', denied: 'sudo rm a' },
    { allowed: 'find . -exec ls {} +', denied: 'find . -exec rm {} +' },
    { allowed: "bash -c 'ls a'", denied: "bash -c 'rm a'" },
  ])('looks through wrappers that are on it: $denied', ({ allowed, denied }) => {
    const wrapping = new Policy(inventory, { allowedPrograms: ['sudo', 'find', 'bash', 'ls'] });
    expect(wrapping.evaluate(aCaller(), [run(denied)]).decision).toBe('deny');
    expect(wrapping.evaluate(aCaller(), [run(allowed)]).decision).toBe('allow');
  });

  const unclear = 'Command not allowed: which programs it starts cannot be told.';
  it.each([
    { command: 'ls; rm -r /srv/a', reason: "Command 'rm' is not allowed." },
    { command: '>/dev/null', reason: "Command '' is not allowed." },
    { command: ' ', reason: `${unclear} The text holds no command.` },
    { command: 'ls # id', reason: `${unclear} shells differ in how they read \`#\`.` },
    { command: 'ls; eval "$x"', reason: `${unclear} eval runs a text that cannot be known: "$x".` },
    { command: 'ls > /srv/a', reason: `${unclear} it writes /srv/a without a program.` },
  ])('says of $command, in the words of the second seed: $reason', ({ command, reason }) => {
    expect(policy.evaluate(aCaller(), [run(command)]).matches[0]).toEqual({
      decision: 'deny',
      rule: 'allowed_commands',
      code: 'denied_by_policy',
      justification: `${reason} Allowed: ls, cat`,
    });
  });

  it('binds what starts a program for a tool, and what starts none not', () => {
    const path = { kind: 'read_path', host: web, path: '/srv/a' } as const;
    expect(policy.evaluate(aCaller(), [path]).decision).toBe('allow');
    expect(policy.evaluate(aCaller(), [{ ...path, program: 'cat' }]).decision).toBe('allow');
    expect(policy.evaluate(aCaller(), [{ ...path, program: 'tail' }]).decision).toBe('deny');
  });
});
