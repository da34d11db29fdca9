import { randomBytes } from 'node:crypto';
import { GatewayError } from '../../base/errors.ts';
import type { Connection } from '../connect/connection.ts';
import { readAll } from './channel.ts';

const variable = 'SALLYPORT_RUN';

/** A random name for one run, by which its processes are found again on the host. */
export type RunMark = { readonly name: string; readonly value: string };

export function newRunMark(): RunMark {
  return { name: variable, value: randomBytes(12).toString('hex') };
}

/**
 * The command with the mark set before it. No process is added, and the text after it is unchanged. Everything the
 * command starts inherits the mark: it shows in `/proc/PID/environ`, and in the login shell's own command line.
 */
export function markCommand(mark: RunMark, command: string): string {
  return `export ${mark.name}=${mark.value}; ${command}`;
}

/**
 * Whether the account's login shell can set the mark: sh, bash, dash, zsh, ksh, busybox and fish can; csh, a forced
 * command or a restricted shell cannot, and their commands are sent without it.
 */
export function carriesMarks(connection: Connection): Promise<boolean> {
  const asked = answers.get(connection);
  if (asked) return asked;
  const answer = probe(connection);
  answers.set(connection, answer);
  answer.catch(() => answers.delete(connection));
  return answer;
}

/** By connection: another one may be logged in by a key with a forced command. */
const answers = new WeakMap<Connection, Promise<boolean>>();

async function probe(connection: Connection): Promise<boolean> {
  const mark = newRunMark();
  const channel = await connection.exec(markCommand(mark, `echo "+$${mark.name}+"`)).catch(notTheCommand);
  const read = readAll(channel, { maxBytes: 64 * 1024, timeoutMs: 15_000 });
  // A forced command may not end, or not stop talking: it carries no mark.
  const answer = await read.catch(() => undefined);
  return answer?.stdout.toString('latin1').includes(`+${mark.value}+`) ?? false;
}

/** Whatever became of the question, the command that it was asked for has not been started. */
function notTheCommand(error: unknown): never {
  if (!(error instanceof GatewayError) || error.ran === 'not_started') throw error;
  const message = `A question of ours to the host was not answered, so nothing was started. Try again later.`;
  throw new GatewayError(error.code, message, { cause: error });
}
