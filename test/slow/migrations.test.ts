import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chainOrigin } from '../../src/audit/chain.ts';
import { silentLog } from '../../src/base/log.ts';
import { openDatabase, type Database } from '../../src/storage/database.ts';
import { migrate, migrations, type Area } from '../../src/storage/migrations.ts';
import { engines, type Engine } from '../contract/engines.ts';

/** Every version of every area that a newer one may meet. */
const older: readonly { readonly area: Area; readonly version: number }[] = (['audit', 'state'] as const).flatMap(
  (area) => migrations[area].slice(1).map((_, index) => ({ area, version: index + 1 })),
);

describe.each(engines)('a database on $name that an older version made', ({ start }) => {
  let engine: Engine;
  const fresh = new Map<Area, readonly string[]>();

  beforeAll(async () => {
    engine = await start();
    for (const area of ['audit', 'state'] as const) {
      await using database = await openDatabase(await engine.newLocation(), { areas: [area], log: silentLog });
      fresh.set(area, await columnsOf(database));
    }
  });
  afterAll(() => engine[Symbol.asyncDispose]());

  it.each(older)('has, once opened, the tables of a new one, and what was in it: $area $version', async (of) => {
    const { area, version } = of;
    const location = await engine.newLocation();
    {
      await using old = await openDatabase(location, { areas: [], log: silentLog });
      await migrate(old, area, migrations[area].slice(0, version));
      expect((await columnsOf(old)).length).toBeLessThan(fresh.get(area)?.length ?? 0);
      await fill(old, area);
    }
    await using database = await openDatabase(location, { areas: [area], log: silentLog });
    expect(await columnsOf(database)).toEqual(fresh.get(area));
    expect(await filled(database, area)).toBe('kept');
  });
});

async function columnsOf({ sql }: Database): Promise<readonly string[]> {
  const tables = await sql.introspection.getTables();
  return tables.flatMap(({ name, columns }) => columns.map((column) => `${name}.${column.name}`)).toSorted();
}

/** A row of a table that its first version had. */
async function fill({ sql }: Database, area: Area): Promise<void> {
  switch (area) {
    case 'audit': {
      const values = {
        chain: 'c',
        seq: 1,
        call_id: 'kept',
        kind: 'start',
        body: '{}',
        previous: chainOrigin,
        hash: 'h',
      };
      await sql.insertInto('audit_records').values(values).execute();
      return;
    }
    case 'state':
      await sql.insertInto('token_use').values({ token_hash: 'kept', last_used_at: 1 }).execute();
  }
}

async function filled({ sql }: Database, area: Area): Promise<string | null> {
  switch (area) {
    case 'audit':
      return (await sql.selectFrom('audit_records').select('call_id').executeTakeFirstOrThrow()).call_id;
    case 'state':
      return (await sql.selectFrom('token_use').select('token_hash').executeTakeFirstOrThrow()).token_hash;
  }
}
