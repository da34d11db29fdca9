import type { RunMark } from '../runs/run-mark.ts';

/** Begins what a script has to say: a login shell may have said something of its own before it. */
export const answerMark = 'sallyport-job-91c4ad07';

/**
 * Sets `v`, the value of the run's mark, and `d`, its directory on the host, from the words before the script's own. The mark comes
 * in two halves, so that no process that runs the script bears it.
 *
 * Like all of these scripts it holds no single quote, backslash, exclamation mark or newline: every login shell can hand
 * it to sh as it is.
 */
export const spoolPrelude =
  'v=$1$2; shift 2; b="${XDG_STATE_HOME:-$HOME/.local/state}/sallyport/jobs"; d="$b/$v"; ' +
  'nap() { sleep 0.0$1 2>/dev/null || sleep 1; }; ' +
  // Of the process: when it started, in clock ticks since boot (proc(5)); empty where there is no /proc, and for one that has ended.
  'ticks() { ( read -r line </proc/$1/stat && set -- ${line##*) } && [ $1 != Z ] && echo ${20} ) 2>/dev/null; }; ' +
  `say() { echo "${answerMark} $*"; }; ` +
  'boot=$(cat /proc/sys/kernel/random/boot_id 2>/dev/null); ';

/** The halves as words. */
export function spoolWords({ value }: RunMark): readonly string[] {
  return [value.slice(0, value.length / 2), value.slice(value.length / 2)];
}

/** The command for the login shell: the words are numbers or quoted already. */
export function spoolCommand(script: string, mark: RunMark, words: readonly string[]): string {
  return `exec sh -c '${spoolPrelude}${script}' sh ${[...spoolWords(mark), ...words].join(' ')}`;
}
