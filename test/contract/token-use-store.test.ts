import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentLog } from '../../src/base/log.ts';
import { openTokenUseStore } from '../../src/storage/token-use-store.ts';
import { engines } from './engines.ts';
import type { Engine } from './engines.ts';

const early = new Date('2026-11-21T10:00:00.123Z');
const late = new Date('2026-11-21T11:00:00.456Z');

describe.each(engines)('a token use store on $name', ({ start }) => {
  let engine: Engine;

  beforeAll(async () => {
    engine = await start();
  });
  afterAll(() => engine[Symbol.asyncDispose]());

  it('remembers the last use of each token after it was closed', async () => {
    const options = { location: await engine.newLocation(), log: silentLog };
    const store = openTokenUseStore(options);
    store.touch('a', late);
    store.touch('a', early);
    store.touch('b', early);
    await store.close();
    const again = openTokenUseStore(options);
    expect(await again.lastUsed()).toEqual(
      new Map([
        ['a', late],
        ['b', early],
      ]),
    );
    await again.close();
  });

  it('shows a use before it is written', async () => {
    const store = openTokenUseStore({ location: await engine.newLocation(), log: silentLog });
    store.touch('a', early);
    expect(await store.lastUsed()).toEqual(new Map([['a', early]]));
    await store.close();
  });

  it('keeps the latest use when two processes write, whichever writes last', async () => {
    const options = { location: await engine.newLocation(), log: silentLog };
    const stores = [openTokenUseStore(options), openTokenUseStore(options)];
    stores[0]?.touch('a', late);
    stores[1]?.touch('a', early);
    for (const store of stores) await store.close();
    const again = openTokenUseStore(options);
    expect(await again.lastUsed()).toEqual(new Map([['a', late]]));
    await again.close();
  });

  it('holds more tokens than one statement takes', async () => {
    const options = { location: await engine.newLocation(), log: silentLog };
    const store = openTokenUseStore(options);
    for (let n = 0; n < 1_203; n += 1) store.touch(`token ${n}`, early);
    await store.close();
    const again = openTokenUseStore(options);
    expect((await again.lastUsed()).size).toBe(1_203);
    await again.close();
  });

  it('keeps when each token was first seen, whoever sees it later', async () => {
    const options = { location: await engine.newLocation(), log: silentLog };
    const stores = [openTokenUseStore(options), openTokenUseStore(options)];
    expect(await stores[0]?.firstSeen(['a'], early)).toEqual(new Map([['a', early]]));
    expect(await stores[1]?.firstSeen(['b', 'a', 'a'], late)).toEqual(
      new Map([
        ['a', early],
        ['b', late],
      ]),
    );
    for (const store of stores) await store.close();
    const again = openTokenUseStore(options);
    const many = Array.from({ length: 1_203 }, (_, n) => `token ${n}`);
    expect((await again.firstSeen([...many, 'a'], late)).size).toBe(1_204);
    expect(await again.firstSeen(['a'], late)).toEqual(new Map([['a', early]]));
    expect(await again.firstSeen([], late)).toEqual(new Map());
    await again.close();
  });
});
