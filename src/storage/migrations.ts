import { sql as raw } from 'kysely';
import type { Kysely } from 'kysely';
import { GatewayError } from '../base/errors.ts';
import { chainOrigin } from '../audit/chain.ts';
import type { Database } from './database.ts';
import type { Schema } from './schema.ts';
import { appendOnlyTriggers, cutTriggers } from './append-only.ts';

/** Tables that live and age together. SQLite keeps each area in a file of its own, PostgreSQL all in one database. */
export type Area = 'audit' | 'state';

type Migration = (sql: Kysely<Schema>, engine: Database['engine']) => Promise<void>;

/** Step n brings an area from version n to n + 1. A step that was released is never changed. */
export const migrations: Readonly<Record<Area, readonly Migration[]>> = {
  audit: [createAuditRecords, createUsedApprovals, createAuditCuts],
  state: [
    createTokenUse,
    createTokenFirstSeen,
    createJobs,
    createChanges,
    createIdempotencyKeys,
    createApprovals,
    createOAuthRecords,
    addJobFence,
    createDailyUses,
  ],
};

/**
 * Safe when several processes do it at once. Refuses an area that a newer version has changed. With fewer `steps` it makes
 * what an older version had.
 */
export async function migrate(database: Database, area: Area, steps = migrations[area]): Promise<void> {
  await database.exclusively(async (sql) => {
    await sql.schema
      .createTable('schema_versions')
      .ifNotExists()
      .addColumn('area', 'text', (column) => column.primaryKey())
      .addColumn('version', 'integer', (column) => column.notNull())
      .execute();
    const row = await sql.selectFrom('schema_versions').select('version').where('area', '=', area).executeTakeFirst();
    const present = row?.version ?? 0;
    const known = steps.length;
    if (present > known) throw tooNew(area, present, known);
    if (present === known) return;
    for (const step of steps.slice(present)) await step(sql, database.engine);
    await sql
      .insertInto('schema_versions')
      .values({ area, version: known })
      .onConflict((conflict) => conflict.column('area').doUpdateSet({ version: known }))
      .execute();
  });
}

function tooNew(area: Area, present: number, known: number): GatewayError {
  const message =
    `The ${area} database was changed by a newer Sallyport (schema ${present}, this one knows ${known}). ` +
    'Start that version, or restore a backup made before the upgrade.';
  return new GatewayError('config_invalid', message);
}

async function createAuditRecords(sql: Kysely<Schema>, engine: Database['engine']): Promise<void> {
  await sql.schema
    .createTable('audit_records')
    // In SQLite exactly `integer primary key` is the row id, which costs no index of its own.
    .addColumn('position', engine === 'sqlite' ? 'integer' : 'bigint', (column) =>
      engine === 'sqlite' ? column.primaryKey() : column.primaryKey().generatedAlwaysAsIdentity(),
    )
    .addColumn('chain', 'text', (column) => column.notNull())
    .addColumn('seq', 'bigint', (column) => column.notNull())
    .addColumn('call_id', 'text')
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('body', 'text', (column) => column.notNull())
    .addColumn('previous', 'text', (column) => column.notNull())
    .addColumn('hash', 'text', (column) => column.notNull())
    .addUniqueConstraint('audit_records_chain_seq', ['chain', 'seq'])
    .execute();
  await raw`create index audit_records_starts on audit_records (position) where seq = 1`.execute(sql);
  await raw`create index audit_records_calls on audit_records (call_id, kind) where call_id is not null`.execute(sql);
  for (const trigger of appendOnlyTriggers(engine, chainOrigin)) await raw.raw(trigger).execute(sql);
}

async function createTokenUse(sql: Kysely<Schema>): Promise<void> {
  await sql.schema
    .createTable('token_use')
    .addColumn('token_hash', 'text', (column) => column.primaryKey())
    .addColumn('last_used_at', 'bigint', (column) => column.notNull())
    .execute();
}

async function createTokenFirstSeen(sql: Kysely<Schema>): Promise<void> {
  await sql.schema
    .createTable('token_first_seen')
    .addColumn('token_hash', 'text', (column) => column.primaryKey())
    .addColumn('first_seen_at', 'bigint', (column) => column.notNull())
    .execute();
}

