import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentLog } from '../../src/base/log.ts';
import type { ChainedRecord } from '../../src/audit/chain.ts';
import { openAuditWriter } from '../../src/storage/audit-writer.ts';
import { recordsIn, tamper, verifyFile } from '../fixtures/audit-file.ts';
import { ScriptProcess } from '../fixtures/script-process.ts';
import { temporaryFolder } from '../fixtures/temporary-folder.ts';

describe('five processes that record 200 records each in one audit.db, one of them killed midway', () => {
  const folder = temporaryFolder();
  const path = join(folder.path, 'data', 'audit.db');
  let promised: readonly string[];
  let promisedByKilled: readonly string[];

  beforeAll(async () => {
    await using all = new AsyncDisposableStack();
    const processes = [1, 2, 3, 4, 5].map(() => all.use(new ScriptProcess('appending', path, '100')));
    const [killed, ...others] = processes;
    await killed?.hasPrinted(81);
    await killed?.kill();
    for (const other of others) await other.succeeded();
    promised = processes.flatMap(({ lines }) => lines);
    promisedByKilled = killed?.lines ?? [];
  });
  afterAll(() => folder[Symbol.dispose]());

  it('leave a trail without a fault', async () => {
    expect(await verifyFile(path)).toMatchObject({ ok: true, first_bad: null });
  });

  it('leave every record that was promised', async () => {
    const stored = new Set((await recordsIn(path)).map(({ kind, callId }) => `${kind} ${callId}`));
    expect(promised.length).toBeGreaterThan(4 * 200 + 80);
    expect(promisedByKilled.length).toBeLessThan(200);
    expect(promised.filter((line) => !stored.has(line))).toEqual([]);
  });

  it('have the call that was cut off reported once, as unknown, by two that start afterwards', async () => {
    const before = await recordsIn(path);
    const settled = new Set(before.filter(({ kind }) => kind === 'outcome').map(({ callId }) => callId));
    const lost = before.filter(({ kind, callId }) => kind === 'intent' && !settled.has(callId));
    const writers = [1, 2].map(() => openAuditWriter({ path, version: '0.1.0', log: silentLog }));
    const found = (await Promise.all(writers.map((writer) => writer.recover()))).flat();
    for (const writer of writers) await writer.close();
    expect(found.map(({ callId, result }) => ({ callId, result }))).toEqual(
      lost.map(({ callId }) => ({ callId, result: 'unknown' })),
    );
    expect(await verifyFile(path)).toMatchObject({ ok: true, open_calls: 0 });
  });

  it('leave a trail in which tampering with the file is found', async () => {
    const records = await recordsIn(path);
    const sealed = records.find(({ kind, seq }) => kind === 'outcome' && seq === 41);
    if (!sealed) throw new Error('every chain has a record 41');
    const undo = `update audit_records set body = '${sealed.body}' where hash = '${sealed.hash}'`;
    tamper(path, `update audit_records set body = replace(body, 'uptime', 'true') where hash = '${sealed.hash}'`);
    expect(await verifyFile(path)).toMatchObject({ ok: false, first_bad: { chain: sealed.chain, seq: 41 } });
    tamper(path, undo);
    expect(await verifyFile(path)).toMatchObject({ ok: true });
    tamper(path, `delete from audit_records where hash = '${sealed.hash}'`);
    expect(await verifyFile(path)).toMatchObject({ ok: false, first_bad: { chain: sealed.chain, seq: 41 } });
  });
});

describe('a chain whose process ended', () => {
  it('is sealed by the next, so that a tail cut off it is found', async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, 'audit.db');
    for (const calls of ['3', '1']) {
      await using run = new ScriptProcess('appending', path, calls);
      await run.succeeded();
    }
    const records = await recordsIn(path);
    const older: readonly ChainedRecord[] = records.filter(({ chain }) => chain !== records[0]?.chain);
    const last = older.at(-1);
    if (!last) throw new Error('two processes wrote');
    tamper(path, `delete from audit_records where hash = '${last.hash}'`);
    expect(await verifyFile(path)).toMatchObject({ ok: false, first_bad: { chain: last.chain, seq: last.seq } });
    tamper(path, `delete from audit_records where chain = '${last.chain}'`);
    expect(await verifyFile(path)).toMatchObject({ ok: false, first_bad: { chain: last.chain, seq: 1 } });
  });
});
