import { randomBytes } from 'node:crypto';
import { posix } from 'node:path';
import { typeOf } from './file-checks.ts';
import { statusOf } from './file-error.ts';
import { entriesWithin, type DirectoryLimits } from './list-directory.ts';
import type { Attributes } from './sftp-packets.ts';
import type { NamedEntry } from './sftp-replies.ts';
import type { Sftp } from './sftp.ts';

/** How far a directory is looked through. */
const searchLimits: DirectoryLimits = { entries: 200_000, nameBytes: 64 * 1024 * 1024, ms: 10_000 };
/** The names of unfinished files, for nobody else's to be taken for one. */
const temporaryName = /^\..*\.sallyport-[0-9a-f]{12}\.tmp$/s;
/** An unfinished file that is still written to changes far more often: a call whose host is silent for half a minute ends. */
const abandonedAfterSeconds = 600;
const mostRemoved = 100;

/** A new name for the unfinished file, in the same directory. */
export function temporaryBeside(path: string): string {
  const name = `.${shortened(posix.basename(path))}.sallyport-${randomBytes(6).toString('hex')}.tmp`;
  return posix.join(posix.dirname(path), name);
}

export interface Surroundings {
  /** Names that the file has. SFTP 3 does not tell; OpenSSH's long name of a directory entry does. Unknown counts as one. */
  readonly links: number;
  /** Paths of what looks like unfinished files. */
  readonly unfinished: readonly Unfinished[];
}

interface Unfinished {
  readonly path: string;
  readonly attributes: Attributes;
}

/** Looks through the directory that the file is in, as far as the account may. */
export async function lookAround(sftp: Sftp, path: string): Promise<Surroundings> {
  const [directory, name] = [posix.dirname(path), posix.basename(path)];
  const unfinished: Unfinished[] = [];
  let links = 1;
  const handle = await sftp.opendir(directory).catch((error: unknown) => {
    if (statusOf(error) === undefined) throw error;
    return undefined;
  });
  if (handle === undefined) return { links, unfinished };
  try {
    for await (const entry of entriesWithin(sftp, handle, searchLimits)) {
      if (entry === 'limit') break;
      if (entry.name === name) links = linksOf(entry);
      else if (temporaryName.test(entry.name)) {
        unfinished.push({ path: posix.join(directory, entry.name), attributes: entry.attributes });
      }
    }
    return { links, unfinished };
  } finally {
    void sftp.close(handle);
  }
}

/**
 * Removes what writes that were cut off have left: our own account's files, that bear our name and have not changed for
 * ten minutes by the host's own clock, which the file just made tells.
 */
export async function removeAbandoned(
  sftp: Sftp,
  unfinished: readonly Unfinished[],
  justMade: Attributes,
): Promise<void> {
  const { owner, times: now } = justMade;
  if (owner === undefined || now === undefined) return;
  const abandoned = unfinished.filter(({ attributes }) => {
    const { owner: theirs, times } = attributes;
    const isOld = times !== undefined && now.modified - times.modified > abandonedAfterSeconds;
    return typeOf(attributes) === 'file' && theirs?.uid === owner.uid && isOld;
  });
  await Promise.all(abandoned.slice(0, mostRemoved).map(({ path }) => sftp.unlink(path)));
}

function linksOf({ longName }: NamedEntry): number {
  return Number(/^\S{10,11}\s+(\d+)\s/.exec(longName)?.[1] ?? 1);
}

/** As much of a name as fits a file name of 255 bytes beside what is put around it, at four bytes a character. */
function shortened(name: string): string {
  return Array.from(name).slice(0, 50).join('');
}
