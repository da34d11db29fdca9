import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, it } from 'vitest';
import { silentLog } from '../../src/base/log.ts';
import type { ChainedRecord } from '../../src/audit/chain.ts';
import { chainOrigin } from '../../src/audit/chain.ts';
import { link, looseRecord } from '../../src/audit/link.ts';
import { verifyRecords } from '../../src/audit/verify.ts';
import { SqlAuditStore } from '../../src/storage/audit-store.ts';
import { openDatabase } from '../../src/storage/database.ts';
import type { Database, DatabaseLocation } from '../../src/storage/database.ts';
import {
  aChainStart,
  anIntent,
  anOutcome,
  aStartOfAnEndedProcess,
  chainOf,
  lastOf,
} from '../fixtures/audit-records.ts';
import { ScriptProcess } from '../fixtures/script-process.ts';
import { engines } from './engines.ts';
import type { Engine } from './engines.ts';

describe.each(engines)('an audit store on $name', ({ start }) => {
  let engine: Engine;
  let location: DatabaseLocation;
  let database: Database;
  let store: SqlAuditStore;

  beforeAll(async () => {
    engine = await start();
  });
  afterAll(() => engine[Symbol.asyncDispose]());
  beforeEach(async () => {
    location = await engine.newLocation();
    database = await open();
    store = new SqlAuditStore(database.sql);
  });
  afterEach(() => database.close());

  const open = () => openDatabase(location, { areas: ['audit'], log: silentLog });

  async function stored(): Promise<readonly ChainedRecord[]> {
    const records: ChainedRecord[] = [];
    for await (const record of store.records()) records.push(record);
    return records;
  }

  it('gives back every record exactly as appended, the chain that started last first', async () => {
    const older = chainOf('b', aChainStart(), anIntent('1'), anOutcome('1'));
    const newer = chainOf('a', aChainStart(), { ...anIntent('ü\u2028"\\'), tool: '\u0000' });
    await store.append(older.slice(0, 2));
    await store.append(newer);
    await store.append(older.slice(2));
    expect(await stored()).toEqual([...newer, ...older]);
  });

  it('gives pages of all chains in the order of writing, from either end', async () => {
    const [one, other] = [chainOf('b', aChainStart(), anIntent('1')), chainOf('a', aChainStart(), anIntent('2'))];
    await store.append(one.slice(0, 1));
    await store.append(other);
    await store.append(one.slice(1));
    const written = [...one.slice(0, 1), ...other, ...one.slice(1)];
    const placed = await store.after(0, 10);
    expect(placed.map(({ position: _position, ...record }) => record)).toEqual(written);
    expect(await store.after(placed[1]?.position ?? 0, 1)).toEqual(placed.slice(2, 3));
    expect(await store.before(Number.MAX_SAFE_INTEGER, 3)).toEqual(placed.slice(1).toReversed());
    expect(await store.before(placed[1]?.position ?? 0, 3)).toEqual(placed.slice(0, 1));
    expect(await store.after(placed[3]?.position ?? 0, 5)).toEqual([]);
  });

  it('uses up an approval once, with what is written in the same transaction or not at all', async () => {
    const used = await Promise.all(
      Array.from({ length: 12 }, (_, n) =>
        database.exclusively((sql) => new SqlAuditStore(sql).use('apr_1', `call-${n}`)),
      ),
    );
    expect(used.filter(Boolean)).toHaveLength(1);
    const failing = database.exclusively(async (sql) => {
      expect(await new SqlAuditStore(sql).use('apr_2', 'call')).toBe(true);
      throw new Error('the intent cannot be written');
    });
    await expect(failing).rejects.toThrow('cannot be written');
    expect(await database.exclusively((sql) => new SqlAuditStore(sql).use('apr_2', 'call'))).toBe(true);
  });

  it('reads a chain that is longer than one page and one insert', async () => {
    const chain = chainOf('long', aChainStart(), ...Array.from({ length: 1_200 }, (_, n) => anIntent(`${n}`)));
    await store.append(chain);
    expect(await stored()).toEqual(chain);
  });

  it('reads one state of the store while records are being appended', async () => {
    const chain = chainOf('c', aChainStart(), anIntent('1'), anIntent('2'));
    await store.append(chain.slice(0, 2));
    await using other = await open();
    const seen: ChainedRecord[] = [];
    for await (const record of store.records()) {
      if (seen.length === 0) await new SqlAuditStore(other.sql).append(chain.slice(2));
      seen.push(record);
    }
    expect(seen).toEqual(chain.slice(0, 2));
  });

  it('knows the first and the last record of a chain', async () => {
    const chain = chainOf('c', aChainStart(), anIntent('1'));
    await store.append(chain);
    expect(await store.first('c')).toEqual(chain[0]);
    expect(await store.head('c')).toEqual({ seq: 2, hash: lastOf(chain).hash });
    expect(await store.first('none')).toBeUndefined();
    expect(await store.head('none')).toBeUndefined();
  });

  it('lists the heads of the chains written last, latest first, up to the limit', async () => {
    const chains = ['a', 'b', 'c'].map((name) => chainOf(name, aChainStart(), anIntent(name)));
    for (const chain of chains) await store.append(chain.slice(0, 1));
    await store.append(chains[0]?.slice(1) ?? []);
    const heads = await store.heads(2);
    expect(heads.map(({ chain, seq }) => ({ chain, seq }))).toEqual([
      { chain: 'a', seq: 2 },
      { chain: 'c', seq: 1 },
    ]);
    expect(heads[0]?.hash).toBe(chains[0]?.[1]?.hash);
  });

  it('appends all records or none', async () => {
    const [first, second, third] = chainOf('c', aChainStart(), anIntent('1'), anIntent('2'));
    if (!first || !second || !third) throw new Error('three records were made');
    await expect(store.append([first, third])).rejects.toThrow(/must follow/);
    expect(await stored()).toEqual([]);
    await store.append([first, second, third]);
  });

  it('refuses a record that does not follow the last of its chain', async () => {
    const chain = chainOf('c', aChainStart(), anIntent('1'));
    await store.append(chain);
    const head = lastOf(chain);
    const forged = [
      ...link({ ...head, hash: chainOrigin }, [looseRecord(anIntent('wrong previous'))]),
      ...link({ ...head, seq: head.seq + 1 }, [looseRecord(anIntent('gap'))]),
      ...link({ chain: 'c', seq: 1, hash: chain[0]?.hash ?? '' }, [looseRecord(anIntent('same place'))]),
      ...link({ chain: 'new', seq: 1, hash: chainOrigin }, [looseRecord(anIntent('headless'))]),
    ];
    for (const record of forged) await expect(store.append([record])).rejects.toThrow(/must follow/);
    expect(await stored()).toEqual(chain);
  });

  it('refuses to change or remove a record', async () => {
    const chain = chainOf('c', aChainStart(), anIntent('1'));
    await store.append(chain);
    const { sql } = database;
    await expect(sql.updateTable('audit_records').set({ body: '{}' }).execute()).rejects.toThrow(/append-only/);
    await expect(sql.deleteFrom('audit_records').where('seq', '=', 2).execute()).rejects.toThrow(/append-only/);
    expect(await stored()).toEqual(chain);
  });

  it('lists the intents and probes of calls that have neither outcome nor refusal', async () => {
    const chain = chainOf(
      'c',
      aChainStart(),
      anIntent('done'),
      anOutcome('done'),
      anIntent('open', 'probe'),
      anIntent('open'),
      anIntent('refused', 'probe'),
      anOutcome('refused', 'refusal'),
      anIntent('settled elsewhere'),
    );
    await store.append(chain);
    await store.append(chainOf('d', aChainStart(), anOutcome('settled elsewhere')));
    expect(await store.openIntents()).toEqual(chain.slice(3, 5));
  });

  it('settles a lost call once when several processes recover at the same moment', async () => {
    await store.append(chainOf('dead', aStartOfAnEndedProcess(), anIntent('lost', 'probe'), anIntent('lost')));
    await store.append(chainOf('alive', aChainStart(), anIntent('running')));
    expect(await recoverAtOnce(location)).toEqual(['lost']);
    expect(await verifyRecords(store.records())).toMatchObject({ ok: true, open_calls: 1 });
  });

  it('is brought up to date once when several processes open it at the same moment', async () => {
    location = await engine.newLocation();
    expect(await recoverAtOnce(location)).toEqual([]);
  });

  it('is refused, saying so, when a newer version has changed it', async () => {
    await database.sql.updateTable('schema_versions').set({ version: 99 }).execute();
    await expect(open()).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringMatching(/newer Sallyport \(schema 99, this one knows \d+\)/),
    });
  });
});

/** What three processes together recovered. */
async function recoverAtOnce(location: DatabaseLocation): Promise<readonly string[]> {
  await using processes = new AsyncDisposableStack();
  const started = [1, 2, 3].map(() => processes.use(new ScriptProcess('recovering', JSON.stringify(location))));
  for (const each of started) await each.hasPrinted(1);
  for (const each of started) each.tell('go');
  for (const each of started) await each.succeeded();
  return started.flatMap(({ lines }) => JSON.parse(lines[1] ?? ''));
}
