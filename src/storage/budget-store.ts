import type { Transaction } from 'kysely';
import type { Log } from '../base/log.ts';
import type { PrincipalId } from '../identity/caller.ts';
import type { BudgetStore, Draw, Overdrawn } from '../limits/budgets.ts';
import { openDatabase, type Database, type DatabaseLocation } from './database.ts';
import type { Schema } from './schema.ts';
import { whileBusy } from './while-busy.ts';

const dayMs = 24 * 3_600_000;
/** Amounts that are so close together are kept as one, and all count as of the last of them. */
const togetherMs = 10 * 60_000;

/** Opens the database. The caller closes the store. */
export async function openBudgetStore(location: DatabaseLocation, log: Log): Promise<BudgetStore> {
  return new SqlBudgetStore(await whileBusy(() => openDatabase(location, { areas: ['state'], log })));
}

type Row = Schema['daily_uses'];

class SqlBudgetStore implements BudgetStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async draw(principal: PrincipalId, draws: readonly Draw[], now: number): Promise<Overdrawn | undefined> {
    return await whileBusy(() =>
      this.#database.exclusively(async (sql) => {
        await sql
          .deleteFrom('daily_uses')
          .where('at', '<=', now - dayMs)
          .execute();
        const rows = await sql.selectFrom('daily_uses').selectAll().where('principal', '=', principal).execute();
        const over = draws.map((draw) => overdrawnBy(draw, rows)).find((one) => one !== undefined);
        if (over) return over;
        for (const draw of draws) await add(sql, rowsOf(principal, draw, now), draw.names ? 'once' : 'together');
        return undefined;
      }),
    );
  }

  close(): Promise<void> {
    return this.#database.close();
  }
}

/** What is not counted yet of a draw must fit beside what is. */
function overdrawnBy({ budget, limit, amount, names }: Draw, rows: readonly Row[]): Overdrawn | undefined {
  const mine = rows.filter((row) => row.budget === budget).toSorted((a, b) => a.at - b.at);
  const known = new Set(mine.map(({ item }) => item));
  const needed = names ? new Set(names.filter((name) => !known.has(name))).size : amount;
  const used = mine.reduce((sum, row) => sum + row.amount, 0);
  if (needed <= 0 || used + needed <= limit) return undefined;
  let left = used;
  const renewing = mine.find((row) => {
    left -= row.amount;
    return left + needed <= limit;
  });
  const renewsAt = renewing === undefined ? undefined : renewing.at + dayMs;
  return { budget, limit, used, needed, renewsAt };
}

function rowsOf(principal: PrincipalId, { budget, amount, names }: Draw, now: number): readonly Row[] {
  if (names) return [...new Set(names)].map((item) => ({ principal, budget, item, at: now, amount: 1 }));
  const at = Math.ceil(now / togetherMs) * togetherMs;
  return [{ principal, budget, item: String(at), at, amount }];
}

async function add(sql: Transaction<Schema>, rows: readonly Row[], counted: 'once' | 'together'): Promise<void> {
  for (const row of rows) {
    await sql
      .insertInto('daily_uses')
      .values(row)
      .onConflict((conflict) =>
        conflict.columns(['principal', 'budget', 'item']).doUpdateSet((eb) => ({
          at: row.at,
          amount: counted === 'once' ? row.amount : eb('daily_uses.amount', '+', row.amount),
        })),
      )
      .execute();
  }
}
