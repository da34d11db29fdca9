import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { silentLog } from '../../src/base/log.ts';
import type { PrincipalId } from '../../src/identity/caller.ts';
import type { BudgetStore, Draw } from '../../src/limits/budgets.ts';
import { openBudgetStore } from '../../src/storage/budget-store.ts';
import type { DatabaseLocation } from '../../src/storage/database.ts';
import { engines, type Engine } from './engines.ts';

const me = 'token:me' as PrincipalId;
const other = 'token:other' as PrincipalId;
const hour = 3_600_000;
const start = Date.UTC(2026, 10, 21, 10);
const commands = (amount: number, limit = 5): Draw => ({ budget: 'commands', amount, limit });
const bytes = (amount: number, limit = 100): Draw => ({ budget: 'bytes', amount, limit });
const servers = (names: readonly string[], limit = 3): Draw => {
  return { budget: 'servers', amount: names.length, names, limit };
};

describe.each(engines)('a budget store on $name', ({ start: startEngine }) => {
  let engine: Engine;
  let location: DatabaseLocation;
  let store: BudgetStore;

  beforeAll(async () => {
    engine = await startEngine();
  });
  afterAll(() => engine[Symbol.asyncDispose]());
  beforeEach(async () => {
    location = await engine.newLocation();
    store = await openBudgetStore(location, silentLog);
    return () => store.close();
  });

  it('adds amounts up until the limit, for each principal by itself', async () => {
    expect(await store.draw(me, [commands(3)], start)).toBeUndefined();
    expect(await store.draw(me, [commands(2)], start + hour)).toBeUndefined();
    const over = { budget: 'commands', limit: 5, used: 5, needed: 1 };
    expect(await store.draw(me, [commands(1)], start + 2 * hour)).toMatchObject(over);
    expect(await store.draw(other, [commands(5)], start + 2 * hour)).toBeUndefined();
  });

  it('says when there is enough again, and then there is', async () => {
    await store.draw(me, [commands(3)], start);
    await store.draw(me, [commands(2)], start + hour);
    const renews = async (amount: number): Promise<number> =>
      (await store.draw(me, [commands(amount)], start + 2 * hour))?.renewsAt ?? Number.NaN;
    const [soon, later] = [await renews(3), await renews(4)];
    for (const [at, used] of [
      [soon, start],
      [later, start + hour],
    ] as const) {
      expect(at).toBeGreaterThanOrEqual(used + 24 * hour);
      expect(at).toBeLessThanOrEqual(used + 24 * hour + 600_000);
    }
    expect(await store.draw(me, [commands(6)], start)).toMatchObject({ renewsAt: undefined });
    expect(await store.draw(me, [commands(3)], soon - 1)).toMatchObject({ used: 5 });
    expect(await store.draw(me, [commands(3)], soon)).toBeUndefined();
  });

  it('counts each server once, from its last use on', async () => {
    expect(await store.draw(me, [servers(['a', 'b', 'a'])], start)).toBeUndefined();
    expect(await store.draw(me, [servers(['b', 'c'])], start + hour)).toBeUndefined();
    expect(await store.draw(me, [servers(['a', 'b', 'c'])], start + hour)).toBeUndefined();
    expect(await store.draw(me, [servers(['a', 'd'])], start + 2 * hour)).toMatchObject({ used: 3, needed: 1 });
    const over = await store.draw(me, [servers(['d', 'e'])], start + 2 * hour);
    expect(over).toMatchObject({ needed: 2, renewsAt: start + 25 * hour });
    expect(await store.draw(me, [servers(['d', 'e'])], start + 25 * hour)).toBeUndefined();
  });

  it('draws all or nothing', async () => {
    await store.draw(me, [servers(['a', 'b', 'c'])], start);
    const draws = [commands(1), servers(['d']), bytes(10)];
    expect(await store.draw(me, draws, start)).toMatchObject({ budget: 'servers' });
    expect(await store.draw(me, [commands(5), bytes(100)], start)).toBeUndefined();
  });

  it('takes back what was not used, and counts what is known only afterwards', async () => {
    await store.draw(me, [bytes(100)], start);
    await store.draw(me, [bytes(-60, Infinity)], start + hour);
    expect(await store.draw(me, [bytes(61)], start + hour)).toMatchObject({ used: 40, needed: 61 });
    await store.draw(me, [bytes(500, Infinity)], start + hour);
    expect(await store.draw(me, [bytes(1)], start + hour)).toMatchObject({ used: 540 });
  });

  it('lets no more through than there is, whoever draws at the same time', async () => {
    // Two in one thread must not wait for each other within SQLite.
    const impatient = location.kind === 'sqlite' ? { ...location, busyTimeoutMs: 1 } : location;
    const stores = await Promise.all([1, 2].map(() => openBudgetStore(impatient, silentLog)));
    const draws = stores.flatMap((one) => Array.from({ length: 10 }, () => one.draw(me, [commands(1)], start)));
    expect((await Promise.all(draws)).filter((over) => over === undefined)).toHaveLength(5);
    await Promise.all(stores.map((one) => one.close()));
  });
});
