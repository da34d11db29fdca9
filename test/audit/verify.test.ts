import { describe, expect, it } from 'vitest';
import type { ChainedRecord } from '../../src/audit/chain.ts';
import { hashRecord } from '../../src/audit/chain.ts';
import { link } from '../../src/audit/link.ts';
import type { LooseRecord } from '../../src/audit/link.ts';
import { verifyRecords } from '../../src/audit/verify.ts';
import { aChainStart, anIntent, anOutcome, chainOf, lastOf } from '../fixtures/audit-records.ts';

const older = chainOf('older', aChainStart(), anIntent('1'), anOutcome('1'), anIntent('2'));
const newer = chainOf('newer', aChainStart({ seals: [lastOf(older)] }), anIntent('3'), anOutcome('3'));
const whole = [...newer, ...older];

async function* stream(records: readonly ChainedRecord[]): AsyncIterable<ChainedRecord> {
  yield* records;
}

const verify = (records: readonly ChainedRecord[]) => verifyRecords(stream(records));
const without = (chain: string, seq: number) => whole.filter((record) => record.chain !== chain || record.seq !== seq);
const changed = (chain: string, seq: number, differences: Partial<ChainedRecord>) =>
  whole.map((record) => (record.chain === chain && record.seq === seq ? { ...record, ...differences } : record));

function rehashed(record: ChainedRecord, body: string): ChainedRecord {
  return { ...record, body, hash: hashRecord({ ...record, body }) };
}

function relinked(chain: readonly ChainedRecord[], change: (record: LooseRecord) => LooseRecord) {
  const [first] = chain;
  if (!first) throw new Error('a chain has records');
  return link({ chain: first.chain, seq: 0, hash: first.previous }, chain.map(change));
}

describe('verifying a trail that is as it was written', () => {
  it('finds it whole and counts its records and the calls without an outcome', async () => {
    expect(await verify(whole)).toEqual({ ok: true, records: 7, first_bad: null, open_calls: 1 });
  });

  it('finds nothing wrong with an empty one', async () => {
    expect(await verify([])).toEqual({ ok: true, records: 0, first_bad: null, open_calls: 0 });
  });

  it('accepts a chain that went on after it was sealed', async () => {
    const seals = [older[1] ?? lastOf(older)];
    expect(await verify([...chainOf('newer', aChainStart({ seals })), ...older])).toMatchObject({ ok: true });
  });

  it('counts a lost call as settled by the outcome in a later chain', async () => {
    const settling = chainOf('newer', aChainStart({ seals: [lastOf(older)] }), anOutcome('2'));
    expect(await verify([...settling, ...older])).toMatchObject({ ok: true, open_calls: 0 });
  });
});

describe('verifying a trail that was tampered with', () => {
  const body = JSON.stringify({ ...anOutcome('1'), command: 'true' });
  const swapped = [whole[0], whole[2], whole[1], ...whole.slice(3)].filter((record) => record !== undefined);
  const noSeals = JSON.stringify(aChainStart());
  const again = link(lastOf(newer), [{ callId: null, kind: 'chain_start', body: noSeals }]);

  it.each<{ what: string; records: readonly ChainedRecord[]; chain: string; seq: number; reason: RegExp }>([
    { what: 'a changed body', records: changed('older', 3, { body }), chain: 'older', seq: 3, reason: /content/ },
    {
      what: 'a changed body with its hash',
      records: whole.map((record) => (record === older[2] ? rehashed(record, body) : record)),
      chain: 'older',
      seq: 4,
      reason: /does not follow/,
    },
    {
      what: 'a chain rewritten from end to end',
      records: [...newer, ...relinked(older, (record) => ({ ...record, body: record.body.replace('uptime', 'true') }))],
      chain: 'older',
      seq: 4,
      reason: /not the record that chain newer sealed/,
    },
    { what: 'a dropped record', records: without('older', 2), chain: 'older', seq: 2, reason: /missing/ },
    { what: 'a dropped start', records: without('older', 1), chain: 'older', seq: 1, reason: /missing/ },
    { what: 'a sealed tail cut off', records: without('older', 4), chain: 'older', seq: 4, reason: /newer sealed/ },
    { what: 'a sealed chain removed', records: newer, chain: 'older', seq: 1, reason: /newer sealed/ },
    { what: 'records in another order', records: swapped, chain: 'newer', seq: 2, reason: /missing/ },
    {
      what: 'a call id changed outside the body',
      records: changed('older', 4, { callId: '1' }),
      chain: 'older',
      seq: 4,
      reason: /differs from its body/,
    },
    {
      what: 'a kind changed outside the body',
      records: changed('older', 4, { kind: 'outcome' }),
      chain: 'older',
      seq: 4,
      reason: /differs from its body/,
    },
    {
      what: 'a chain made without a start',
      records: [...whole, ...chainOf('forged', anIntent('9'))],
      chain: 'forged',
      seq: 1,
      reason: /no start/,
    },
    { what: 'a second start', records: [...newer, ...again, ...older], chain: 'newer', seq: 4, reason: /start again/ },
    {
      what: 'a start that cannot be read',
      records: chainOf('x', { ...aChainStart(), bootId: undefined as never }),
      chain: 'x',
      seq: 1,
      reason: /cannot be read/,
    },
    {
      what: 'a chain moved before the one that it sealed',
      records: [...older, ...newer],
      chain: 'newer',
      seq: 1,
      reason: /started later/,
    },
  ])('finds $what', async ({ records, chain, seq, reason }) => {
    const found = await verify(records);
    expect(found).toMatchObject({ ok: false, records: records.length, first_bad: { chain, seq } });
    expect(found.first_bad?.reason).toMatch(reason);
  });
});
