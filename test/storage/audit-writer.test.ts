import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { silentLog } from '../../src/base/log.ts';
import { openAuditWriter } from '../../src/storage/audit-writer.ts';
import { recordsIn, tamper, verifyFile } from '../fixtures/audit-file.ts';
import { anIntent, anOutcome } from '../fixtures/audit-records.ts';
import { aWriterAtWork, expectRecovery, expectUnavailable } from '../fixtures/audit-writer.ts';
import { temporaryFolder } from '../fixtures/temporary-folder.ts';

function countMessages(worker: NodeJS.EventEmitter): () => number {
  let count = 0;
  worker.on('message', () => (count += 1));
  return () => count;
}

describe('an audit writer', () => {
  it('touches nothing before the first record', async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, 'data', 'audit.db');
    const writer = openAuditWriter({ path, version: '0.1.0', log: silentLog });
    expect(writer.problem()).toBeUndefined();
    expect(existsSync(join(folder.path, 'data'))).toBe(false);
    await writer.close();
    expect(existsSync(join(folder.path, 'data'))).toBe(false);
  });

  it('writes a note with the next record, in one commit, and soon when there is none', async () => {
    await using work = await aWriterAtWork();
    const [worker] = work.threads;
    if (!worker) throw new Error('no thread was started');
    const commits = countMessages(worker);
    const noted = work.writer.note(anOutcome('first'));
    await work.writer.append(anIntent('second'));
    await noted;
    expect(commits()).toBe(1);
    await work.writer.note(anOutcome('second'));
    expect(commits()).toBe(2);
  });

  it('writes its notes before it closes', async () => {
    await using work = await aWriterAtWork();
    const noted = work.writer.note(anOutcome('first'));
    await work.writer.close();
    await expect(noted).resolves.toBeUndefined();
  });

  it('makes its folder and all its files for its own user only', async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, 'data', 'audit.db');
    const writer = openAuditWriter({ path, version: '0.1.0', log: silentLog });
    await writer.append(anIntent('1'));
    const mode = (file: string) => (statSync(file).mode & 0o777).toString(8);
    const files = readdirSync(join(folder.path, 'data'));
    expect(files).toEqual(['audit.db', 'audit.db-shm', 'audit.db-wal']);
    expect(files.map((file) => mode(join(folder.path, 'data', file)))).toEqual(['600', '600', '600']);
    expect(mode(join(folder.path, 'data'))).toBe('700');
    await writer.close();
  });

  it('begins its chain with who writes it, and numbers records without gaps', async () => {
    await using work = await aWriterAtWork();
    await Promise.all(['2', '3', '4'].map((callId) => work.writer.append(anIntent(callId))));
    const records = await recordsIn(work.path);
    expect(records.map(({ seq, kind, callId }) => [seq, kind, callId])).toEqual([
      [1, 'chain_start', null],
      [2, 'intent', 'first'],
      [3, 'intent', '2'],
      [4, 'intent', '3'],
      [5, 'intent', '4'],
    ]);
    expect(JSON.parse(records[0]?.body ?? '')).toMatchObject({ pid: process.pid, version: '0.1.0', seals: [] });
  });

  it('commits a record at once when idle', async () => {
    await using work = await aWriterAtWork();
    const commits = work.threads.map(countMessages);
    for (const callId of ['a', 'b', 'c']) await work.writer.append(anIntent(callId));
    expect(commits.map((count) => count())).toEqual([3]);
  });

  it('commits together what was appended while a commit ran', async () => {
    await using work = await aWriterAtWork();
    const commits = work.threads.map(countMessages);
    await Promise.all(Array.from({ length: 500 }, (_, n) => work.writer.append(anOutcome(`${n}`))));
    expect(commits.map((count) => count())).toEqual([2]);
    expect(await verifyFile(work.path)).toMatchObject({ ok: true, records: 502 });
  });

  it('writes what is queued before it closes, and refuses what comes later', async () => {
    await using work = await aWriterAtWork();
    const appended = ['a', 'b', 'c'].map((callId) => work.writer.append(anIntent(callId)));
    await work.writer.close();
    await Promise.all(appended);
    await expect(work.writer.append(anIntent('late'))).rejects.toMatchObject({ code: 'audit_unavailable' });
    expect(await verifyFile(work.path)).toMatchObject({ ok: true, records: 5 });
  });

  it('refuses a record when ten thousand wait for the disk', async () => {
    await using work = await aWriterAtWork();
    const appended = Array.from({ length: 10_001 }, (_, n) => work.writer.append(anIntent(`${n}`)));
    await expect(work.writer.append(anIntent('too many'))).rejects.toMatchObject({ code: 'audit_unavailable' });
    await Promise.all(appended);
    expect(await verifyFile(work.path)).toMatchObject({ ok: true, records: 10_003 });
  });

  it('leaves the calls of running processes alone when it recovers', async () => {
    await using work = await aWriterAtWork();
    expect(await work.writer.recover()).toEqual([]);
  });
});

describe('an audit writer whose thread dies', () => {
  it('says that a newer version has changed the file meanwhile', async () => {
    await using work = await aWriterAtWork();
    tamper(work.path, 'update schema_versions set version = 99');
    for (const thread of work.threads) await thread.terminate();
    await expectUnavailable(work.writer, /newer Sallyport/);
    expect(work.errors.join('\n')).toMatch(/newer Sallyport \(schema 99/);
  });

  it('starts its thread again, with a new chain, when that dies', async () => {
    await using work = await aWriterAtWork();
    const [thread] = work.threads;
    const appended = work.writer.append(anIntent('under way'));
    await Promise.all([thread?.terminate(), expect(appended).rejects.toMatchObject({ code: 'audit_unavailable' })]);
    expect(work.writer.problem()).toMatch(/the audit thread ended/);
    await expectRecovery(work.writer);
    await work.writer.append(anIntent('after'));
    const records = await recordsIn(work.path);
    expect(records.slice(0, 2).map(({ kind, callId }) => [kind, callId])).toEqual([
      ['chain_start', null],
      ['intent', 'after'],
    ]);
    expect(await verifyFile(work.path)).toMatchObject({ ok: true });
  });
});
