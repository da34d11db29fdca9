import { DatabaseSync } from 'node:sqlite';
import { existsSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { ChainedRecord } from '../../src/audit/chain.ts';
import type { AuditRecord } from '../../src/audit/event.ts';
import { AuditRetention } from '../../src/audit/retention.ts';
import { silentLog } from '../../src/base/log.ts';
import { AuditFile } from '../../src/storage/audit-file.ts';
import { looseRecord } from '../../src/audit/link.ts';
import { SqlAuditStore } from '../../src/storage/audit-store.ts';
import { openDatabase } from '../../src/storage/database.ts';
import { aChainStart, anIntent, anOutcome, chainOf, lastOf } from '../fixtures/audit-records.ts';
import { verifyFile } from '../fixtures/audit-file.ts';
import { temporaryFolder } from '../fixtures/temporary-folder.ts';

const day = 24 * 3_600_000;
const now = Date.parse('2026-11-21T12:00:00.000Z');
const everything = { before: now - 30 * day, exportedTo: Number.MAX_SAFE_INTEGER };

/** A chain whose records are so many days old. */
function aChain(name: string, days: number, more: readonly AuditRecord[] = [], seals: readonly ChainedRecord[] = []) {
  const at = new Date(now - days * day).toISOString();
  const records = [aChainStart({ seals }), anIntent(`of ${name}`), anOutcome(`of ${name}`), ...more];
  return chainOf(name, ...records.map((record) => ({ ...record, at })));
}

interface Trail extends AsyncDisposable {
  readonly path: string;
  readonly file: AuditFile;
  /** The chains there are, and how many records of each. */
  chains(): Readonly<Record<string, number>>;
  sql(text: string): void;
}

async function aTrail(...chains: readonly (readonly ChainedRecord[])[]): Promise<Trail> {
  const folder = temporaryFolder();
  const path = join(folder.path, 'audit.db');
  const location = { kind: 'sqlite', path, durability: 'full', busyTimeoutMs: 5_000 } as const;
  const database = await openDatabase(location, { areas: ['audit'], log: silentLog });
  for (const chain of chains) await new SqlAuditStore(database.sql).append(chain);
  await database.close();
  const file = new AuditFile({ path, version: '0.1.0', warn: (text) => expect.unreachable(text) });
  const inFile = <T>(work: (opened: DatabaseSync) => T): T => {
    using opened = new DatabaseSync(path);
    return work(opened);
  };
  return {
    path,
    file,
    chains: () =>
      inFile((opened) => {
        const rows = opened.prepare('select chain, count(*) as records from audit_records group by chain').all();
        return Object.fromEntries(rows.map(({ chain, records }) => [String(chain), Number(records)]));
      }),
    sql: (text) => inFile((opened) => opened.exec(text)),
    async [Symbol.asyncDispose]() {
      await file.close();
      folder[Symbol.dispose]();
    },
  };
}

async function cutAll(file: AuditFile, retention = everything): Promise<void> {
  while (await file.cut(retention));
}

afterEach(() => void vi.useRealTimers());

describe('removing what is old', () => {
  it('removes whole chains, and what is left verifies without them, sealed though they were', async () => {
    const first = aChain('first', 90);
    const second = aChain('second', 60, [], [lastOf(first)]);
    const young = aChain('young', 3, [], [lastOf(second), lastOf(first)]);
    await using trail = await aTrail(first, second, young);
    await cutAll(trail.file);
    const { young: kept, first: gone, second: goneToo, ...own } = trail.chains();
    expect([kept, gone, goneToo]).toEqual([3, undefined, undefined]);
    // The start of the chain that says so, and that record.
    expect(Object.values(own)).toEqual([2]);
    expect(await verifyFile(trail.path)).toMatchObject({ ok: true, records: 5 });
    await trail.file.append([looseRecord(anIntent('later'))]);
    expect(await verifyFile(trail.path)).toMatchObject({ ok: true, records: 6 });
  });

  it('goes step by step, and verifies after each', async () => {
    const calls = Array.from({ length: 2_500 }, (_, n) => anIntent(`call ${n}`, 'probe'));
    await using trail = await aTrail(aChain('long', 40, calls), aChain('young', 1));
    const seen: (number | undefined)[] = [];
    while (await trail.file.cut(everything)) {
      seen.push(trail.chains()['long']);
      expect(await verifyFile(trail.path)).toMatchObject({ ok: true, first_bad: null });
    }
    expect(seen).toEqual([2_503, 503, undefined, undefined]);
  });

  it('keeps what is not copied yet, and chains that are written to', async () => {
    await using trail = await aTrail(aChain('copied', 90), aChain('not copied', 80), aChain('young at its end', 0));
    await cutAll(trail.file, { ...everything, exportedTo: 5 });
    expect(Object.keys(trail.chains())).toEqual(expect.arrayContaining(['not copied', 'young at its end']));
    expect(trail.chains()).not.toHaveProperty('copied');
  });

  it('never removes its own chain, nor writes anything where nothing is old', async () => {
    await using trail = await aTrail(aChain('young', 1));
    expect(await trail.file.cut(everything)).toBe(false);
    expect(Object.keys(trail.chains())).toEqual(['young']);
    await trail.file.append([looseRecord(anIntent('x'))]);
    await cutAll(trail.file, { before: Date.now() + 365 * day, exportedTo: Number.MAX_SAFE_INTEGER });
    expect(await verifyFile(trail.path)).toMatchObject({ ok: true, records: 3 });
  });

  it('says again what it said of chains that others have sealed, when the chain that said it goes', async () => {
    const first = aChain('first', 90);
    const sealing = aChain('sealing', 20, [], [lastOf(first)]);
    const cuts = [{ chain: 'first', seq: lastOf(first).seq, hash: lastOf(first).hash }];
    const saying = aChain('saying', 50, [{ kind: 'chain_cut', at: '', before: '', cuts }]);
    await using trail = await aTrail(saying, sealing);
    expect(await verifyFile(trail.path)).toMatchObject({ ok: true });
    await cutAll(trail.file);
    expect(trail.chains()).not.toHaveProperty('saying');
    expect(await verifyFile(trail.path)).toMatchObject({ ok: true });
  });
});

describe('what was removed in another way', () => {
  const refusal = /append-only/;

  it('cannot be removed without being marked, one by one or by a whole chain', async () => {
    await using trail = await aTrail(aChain('first', 90), aChain('young', 1));
    expect(() => trail.sql(`delete from audit_records where chain = 'first'`)).toThrow(refusal);
    expect(() => trail.sql(`delete from audit_records`)).toThrow(refusal);
    expect(() => trail.sql(`update audit_records set body = '{}'`)).toThrow(refusal);
  });

  it('is found where it was marked and no record says so', async () => {
    const first = aChain('first', 90);
    await using trail = await aTrail(first, aChain('young', 1, [], [lastOf(first)]));
    trail.sql(`insert into audit_cuts values ('first', 3, ''); delete from audit_records where chain = 'first'`);
    expect(await verifyFile(trail.path)).toMatchObject({ ok: false, first_bad: { chain: 'first' } });
  });

  it('is found where a chain that is being removed was changed, or ended otherwise than was said', async () => {
    const first = aChain('first', 90, [anIntent('more')]);
    const cut = (hash: string): AuditRecord => ({
      kind: 'chain_cut',
      at: '',
      before: '',
      cuts: [{ chain: 'first', seq: 4, hash }],
    });
    const says = aChain('young', 1, [cut('0'.repeat(64))]);
    await using other = await aTrail(first, says);
    expect(await verifyFile(other.path)).toMatchObject({ ok: false, first_bad: { chain: 'first', seq: 4 } });
    await using changed = await aTrail(first, aChain('young', 1, [cut(lastOf(first).hash)]));
    expect(await verifyFile(changed.path)).toMatchObject({ ok: true });
    changed.sql(
      `drop trigger audit_records_no_update; update audit_records set body = '{}' where chain = 'first' and seq = 3`,
    );
    expect(await verifyFile(changed.path)).toMatchObject({ ok: false, first_bad: { chain: 'first', seq: 3 } });
  });
});

describe('a process that runs for long', () => {
  it('begins a new chain after twelve hours, and when the clock was set back, so that old ones can go', async () => {
    await using trail = await aTrail();
    vi.useFakeTimers({ toFake: ['Date'], now });
    await trail.file.append([looseRecord(anIntent('1'))]);
    vi.setSystemTime(now + 11 * 3_600_000);
    await trail.file.append([looseRecord(anIntent('2'))]);
    expect(Object.values(trail.chains())).toEqual([3]);
    vi.setSystemTime(now + 13 * 3_600_000);
    await trail.file.append([looseRecord(anIntent('3'))]);
    expect(Object.values(trail.chains()).toSorted()).toEqual([2, 3]);
    vi.setSystemTime(now - day);
    await trail.file.append([looseRecord(anIntent('4'))]);
    expect(Object.values(trail.chains()).toSorted()).toEqual([2, 2, 3]);
    expect(await verifyFile(trail.path)).toMatchObject({ ok: true, records: 7 });
  });
});

describe('the hourly removal', () => {
  it('goes on until nothing is left to remove, takes old files along, and outlives a failure', async () => {
    using folder = temporaryFolder();
    const [old, young] = [join(folder.path, 'audit.log.2'), join(folder.path, 'audit.log.1')];
    for (const file of [old, young]) writeFileSync(file, 'x');
    utimesSync(old, 1_000, 1_000);
    const asked: { readonly before: number; readonly exportedTo: number }[] = [];
    await using _retention = new AuditRetention({
      keptMs: day,
      firstMs: 1,
      exportedTo: async () => 7,
      files: [old, young, join(folder.path, 'audit.log.3')],
      log: silentLog,
      cut: async (given) => {
        asked.push(given);
        if (asked.length === 3) throw new Error('locked');
        return true;
      },
    });
    await vi.waitFor(() => expect(asked).toHaveLength(3), { timeout: 5_000 });
    expect(asked[0]?.exportedTo).toBe(7);
    expect(Math.abs((asked[0]?.before ?? 0) - (Date.now() - day))).toBeLessThan(60_000);
    expect([existsSync(old), existsSync(young)]).toEqual([false, true]);
  });
});
