import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { pinnedCommand, type Pinning } from '../../src/policy/pinned-shell.ts';

const system = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const quiet = 'export PAGER=cat GIT_PAGER=cat SYSTEMD_PAGER=cat GIT_OPTIONAL_LOCKS=0 GIT_NO_LAZY_FETCH=1';
const limits = '{ ulimit -f 0; ulimit -c 0; ulimit -t 60; ulimit -v 4000000; } 2>/dev/null';
const pinned = (canonical: string, over: Partial<Pinning> = {}) =>
  pinnedCommand(canonical, { shell: 'bash', path: [], limits: 'none', ...over });

describe('a pinned command', () => {
  it.each<{ what: string; over: Partial<Pinning>; text: string }>([
    {
      what: 'in bash, without its files and functions',
      over: {},
      text: `env -u BASH_ENV -u ENV PATH=${system} bash --noprofile --norc -p -c '${quiet}\nls a'`,
    },
    {
      what: 'in a POSIX shell',
      over: { shell: 'sh' },
      text: `env -u BASH_ENV -u ENV PATH=${system} sh -c '${quiet}\nls a'`,
    },
    {
      what: 'kept from writing',
      over: { limits: 'read_only' },
      text: `env -u BASH_ENV -u ENV PATH=${system} bash --noprofile --norc -p -c '${quiet}; ${limits}\nls a'`,
    },
    {
      what: "with the host's own directories last",
      over: { path: ['/opt/bin', '/opt/my tools'] },
      text: `env -u BASH_ENV -u ENV PATH='${system}:/opt/bin:/opt/my tools' bash --noprofile --norc -p -c '${quiet}\nls a'`,
    },
  ])('runs $what', ({ over, text }) => {
    expect(pinned('ls a', over)).toEqual({ kind: 'pinned', text });
  });

  it('keeps the quotes of its words', () => {
    const command = pinned(`printf %s 'it'\\''s $HOME'`);
    expect(command.kind === 'pinned' && execFileSync('sh', ['-c', command.text], { encoding: 'utf8' })).toBe(
      "it's $HOME",
    );
  });

  it('finds programs and files of the system, whatever the environment says', () => {
    const command = pinned('printf %s "$PATH ${ENV-none} ${BASH_ENV-none}"');
    const env = { PATH: `/nowhere:${process.env['PATH']}`, ENV: '/nowhere', BASH_ENV: '/nowhere' };
    expect(command.kind === 'pinned' && execFileSync('sh', ['-c', command.text], { encoding: 'utf8', env })).toBe(
      `${system} none none`,
    );
  });

  it('is impossible where the login shell is of no known kind', () => {
    const why = 'The login shell of the account is of no kind that commands can be pinned to. Use the other tools.';
    expect(pinned('ls', { shell: 'other' })).toEqual({ kind: 'impossible', why });
  });

  it.each(['[[ -e a ]]', 'cat <<< a', 'ls <(ls)', "printf $'a'", 'ls &> f', 'echo {a,b}'])(
    'is impossible without bash where only bash reads it as it was judged: %s',
    (text) => {
      const why = 'The server has no bash. Write the command for any POSIX shell.';
      expect(pinned(text, { shell: 'sh' })).toEqual({ kind: 'impossible', why });
      expect(pinned(text).kind).toBe('pinned');
    },
  );
});
