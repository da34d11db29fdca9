import type { Stopped } from '../access.ts';
import { readAll } from './channel.ts';
import type { Connection } from '../connect/connection.ts';
import type { RunMark } from './run-mark.ts';

/** How long the script on the host may take: two seconds of TERM, one of KILL, and looking, which takes time on a busy host. */
const ladderTimeoutMs = 10_000;

/**
 * TERM, wait up to 2 s, KILL, wait up to 1 s, look. Prints `gone`, `alive PID…` or `blind`.
 *
 * A process belongs to the run if it carries the mark in its environment or command line, or if it is in a process
 * session (setsid(2)) whose leader carried it: that finds what sudo started, whose environment is closed to us. The mark
 * comes in two halves, so that the script itself does not bear it. It holds no single quote and no exclamation
 * mark, so that every login shell can hand it to sh.
 */
const ladderScript = [
  'm=$1$2; leaders=" "; self=$$',
  '[ -r /proc/self/environ ] && [ -r /proc/self/stat ] || { echo blind; exit; }',
  'look() { found=" "; for p in $(printf %s "$m" | grep -lFf - /proc/[0-9]*/environ /proc/[0-9]*/cmdline 2>/dev/null | cut -d/ -f3 | sort -u); do case "$found" in *" $p "*) ;; *) found="$found$p ";; esac; done',
  'live=" "; for f in /proc/[0-9]*/stat; do read -r line 2>/dev/null <"$f" || continue; pid=${line%% *}; set -- ${line##*) }; [ "$1" = Z ] && continue; [ "$pid" = "$self" ] && continue; case "$found" in *" $pid "*) [ "$4" = "$pid" ] && leaders="$leaders$pid "; live="$live$pid "; continue;; esac; case "$leaders" in *" $4 "*) live="$live$pid ";; esac; done; }',
  'wait_gone() { n=$1; while [ "$n" -gt 0 ]; do look; [ "$live" = " " ] && { echo gone; exit; }; [ -n "$2" ] && kill -"$2" $live 2>/dev/null; sleep 0.1 2>/dev/null || sleep 1; n=$((n-1)); done; }',
  'look; [ "$live" = " " ] || kill -TERM $live 2>/dev/null',
  'wait_gone 20 ""; wait_gone 10 KILL; look; [ "$live" = " " ] && echo gone || echo alive $live',
].join('; ');

/**
 * Ends every process of a run on the host and looks whether it is gone.
 *
 * Works over a second channel, for sshd refuses signal requests for root. `confirmed` is said only after having
 * looked and found nothing; the caller holds it against the run's own channel, which must have ended too.
 */
export async function stopRun(connection: Connection, mark: RunMark): Promise<Stopped> {
  const half = mark.value.length / 2;
  const text = `exec sh -c '${ladderScript}' sh ${mark.name}=${mark.value.slice(0, half)} ${mark.value.slice(half)}`;
  try {
    const channel = await connection.control(text);
    const { stdout } = await readAll(channel, { maxBytes: 64 * 1024, timeoutMs: ladderTimeoutMs });
    return readVerdict(stdout.toString('latin1'));
  } catch {
    // Nothing could be seen, and that is what is said.
    return { state: 'unknown', pids: [] };
  }
}

function readVerdict(output: string): Stopped {
  const [verdict, ...rest] = output.trim().split(/\s+/);
  if (verdict === 'gone') return { state: 'confirmed', pids: [] };
  if (verdict !== 'alive') return { state: 'unknown', pids: [] };
  const pids = rest.map(Number).filter((pid) => Number.isSafeInteger(pid) && pid > 0);
  return { state: 'still_running', pids };
}
