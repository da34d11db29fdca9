import { readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { silentLog } from '../../src/base/log.ts';
import { fileStamp, watchFile } from '../../src/base/watch-file.ts';
import { temporaryFolder } from '../fixtures/temporary-folder.ts';

const promisedMs = 2000;

/** Calls back counted; `changed` waits for the next one, at most as long as a change may take to be seen. */
async function watched(file: string) {
  let count = 0;
  let notify = (): void => undefined;
  const onChange = async (): Promise<void> => {
    count += 1;
    notify();
  };
  const watch = watchFile(file, { stamp: await fileStamp(file), onChange, log: silentLog });
  const changed = async (): Promise<boolean> => {
    const next = new Promise<boolean>((resolve) => (notify = () => resolve(true)));
    return await Promise.race([next, sleep(promisedMs, false)]);
  };
  return { changed, count: () => count, [Symbol.dispose]: () => watch[Symbol.dispose]() };
}

describe.concurrent('a watched file', () => {
  it.each<{ what: string; change: (file: string) => void }>([
    { what: 'a change', change: (file) => writeFileSync(file, 'two') },
    { what: 'a change that keeps the size', change: (file) => writeFileSync(file, 'eno') },
    {
      what: 'a replacement',
      change: (file) => {
        writeFileSync(`${file}.new`, 'one');
        renameSync(`${file}.new`, file);
      },
    },
    { what: 'its deletion', change: (file) => rmSync(file) },
    {
      what: 'another file behind its name',
      change: (file) => {
        writeFileSync(`${file}.other`, 'one');
        rmSync(file);
        symlinkSync(`${file}.other`, file);
      },
    },
  ])('is seen within two seconds: $what', async ({ change }) => {
    using folder = temporaryFolder();
    const file = join(folder.path, 'file');
    writeFileSync(file, 'one');
    using watch = await watched(file);
    const seen = watch.changed();
    change(file);
    expect(await seen).toBe(true);
    expect(watch.count()).toBe(1);
  });

  it('is taken in by whoever looks now, though another look is under way that began before', async () => {
    using folder = temporaryFolder();
    const file = join(folder.path, 'file');
    writeFileSync(file, 'one');
    const taken: string[] = [];
    const begun = Promise.withResolvers<void>();
    const onChange = async (): Promise<void> => {
      const text = readFileSync(file, 'utf8');
      begun.resolve();
      await sleep(50);
      taken.push(text);
    };
    using watch = watchFile(file, { stamp: await fileStamp(file), onChange, log: silentLog });
    writeFileSync(file, 'two');
    const first = watch.look();
    await begun.promise;
    writeFileSync(file, 'three');
    await Promise.all([first, watch.look()]);
    expect(taken).toEqual(['two', 'three']);
    await watch.look();
    expect(taken).toHaveLength(2);
  });

  it('rejects who looks now where it cannot be taken in, and is looked at again', async () => {
    using folder = temporaryFolder();
    const file = join(folder.path, 'file');
    writeFileSync(file, 'one');
    let isBroken = true;
    let taken = 0;
    const onChange = async (): Promise<void> => {
      if (isBroken) throw new Error('not now');
      taken += 1;
    };
    using watch = watchFile(file, { stamp: await fileStamp(file), onChange, log: silentLog });
    writeFileSync(file, 'two');
    await expect(watch.look()).rejects.toThrow('not now');
    await expect(watch.look()).rejects.toThrow('not now');
    isBroken = false;
    await watch.look();
    await watch.look();
    expect(taken).toBe(1);
  });

  it('is seen to come back after its deletion', async () => {
    using folder = temporaryFolder();
    const file = join(folder.path, 'file');
    using watch = await watched(file);
    const seen = watch.changed();
    writeFileSync(file, 'one');
    expect(await seen).toBe(true);
  });

  it('is not seen after the end of the watch', async () => {
    using folder = temporaryFolder();
    const file = join(folder.path, 'file');
    const watch = await watched(file);
    watch[Symbol.dispose]();
    writeFileSync(file, 'one');
    await sleep(700);
    expect(watch.count()).toBe(0);
  });

  it('is watched on after a callback that failed', async () => {
    using folder = temporaryFolder();
    const file = join(folder.path, 'file');
    let count = 0;
    const onChange = async (): Promise<void> => {
      count += 1;
      throw new Error('broken');
    };
    using _watch = watchFile(file, { stamp: await fileStamp(file), onChange, log: silentLog });
    writeFileSync(file, 'one');
    await sleep(700);
    writeFileSync(file, 'three');
    await sleep(700);
    expect(count).toBe(2);
  });
});
