import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { silentLog } from '../../src/base/log.ts';
import { openTokenUseStore, stateFile } from '../../src/storage/token-use-store.ts';
import { ScriptProcess } from '../fixtures/script-process.ts';
import { temporaryFolder } from '../fixtures/temporary-folder.ts';

const at = new Date('2026-11-21T10:00:00.000Z');

async function lastUsed(path: string): Promise<ReadonlyMap<string, Date>> {
  const store = openTokenUseStore({ location: stateFile(path), log: silentLog });
  const uses = await store.lastUsed();
  await store.close();
  return uses;
}

describe.concurrent('a token use store whose file another process holds', () => {
  it('neither delays nor fails a call, and writes the use once it can', async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, 'state.db');
    writeFileSync(path, '', { mode: 0o600 });
    await using locker = new ScriptProcess('locking', path);
    await locker.hasPrinted(1);
    const warn = vi.fn<() => void>();
    const store = openTokenUseStore({ location: stateFile(path), log: { ...silentLog, warn } });
    const before = performance.now();
    store.touch('a', at);
    expect(performance.now() - before).toBeLessThan(20);
    await vi.waitFor(() => expect(warn).toHaveBeenCalledOnce(), { timeout: 5_000 });
    await locker.kill();
    store.touch('b', at);
    await store.close();
    expect(await lastUsed(path)).toEqual(
      new Map([
        ['a', at],
        ['b', at],
      ]),
    );
  });

  it('closes all the same', async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, 'state.db');
    writeFileSync(path, '');
    await using locker = new ScriptProcess('locking', path);
    await locker.hasPrinted(1);
    const warn = vi.fn<() => void>();
    const store = openTokenUseStore({ location: stateFile(path), log: { ...silentLog, warn } });
    store.touch('a', at);
    await store.close();
    expect(warn).toHaveBeenCalledOnce();
  });
});

describe.concurrent('a token use store left to itself', () => {
  it('writes what it noted within seconds, to a file for its own user only', async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, 'data', 'state.db');
    const store = openTokenUseStore({ location: stateFile(path), log: silentLog });
    store.touch('a', at);
    await sleep(2_500);
    expect(await lastUsed(path)).toEqual(new Map([['a', at]]));
    expect(statSync(path).mode & 0o777).toBe(0o600);
    await store.close();
  });
});
