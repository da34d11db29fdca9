import type { Log } from '../base/log.ts';
import type { FoundRecord, OAuthRecord, OAuthStore } from '../oauth/oauth-store.ts';
import { openDatabase, type Database, type DatabaseLocation } from './database.ts';

const keysPerQuery = 500;

/** Opens the store. The caller closes it. */
export async function openOAuthStore(location: DatabaseLocation, log: Log): Promise<OAuthStore> {
  return new SqlOAuthStore(await openDatabase(location, { areas: ['state'], log }));
}

class SqlOAuthStore implements OAuthStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async upsert({ model, key, payload, grantId, expiresAt }: OAuthRecord): Promise<void> {
    const values = {
      grant_id: grantId ?? null,
      payload: JSON.stringify(payload),
      expires_at: expiresAt?.getTime() ?? null,
    };
    await this.#database.sql
      .insertInto('oauth_records')
      .values({ model, key, ...values, consumed_at: null })
      .onConflict((conflict) => conflict.columns(['model', 'key']).doUpdateSet(values))
      .execute();
  }

  async find(model: string, key: string): Promise<FoundRecord | undefined> {
    const row = await this.#unexpired(model)
      .select(['payload', 'expires_at', 'consumed_at'])
      .where('key', '=', key)
      .executeTakeFirst();
    return (
      row && { payload: payloadOf(row.payload), expiresAt: dateOf(row.expires_at), consumedAt: dateOf(row.consumed_at) }
    );
  }

  async consume(model: string, key: string, at: Date): Promise<boolean> {
    const { numUpdatedRows } = await this.#database.sql
      .updateTable('oauth_records')
      .set({ consumed_at: at.getTime() })
      .where('model', '=', model)
      .where('key', '=', key)
      .where('consumed_at', 'is', null)
      .executeTakeFirst();
    return numUpdatedRows === 1n;
  }

  async destroy(model: string, key: string): Promise<void> {
    await this.#database.sql.deleteFrom('oauth_records').where('model', '=', model).where('key', '=', key).execute();
  }

  async revokeByGrantId(model: string, grantId: string): Promise<void> {
    const { sql } = this.#database;
    await sql.deleteFrom('oauth_records').where('model', '=', model).where('grant_id', '=', grantId).execute();
  }

  async present(model: string, keys: readonly string[]): Promise<ReadonlySet<string>> {
    const found = new Set<string>();
    for (let start = 0; start < keys.length; start += keysPerQuery) {
      const some = keys.slice(start, start + keysPerQuery);
      const rows = await this.#unexpired(model).select('key').where('key', 'in', some).execute();
      for (const { key } of rows) found.add(key);
    }
    return found;
  }

  async count(model: string): Promise<number> {
    const row = await this.#unexpired(model)
      .select(({ fn }) => fn.countAll().as('records'))
      .executeTakeFirst();
    return Number(row?.records ?? 0);
  }

  async removeExpired(): Promise<void> {
    await this.#database.sql.deleteFrom('oauth_records').where('expires_at', '<=', Date.now()).execute();
  }

  async close(): Promise<void> {
    await this.#database.close();
  }

  #unexpired(model: string) {
    return this.#database.sql
      .selectFrom('oauth_records')
      .where('model', '=', model)
      .where((row) => row.or([row('expires_at', 'is', null), row('expires_at', '>', Date.now())]));
  }
}

function payloadOf(text: string): Readonly<Record<string, unknown>> {
  const payload: unknown = JSON.parse(text);
  return typeof payload === 'object' && payload !== null ? { ...payload } : {};
}

function dateOf(at: number | null): Date | undefined {
  return at === null ? undefined : new Date(at);
}
