import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { findShell, optionalShells, type Shell } from '../fixtures/shells.ts';
import { shellWord } from '../../src/base/shell-word.ts';

const shells = [
  ...[['sh'], ['dash'], ['bash'], ['bash', '--posix'], ['busybox', 'sh'], ['zsh'], ['fish']].map(findShell),
  ...optionalShells(['ksh']),
];

/** What the shell makes of the words. */
function readBack({ program, options, env }: Shell, words: readonly string[]): readonly string[] {
  const script = `printf '%s\\0' ${words.map(shellWord).join(' ')}`;
  const { stdout, stderr } = spawnSync(program, [...options, '-c', script], { encoding: 'utf8', env });
  if (stderr !== '') throw new Error(stderr);
  return stdout.split('\0').slice(0, -1);
}

const special = fc.constantFrom(
  ...'\'"\\`$!~#&|;<>()[]{}*?=^%@+-_:,. \t\n\r\u0001\u001b\u007fé漢🚀az09'.split(/(?:)/u),
  '$(id)',
  '${HOME}',
  '`id`',
  "'; id; '",
  "\\'",
  '\\\\',
  '!!',
  '\r\n',
);
const text = fc.oneof(
  { weight: 3, arbitrary: fc.array(special, { maxLength: 12 }).map((parts) => parts.join('')) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 30 }).map((any) => any.replaceAll('\0', '')) },
);

describe.for(shells)('a word for $name', (shell) => {
  beforeEach(({ skip }) => skip(shell.skip, 'it does not run from the cache'));

  it('arrives as it was, whatever is in it', () => {
    const words = fc.array(text, { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(words, (some) => {
        expect(readBack(shell, some)).toEqual(some);
      }),
      { numRuns: 60 },
    );
  });

  it.each(['', ' ', "'", '\\', '\n', 'a\nb\n', "it's", '-rf', '~', '~root', 'A=b', '=ls', '*', '$HOME', '!!', '#'])(
    'arrives as it was: %j',
    (word) => {
      expect(readBack(shell, [word, 'next'])).toEqual([word, 'next']);
    },
  );

  it('arrives as it was when it is 60 KB long', () => {
    const long = `'\\! ${'x'.repeat(20)}`.repeat(2_500);
    expect(readBack(shell, [long])).toEqual([long]);
  });
});

describe('a word for a shell', () => {
  it('stays bare when nothing in it means anything', () => {
    expect(['nginx', 'php8.2-fpm@1.service', '/etc/nginx', '2:1.0+x'].map(shellWord).join(' ')).toBe(
      'nginx php8.2-fpm@1.service /etc/nginx 2:1.0+x',
    );
  });

  it.each(['a\0b', '\0', '\ud800', 'a\udc00b'])('is refused when no argument can hold it: %j', (word) => {
    expect(() => shellWord(word)).toThrow(expect.objectContaining({ code: 'invalid_input' }));
  });
});
