import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Approval, ApprovalStore } from '../../src/approvals/approval.ts';
import { silentLog } from '../../src/base/log.ts';
import type { PrincipalId } from '../../src/identity/caller.ts';
import { openApprovalStore } from '../../src/storage/approval-store.ts';
import { anApproval, aPerson } from '../fixtures/approvals.ts';
import { engines, type Engine } from './engines.ts';

const limits = { maxPending: 3 };
const other = { principal: 'token:other' as PrincipalId, name: 'other' };
const decision = { ...aPerson, at: new Date('2026-11-21T10:01:00Z'), reason: 'looks „right“\u202e' };

describe.each(engines)('an approval store on $name', ({ start }) => {
  let engine: Engine;
  let store: ApprovalStore;
  let reopen: () => Promise<ApprovalStore>;

  beforeAll(async () => {
    engine = await start();
  });
  afterAll(() => engine[Symbol.asyncDispose]());
  beforeEach(async () => {
    const location = await engine.newLocation();
    reopen = () => openApprovalStore(location, silentLog);
    store = await reopen();
    return () => store.close();
  });

  it('gives back what was asked, by its id and by its plan, also after it was closed', async () => {
    const { question } = anApproval();
    const change = { path: '/etc/x', before: null, after: 'cd', diff: '+ä\n', note: undefined };
    const asked = anApproval({ question: { ...question, change } });
    await store.open(asked, limits);
    await store.close();
    store = await reopen();
    expect(await store.find(asked.id)).toEqual(asked);
    expect(await store.latest(asked.requester.principal, asked.planHash)).toEqual(asked);
    expect(await store.latest(other.principal, asked.planHash)).toBeUndefined();
    expect(await store.latest(asked.requester.principal, 'cd')).toBeUndefined();
    expect(await store.find(anApproval().id)).toBeUndefined();
  });

  it('has one question pending for a plan of a requester, also when it is asked many times at once', async () => {
    const results = await Promise.all(Array.from({ length: 12 }, () => store.open(anApproval(), { maxPending: 100 })));
    expect(results.filter(({ kind }) => kind === 'opened')).toHaveLength(1);
    expect(results.filter(({ kind }) => kind === 'known')).toHaveLength(11);
    expect(await store.list(['pending'], 100)).toHaveLength(1);
  });

  it('lets a requester have so many questions pending, and another its own', async () => {
    const hashes = ['1', '2', '3', '4'];
    const kinds = [];
    for (const planHash of hashes) kinds.push((await store.open(anApproval({ planHash }), limits)).kind);
    expect(kinds).toEqual(['opened', 'opened', 'opened', 'too_many']);
    expect((await store.open(anApproval({ planHash: '4', requester: other }), limits)).kind).toBe('opened');
  });

  it('moves an approval on once, and keeps who decided', async () => {
    const asked = anApproval();
    await store.open(asked, limits);
    const steps = [{ to: 'approved' }, { to: 'declined' }, { to: 'expired' }] as const;
    const moved = await Promise.all(
      steps.map(({ to }) => store.advance(asked.id, { from: 'pending', to, decision: { ...decision, name: to } })),
    );
    expect(moved.filter(Boolean)).toHaveLength(1);
    const after = await store.find(asked.id);
    expect(after).toMatchObject({ state: after?.decision?.name, decision: { ...decision, name: after?.state } });
    expect(await store.advance(asked.id, { from: 'pending', to: 'withdrawn' })).toBe(false);
    expect(await store.advance(anApproval().id, { from: 'pending', to: 'withdrawn' })).toBe(false);
  });

  it('asks anew for a plan whose question is over, and finds the newer one', async () => {
    const [first, second] = [anApproval(), anApproval({ limit: { ...anApproval().limit, from: new Date() } })];
    await store.open(first, limits);
    await store.advance(first.id, { from: 'pending', to: 'consumed' });
    expect((await store.open(second, limits)).kind).toBe('opened');
    expect(await store.latest(first.requester.principal, first.planHash)).toEqual(second);
  });

  it('lists the oldest first, of the states that are asked for, and forgets what is old', async () => {
    const at = (hour: number): Approval['limit'] => ({
      ...anApproval().limit,
      from: new Date(Date.UTC(2026, 10, 21, hour)),
    });
    const [late, early] = [anApproval({ planHash: '1', limit: at(9) }), anApproval({ planHash: '2', limit: at(8) })];
    await store.open(late, limits);
    await store.open(early, limits);
    await store.advance(late.id, { from: 'pending', to: 'approved', decision });
    expect((await store.list(['pending', 'approved'], 10)).map(({ id }) => id)).toEqual([early.id, late.id]);
    expect((await store.list(['approved'], 10)).map(({ id }) => id)).toEqual([late.id]);
    expect(await store.list(['pending', 'approved'], 1)).toHaveLength(1);
    const newest = await store.list(['pending', 'approved'], 1, 'newest_first');
    expect(newest.map(({ id }) => id)).toEqual([late.id]);
    await store.prune(at(9).from);
    expect(await store.find(early.id)).toBeUndefined();
    expect(await store.find(late.id)).toBeDefined();
  });
});
