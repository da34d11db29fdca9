import { posix } from 'node:path';
import { entriesWithin, type DirectoryLimits } from './list-directory.ts';
import { resolvePath } from './resolve-path.ts';
import type { Sftp } from './sftp.ts';

/** So many older files are looked at, the newest. */
const maxFiles = 9;
const limits: DirectoryLimits = { entries: 20_000, nameBytes: 4 * 1024 * 1024, ms: 10_000 };

export interface RotatedLog {
  readonly path: string;
  /** Where it leads, as `resolvePath` says. */
  readonly resolved: string;
}

/** The older files that logrotate(8) made of a log, the newest first: `log.1`, `log.2.gz`, or `log-20260131.gz`. */
export async function findRotated(sftp: Sftp, path: string): Promise<readonly RotatedLog[]> {
  const log = await resolvePath(sftp, path);
  const directory = posix.dirname(log);
  const handle = await sftp.opendir(directory);
  const found: { readonly name: string; readonly age: number }[] = [];
  try {
    for await (const entry of entriesWithin(sftp, handle, limits)) {
      if (entry === 'limit') break;
      const age = ageIn(entry.name, posix.basename(log));
      if (age !== undefined) found.push({ name: entry.name, age });
    }
  } finally {
    void sftp.close(handle);
  }
  const newest = found.toSorted((a, b) => a.age - b.age).slice(0, maxFiles);
  const paths = newest.map(({ name }) => posix.join(directory, name));
  return await Promise.all(paths.map(async (one) => ({ path: one, resolved: await resolvePath(sftp, one) })));
}

/** Rises with the age of the file, whichever way it was named; undefined for what is no rotated file of that log. */
function ageIn(name: string, log: string): number | undefined {
  if (!name.startsWith(log)) return undefined;
  const [, mark, digits] = /^([.-])(\d{1,12})(?:\.(?:gz|xz|bz2|zst|lz4))?$/.exec(name.slice(log.length)) ?? [];
  if (digits === undefined) return undefined;
  return mark === '-' || digits.length >= 8 ? 1e13 - Number(digits.padEnd(12, '0')) : Number(digits);
}
