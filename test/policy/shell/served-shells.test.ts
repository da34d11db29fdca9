import { describe, expect, it } from 'vitest';
import { readArguments } from '../../../src/policy/shell/arguments.ts';
import { innerOf } from '../../../src/policy/shell/inner.ts';
import { programNamed } from '../../../src/policy/shell/programs.ts';
import { readShell } from '../../../src/policy/shell/read-shell.ts';

function argumentsOf(text: string) {
  const reading = readShell(text);
  const unit = reading.kind === 'units' ? reading.units[0] : undefined;
  const program = unit === undefined ? undefined : programNamed(unit.program.value);
  if (unit === undefined || program === undefined) throw new Error(`${text} has no known program`);
  return { unit, args: readArguments(program, unit.argv) };
}

/** What a connection is given to. */
function served(text: string): readonly string[] {
  const { unit, args } = argumentsOf(text);
  return innerOf(args, unit).map((inner) =>
    inner.kind === 'text' ? `${inner.dialect}:${inner.text}` : inner.kind === 'command' ? 'command' : inner.kind,
  );
}

describe('what a connection is given to', () => {
  it.each<[text: string, inner: readonly string[]]>([
    ['socat - TCP:a:1', []],
    ["socat TCP-LISTEN:1 EXEC:'ls -l'", ['posix:ls -l']],
    ['socat EXEC:ls SYSTEM:id', ['posix:ls', 'posix:id']],
    ['socat exec:ls Shell:id', ['posix:ls', 'posix:id']],
    ['socat - EXEC:ls,pty,stderr', ['posix:ls']],
    ['socat - "EXEC:ls a\\\\,b,pty"', ['posix:ls a\\,b']],
    ['socat - \'EXEC:"ls -l",pty\'', ['posix:ls -l']],
    ['socat - "EXEC:\'ls -l\'"', ['posix:ls -l']],
    ['socat - \'EXEC:ls "a"\'', ['posix:ls "a"']],
    ['socat - FILE:exec:ls', []],
    ['socat -!!EXEC:ls', []],
    ['socat TCP:a:1!!EXEC:ls -', ['unclear']],
    ['socat - EXEC:$x', ['opaque']],
    ['nc -e ls a 1', ['posix:ls']],
    ['nc -c ls a 1', ['posix:ls']],
    ['ncat --exec ls a 1', ['posix:ls']],
    ['ncat --sh-exec ls a 1', ['posix:ls']],
    ['nc a 1', []],
  ])('%s: %j', (text, inner) => expect(served(text)).toEqual(inner));

  it.each(
    'sh bash rbash dash zsh ksh mksh csh tcsh fish ash /bin/sh /usr/local/bin/bash " sh " "bash -i" "bash -li" "sh -i  -l"'.match(
      /"[^"]*"|\S+/g,
    ) ?? [],
  )('is a shell that runs what the other side says: %s', (shell) => {
    expect(served(`ncat --exec ${shell} a 1`)).toEqual(['opaque']);
    expect(served(`ncat --sh-exec ${shell} a 1`)).toEqual(['opaque']);
    expect(served(`socat - EXEC:${shell}`)).toEqual(['opaque']);
  });

  it.each(['ssh', 'shs', '"bash x"', '"sh -c ls"', '"bash -x"', '/bin/sh/x', '"x sh"', 'hush', '"sh -i -x"'])(
    'is text that a shell reads: %s',
    (text) => expect(served(`ncat --sh-exec ${text} a 1`)).toEqual([expect.stringMatching(/^posix:/)]),
  );
});