async function createJobs(sql: Kysely<Schema>): Promise<void> {
  await sql.schema
    .createTable('jobs')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('owner', 'text', (column) => column.notNull())
    .addColumn('host', 'text', (column) => column.notNull())
    .addColumn('tool', 'text', (column) => column.notNull())
    .addColumn('command', 'text', (column) => column.notNull())
    .addColumn('mark', 'text', (column) => column.notNull().unique())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('deadline_at', 'bigint', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('ended_at', 'bigint')
    .addColumn('held_until', 'bigint')
    .addColumn('output_id', 'text')
    .addColumn('received_stdout', 'bigint', (column) => column.notNull())
    .addColumn('received_stderr', 'bigint', (column) => column.notNull())
    .execute();
  await sql.schema.createIndex('jobs_owned').on('jobs').columns(['owner', 'created_at']).execute();
}

async function createChanges(sql: Kysely<Schema>): Promise<void> {
  await sql.schema
    .createTable('changes')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('principal', 'text', (column) => column.notNull())
    .addColumn('call_id', 'text', (column) => column.notNull())
    .addColumn('tool', 'text', (column) => column.notNull())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('kept_bytes', 'bigint', (column) => column.notNull())
    .addColumn('body', 'text', (column) => column.notNull())
    .execute();
  await sql.schema.createIndex('changes_at').on('changes').columns(['at']).execute();
  await sql.schema.createIndex('changes_principal_at').on('changes').columns(['principal', 'at']).execute();
}

async function createIdempotencyKeys(sql: Kysely<Schema>): Promise<void> {
  await sql.schema
    .createTable('idempotency_keys')
    .addColumn('owner', 'text', (column) => column.notNull())
    .addColumn('key', 'text', (column) => column.notNull())
    .addColumn('digest', 'text', (column) => column.notNull())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addColumn('holder', 'text', (column) => column.notNull())
    .addColumn('job_id', 'text')
    .addColumn('answer', 'text')
    .addPrimaryKeyConstraint('idempotency_keys_owned', ['owner', 'key'])
    .execute();
}

async function addJobFence(sql: Kysely<Schema>): Promise<void> {
  await sql.schema
    .alterTable('jobs')
    .addColumn('fence', 'integer', (column) => column.notNull().defaultTo(1))
    .execute();
}

async function createUsedApprovals(sql: Kysely<Schema>): Promise<void> {
  await sql.schema
    .createTable('used_approvals')
    .addColumn('approval_id', 'text', (column) => column.primaryKey())
    .addColumn('call_id', 'text', (column) => column.notNull())
    .execute();
}

async function createAuditCuts(sql: Kysely<Schema>, engine: Database['engine']): Promise<void> {
  await sql.schema
    .createTable('audit_cuts')
    .addColumn('chain', 'text', (column) => column.primaryKey())
    .addColumn('seq', 'bigint', (column) => column.notNull())
    .addColumn('hash', 'text', (column) => column.notNull())
    .execute();
  for (const trigger of cutTriggers(engine)) await raw.raw(trigger).execute(sql);
}

async function createApprovals(sql: Kysely<Schema>): Promise<void> {
  await sql.schema
    .createTable('approvals')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('plan_hash', 'text', (column) => column.notNull())
    .addColumn('requester', 'text', (column) => column.notNull())
    .addColumn('requester_name', 'text', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('asked_at', 'bigint', (column) => column.notNull())
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .addColumn('boot_id', 'text', (column) => column.notNull())
    .addColumn('boot_until', 'bigint', (column) => column.notNull())
    .addColumn('policy_version', 'text', (column) => column.notNull())
    .addColumn('question', 'text', (column) => column.notNull())
    .addColumn('decision', 'text')
    .execute();
  await sql.schema
    .createIndex('approvals_asked')
    .on('approvals')
    .columns(['requester', 'plan_hash', 'asked_at'])
    .execute();
  await sql.schema.createIndex('approvals_state').on('approvals').columns(['state', 'asked_at']).execute();
}

async function createOAuthRecords(sql: Kysely<Schema>): Promise<void> {
  await sql.schema
    .createTable('oauth_records')
    .addColumn('model', 'text', (column) => column.notNull())
    .addColumn('key', 'text', (column) => column.notNull())
    .addColumn('grant_id', 'text')
    .addColumn('payload', 'text', (column) => column.notNull())
    .addColumn('expires_at', 'bigint')
    .addColumn('consumed_at', 'bigint')
    .addPrimaryKeyConstraint('oauth_records_named', ['model', 'key'])
    .execute();
  await sql.schema.createIndex('oauth_records_grant').on('oauth_records').columns(['grant_id']).execute();
  await sql.schema.createIndex('oauth_records_expiry').on('oauth_records').columns(['expires_at']).execute();
}

async function createDailyUses(sql: Kysely<Schema>): Promise<void> {
  await sql.schema
    .createTable('daily_uses')
    .addColumn('principal', 'text', (column) => column.notNull())
    .addColumn('budget', 'text', (column) => column.notNull())
    .addColumn('item', 'text', (column) => column.notNull())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addColumn('amount', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('daily_uses_item', ['principal', 'budget', 'item'])
    .execute();
  await sql.schema.createIndex('daily_uses_at').on('daily_uses').columns(['at']).execute();
}
