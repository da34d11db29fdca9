import type { Config } from '../../config/load.ts';

/** The directories that make up an installation, by their names in a backup. */
export function placesOf({ configDir, keysDir, dataDir }: Config): ReadonlyMap<string, string> {
  return new Map([
    ['config', configDir],
    ['keys', keysDir],
    ['data', dataDir],
  ]);
}

export const databaseEnding = '.db';

/** What lives a day, or is a client's own, and what belongs to a database that is copied as one. */
export function isLeftOut(place: string, path: string): boolean {
  return place === 'data' && /^(?:outputs|transfers)\/|^[^/]+\.db-(?:wal|shm|journal)$|^serve\.sock$/.test(path);
}
