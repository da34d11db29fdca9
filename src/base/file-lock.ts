import { randomUUID } from 'node:crypto';
import { lstatSync, readFileSync, readlinkSync, rmSync, symlinkSync } from 'node:fs';
import { readlink, realpath } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { hasErrorCode } from './error-code.ts';
import { GatewayError } from './errors.ts';

const waitAtMostMs = 10_000;
const retryEveryMs = 20;
/** After this, a lock taken on another machine, where we cannot look for its owner, counts as left behind. */
const foreignStaleMs = 60_000;

/**
 * Runs `work` while no other process holds the lock on `file`; `work` gets the file behind any symbolic links.
 *
 * The lock is a symbolic link whose text names its owner: made in one step, with its content, or not at all. A lock
 * whose owner died is removed. Throws `busy` after ten seconds.
 */
export async function withFileLock<T>(file: string, work: (target: string) => Promise<T>): Promise<T> {
  const target = await behindLinks(file);
  const lock = `${target}.lock`;
  const owner = `${process.pid} ${startOf(process.pid)} ${hostname()} ${randomUUID()}`;
  const deadline = Date.now() + waitAtMostMs;
  while (!tryCreate(lock, owner)) {
    breakIfAbandoned(lock);
    if (Date.now() > deadline) {
      const message = `${file} is being changed by another process. Try again, or remove ${lock} if nothing runs.`;
      throw new GatewayError('busy', message);
    }
    await sleep(retryEveryMs * (1 + Math.random()));
  }
  try {
    return await work(target);
  } finally {
    if (readOwner(lock) === owner) rmSync(lock);
  }
}

/** The real file; for a link to a file that does not exist yet, the place where it would be. */
async function behindLinks(file: string): Promise<string> {
  try {
    return await realpath(file);
  } catch (error) {
    if (!hasErrorCode(error, 'ENOENT')) throw error;
  }
  try {
    return resolve(dirname(file), await readlink(file));
  } catch (error) {
    if (hasErrorCode(error, 'EINVAL') || hasErrorCode(error, 'ENOENT')) return resolve(file);
    throw error;
  }
}

function tryCreate(lock: string, owner: string): boolean {
  try {
    symlinkSync(owner, lock);
    return true;
  } catch (error) {
    if (hasErrorCode(error, 'EEXIST')) return false;
    throw error;
  }
}

/**
 * Removes the lock if its owner is gone.
 *
 * Two processes may see the same dead owner, and the slower one must not remove the lock that the faster one took since.
 * So removal is itself guarded by a name that belongs to this dead owner alone.
 */
function breakIfAbandoned(lock: string): void {
  const owner = readOwner(lock);
  if (owner === undefined || !isAbandoned(lock, owner)) return;
  const guard = `${lock}.${owner.split(' ')[3] ?? 'unknown'}`;
  if (!tryCreate(guard, owner)) return;
  try {
    if (readOwner(lock) === owner) rmSync(lock);
  } finally {
    rmSync(guard);
  }
}

function isAbandoned(lock: string, owner: string): boolean {
  const [pid = '', start = '', machine = ''] = owner.split(' ');
  if (machine !== hostname()) return ageMs(lock) > foreignStaleMs;
  return startOf(Number(pid)) !== start;
}

function readOwner(lock: string): string | undefined {
  try {
    return readlinkSync(lock);
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

function ageMs(lock: string): number {
  return Date.now() - (lstatSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
}

/**
 * When a process started, in clock ticks since boot (proc(5), stat field 22), so that a reused pid is another owner.
 * `gone` when it is not there; `running` where there is no /proc to say more.
 */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // A zombie runs nothing any more; its parent has not asked for its status.
    return fields[0] === 'Z' ? 'gone' : (fields[19] ?? 'running');
  } catch (error) {
    if (!hasErrorCode(error, 'ENOENT') && !hasErrorCode(error, 'ESRCH') && !hasErrorCode(error, 'EACCES')) throw error;
  }
  try {
    process.kill(pid, 0);
    return 'running';
  } catch (error) {
    return hasErrorCode(error, 'ESRCH') ? 'gone' : 'running';
  }
}
