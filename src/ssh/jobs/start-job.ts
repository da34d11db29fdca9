import { GatewayError } from '../../base/errors.ts';
import { shellWord } from '../../base/shell-word.ts';
import type { Connection } from '../connect/connection.ts';
import { markName, type RunMark } from '../runs/run-mark.ts';
import { askAboutJob } from './ask.ts';
import { finishFunction, guardFunction } from './guard.ts';
import { limitFunctions, pruneFunction, spaceWords, type HostSpace } from './host-space.ts';
import { spoolCommand } from './spool.ts';

/** The host takes the text of the script and the command as one argument (MAX_ARG_STRLEN). */
const maxTextBytes = 128 * 1024 - 1;

/**
 * The command runs as the login shell runs it, in a process session of its own that bears the mark. Whoever waits for it
 * does not bear it, and writes how it ended.
 */
const script = [
  guardFunction,
  finishFunction,
  pruneFunction,
  limitFunctions,
  'u=$(umask); umask 077; mkdir -p "$b" 2>/dev/null; mkdir "$d" 2>/dev/null || { say refused; exit; }',
  'own=; command -v setsid >/dev/null 2>&1 && own=setsid',
  `watch() { ( umask $u; export ${markName}=$v; exec $own "\${SHELL:-/bin/sh}" -c "$2" ) </dev/null >"$d/out" 2>"$d/err" & pid=$!`,
  'begun=$(ticks $pid); echo "$pid ${begun:--} ${boot:--}" >"$d/.info"; mv "$d/.info" "$d/info"',
  'guard $1 "$6" & g=$!; limit $5 & l=$!; prune $3 $4; wait $pid; finish "status $?"; attend; }',
  // dash would keep the channel open, were a function redirected.
  '( exec </dev/null >/dev/null 2>&1; watch "$@" ) & i=0',
  'while [ ! -e "$d/info" ] && [ $i -lt 200 ]; do nap 3; i=$((i+1)); done; [ -e "$d/info" ] && say started',
].join('; ');

export interface JobToStart {
  readonly mark: RunMark;
  readonly command: string;
  readonly timeoutMs: number;
  readonly space: HostSpace;
}

/** Starts a command that outlives its connection. Where this resolves, it was started; a run is never started twice. */
export async function startJob(connection: Connection, job: JobToStart, signal: AbortSignal): Promise<void> {
  const seconds = String(Math.ceil(job.timeoutMs / 1000));
  const words = [seconds, shellWord(job.command), ...spaceWords(job.space), ...(connection.sudo ? ['sudo'] : [])];
  const text = spoolCommand(script, job.mark, words);
  if (Buffer.byteLength(text) > maxTextBytes) {
    const message = 'The command is too long to be started in the background. Write it to a file, and run that.';
    throw new GatewayError('too_large', message);
  }
  const { words: answer } = await askAboutJob(connection, text, { maxBytes: 64 * 1024, timeoutMs: 20_000, signal });
  if (answer[0] === 'started') return;
  if (answer[0] === 'refused') {
    const message =
      'The host let us make no directory for the job below ~/.local/state/sallyport/jobs, so nothing was started. ' +
      'Check its disk and the rights of the account.';
    throw new GatewayError('host_permission_denied', message);
  }
  const message = 'The host did not say whether it started the job. Look before you start it again.';
  throw new GatewayError('unsupported_host', message, { ran: 'may_have_run' });
}
