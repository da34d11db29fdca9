import { GatewayError } from '../base/errors.ts';
import type { LockTarget } from '../locks/lock.ts';
import { addLock, readLocks, removeLocks } from '../locks/read-locks.ts';

/** What is locked by its own name. Where the file cannot be read, everything is. */
export async function lockedIn(
  file: string,
): Promise<{ readonly isAll: boolean; readonly hosts: ReadonlySet<string> }> {
  try {
    const targets = (await readLocks(file)).map(({ on }) => on);
    const hosts = targets.flatMap((on) => (on.kind === 'host' ? [on.name] : []));
    return { isAll: targets.some(({ kind }) => kind === 'all'), hosts: new Set(hosts) };
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    return { isAll: true, hosts: new Set() };
  }
}

export interface LockSwitch {
  readonly target: LockTarget;
  readonly state: 'locked' | 'unlocked';
  /** Whose word it is. */
  readonly by: string;
}

export async function setLock(file: string, { target, state, by }: LockSwitch): Promise<void> {
  if (state === 'locked') await addLock(file, { on: target, reason: '', by, at: new Date().toISOString() });
  else await removeLocks(file, target);
}
