import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { SQLInputValue } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { CompiledQuery, Kysely, SqliteAdapter, SqliteDriver, SqliteIntrospector, SqliteQueryCompiler } from 'kysely';
import type { DatabaseConnection, SqliteDatabase as KyselyFile, SqliteStatement, TransactionSettings } from 'kysely';
import { hasErrorCode } from '../base/error-code.ts';
import { GatewayError } from '../base/errors.ts';
import type { Database, SqliteLocation } from './database.ts';
import type { Schema } from './schema.ts';
import { isBusy } from './sqlite-errors.ts';

const maxPreparedStatements = 100;
const walRetryMs = 10;

/** A database that is a file of this machine. */
export interface SqliteDatabase extends Database {
  /** The same open file, for what must not wait for more than the disk. Closed with the database. */
  readonly file: DatabaseSync;
}

export async function openSqlite(location: SqliteLocation): Promise<SqliteDatabase> {
  makePrivateFile(location.path);
  const file = new DatabaseSync(location.path, { timeout: location.busyTimeoutMs });
  try {
    await enterWal(file, location);
    file.exec(`pragma synchronous = ${location.durability}`);
  } catch (error) {
    file.close();
    throw error;
  }
  return databaseOver(file);
}

function databaseOver(file: DatabaseSync): SqliteDatabase {
  const sql = new Kysely<Schema>({
    dialect: {
      createAdapter: () => new SqliteAdapter(),
      createDriver: () => new ImmediateSqliteDriver(file),
      createIntrospector: (kysely) => new SqliteIntrospector(kysely),
      createQueryCompiler: () => new SqliteQueryCompiler(),
    },
  });
  const close = async () => {
    await sql.destroy();
    if (file.isOpen) file.close();
  };
  return {
    engine: 'sqlite',
    file,
    sql,
    exclusively: (work) => sql.transaction().execute(work),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/**
 * SQLite gives -wal and -shm the mode of the main file, so that one is made before SQLite can make it.
 *
 * An existing file is never opened here: closing it would drop every POSIX lock that SQLite holds on it in this process.
 */
function makePrivateFile(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  try {
    closeSync(openSync(path, 'wx', 0o600));
  } catch (error) {
    if (!hasErrorCode(error, 'EEXIST')) throw error;
  }
}

/** The busy timeout does not cover the change to WAL, which several processes may try at their first start. */
async function enterWal(file: DatabaseSync, location: SqliteLocation): Promise<void> {
  const deadline = Date.now() + location.busyTimeoutMs;
  for (;;) {
    try {
      const mode = file.prepare('pragma journal_mode = wal').get()?.['journal_mode'];
      if (mode === 'wal') return;
    } catch (error) {
      if (!isBusy(error) || Date.now() > deadline) throw error;
      await sleep(walRetryMs);
      continue;
    }
    const message = `${location.path} is on a file system without shared memory. Set DATA_DIR to a folder on a local disk.`;
    throw new GatewayError('config_invalid', message);
  }
}

/** Takes the write lock when a transaction begins: one that read first could no longer write after another process did. */
class ImmediateSqliteDriver extends SqliteDriver {
  readonly #file: DatabaseSync;

  constructor(file: DatabaseSync) {
    super({ database: kyselyView(file) });
    this.#file = file;
  }

  override async beginTransaction(connection: DatabaseConnection, settings?: TransactionSettings): Promise<void> {
    const begin = settings?.accessMode === 'read only' ? 'begin' : 'begin immediate';
    await connection.executeQuery(CompiledQuery.raw(begin));
  }

  /** A failed commit may have rolled back already; the failure itself must reach the caller. */
  override async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    if (this.#file.isTransaction) await super.rollbackTransaction(connection);
  }
}

function kyselyView(file: DatabaseSync): KyselyFile {
  const prepared = new Map<string, SqliteStatement>();
  return {
    close: () => file.close(),
    prepare(sql) {
      const known = prepared.get(sql);
      if (known) return known;
      const statement = prepare(file, sql);
      const [oldest] = prepared.keys();
      if (prepared.size >= maxPreparedStatements && oldest !== undefined) prepared.delete(oldest);
      prepared.set(sql, statement);
      return statement;
    },
  };
}

function prepare(file: DatabaseSync, sql: string): SqliteStatement {
  const statement = file.prepare(sql);
  return {
    reader: statement.columns().length > 0,
    all: (parameters) => statement.all(...parameters.map(bindable)),
    run: (parameters) => statement.run(...parameters.map(bindable)),
    iterate: (parameters) => statement.iterate(...parameters.map(bindable)),
  };
}

function bindable(value: unknown): SQLInputValue {
  if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint')
    return value;
  if (value instanceof Uint8Array) return value;
  throw new Error(`SQLite cannot store a value of type ${typeof value}`);
}
