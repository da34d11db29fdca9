import type { Kysely } from 'kysely';
import { cutsIn, type CutChain } from '../audit/chain-cut.ts';
import { parseChainStart } from '../audit/chain-start.ts';
import { looseRecord, type LooseRecord } from '../audit/link.ts';
import { recordTime } from '../audit/record-time.ts';
import type { Schema } from './schema.ts';

export interface Retention {
  /** Epoch milliseconds: a chain whose last record is older is removed. */
  readonly before: number;
  /** The last position that has been copied wherever it is to be. */
  readonly exportedTo: number;
  /** The chain that is being written here. */
  readonly own: string | undefined;
}

const chainsLookedAt = 500;
const chainsPerCut = 20;
/** Other processes wait for a transaction: it must be short. */
const rowsPerStep = 2_000;

/** Removes a part of what is due to be removed. False where there was none. */
export async function removeSome(sql: Kysely<Schema>): Promise<boolean> {
  const due = await sql.selectFrom('audit_cuts').selectAll().limit(1).executeTakeFirst();
  if (due === undefined) return false;
  const ofChain = sql.selectFrom('audit_records').where('chain', '=', due.chain);
  const first = await ofChain.select('seq').orderBy('seq').limit(1).executeTakeFirst();
  if (first === undefined) {
    await sql.deleteFrom('audit_cuts').where('chain', '=', due.chain).execute();
    return true;
  }
  const upTo = first.seq + rowsPerStep - 1;
  const calls = ofChain.select('call_id').where('seq', '<=', upTo).where('call_id', 'is not', null);
  // An approval lives for minutes: those of calls so old are used by nobody.
  await sql.deleteFrom('used_approvals').where('call_id', 'in', calls.$castTo<{ call_id: string }>()).execute();
  await sql.deleteFrom('audit_records').where('chain', '=', due.chain).where('seq', '<=', upTo).execute();
  return true;
}

/** Marks chains to be removed, and gives the record that says so; undefined where none is old enough. */
export async function cutOldChains(sql: Kysely<Schema>, retention: Retention): Promise<LooseRecord | undefined> {
  const old: CutChain[] = [];
  const starts = await sql
    .selectFrom('audit_records')
    .select('chain')
    .where('seq', '=', 1)
    .orderBy('position')
    .limit(chainsLookedAt)
    .execute();
  for (const { chain } of starts) {
    if (old.length >= chainsPerCut) break;
    const head = chain === retention.own ? undefined : await oldHead(sql, chain, retention);
    if (head) old.push(head);
  }
  if (old.length === 0) return undefined;
  await sql.insertInto('audit_cuts').values(old).execute();
  const restated = await stillSealed(sql, old);
  const [at, before] = [new Date().toISOString(), new Date(retention.before).toISOString()];
  return looseRecord({ kind: 'chain_cut', at, before, cuts: [...old, ...restated] });
}

/** The last record of a chain of which nothing is needed any longer. */
async function oldHead(
  sql: Kysely<Schema>,
  chain: string,
  { before, exportedTo }: Retention,
): Promise<CutChain | undefined> {
  const head = await sql
    .selectFrom('audit_records')
    .select(['position', 'seq', 'hash', 'body'])
    .where('chain', '=', chain)
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (head === undefined || head.position > exportedTo) return undefined;
  const at = recordTime(head.body);
  // One whose time cannot be read stays: it is somebody's to look at.
  return at !== undefined && at < before ? { chain, seq: head.seq, hash: head.hash } : undefined;
}

/** What the old chains say of chains that were removed before, as far as chains that stay have sealed those. */
async function stillSealed(sql: Kysely<Schema>, old: readonly CutChain[]): Promise<readonly CutChain[]> {
  const names = old.map(({ chain }) => chain);
  const said = await sql
    .selectFrom('audit_records')
    .select('body')
    .where('chain', 'in', names)
    .where('kind', '=', 'chain_cut')
    .execute();
  const earlier = said.flatMap(({ body }) => cutsIn(body));
  if (earlier.length === 0) return [];
  const starts = sql.selectFrom('audit_records').select('body').where('seq', '=', 1).where('chain', 'not in', names);
  const sealed = new Set(
    (await starts.execute()).flatMap(({ body }) => parseChainStart(body)?.seals.map(({ chain }) => chain) ?? []),
  );
  return earlier.filter(({ chain }) => sealed.has(chain));
}
