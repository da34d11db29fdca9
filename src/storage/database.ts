import type { Kysely, Transaction } from 'kysely';
import type { Log } from '../base/log.ts';
import { migrate } from './migrations.ts';
import type { Area } from './migrations.ts';
import type { Schema } from './schema.ts';

export type DatabaseLocation = SqliteLocation | PostgresLocation;

export interface SqliteLocation {
  readonly kind: 'sqlite';
  /** Made with mode 0600, in a folder made with mode 0700, where they are absent. */
  readonly path: string;
  /** `full`: a committed transaction survives a power cut. `normal`: it survives a crash of the process. */
  readonly durability: 'full' | 'normal';
  /** How long a statement waits for another process's lock. It blocks its thread meanwhile. */
  readonly busyTimeoutMs: number;
}

export interface PostgresLocation {
  readonly kind: 'postgres';
  readonly url: string;
}

/** One open database, whichever engine holds it. The opener closes it. */
export interface Database extends AsyncDisposable {
  readonly engine: DatabaseLocation['kind'];
  readonly sql: Kysely<Schema>;
  /** One transaction during which no other `exclusively` runs, in any process. */
  exclusively<T>(work: (sql: Transaction<Schema>) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** Opens a database and brings the tables of `areas` up to date. Drivers are loaded when first needed. */
export async function openDatabase(
  location: DatabaseLocation,
  { areas, log }: { readonly areas: readonly Area[]; readonly log: Log },
): Promise<Database> {
  const database = await connect(location, log);
  try {
    for (const area of areas) await migrate(database, area);
    return database;
  } catch (error) {
    await database.close();
    throw error;
  }
}

async function connect(location: DatabaseLocation, log: Log): Promise<Database> {
  switch (location.kind) {
    case 'sqlite': {
      const { openSqlite } = await import('./sqlite.ts');
      return await openSqlite(location);
    }
    case 'postgres': {
      const { openPostgres } = await import('./postgres.ts');
      return openPostgres(location, log);
    }
  }
}
