import type { Kysely, Selectable } from 'kysely';
import { z } from 'zod';
import type { Log } from '../base/log.ts';
import { isHostId } from '../hosts/host.ts';
import type { Job, JobId, JobState } from '../jobs/job.ts';
import { isJobId, type JobChange, type JobStore } from '../jobs/jobs.ts';
import type { ReservationStore } from '../jobs/reservations.ts';
import { jobEnds } from '../identity/caller.ts';
import { isPrincipalId } from '../identity/principal.ts';
import { openDatabase, type Database, type DatabaseLocation } from './database.ts';
import { SqlReservationStore } from './reservation-store.ts';
import type { Schema } from './schema.ts';
import { whileBusy } from './while-busy.ts';

type Row = Selectable<Schema['jobs']>;

const stopped = z.object({
  state: z.enum(['confirmed', 'still_running', 'unknown', 'unsupported']),
  pids: z.array(z.int()),
});

const stateSchema: z.ZodType<JobState> = z.discriminatedUnion('kind', [
  z.object({ kind: z.enum(['starting', 'running']) }),
  z.object({ kind: z.literal('exited'), status: z.int() }),
  z.object({ kind: z.literal('signalled'), signal: z.string() }),
  z.object({ kind: z.literal('timed_out'), stopped }),
  z.object({ kind: z.literal('cancelled'), stopped, by: z.enum(jobEnds).optional() }),
  z.object({
    kind: z.literal('lost'),
    reason: z.enum(['never_seen', 'spool_gone', 'host_restarted', 'no_exit_record', 'gateway_ended']),
  }),
]);

export async function openJobStore(location: DatabaseLocation, log: Log): Promise<JobStore> {
  return new SqlJobStore(await whileBusy(() => openDatabase(location, { areas: ['state'], log })));
}

class SqlJobStore implements JobStore {
  readonly reservations: ReservationStore;
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
    this.reservations = new SqlReservationStore(database.sql);
  }

  get #sql(): Kysely<Schema> {
    return this.#database.sql;
  }

  async add(job: Job): Promise<void> {
    await whileBusy(() => this.#sql.insertInto('jobs').values(rowOf(job)).execute());
  }

  async find(id: JobId): Promise<Job | undefined> {
    const row = await this.#sql.selectFrom('jobs').selectAll().where('id', '=', id).executeTakeFirst();
    return row && jobOf(row);
  }

  async ownedBy(owner: string | undefined, limit: number): Promise<readonly Job[]> {
    const all = this.#sql.selectFrom('jobs').selectAll();
    const own = owner === undefined ? all : all.where('owner', '=', owner);
    const rows = await own.orderBy('created_at', 'desc').orderBy('id').limit(limit).execute();
    return rows.map(jobOf);
  }

  async countUnended(owner: string, deadlineAfter: number): Promise<number> {
    const unended = this.#sql.selectFrom('jobs').where('owner', '=', owner).where('ended_at', 'is', null);
    const own = unended.where('deadline_at', '>', deadlineAfter);
    const row = await own.select((row) => row.fn.countAll().as('count')).executeTakeFirst();
    return Number(row?.count ?? 0);
  }

  async change(
    { id, fence }: Pick<Job, 'id' | 'fence'>,
    change: JobChange,
    heldBefore?: number,
  ): Promise<Job | undefined> {
    const own = this.#sql.updateTable('jobs').set(columnsOf(change)).where('id', '=', id).where('fence', '=', fence);
    const open = own.where((row) => row.or([row('ended_at', 'is', null), row('state', '=', unseen)]));
    const free =
      heldBefore === undefined
        ? open
        : open.where((row) => row.or([row('held_until', 'is', null), row('held_until', '<=', heldBefore)]));
    const { numUpdatedRows } = await whileBusy(() => free.executeTakeFirst());
    return Number(numUpdatedRows) === 1 ? await this.find(id) : undefined;
  }

  async remove(ids: readonly JobId[]): Promise<void> {
    if (ids.length > 0) await whileBusy(() => this.#sql.deleteFrom('jobs').where('id', 'in', ids).execute());
  }

  async prune(endedBefore: number, maxEnded: number): Promise<void> {
    const ranked = this.#sql
      .selectFrom('jobs')
      .select(['id', 'ended_at'])
      .select((row) =>
        row.fn
          .agg<number>('row_number')
          .over((over) => over.partitionBy('owner').orderBy('ended_at', 'desc'))
          .as('rank'),
      )
      .where('ended_at', 'is not', null);
    await whileBusy(() =>
      this.#sql
        .deleteFrom('jobs')
        .where('id', 'in', (query) =>
          query
            .selectFrom(ranked.as('ended'))
            .select('ended.id')
            .where((row) => row.or([row('ended.ended_at', '<', endedBefore), row('ended.rank', '>', maxEnded)])),
        )
        .execute(),
    );
  }

  close(): Promise<void> {
    return this.#database.close();
  }
}

const unseen = JSON.stringify({ kind: 'lost', reason: 'never_seen' } satisfies JobState);

function columnsOf({ state, endedAt, heldUntil, outputId, received, fence }: JobChange): Partial<Row> {
  return {
    ...(state !== undefined && { state: JSON.stringify(state) }),
    ...(endedAt !== undefined && { ended_at: endedAt }),
    ...(heldUntil !== undefined && { held_until: heldUntil }),
    ...(outputId !== undefined && { output_id: outputId }),
    ...(received !== undefined && { received_stdout: received.stdout, received_stderr: received.stderr }),
    ...(fence !== undefined && { fence }),
  };
}

function rowOf(job: Job): Row {
  const { createdAt, deadlineAt, state, endedAt, heldUntil, outputId, received, ...same } = job;
  return {
    ...same,
    created_at: createdAt,
    deadline_at: deadlineAt,
    state: JSON.stringify(state),
    ended_at: endedAt,
    held_until: heldUntil,
    output_id: outputId,
    received_stdout: received.stdout,
    received_stderr: received.stderr,
  };
}

function jobOf(row: Row): Job {
  const { id, owner, host } = row;
  if (!isJobId(id) || !isPrincipalId(owner) || !isHostId(host))
    throw new Error('the database holds a job that is none');
  return {
    id,
    owner,
    host,
    tool: row.tool,
    command: row.command,
    mark: row.mark,
    createdAt: row.created_at,
    deadlineAt: row.deadline_at,
    state: stateSchema.parse(JSON.parse(row.state)),
    endedAt: row.ended_at,
    heldUntil: row.held_until,
    fence: row.fence,
    outputId: row.output_id,
    received: { stdout: row.received_stdout, stderr: row.received_stderr },
  };
}
