import { shellWord } from '../base/shell-word.ts';
import type { ShellKind } from './action.ts';
import { notCommonSyntax } from './closed/common-syntax.ts';

/** Where programs are looked up, whatever the account's files say. */
const systemPath = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

/** Programs that page, or lock what others use, do neither. */
const quiet = 'export PAGER=cat GIT_PAGER=cat SYSTEMD_PAGER=cat GIT_OPTIONAL_LOCKS=0 GIT_NO_LAZY_FETCH=1';
/** No regular file can be written, root's neither, and nothing runs or grows without end. */
const readOnlyLimits = 'ulimit -f 0; ulimit -c 0; ulimit -t 60; ulimit -v 4000000';

export interface Pinning {
  readonly shell: ShellKind;
  /** Directories of the host's own, after those of the system. */
  readonly path: readonly string[];
  readonly limits: 'none' | 'read_only';
}

export type PinnedCommand =
  | { readonly kind: 'pinned'; readonly text: string }
  | { readonly kind: 'impossible'; readonly why: string };

/**
 * The text to send so that a canonical text runs in a shell that reads none of the account's files, takes no functions
 * from the environment and finds programs in the directories of the system.
 */
export function pinnedCommand(canonical: string, { shell, path, limits }: Pinning): PinnedCommand {
  if (shell === 'other') {
    const why = 'The login shell of the account is of no kind that commands can be pinned to. Use the other tools.';
    return { kind: 'impossible', why };
  }
  if (shell === 'sh' && notCommonSyntax.test(canonical)) {
    return { kind: 'impossible', why: 'The server has no bash. Write the command for any POSIX shell.' };
  }
  const prologue = [quiet, ...(limits === 'read_only' ? [`{ ${readOnlyLimits}; } 2>/dev/null`] : [])].join('; ');
  const start = shell === 'bash' ? 'bash --noprofile --norc -p' : 'sh';
  const variables = `PATH=${shellWord([...systemPath, ...path].join(':'))}`;
  return {
    kind: 'pinned',
    text: `env -u BASH_ENV -u ENV ${variables} ${start} -c ${shellWord(`${prologue}\n${canonical}`)}`,
  };
}
