import type { CutChain } from './chain-cut.ts';
import { chainOrigin, hashRecord } from './chain.ts';
import type { ChainedRecord } from './chain.ts';
import { parseChainStart, parseJson } from './chain-start.ts';
import { OpenCalls } from './open-calls.ts';
import { Seals } from './seals.ts';

export interface Verification {
  readonly ok: boolean;
  readonly records: number;
  readonly first_bad: BadRecord | null;
  /** Calls with an intent and no outcome: running now, or lost with their process. */
  readonly open_calls: number;
}

export interface BadRecord {
  readonly chain: string;
  readonly seq: number;
  readonly reason: string;
}

type Place = Pick<ChainedRecord, 'chain' | 'seq' | 'hash'>;

/**
 * Recomputes every hash and link. Finds a record that was changed, added, dropped or moved, and a chain that was
 * removed or lost its tail after a later chain sealed it. `cuts` were removed for their age, which is on record in chains
 * that are verified with the rest.
 *
 * Wants the records chain by chain, the chain that started last first, so that a chain's seals are known before it comes.
 */
export async function verifyRecords(
  records: AsyncIterable<ChainedRecord>,
  cuts: ReadonlyMap<string, CutChain> = new Map(),
): Promise<Verification> {
  const seals = new Seals(cuts);
  const calls = new OpenCalls();
  let count = 0;
  let firstBad: BadRecord | undefined;
  let last: Place | undefined;
  for await (const record of records) {
    count += 1;
    if (last && last.chain !== record.chain) {
      firstBad ??= seals.unmet(last);
      last = undefined;
    }
    firstBad ??=
      badRecord(record, last ?? beforeCut(record, cuts)) ?? otherThanCut(record, cuts) ?? seals.broken(record);
    if (record.kind === 'chain_start') firstBad ??= takeSeals(record, seals);
    calls.note(record);
    last = record;
  }
  if (last) firstBad ??= seals.unmet(last);
  firstBad ??= seals.missingChain();
  return { ok: firstBad === undefined, records: count, first_bad: firstBad ?? null, open_calls: calls.count() };
}

/** A chain that is being removed begins where it has been removed to. */
function beforeCut(record: ChainedRecord, cuts: ReadonlyMap<string, CutChain>): Place | undefined {
  const { chain, seq, previous } = record;
  const cut = cuts.get(chain);
  return cut && seq > 1 && seq <= cut.seq ? { chain, seq: seq - 1, hash: previous } : undefined;
}

function otherThanCut({ chain, seq, hash }: ChainedRecord, cuts: ReadonlyMap<string, CutChain>): BadRecord | undefined {
  const cut = cuts.get(chain);
  if (cut === undefined || seq < cut.seq || (seq === cut.seq && hash === cut.hash)) return undefined;
  return { chain, seq, reason: 'the chain did not end so when it was removed' };
}

function badRecord(record: ChainedRecord, last: Place | undefined): BadRecord | undefined {
  const expected = (last?.seq ?? 0) + 1;
  const { chain, seq } = record;
  if (seq !== expected) {
    return { chain, seq: expected, reason: `missing: record ${seq} comes where record ${expected} should be` };
  }
  if (record.previous !== (last?.hash ?? chainOrigin)) {
    return { chain, seq, reason: 'it does not follow the record before it' };
  }
  if (record.hash !== hashRecord(record)) return { chain, seq, reason: 'its content does not match its hash' };
  if ((seq === 1) !== (record.kind === 'chain_start')) {
    return { chain, seq, reason: seq === 1 ? 'the chain has no start' : 'a chain cannot start again' };
  }
  return columnsMatchBody(record) ? undefined : { chain, seq, reason: 'its kind or call id differs from its body' };
}

/** Kind and call id are columns for searching, outside the hash: the hashed body must say the same. */
function columnsMatchBody(record: ChainedRecord): boolean {
  const body = parseJson(record.body);
  if (typeof body !== 'object' || body === null) return false;
  const kind = 'kind' in body ? body.kind : undefined;
  const callId = 'callId' in body ? body.callId : null;
  return kind === record.kind && callId === record.callId;
}

function takeSeals(record: ChainedRecord, seals: Seals): BadRecord | undefined {
  const start = parseChainStart(record.body);
  if (!start) return { chain: record.chain, seq: record.seq, reason: 'the start of the chain cannot be read' };
  return seals.take(record.chain, start.seals);
}
