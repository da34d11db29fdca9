import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { World } from './world.ts';

/** What is wrong with the record: to be asked once the gateway has been started and stopped for the last time. */
export async function auditFaults(world: World, ran: ReadonlySet<number>): Promise<readonly string[]> {
  const { gateway, tag } = world;
  using database = new DatabaseSync(join(gateway.directory, 'data/audit.db'), { readOnly: true });
  const open = database
    .prepare(
      `select distinct call_id from audit_records intent where kind in ('intent', 'probe') and not exists
        (select 1 from audit_records outcome where outcome.call_id = intent.call_id and outcome.kind = 'outcome')`,
    )
    .all();
  const twice = database
    .prepare(
      `select call_id from audit_records where kind = 'outcome'
        group by call_id, json_extract(body, '$.serverName') having count(*) > 1`,
    )
    .all();
  const meant = new Set<number>();
  for (const { body } of database.prepare(`select body from audit_records where kind = 'intent'`).iterate()) {
    const [, call] = new RegExp(`CHAOS_CALL=${tag}-(\\d+)`).exec(String(body)) ?? [];
    if (call !== undefined) meant.add(Number(call));
  }
  const unmeant = [...ran].filter((call) => !meant.has(call));
  const { ok } = await gateway.command('audit', 'verify');
  return [
    ...(open.length > 0 ? [`${open.length} intents have no outcome`] : []),
    ...(twice.length > 0 ? [`${twice.length} calls have two outcomes`] : []),
    ...(unmeant.length > 0 ? [`calls ran without an intent: ${unmeant.join(', ')}`] : []),
    ...(ok === true ? [] : ['the chains of the record do not hold']),
  ];
}
