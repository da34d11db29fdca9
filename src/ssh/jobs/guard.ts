import { processFunctions } from '../runs/host-processes.ts';
import { markName } from '../runs/run-mark.ts';

/**
 * A function for `sh` on a host: `guard SECONDS SUDO` ends the run at its deadline, whatever has become of us. It looks
 * every 15 s whether there is anything left to end: nothing of it stays behind a job that has ended. The process is
 * `$pid`, which started at `$begun`.
 */
export const guardFunction = [
  'guard() { t=$1; while [ $t -gt 0 ]; do w=15; [ $t -lt 15 ] && w=$t; sleep $w; t=$((t-w))',
  '[ "$(ticks $pid)" = "$begun" ] && kill -0 $pid 2>/dev/null || exit 0; done',
  `: >"$d/timed_out"; ( n=${markName}; m=$v; sudo=$2; ${processFunctions}`,
  'ladder && echo gone || echo alive $live ) >"$d/verdict" 2>/dev/null; }',
].join('; ');

/** `finish STATUS`: writes how the run ended, once; `$g` is its guard, `$l` what limits its outputs. */
export const finishFunction = [
  'finish() { kill $l 2>/dev/null; trim; if [ -e "$d/timed_out" ]; then wait $g; echo "timed_out $(cat "$d/verdict")"; else kill $g 2>/dev/null; echo "$1"; fi >"$d/.exit"',
  'mv "$d/.exit" "$d/exit"; }',
].join('; ');
