import { GatewayError } from '../../base/errors.ts';
import type { CommandAction, ShellKind } from '../../policy/action.ts';
import { pinnedCommand } from '../../policy/pinned-shell.ts';
import type { Connection } from '../connect/connection.ts';
import { runScript } from './script.ts';
import { shellKindIn, shellProbe } from './shell-probe.ts';

/** What goes over the wire for a command, and the shell that it is pinned to. */
export interface TextToSend {
  readonly text: string;
  readonly shell?: ShellKind;
}

/**
 * The command itself; or, where closed rules allowed it, its canonical form under a pinned shell. Throws
 * `denied_by_policy` where the account has no shell for that: nothing was started.
 */
export async function textToSend(
  connection: Connection,
  asked: CommandAction | string,
  signal: AbortSignal,
): Promise<TextToSend> {
  if (typeof asked === 'string') return { text: asked };
  const { command, canonical, limits = 'none' } = asked;
  if (canonical === undefined) return { text: command };
  const shell = await shellOf(connection, signal);
  const text = pinnedCommand(canonical, { shell, path: connection.path, limits });
  if (text.kind === 'pinned') return { text: text.text, shell };
  throw new GatewayError('denied_by_policy', `Denied by policy: ${text.why}`, {
    details: { rule: 'builtin:opaque', shell },
  });
}

const kinds = new WeakMap<Connection, Promise<ShellKind>>();

/** Asked once of each connection. */
async function shellOf(connection: Connection, signal: AbortSignal): Promise<ShellKind> {
  const known = kinds.get(connection) ?? runScript(connection, shellProbe, signal).then(shellKindIn);
  kinds.set(connection, known);
  try {
    return await known;
  } catch (error) {
    kinds.delete(connection);
    if (!(error instanceof GatewayError) || error.ran === 'not_started') throw error;
    const message = 'A question of ours to the host was not answered, so nothing was started. Try again later.';
    throw new GatewayError(error.code, message, { cause: error });
  }
}
