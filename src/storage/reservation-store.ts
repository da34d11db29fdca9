import type { Kysely, Selectable } from 'kysely';
import { z } from 'zod';
import type { PrincipalId } from '../identity/caller.ts';
import { isPrincipalId } from '../identity/principal.ts';
import { isJobId } from '../jobs/jobs.ts';
import type { Reservation, ReservationStore } from '../jobs/reservations.ts';
import type { Schema } from './schema.ts';
import { whileBusy } from './while-busy.ts';

const holderSchema = z.object({ hostname: z.string(), bootId: z.string(), pid: z.int(), startTicks: z.string() });

export class SqlReservationStore implements ReservationStore {
  readonly #sql: Kysely<Schema>;

  constructor(sql: Kysely<Schema>) {
    this.#sql = sql;
  }

  async reserve(wanted: Reservation, expired: number): Promise<Reservation | undefined> {
    const { owner, key, digest, at, holder, jobId, answer } = wanted;
    const row = { owner, key, digest, at, holder: JSON.stringify(holder), job_id: jobId, answer };
    await whileBusy(() => this.#sql.deleteFrom('idempotency_keys').where('at', '<', expired).execute());
    const made = await whileBusy(() =>
      this.#sql
        .insertInto('idempotency_keys')
        .values(row)
        .onConflict((conflict) => conflict.columns(['owner', 'key']).doNothing())
        .executeTakeFirst(),
    );
    if (Number(made.numInsertedOrUpdatedRows) === 1) return undefined;
    // One that was released in between is to be had again.
    return (await this.find(owner, key)) ?? (await this.reserve(wanted, expired));
  }

  async find(owner: PrincipalId, key: string): Promise<Reservation | undefined> {
    const keys = this.#sql.selectFrom('idempotency_keys').selectAll();
    const row = await keys.where('owner', '=', owner).where('key', '=', key).executeTakeFirst();
    return row && reservationOf(row);
  }

  async note(owner: PrincipalId, key: string, { jobId, answer }: Partial<Reservation>): Promise<void> {
    const learnt = { ...(jobId !== undefined && { job_id: jobId }), ...(answer !== undefined && { answer }) };
    await whileBusy(() =>
      this.#sql.updateTable('idempotency_keys').set(learnt).where('owner', '=', owner).where('key', '=', key).execute(),
    );
  }

  async release(owner: PrincipalId, key: string): Promise<void> {
    await whileBusy(() =>
      this.#sql.deleteFrom('idempotency_keys').where('owner', '=', owner).where('key', '=', key).execute(),
    );
  }
}

function reservationOf(row: Selectable<Schema['idempotency_keys']>): Reservation {
  const { owner, key, digest, at, answer, job_id: jobId } = row;
  if (!isPrincipalId(owner)) throw new Error('the database holds a reservation of nobody');
  const holder = holderSchema.parse(JSON.parse(row.holder));
  return { owner, key, digest, at, holder, jobId: jobId !== null && isJobId(jobId) ? jobId : null, answer };
}
