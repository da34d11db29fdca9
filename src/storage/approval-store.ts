import type { Selectable, Transaction } from 'kysely';
import { z } from 'zod';
import {
  approvalChannels,
  approvalStates,
  type Approval,
  type ApprovalDecision,
  type ApprovalState,
  type ApprovalStep,
  type ApprovalStore,
  type OpenedApproval,
} from '../approvals/approval.ts';
import type { Question } from '../approvals/question.ts';
import type { Log } from '../base/log.ts';
import type { PrincipalId } from '../identity/caller.ts';
import { isPrincipalId } from '../identity/principal.ts';
import { openDatabase, type Database, type DatabaseLocation } from './database.ts';
import type { Schema } from './schema.ts';
import { whileBusy } from './while-busy.ts';

type Row = Selectable<Schema['approvals']>;

const principal = z.custom<PrincipalId>((value) => typeof value === 'string' && isPrincipalId(value));
const texts = z.array(z.string());

const decisionSchema: z.ZodType<ApprovalDecision> = z
  .object({
    principal,
    name: z.string(),
    personId: z.object({ issuer: z.string(), subject: z.string() }).optional(),
    channel: z.enum(approvalChannels),
    at: z.coerce.date(),
    reason: z.string().optional(),
  })
  .transform(({ reason, ...rest }) => ({ ...rest, reason }));

const questionSchema: z.ZodType<Question> = z.object({
  tool: z.string(),
  hosts: z.array(
    z.object({
      name: z.string(),
      address: z.string(),
      user: z.string(),
      tags: texts,
      labels: z.record(z.string(), z.string()),
    }),
  ),
  steps: z.array(
    z
      .object({
        does: z.string(),
        hosts: texts,
        about: z.string().optional(),
        really: z.string().optional(),
        programs: z.array(texts),
        findings: texts,
      })
      .transform(({ about, really, ...rest }) => ({ ...rest, about, really })),
  ),
  rule: z.string(),
  reason: z.string(),
  change: z
    .object({
      path: z.string(),
      before: z.string().nullable(),
      after: z.string().nullable(),
      diff: z.string().optional(),
      note: z.string().optional(),
    })
    .transform(({ diff, note, ...rest }) => ({ ...rest, diff, note }))
    .optional(),
  copy: z.object({ path: z.string(), sha256: z.string().nullable(), note: z.string() }).optional(),
});

/** Opens the database. The caller closes the store. */
export async function openApprovalStore(location: DatabaseLocation, log: Log): Promise<ApprovalStore> {
  return new SqlApprovalStore(await whileBusy(() => openDatabase(location, { areas: ['state'], log })));
}

class SqlApprovalStore implements ApprovalStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async open(approval: Approval, { maxPending }: { readonly maxPending: number }): Promise<OpenedApproval> {
    return await whileBusy(() =>
      this.#database.exclusively(async (sql) => {
        const pending = await pendingOf(sql, approval.requester.principal);
        const same = pending.find(({ plan_hash: hash }) => hash === approval.planHash);
        if (same) return { kind: 'known', approval: approvalOf(same) };
        if (pending.length >= maxPending) return { kind: 'too_many' };
        await sql.insertInto('approvals').values(rowOf(approval)).execute();
        return { kind: 'opened', approval };
      }),
    );
  }

  async find(id: string): Promise<Approval | undefined> {
    const query = this.#database.sql.selectFrom('approvals').selectAll().where('id', '=', id);
    const row = await whileBusy(() => query.executeTakeFirst());
    return row && approvalOf(row);
  }

  async latest(requester: PrincipalId, planHash: string): Promise<Approval | undefined> {
    const query = this.#database.sql
      .selectFrom('approvals')
      .selectAll()
      .where('requester', '=', requester)
      .where('plan_hash', '=', planHash)
      .orderBy('asked_at', 'desc')
      .orderBy('id')
      .limit(1);
    const row = await whileBusy(() => query.executeTakeFirst());
    return row && approvalOf(row);
  }

  async list(states: readonly ApprovalState[], limit: number, order?: 'newest_first'): Promise<readonly Approval[]> {
    const query = this.#database.sql
      .selectFrom('approvals')
      .selectAll()
      .where('state', 'in', states)
      .orderBy('asked_at', order === 'newest_first' ? 'desc' : 'asc')
      .orderBy('id')
      .limit(limit);
    return (await whileBusy(() => query.execute())).map(approvalOf);
  }

  async advance(id: string, { from, to, decision }: ApprovalStep): Promise<boolean> {
    const values = { state: to, ...(decision && { decision: JSON.stringify(decision) }) };
    const update = this.#database.sql.updateTable('approvals').set(values).where('id', '=', id);
    const { numUpdatedRows } = await whileBusy(() => update.where('state', '=', from).executeTakeFirst());
    return numUpdatedRows === 1n;
  }

  async prune(askedBefore: Date): Promise<void> {
    const old = this.#database.sql.deleteFrom('approvals').where('asked_at', '<', askedBefore.getTime());
    await whileBusy(() => old.execute());
  }

  close(): Promise<void> {
    return this.#database.close();
  }
}

async function pendingOf(sql: Transaction<Schema>, requester: PrincipalId): Promise<readonly Row[]> {
  const query = sql.selectFrom('approvals').selectAll().where('requester', '=', requester);
  return await query.where('state', '=', 'pending').execute();
}

function rowOf({ requester, question, limit, decision, ...approval }: Approval): Row {
  return {
    id: approval.id,
    plan_hash: approval.planHash,
    requester: requester.principal,
    requester_name: requester.name,
    state: approval.state,
    asked_at: limit.from.getTime(),
    expires_at: limit.until.getTime(),
    boot_id: limit.sinceBoot.bootId,
    boot_until: limit.sinceBoot.ms,
    policy_version: approval.policyVersion,
    question: JSON.stringify(question),
    decision: decision === undefined ? null : JSON.stringify(decision),
  };
}

function approvalOf(row: Row): Approval {
  return {
    id: row.id,
    planHash: row.plan_hash,
    requester: { principal: principal.parse(row.requester), name: row.requester_name },
    policyVersion: row.policy_version,
    question: questionSchema.parse(JSON.parse(row.question)),
    limit: {
      from: new Date(row.asked_at),
      until: new Date(row.expires_at),
      sinceBoot: { bootId: row.boot_id, ms: row.boot_until },
    },
    state: z.enum(approvalStates).parse(row.state),
    decision: row.decision === null ? undefined : decisionSchema.parse(JSON.parse(row.decision)),
  };
}
