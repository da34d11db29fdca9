import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { hasErrorCode } from './error-code.ts';

/** Tells one run of one process from every other, also across reboots and reused pids. */
export interface ProcessIdentity {
  readonly hostname: string;
  readonly bootId: string;
  readonly pid: number;
  /** Start time of the process in clock ticks since boot (proc(5), stat field 22); tells a reused pid apart. */
  readonly startTicks: string;
}

/** Where there is no /proc, boot id and start time are empty and the pid alone decides. */
export function thisProcess(): ProcessIdentity {
  const stat = readIfPresent('/proc/self/stat');
  return {
    hostname: hostname(),
    bootId: readIfPresent('/proc/sys/kernel/random/boot_id')?.trim() ?? '',
    pid: process.pid,
    startTicks: stat === undefined ? '' : parseStat(stat).startTicks,
  };
}

/**
 * Whether a process is known to have ended, as seen from `here`.
 *
 * False where we cannot know: another machine's boot, or one of ours under another name.
 */
export function hasEnded(process: ProcessIdentity, here: ProcessIdentity): boolean {
  if (process.bootId !== here.bootId) return process.hostname === here.hostname;
  const stat = readIfPresent(`/proc/${process.pid}/stat`);
  if (stat === undefined) return !exists(process.pid);
  const { state, startTicks } = parseStat(stat);
  // A zombie runs nothing any more; its parent has not asked for its status.
  return startTicks !== process.startTicks || state === 'Z' || state === 'X';
}

/** proc(5): the second field is the program's name in parentheses and may itself hold blanks and parentheses. */
function parseStat(stat: string): { readonly state: string; readonly startTicks: string } {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { state: fields[0] ?? '', startTicks: fields[19] ?? '' };
}

function readIfPresent(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch (error) {
    // ESRCH: the process ended between opening and reading.
    if (hasErrorCode(error, 'ENOENT') || hasErrorCode(error, 'ESRCH') || hasErrorCode(error, 'EACCES'))
      return undefined;
    throw error;
  }
}

/** Signal 0 also finds processes that a hidepid mount of /proc hides. */
function exists(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    if (hasErrorCode(error, 'ESRCH')) return false;
    if (hasErrorCode(error, 'EPERM')) return true;
    throw error;
  }
}
