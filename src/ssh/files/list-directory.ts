import { posix } from 'node:path';
import { GatewayError } from '../../base/errors.ts';
import type { DirectoryEntry, DirectoryListing, ListingOptions } from './file-access.ts';
import { mustLeadToItself, typeOf } from './file-checks.ts';
import { statusOf } from './file-error.ts';
import type { NamedEntry } from './sftp-replies.ts';
import type { Sftp } from './sftp.ts';

/** How much of a directory is read: one that never ends is read up to here. */
export interface DirectoryLimits {
  readonly entries: number;
  readonly nameBytes: number;
  readonly ms: number;
}

const permissionBits = 0o7777;
const mostTargets = 1_000;
const targetsAtOnce = 64;

const listingLimits: DirectoryLimits = { entries: 10_000, nameBytes: 8 * 1024 * 1024, ms: 20_000 };

export async function listDirectory(
  sftp: Sftp,
  path: string,
  { targets, limits = listingLimits }: ListingOptions & { readonly limits?: DirectoryLimits } = {},
): Promise<DirectoryListing> {
  if (typeOf(await sftp.stat(path)) !== 'directory') {
    throw new GatewayError('path_not_permitted', `${path} is not a directory. Read it with read_file.`);
  }
  const handle = await sftp.opendir(path);
  try {
    await mustLeadToItself(sftp, path);
    const entries: DirectoryEntry[] = [];
    let complete = true;
    for await (const entry of entriesWithin(sftp, handle, limits)) {
      if (entry === 'limit') complete = false;
      else entries.push(directoryEntry(entry));
    }
    return { entries: targets === undefined ? entries : await withTargets(sftp, path, entries), complete };
  } finally {
    // Nobody waits for it: what was read is read.
    void sftp.close(handle);
  }
}

function directoryEntry({ name, longName, attributes }: NamedEntry): DirectoryEntry {
  const { size = 0, mode, times } = attributes;
  return {
    name,
    type: typeOf(attributes),
    sizeBytes: size,
    longName,
    ...(mode !== undefined && { mode: mode & permissionBits }),
    ...(times && { modified: times.modified }),
  };
}

/** So many of them at once, and no more in all. */
async function withTargets(
  sftp: Sftp,
  directory: string,
  entries: readonly DirectoryEntry[],
): Promise<readonly DirectoryEntry[]> {
  const links = entries.filter(({ type }) => type === 'symlink').slice(0, mostTargets);
  const targets = new Map<string, string>();
  for (let start = 0; start < links.length; start += targetsAtOnce) {
    await Promise.all(
      links.slice(start, start + targetsAtOnce).map(async ({ name }) => {
        const target = await sftp.readlink(posix.join(directory, name)).catch((error: unknown) => {
          // Gone since, or none any longer.
          if (statusOf(error) === undefined) throw error;
          return undefined;
        });
        if (target !== undefined) targets.set(name, target);
      }),
    );
  }
  return entries.map((entry) => {
    const target = targets.get(entry.name);
    return target === undefined ? entry : { ...entry, target };
  });
}

/** The entries of an open directory; `limit` in the place of the first that is too many. */
export async function* entriesWithin(
  sftp: Sftp,
  handle: Buffer,
  limits: DirectoryLimits,
): AsyncGenerator<NamedEntry | 'limit'> {
  const startedAt = performance.now();
  let [count, bytes] = [0, 0];
  for (let batch = await sftp.readdir(handle); batch !== undefined; batch = await sftp.readdir(handle)) {
    for (const entry of batch) {
      count += 1;
      bytes += entry.name.length + entry.longName.length;
      if (count > limits.entries || bytes > limits.nameBytes) {
        yield 'limit';
        return;
      }
      yield entry;
    }
    if (performance.now() - startedAt > limits.ms) {
      yield 'limit';
      return;
    }
  }
}
