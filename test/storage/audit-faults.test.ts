import { execFileSync } from 'node:child_process';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { AuditThread } from '../../src/storage/audit-thread.ts';
import { recordsIn, tamper, verifyFile } from '../fixtures/audit-file.ts';
import { anIntent, anOutcome } from '../fixtures/audit-records.ts';
import { aWriterAtWork, expectRecovery, expectUnavailable } from '../fixtures/audit-writer.ts';
import { isRoot } from '../fixtures/machine.ts';
import { ScriptProcess } from '../fixtures/script-process.ts';
import { temporaryFolder } from '../fixtures/temporary-folder.ts';

async function callIdsIn(path: string): Promise<readonly (string | null)[]> {
  return (await recordsIn(path)).map(({ callId }) => callId);
}

/** Only root can mount a disk. */
const skip = !isRoot && process.env['CI'] !== 'true';

/** As one small disk; what fills it is a file beside the database. */
function mountSmallDisk(folder: string): void {
  execFileSync('/bin/mount', ['-t', 'tmpfs', '-o', 'size=512k,mode=700', 'none', folder]);
}

describe.concurrent('an audit writer that cannot write', () => {
  it('says that another process holds the file, and goes on when that ends', async () => {
    await using work = await aWriterAtWork();
    await using locker = new ScriptProcess('locking', work.path);
    await locker.hasPrinted(1);
    await expectUnavailable(work.writer, /another process keeps .*audit\.db locked/);
    await locker.kill();
    await expectRecovery(work.writer);
    await work.writer.append(anIntent('after'));
    expect(await callIdsIn(work.path)).toEqual([null, 'first', 'after']);
    expect(await verifyFile(work.path)).toMatchObject({ ok: true });
  });

  it('waits for a lock that is released soon', async () => {
    await using work = await aWriterAtWork();
    await using locker = new ScriptProcess('locking', work.path);
    await locker.hasPrinted(1);
    const appended = work.writer.append(anIntent('patient'));
    setTimeout(() => void locker.kill(), 300);
    await appended;
    expect(work.writer.problem()).toBeUndefined();
  });

  it('says that the file was removed, and starts a new chain in a new one', async () => {
    await using work = await aWriterAtWork();
    rmSync(work.path);
    await expectUnavailable(work.writer, /audit\.db was removed/);
    await work.writer.append(anIntent('after'));
    expect(work.writer.problem()).toBeUndefined();
    expect(await callIdsIn(work.path)).toEqual([null, 'after']);
    expect(work.errors.join('\n')).toMatch(/was replaced: our chain .* of 2 records is gone/);
  });

  it.each(['-wal', '-shm'])('notices that audit.db%s was removed', async (suffix) => {
    await using work = await aWriterAtWork();
    rmSync(work.path + suffix);
    await expectUnavailable(work.writer, new RegExp(`audit\\.db${suffix} was removed`));
    await expectRecovery(work.writer);
    await work.writer.append(anIntent('after'));
    expect(await verifyFile(work.path)).toMatchObject({ ok: true });
  });

  it('keeps the outcomes of what ran meanwhile, and writes each once when it can', async () => {
    await using work = await aWriterAtWork();
    await using locker = new ScriptProcess('locking', work.path);
    await locker.hasPrinted(1);
    const noted = ['first', 'second'].map((callId) => work.writer.note(anOutcome(callId)));
    await expectUnavailable(work.writer, /another process keeps .*audit\.db locked/);
    await locker.kill();
    await Promise.all(noted);
    expect(work.writer.problem()).toBeUndefined();
    expect(await callIdsIn(work.path)).toEqual([null, 'first', 'first', 'second']);
    expect(await verifyFile(work.path)).toMatchObject({ ok: true });
  });

  it('tells of outcomes that cannot be written to the end', async () => {
    const work = await aWriterAtWork();
    await using locker = new ScriptProcess('locking', work.path);
    await locker.hasPrinted(1);
    const noted = work.writer.note(anOutcome('first'));
    const [ended] = await Promise.allSettled([noted, work.writer.close()]);
    expect(ended).toMatchObject({ status: 'rejected', reason: { code: 'audit_unavailable' } });
    await locker.kill();
    await work[Symbol.asyncDispose]();
  });

  it('goes on in a chain of its own when an older copy of the file was put in its place', async () => {
    await using work = await aWriterAtWork();
    const copy = join(work.folder, 'copy.db');
    tamper(work.path, `vacuum into '${copy}'`);
    await work.writer.append(anIntent('not in the copy'));
    renameSync(copy, work.path);
    for (const suffix of ['-wal', '-shm']) rmSync(work.path + suffix);
    await expectUnavailable(work.writer, /audit\.db was replaced/);
    await work.writer.append(anIntent('after'));
    expect(await callIdsIn(work.path)).toEqual([null, 'after', null, 'first']);
    expect(await verifyFile(work.path)).toMatchObject({ ok: true });
    expect(work.errors.join('\n')).toMatch(/of 3 records ends at record 2/);
  });

  it('says that the folder is a file, and goes on with its chain when the folder is back', async () => {
    await using work = await aWriterAtWork();
    renameSync(work.folder, `${work.folder}.away`);
    writeFileSync(work.folder, '');
    await expectUnavailable(work.writer, /audit\.db was removed/);
    await expectUnavailable(work.writer, /EEXIST|ENOTDIR/);
    rmSync(work.folder);
    renameSync(`${work.folder}.away`, work.folder);
    await expectRecovery(work.writer);
    await work.writer.append(anIntent('after'));
    expect(await callIdsIn(work.path)).toEqual([null, 'first', 'after']);
    expect(await verifyFile(work.path)).toMatchObject({ ok: true });
  });

  it('says that the file is damaged', async () => {
    await using work = await aWriterAtWork();
    for (const suffix of ['', '-wal', '-shm']) rmSync(work.path + suffix);
    writeFileSync(work.path, 'not a database, but long enough to be taken for one'.repeat(100));
    await expectUnavailable(work.writer, /audit\.db was replaced/);
    await expectUnavailable(work.writer, /audit\.db is damaged/);
    expect(readFileSync(work.path, 'utf8')).toMatch(/^not a database/);
  });

  it('says that the disk is full, and goes on when there is space (needs root)', { skip }, async () => {
    await using work = await aWriterAtWork(mountSmallDisk);
    try {
      const filler = join(work.folder, 'filler');
      const promised = ['first'];
      expect(() => writeFileSync(filler, Buffer.alloc(1 << 20))).toThrow(/ENOSPC/);
      const fillUp = async () => {
        for (let n = 0; n < 1_000; n += 1) {
          await work.writer.append(anIntent(`${n}`));
          promised.push(`${n}`);
        }
      };
      await expect(fillUp()).rejects.toMatchObject({ code: 'audit_unavailable' });
      expect(work.writer.problem()).toMatch(/the disk that holds .* is full/);
      rmSync(filler);
      await expectRecovery(work.writer);
      await work.writer.append(anIntent('after'));
      const stored = await callIdsIn(work.path);
      expect([...promised, 'after'].filter((callId) => !stored.includes(callId))).toEqual([]);
      expect(await verifyFile(work.path)).toMatchObject({ ok: true });
    } finally {
      await work.writer.close();
      execFileSync('/bin/umount', ['--lazy', work.folder]);
    }
  });
});

describe('an audit thread that does not answer in time', () => {
  it('is given up, and what was asked of it has failed', async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, 'audit.db');
    writeFileSync(path, '');
    await using locker = new ScriptProcess('locking', path);
    await locker.hasPrinted(1);
    const thread = new AuditThread({ path, version: '0.1.0', warn: () => {}, answerTimeoutMs: 300 });
    expect(await thread.ask({ kind: 'probe' })).toMatchObject({
      kind: 'failed',
      reason: expect.stringMatching(/in time/),
    });
    await thread.end();
  });
});
