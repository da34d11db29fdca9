import { GatewayError } from '../../base/errors.ts';
import type { DirectoryEntry } from './file-access.ts';
import { mustLeadToItself, typeOf } from './file-checks.ts';
import type { NamedEntry } from './sftp-replies.ts';
import type { Sftp } from './sftp.ts';

/** How much of a directory is read: one that never ends is read up to here. */
export interface DirectoryLimits {
  readonly entries: number;
  readonly nameBytes: number;
  readonly ms: number;
}

const listingLimits: DirectoryLimits = { entries: 10_000, nameBytes: 8 * 1024 * 1024, ms: 20_000 };

export async function listDirectory(
  sftp: Sftp,
  path: string,
  limits: DirectoryLimits = listingLimits,
): Promise<{ entries: readonly DirectoryEntry[]; complete: boolean }> {
  if (typeOf(await sftp.stat(path)) !== 'directory') {
    throw new GatewayError('path_not_permitted', `${path} is not a directory. Read it with read_file.`);
  }
  const handle = await sftp.opendir(path);
  try {
    await mustLeadToItself(sftp, path);
    const entries: DirectoryEntry[] = [];
    for await (const entry of entriesWithin(sftp, handle, limits)) {
      if (entry === 'limit') return { entries, complete: false };
      const { name, longName, attributes } = entry;
      entries.push({ name, type: typeOf(attributes), sizeBytes: attributes.size ?? 0, longName });
    }
    return { entries, complete: true };
  } finally {
    // Nobody waits for it: what was read is read.
    void sftp.close(handle);
  }
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
