import { GatewayError } from '../../base/errors.ts';
import type { Secret } from '../../base/secret.ts';
import type { LoginShell } from './run-mark.ts';

/** Variables of a command's shell. No value has a newline in it. */
export type Variables = ReadonlyMap<string, Secret>;

/**
 * What goes before a command whose shell reads them: each a line of standard input, of which the command itself then has
 * none. They are not exported: only what the command puts into an environment is in one.
 */
export function readingVariables(variables: Variables): string {
  return `${[...variables.keys()].map((name) => `IFS= read -r ${name}; `).join('')}exec </dev/null; `;
}

export function linesOf(variables: Variables): string {
  return [...variables.values()].map((value) => `${value.reveal()}\n`).join('');
}

/** Throws `secret_unavailable` for a login shell that does not take our words, or has others: nothing was sent. */
export function mustTakeVariables(takesWords: boolean, shell: LoginShell): void {
  if (takesWords && shell === 'posix') return;
  const message =
    'The login shell of this account cannot be given secrets: it is no POSIX shell, or a command is forced. Nothing was run.';
  throw new GatewayError('secret_unavailable', message);
}
