import { randomBytes } from 'node:crypto';

/** The variable that holds the mark. */
export const markName = 'SALLYPORT_RUN';

/** A random name for one run, by which its processes are found again on the host. */
export type RunMark = { readonly name: string; readonly value: string };

export function newRunMark(): RunMark {
  return { name: markName, value: randomBytes(12).toString('hex') };
}

/** The mark of a run that was started earlier. Throws for what could be none. */
export function runMarkOf(value: string): RunMark {
  if (!/^[0-9a-f]{24}$/.test(value)) throw new Error('not the mark of a run');
  return { name: markName, value };
}

/**
 * The command with the mark set before it. No process is added, and the text after it is unchanged. Everything the
 * command starts inherits the mark: it shows in `/proc/PID/environ`, and in the login shell's own command line.
 *
 * What sudo starts does not inherit it. It is found by the login shell it is below, which must not become that process
 * itself, as shells do with their last command unless something is trapped.
 */
export function markCommand(mark: RunMark, command: string, shell: LoginShell = 'posix'): string {
  return `export ${mark.name}=${mark.value}; ${trapFor(command, shell)}${command}`;
}

function trapFor(command: string, shell: LoginShell): string {
  if (shell === 'posix') return exitTrap;
  return /sudo|doas/.test(command) ? 'trap : EXIT; ' : '';
}

/** `posix`: sh, bash, dash, zsh, ksh, busybox. */
export type LoginShell = 'posix' | 'fish';

/**
 * Says how the run ended, should it have become a job: then there is a directory for it, and nobody else to learn it.
 * Of the shell's own means alone, and silent also under `set -x`.
 */
const exitTrap =
  `trap '{ sallyport_status=$?; set +x; } 2>/dev/null; cd "\${XDG_STATE_HOME:-\${HOME-}/.local/state}/sallyport/jobs/$${markName}" 2>/dev/null && ` +
  `echo "status $sallyport_status" >code' EXIT; `;
