import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { silentLog } from '../../src/base/log.ts';
import type { Change, ChangeStore } from '../../src/changes/change.ts';
import { openChangeStore } from '../../src/storage/change-store.ts';
import { aCaller } from '../fixtures/callers.ts';
import { hostId } from '../fixtures/sshd.ts';
import { engines, type Engine } from './engines.ts';

const { principal } = aCaller();
const file = { kind: 'file', sizeBytes: 3, sha256: 'ab' } as const;
const aChange: Change = {
  id: 'chg_1',
  principal,
  callId: 'call-1',
  tool: 'write_file',
  at: new Date('2026-11-21T10:00:00.123Z'),
  state: 'begun',
  keptBytes: 5_000_000_000,
  what: {
    kind: 'file',
    host: hostId('web-1'),
    path: '/srv/ä\nb',
    by: 'sudo',
    operation: 'undo',
    before: { ...file, mode: 0o100644, owner: { uid: 0, gid: 4_294_967_294 } },
    after: undefined,
    undo: { available: false, reason: 'too large' },
    undoes: 'chg_0',
  },
};
const aFact: Change = {
  ...aChange,
  id: 'chg_2',
  at: new Date('2026-11-21T11:00:00.456Z'),
  state: 'done',
  keptBytes: 0,
  what: { kind: 'fact', host: hostId('web-1'), subject: 'service nginx', before: { active: true, pids: [1, 2] } },
};

describe.each(engines)('a change store on $name', ({ start }) => {
  let engine: Engine;
  let store: ChangeStore;
  let reopen: () => Promise<ChangeStore>;

  beforeAll(async () => {
    engine = await start();
  });
  afterAll(() => engine[Symbol.asyncDispose]());
  beforeEach(async () => {
    const location = await engine.newLocation();
    reopen = () => openChangeStore(location, silentLog);
    store = await reopen();
    return () => store.close();
  });

  it('gives back what was recorded, by its id, also after it was closed', async () => {
    await store.insert(aChange);
    await store.insert(aFact);
    await store.close();
    store = await reopen();
    expect(await store.find('chg_1')).toEqual(aChange);
    expect(await store.find('chg_2')).toEqual(aFact);
    expect(await store.find('chg_3')).toBeUndefined();
  });

  it('remembers how a change ended', async () => {
    await store.insert(aChange);
    const ended = { ...aChange, state: 'done' as const, what: { ...aChange.what, after: { kind: 'absent' } } };
    await store.update({ ...ended } as Change);
    expect(await store.find('chg_1')).toEqual(ended);
  });

  it('does not make a change of an end: what was removed stays removed', async () => {
    await store.update(aChange);
    expect(await store.find('chg_1')).toBeUndefined();
  });

  it('lists the newest first: those of one principal, or of all', async () => {
    const other = aCaller({ principal: 'token:other' as typeof principal }).principal;
    await store.insert(aChange);
    await store.insert(aFact);
    await store.insert({ ...aChange, id: 'chg_3', principal: other });
    const ids = async (query: Parameters<ChangeStore['list']>[0]) => (await store.list(query)).map(({ id }) => id);
    expect(await ids({ principal, limit: 10 })).toEqual(['chg_2', 'chg_1']);
    expect(await ids({ principal: undefined, limit: 2 })).toEqual(['chg_2', 'chg_1']);
    expect(await ids({ principal: other, limit: 10 })).toEqual(['chg_3']);
  });

  it('tells what is kept, the oldest first, and forgets more than one statement takes', async () => {
    const ids = Array.from({ length: 1_203 }, (_, n) => `chg_${n}`);
    for (const id of ids.slice(0, 3)) await store.insert({ ...aChange, id });
    await store.insert({ ...aFact, id: 'chg_new' });
    expect(await store.sizes()).toHaveLength(4);
    await store.remove(ids);
    expect(await store.sizes()).toEqual([{ id: 'chg_new', at: aFact.at, keptBytes: 0 }]);
    await store.remove([]);
  });

  it('keeps an id for one change', async () => {
    await store.insert(aChange);
    await expect(store.insert(aChange)).rejects.toThrow(/unique/i);
  });
});
