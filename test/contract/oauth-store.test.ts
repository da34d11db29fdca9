import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { silentLog } from '../../src/base/log.ts';
import type { OAuthRecord, OAuthStore } from '../../src/oauth/oauth-store.ts';
import type { DatabaseLocation } from '../../src/storage/database.ts';
import { openOAuthStore } from '../../src/storage/oauth-store.ts';
import { engines, type Engine } from './engines.ts';

const later = new Date(Date.now() + 3_600_000);
const aToken: OAuthRecord = {
  model: 'AccessToken',
  key: 'k1',
  payload: { scope: 'mcp', nested: { ä: ['"', null] } },
  grantId: 'g1',
  expiresAt: later,
};

describe.each(engines)('an OAuth store on $name', ({ start }) => {
  let engine: Engine;
  let location: DatabaseLocation;
  let store: OAuthStore;
  let other: OAuthStore;
  beforeAll(async () => {
    engine = await start();
  });
  beforeEach(async () => {
    location = await engine.newLocation();
    store = await openOAuthStore(location, silentLog);
    other = await openOAuthStore(location, silentLog);
    return async () => {
      await store.close();
      await other.close();
    };
  });
  afterAll(async () => await engine[Symbol.asyncDispose]());

  it('finds what was put in, under its model and key alone, in every process', async () => {
    await store.upsert(aToken);
    const found = { payload: aToken.payload, expiresAt: later, consumedAt: undefined };
    expect(await other.find('AccessToken', 'k1')).toEqual(found);
    expect(await other.find('RefreshToken', 'k1')).toBeUndefined();
    expect(await other.find('AccessToken', 'k2')).toBeUndefined();
  });

  it('replaces what has the same name, and forgets nothing of its being consumed', async () => {
    await store.upsert(aToken);
    await store.consume('AccessToken', 'k1', new Date());
    await store.upsert({ ...aToken, payload: { scope: 'x' }, expiresAt: undefined });
    const found = await store.find('AccessToken', 'k1');
    expect([found?.payload, found?.expiresAt]).toEqual([{ scope: 'x' }, undefined]);
    expect(found?.consumedAt).toBeInstanceOf(Date);
  });

  it('lets one of many consume, whoever they are', async () => {
    await store.upsert(aToken);
    const attempts = [store, other, store, other].map((one) => one.consume('AccessToken', 'k1', new Date()));
    expect((await Promise.all(attempts)).filter(Boolean)).toHaveLength(1);
    expect(await store.consume('AccessToken', 'absent', new Date())).toBe(false);
  });

  it('shows nothing that has expired, and removes it when told', async () => {
    await store.upsert({ ...aToken, expiresAt: new Date(Date.now() - 1) });
    await store.upsert({ ...aToken, key: 'k2' });
    await store.upsert({ ...aToken, key: 'k3', expiresAt: undefined });
    expect(await store.find('AccessToken', 'k1')).toBeUndefined();
    expect(await store.present('AccessToken', ['k1', 'k2', 'k3', 'k4'])).toEqual(new Set(['k2', 'k3']));
    expect(await store.count('AccessToken')).toBe(2);
    await store.removeExpired();
    expect(await store.count('AccessToken')).toBe(2);
  });

  it('looks for more at once than a statement takes', async () => {
    await store.upsert(aToken);
    const keys = Array.from({ length: 1_200 }, (_, index) => `absent${index}`);
    expect(await store.present('AccessToken', [...keys, 'k1'])).toEqual(new Set(['k1']));
    expect(await store.present('AccessToken', [])).toEqual(new Set());
  });

  it('ends one thing, or all of a model that come of a consent', async () => {
    await store.upsert(aToken);
    await store.upsert({ ...aToken, key: 'k2' });
    await store.upsert({ ...aToken, key: 'k3', grantId: 'g2' });
    await store.upsert({ ...aToken, model: 'Grant', key: 'k4' });
    await store.revokeByGrantId('AccessToken', 'g1');
    expect([...(await store.present('AccessToken', ['k1', 'k2', 'k3']))]).toEqual(['k3']);
    expect(await store.count('Grant')).toBe(1);
    await store.destroy('Grant', 'k4');
    expect(await store.count('Grant')).toBe(0);
  });
});
