import { rewriteJsonFile, readJsonFile, type JsonFile } from '../base/json-file.ts';
import { configInvalid, describeProblem } from '../base/problem.ts';
import { isSameTarget, locksFile, type Lock, type LockTarget } from './lock.ts';

/** The locks in the file; a missing one has none. Throws `config_invalid` for one that is not understood whole. */
export async function readLocks(file: string): Promise<readonly Lock[]> {
  const json = await readJsonFile(file);
  return json === undefined ? [] : parsed(json);
}

/** Sets a lock in place of any on the same. */
export async function addLock(file: string, lock: Lock): Promise<void> {
  await rewriteJsonFile(file, (members) => {
    const others = locksFile.parse(members).locks.filter(({ on }) => !isSameTarget(on, lock.on));
    return { locks: [...others, lock] };
  });
}

/** Takes the lock off exactly that, or all locks; says how many there were. */
export async function removeLocks(file: string, which: LockTarget | 'every'): Promise<number> {
  let removed = 0;
  await rewriteJsonFile(file, (members) => {
    const { locks } = locksFile.parse(members);
    const kept = which === 'every' ? [] : locks.filter(({ on }) => !isSameTarget(on, which));
    removed = locks.length - kept.length;
    return { locks: kept };
  });
  return removed;
}

function parsed(json: JsonFile): readonly Lock[] {
  const { data, error } = locksFile.safeParse(json.value);
  if (data) return data.locks;
  throw configInvalid(error.issues.map((issue) => describeProblem(json.locate(issue))));
}
