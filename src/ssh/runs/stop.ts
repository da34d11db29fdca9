import type { Stopped } from '../access.ts';
import { readAll } from './channel.ts';
import type { Connection } from '../connect/connection.ts';
import { processFunctions } from './host-processes.ts';
import type { RunMark } from './run-mark.ts';

/** How long the script on the host may take: two seconds of TERM, one of KILL, and looking, which takes time on a busy host. */
const ladderTimeoutMs = 10_000;

/** Prints `gone`, `alive PID…` or `blind`. The mark comes in two halves, so that the script itself does not bear it. */
const stopScript = [
  'n=$1; m=$2$3; sudo=$4',
  '[ -r /proc/self/environ ] && [ -r /proc/self/stat ] && [ -r /proc/uptime ] || { echo blind; exit; }',
  processFunctions,
  'ladder 2>/dev/null && echo gone || echo alive $live',
].join('; ');

/**
 * Ends every process of a run on the host and looks whether it is gone.
 *
 * Works over a second channel, for sshd refuses signal requests for root. `confirmed` is said only after having
 * looked and found nothing; the caller holds it against the run's own channel, which must have ended too.
 */
export async function stopRun(connection: Connection, mark: RunMark): Promise<Stopped> {
  const half = mark.value.length / 2;
  const words = [mark.name, mark.value.slice(0, half), mark.value.slice(half), ...(connection.sudo ? ['sudo'] : [])];
  const text = `exec sh -c '${stopScript}' sh ${words.join(' ')}`;
  try {
    const channel = await connection.control(text);
    const { stdout } = await readAll(channel, { maxBytes: 64 * 1024, timeoutMs: ladderTimeoutMs });
    return readVerdict(stdout.toString('latin1'));
  } catch {
    // Nothing could be seen, and that is what is said.
    return { state: 'unknown', pids: [] };
  }
}

export function readVerdict(output: string): Stopped {
  const [verdict, ...rest] = output.trim().split(/\s+/);
  if (verdict === 'gone') return { state: 'confirmed', pids: [] };
  if (verdict !== 'alive') return { state: 'unknown', pids: [] };
  const pids = rest.map(Number).filter((pid) => Number.isSafeInteger(pid) && pid > 0);
  return { state: 'still_running', pids };
}
