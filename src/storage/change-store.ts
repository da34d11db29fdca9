import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { fileOperations, type Change, type ChangeStore } from '../changes/change.ts';
import type { Log } from '../base/log.ts';
import { isHostId, type HostId } from '../hosts/host.ts';
import type { PrincipalId } from '../identity/caller.ts';
import { openDatabase, type Database, type DatabaseLocation } from './database.ts';
import type { Schema } from './schema.ts';
import { isBusy } from './sqlite-errors.ts';

const rowsPerStatement = 500;
/** The state database is shared by processes, and waits for another's lock only briefly: it is tried again this often. */
const attempts = 40;
const retryMs = 50;

const state = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('absent') }),
  z.object({ kind: z.literal('file'), sizeBytes: z.number(), sha256: z.string().nullable() }),
]);
const attributes = z.object({
  mode: z.number().exactOptional(),
  owner: z.object({ uid: z.number(), gid: z.number() }).exactOptional(),
});
const host = z.custom<HostId>((value) => typeof value === 'string' && (isHostId(value) || value.startsWith('ad-hoc:')));

const changed = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('file'),
    host,
    path: z.string(),
    by: z.enum(['account', 'sudo']),
    operation: z.enum(fileOperations),
    before: z.intersection(state, attributes),
    after: state.optional(),
    undo: z.discriminatedUnion('available', [
      z.object({ available: z.literal(true) }),
      z.object({ available: z.literal(false), reason: z.string() }),
    ]),
    undoes: z.string().optional(),
  }),
  z.object({
    kind: z.literal('fact'),
    host,
    subject: z.string(),
    before: z.record(z.string(), z.unknown()),
  }),
]);

const principal = z.custom<PrincipalId>((value) => typeof value === 'string');
const states = z.enum(['begun', 'done', 'undone']);

/** Opens the database. The caller closes the store. */
export async function openChangeStore(location: DatabaseLocation, log: Log): Promise<ChangeStore> {
  return new SqlChangeStore(await openDatabase(location, { areas: ['state'], log }));
}

class SqlChangeStore implements ChangeStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async insert({ id, principal: owner, callId, tool, at, state: now, what, keptBytes }: Change): Promise<void> {
    const row = { id, principal: owner, call_id: callId, tool, at: at.getTime(), state: now, kept_bytes: keptBytes };
    const values = { ...row, body: JSON.stringify(what) };
    await patiently(() => this.#database.sql.insertInto('changes').values(values).execute());
  }

  async update({ id, state: now, what }: Pick<Change, 'id' | 'state' | 'what'>): Promise<void> {
    const values = { state: now, body: JSON.stringify(what) };
    await patiently(() => this.#database.sql.updateTable('changes').set(values).where('id', '=', id).execute());
  }

  async remove(ids: readonly string[]): Promise<void> {
    for (let start = 0; start < ids.length; start += rowsPerStatement) {
      const some = ids.slice(start, start + rowsPerStatement);
      await patiently(() => this.#database.sql.deleteFrom('changes').where('id', 'in', some).execute());
    }
  }

  async find(id: string): Promise<Change | undefined> {
    const query = this.#database.sql.selectFrom('changes').selectAll().where('id', '=', id);
    const row = await patiently(() => query.executeTakeFirst());
    return row && changeOf(row);
  }

  async list({ principal: owner, limit }: Parameters<ChangeStore['list']>[0]): Promise<readonly Change[]> {
    const newest = this.#database.sql
      .selectFrom('changes')
      .selectAll()
      .orderBy('at', 'desc')
      .orderBy('id')
      .limit(limit);
    const query = owner === undefined ? newest : newest.where('principal', '=', owner);
    return (await patiently(() => query.execute())).map(changeOf);
  }

  async sizes(): ReturnType<ChangeStore['sizes']> {
    const query = this.#database.sql.selectFrom('changes').select(['id', 'at', 'kept_bytes']).orderBy('at');
    const rows = await patiently(() => query.execute());
    return rows.map((row) => ({ id: row.id, at: new Date(row.at), keptBytes: row.kept_bytes }));
  }

  close(): Promise<void> {
    return this.#database.close();
  }
}

function changeOf(row: Schema['changes']): Change {
  return {
    id: row.id,
    principal: principal.parse(row.principal),
    callId: row.call_id,
    tool: row.tool,
    at: new Date(row.at),
    state: states.parse(row.state),
    what: withoutGaps(changed.parse(JSON.parse(row.body))),
    keptBytes: row.kept_bytes,
  };
}

function withoutGaps(what: z.output<typeof changed>): Change['what'] {
  return what.kind === 'fact' ? what : { ...what, after: what.after };
}

async function patiently<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (!isBusy(error) || attempt === attempts) throw error;
      await sleep(retryMs);
    }
  }
}
