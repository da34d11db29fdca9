import { sql as raw } from 'kysely';
import type { Kysely, Selectable } from 'kysely';
import type { ChainedRecord, PlacedRecord } from '../audit/chain.ts';
import { cutsIn, type CutChain } from '../audit/chain-cut.ts';
import type { ChainHead } from '../audit/link.ts';
import type { AuditStore } from '../audit/trail.ts';
import type { Schema } from './schema.ts';

type Row = Omit<Selectable<Schema['audit_records']>, 'position'>;

const columns = ['chain', 'seq', 'call_id', 'kind', 'body', 'previous', 'hash'] as const;
const rowsPerInsert = 200;
const rowsPerPage = 500;
/** How many of the newest records are looked at for chains that are old and still written. */
const recentRecords = 1_000;

/** The audit trail in SQL. Over a transaction, everything it does is part of that. */
export class SqlAuditStore implements AuditStore {
  readonly #sql: Kysely<Schema>;

  constructor(sql: Kysely<Schema>) {
    this.#sql = sql;
  }

  async append(records: readonly ChainedRecord[]): Promise<void> {
    if (this.#sql.isTransaction) await insert(this.#sql, records);
    else await this.#sql.transaction().execute((sql) => insert(sql, records));
  }

  async use(approvalId: string, callId: string): Promise<boolean> {
    const { numInsertedOrUpdatedRows: written } = await this.#sql
      .insertInto('used_approvals')
      .values({ approval_id: approvalId, call_id: callId })
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirst();
    return written === 1n;
  }

  async first(chain: string): Promise<ChainedRecord | undefined> {
    const query = this.#sql.selectFrom('audit_records').select(columns).where('chain', '=', chain).where('seq', '=', 1);
    const row = await query.executeTakeFirst();
    return row && recordOf(row);
  }

  async head(chain: string): Promise<Pick<ChainedRecord, 'seq' | 'hash'> | undefined> {
    return await this.#sql
      .selectFrom('audit_records')
      .select(['seq', 'hash'])
      .where('chain', '=', chain)
      .orderBy('seq', 'desc')
      .limit(1)
      .executeTakeFirst();
  }

  /**
   * The chains written last, among those that started or were written recently: a look at every chain would make each
   * start slower than the one before. A chain that is passed over was sealed when it was recent.
   * SQLite takes a cross join in the order written, which here is the fast one.
   */
  async heads(limit: number): Promise<readonly ChainHead[]> {
    const { rows } = await raw<ChainHead>`
      with started as (select chain from audit_records where seq = 1 order by position desc limit ${limit}),
      written as (select chain from audit_records order by position desc limit ${recentRecords}),
      recent as (select chain from started union select chain from written)
      select record.chain, record.seq, record.hash
      from recent cross join audit_records as record
      where record.chain = recent.chain
        and record.seq = (select max(seq) from audit_records where chain = recent.chain)
      order by record.position desc limit ${limit}`.execute(this.#sql);
    return rows;
  }

  async *records(): AsyncIterable<ChainedRecord> {
    const snapshot = await this.#sql
      .startTransaction()
      .setIsolationLevel('repeatable read')
      .setAccessMode('read only')
      .execute();
    try {
      const chains = await snapshot
        .selectFrom('audit_records')
        .select('chain')
        .groupBy('chain')
        .orderBy((row) => row.fn.min('position'), 'desc')
        .execute();
      for (const { chain } of chains) yield* recordsOfChain(snapshot, chain);
    } finally {
      await snapshot.rollback().execute();
    }
  }

  async cuts(): Promise<readonly CutChain[]> {
    const rows = await this.#sql.selectFrom('audit_records').select('body').where('kind', '=', 'chain_cut').execute();
    return rows.flatMap(({ body }) => cutsIn(body));
  }

  async after(position: number, limit: number): Promise<readonly PlacedRecord[]> {
    const rows = await this.#sql
      .selectFrom('audit_records')
      .select(['position', ...columns])
      .where('position', '>', position)
      .orderBy('position')
      .limit(limit)
      .execute();
    return rows.map(placedOf);
  }

  async before(position: number, limit: number): Promise<readonly PlacedRecord[]> {
    const rows = await this.#sql
      .selectFrom('audit_records')
      .select(['position', ...columns])
      .where('position', '<', position)
      .orderBy('position', 'desc')
      .limit(limit)
      .execute();
    return rows.map(placedOf);
  }

  async openIntents(): Promise<readonly ChainedRecord[]> {
    const closed = raw`max(case when kind in ('outcome', 'refusal') then 1 else 0 end)`;
    const rows = await this.#sql
      .selectFrom('audit_records')
      .select(columns)
      .where('kind', 'in', ['intent', 'probe'])
      .where('call_id', 'in', (query) =>
        query
          .selectFrom('audit_records')
          .select('call_id')
          .where('call_id', 'is not', null)
          .groupBy('call_id')
          .having(closed, '=', 0),
      )
      .orderBy('position')
      .execute();
    return rows.map(recordOf);
  }
}

async function insert(sql: Kysely<Schema>, records: readonly ChainedRecord[]): Promise<void> {
  for (let at = 0; at < records.length; at += rowsPerInsert) {
    const rows = records.slice(at, at + rowsPerInsert).map(rowOf);
    await sql.insertInto('audit_records').values(rows).execute();
  }
}

async function* recordsOfChain(sql: Kysely<Schema>, chain: string): AsyncIterable<ChainedRecord> {
  let seq = 0;
  for (;;) {
    const rows = await sql
      .selectFrom('audit_records')
      .select(columns)
      .where('chain', '=', chain)
      .where('seq', '>', seq)
      .orderBy('seq')
      .limit(rowsPerPage)
      .execute();
    yield* rows.map(recordOf);
    const last = rows.at(-1);
    if (!last || rows.length < rowsPerPage) return;
    seq = last.seq;
  }
}

function rowOf({ chain, seq, callId, kind, body, previous, hash }: ChainedRecord): Row {
  return { chain, seq, call_id: callId, kind, body, previous, hash };
}

function recordOf({ call_id, ...row }: Row): ChainedRecord {
  return { ...row, callId: call_id };
}

function placedOf({ position, ...row }: Row & { readonly position: number }): PlacedRecord {
  return { ...recordOf(row), position };
}
