import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { judgeCommand } from '../../../src/policy/rules/judge-command.ts';

const decide = (command: string) =>
  judgeCommand(command, { profile: 'observe', rules: [], defaults: {}, host: undefined }).decision;
const canonical = (command: string) =>
  judgeCommand(command, { profile: 'observe', rules: [], defaults: {}, host: undefined }).canonical;
const data = (name: string): readonly string[] =>
  readFileSync(new URL(`../data/${name}.txt`, import.meta.url), 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '');

describe('observe', () => {
  it.each(data('observe-allows'))('allows: %s', (command) => expect(decide(command)).toBe('allow'));
  it.each(data('observe-refuses'))('does not allow: %s', (command) => expect(decide(command)).not.toBe('allow'));

  it.each([
    'git show HEAD:.env',
    'git show "HEAD@{1:2}:.env"',
    'git log -- .env',
    'git show :0:.env',
    'git diff --no-index a b',
    'git log ../x',
  ])('keeps secrets of a repository: %s', (command) => expect(decide(command)).not.toBe('allow'));

  it.each(['git show', 'git -C show diff HEAD~1', 'git log --unified=3', 'git stash list --word-diff'])(
    'leaves out what changed in files of secrets: %s',
    (command) => {
      expect(canonical(command)).toMatch(/ --no-ext-diff --no-textconv .*':\(top,exclude,icase,glob\)\*\*\/\.env'/);
    },
  );
  it.each(['git log -3', 'git -C log status', 'git reflog'])(
    'and changes nothing where none is shown: %s',
    (command) => {
      expect(canonical(command)).not.toContain('exclude');
    },
  );

  it.each([
    ['[ $x ]', `'[' "$x" ']'`],
    ['[ -d $x/y ]', `'[' -d "$x"/y ']'`],
    ['test "$x" -gt $y', 'test "$x" -gt "$y"'],
  ])('lets no value become an operator of a test: %s', (command, pinned) => {
    expect(canonical(`x=$(cat /tmp/f); y=$x; ${command}`)).toBe(`x=$(cat /tmp/f); y=$x; ${pinned}`);
  });
  it.each(['[ "$x" "$y" ]', '[ $x $y ]', 'test -n a -a $x'])('and guards those that could: %s', (command) => {
    expect(canonical(`x=$(cat /tmp/f); y=$x; ${command}`)).toContain('"$(_sp_t "$x")"');
  });
});
