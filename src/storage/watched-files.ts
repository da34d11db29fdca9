import { statSync } from 'node:fs';
import { hasErrorCode } from '../base/error-code.ts';

const noFile = 'absent';

/**
 * Notices when the files of an open SQLite database are removed or replaced under it. SQLite would go on writing, and
 * report success, to files that have no name any more.
 */
export class WatchedFiles {
  readonly #identities: ReadonlyMap<string, string>;

  /** To be made once the database has been written to, when all of its files exist. */
  constructor(path: string) {
    const paths = [path, `${path}-wal`, `${path}-shm`];
    this.#identities = new Map(paths.map((file) => [file, identityOf(file)]));
  }

  /** Throws when a path no longer leads to the file that it led to. */
  assertUnchanged(): void {
    for (const [path, identity] of this.#identities) {
      const found = identityOf(path);
      if (found === noFile) throw new Error(`${path} was removed while it was in use; leave it to the gateway`);
      if (found !== identity) throw new Error(`${path} was replaced while it was in use; leave it to the gateway`);
    }
  }
}

/** An inode number is not given to another file while we hold this one open. */
function identityOf(path: string): string {
  try {
    const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
    return stat ? `${stat.dev}:${stat.ino}` : noFile;
  } catch (error) {
    // A part of the path is a file now.
    if (hasErrorCode(error, 'ENOTDIR')) return noFile;
    throw error;
  }
}
