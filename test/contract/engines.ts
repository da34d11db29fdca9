import { join } from 'node:path';
import type { DatabaseLocation } from '../../src/storage/database.ts';
import { startPostgres } from '../fixtures/postgres.ts';
import { temporaryFolder } from '../fixtures/temporary-folder.ts';

/** One running engine; each location is an empty database on it. */
export interface Engine extends AsyncDisposable {
  newLocation(): Promise<DatabaseLocation>;
}

/** Every engine a store must work on. */
export const engines: readonly { readonly name: string; readonly start: () => Promise<Engine> }[] = [
  { name: 'SQLite', start: startSqlite },
  { name: 'PostgreSQL', start: startOnPostgres },
];

async function startSqlite(): Promise<Engine> {
  const folder = temporaryFolder();
  let made = 0;
  return {
    async newLocation() {
      made += 1;
      return { kind: 'sqlite', path: join(folder.path, `${made}.db`), durability: 'full', busyTimeoutMs: 3_000 };
    },
    async [Symbol.asyncDispose]() {
      folder[Symbol.dispose]();
    },
  };
}

async function startOnPostgres(): Promise<Engine> {
  const postgres = await startPostgres();
  return {
    newLocation: async () => ({ kind: 'postgres', url: await postgres.newDatabase() }),
    [Symbol.asyncDispose]: () => postgres[Symbol.asyncDispose](),
  };
}
