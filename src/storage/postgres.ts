import { CompiledQuery, Kysely, PostgresDialect, sql as raw } from 'kysely';
import pg from 'pg';
import type { Log } from '../base/log.ts';
import type { Database, PostgresLocation } from './database.ts';
import type { Schema } from './schema.ts';

/** Key of the advisory lock behind `exclusively`: "sallypor" in ASCII. */
const lockKey = 0x73616c6c79706f72n;
const maxConnections = 10;
const connectTimeoutMs = 5_000;
/** A commit is on disk when it is acknowledged, whatever the server's default; a lock is waited for in vain only so long. */
const settings = "set synchronous_commit = on; set lock_timeout = '5s'";

export function openPostgres(location: PostgresLocation, log: Log): Database {
  const pool = new pg.Pool({
    connectionString: location.url,
    connectionTimeoutMillis: connectTimeoutMs,
    max: maxConnections,
    types: { getTypeParser: (oid, format) => (oid === pg.types.builtins.INT8 ? safeInteger : parserOf(oid, format)) },
  });
  // Without a listener, an idle connection that breaks would end the process.
  pool.on('error', (error) => log.warn({ err: error }, 'an idle database connection broke'));
  const sql = new Kysely<Schema>({
    dialect: new PostgresDialect({
      pool,
      onCreateConnection: async (connection) => {
        await connection.executeQuery(CompiledQuery.raw(settings));
      },
    }),
  });
  const close = async () => {
    await sql.destroy();
    if (!pool.ended) await pool.end();
  };
  return {
    engine: 'postgres',
    sql,
    exclusively: (work) =>
      sql.transaction().execute(async (transaction) => {
        await raw`select pg_advisory_xact_lock(${lockKey})`.execute(transaction);
        return await work(transaction);
      }),
    close,
    [Symbol.asyncDispose]: close,
  };
}

function parserOf(oid: number, format: 'text' | 'binary' | undefined) {
  return format === 'binary' ? pg.types.getTypeParser(oid, format) : pg.types.getTypeParser(oid, 'text');
}

/** The driver hands int8 over as text; ours are counters and milliseconds, which a number holds exactly. */
function safeInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new Error('The database holds an integer beyond 2^53');
  return value;
}
