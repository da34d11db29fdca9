import { describe, expect, it } from 'vitest';
import { insertions } from '../../../src/policy/closed/insertions.ts';
import { gitContentWords, gitWords } from '../../../src/policy/closed/programs/git.ts';
import { readShell } from '../../../src/policy/shell/read-shell.ts';

/** The words that are put into a text, behind which word. */
function inserted(text: string): readonly (readonly [string, readonly string[]])[] {
  const reading = readShell(text);
  if (reading.kind === 'unreadable') throw new Error(`${text} is unreadable: ${reading.text}`);
  return insertions(reading.units).map(({ behind, words }) => [behind.value, words]);
}

const left = [
  '*.pem *.key *.p12 *.pfx .env .env.* id_* .htpasswd .netrc .pgpass *secret* *password* *credential* *private*key* .*_history .git-credentials',
].flatMap((names) => names.split(' '));

describe('what a program is told besides its own words', () => {
  it('is nothing for most', () => {
    for (const text of ['ls', 'cat -n x', 'true; uptime', 'x=1', '/opt/bin/gitx']) expect(inserted(text)).toEqual([]);
  });

  it.each([
    ['yum list', [['yum', ['-C']]]],
    ['dnf list', [['dnf', ['-C']]]],
    ['/usr/bin/dnf list', [['/usr/bin/dnf', ['-C']]]],
    ['dnf list makecache', [['dnf', ['-C']]]],
    ['dnf list --version', [['dnf', ['-C']]]],
    ['dnf --version', []],
    ['dnf makecache', []],
    ['yum makecache -q', []],
    ['sudo ls', [['sudo', ['-n']]]],
    ['sudo ls -n', [['sudo', ['-n']]]],
    ['sudo ls --version', [['sudo', ['-n']]]],
    ['sudo --version', []],
  ])('no question and no network: %s', (text, words) => expect(inserted(text)).toEqual(words));

  const excluded = left.map((pattern) => `--exclude=${pattern}`);
  it.each([
    'grep -r x /srv',
    'grep -R x /srv',
    'grep -nri x /srv',
    'grep -lRn x /srv',
    'grep -5r x /srv',
    'grep -n10R x /srv',
    'grep --recursive x /srv',
    'grep --dereference-recursive x /srv',
    'egrep -r x /srv',
    'fgrep x /srv -r',
  ])('to pass over files that are named like secrets in a tree: %s', (text) =>
    expect(inserted(text)).toEqual([[text.split(' ')[0], excluded]]),
  );
  it.each(['grep x /srv', 'grep -n x', 'grep --regexp=x y', 'grep --no-recursive x', 'grep x -- a-r', 'grep --r x'])(
    'not where it reads files alone: %s',
    (text) => expect(inserted(text)).toEqual([]),
  );
  it('and always where trees are all it reads', () => {
    expect(inserted('rg x')).toEqual([['rg', left.map((pattern) => `--iglob=!${pattern}`)]]);
  });

  const unread = left.map((pattern) => `:(top,exclude,icase,glob)**/${pattern}`);
  it.each<[string, readonly (readonly [string, readonly string[]])[]]>([
    ['git status', [['git', gitWords]]],
    ['git', [['git', gitWords]]],
    ['git --version', []],
    [
      'git log --grep --version',
      [
        ['git', gitWords],
        ['log', gitContentWords],
      ],
    ],
    ['git branch -a', [['git', gitWords]]],
    [
      'git log -3',
      [
        ['git', gitWords],
        ['log', gitContentWords],
      ],
    ],
    [
      'git diff x',
      [
        ['git', gitWords],
        ['diff', gitContentWords],
        ['x', unread],
      ],
    ],
    [
      'git -C log diff',
      [
        ['git', gitWords],
        ['diff', gitContentWords],
        ['diff', unread],
      ],
    ],
    [
      'git --no-pager -C show log',
      [
        ['git', gitWords],
        ['log', gitContentWords],
      ],
    ],
    ['git -C', [['git', gitWords]]],
  ])('no programs of a repository, and no secrets among its changes: %s', (text, words) =>
    expect(inserted(text)).toEqual(words),
  );
  it('for every command of the text', () => {
    expect(inserted('sudo yum list; git status')).toEqual([
      ['sudo', ['-n']],
      ['yum', ['-C']],
      ['git', gitWords],
    ]);
  });
});
