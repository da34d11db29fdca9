import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { silentLog } from '../../src/base/log.ts';
import { principalId } from '../../src/identity/principal.ts';
import { hasEnded, type Job, type JobState } from '../../src/jobs/job.ts';
import { isJobId, type JobStore } from '../../src/jobs/jobs.ts';
import type { DatabaseLocation } from '../../src/storage/database.ts';
import { openJobStore } from '../../src/storage/job-store.ts';
import { aJob } from '../fixtures/a-job.ts';
import { engines, type Engine } from './engines.ts';

function anotherJob(more: Partial<Job> = {}): Job {
  const id = `job_${randomBytes(16).toString('hex')}`;
  if (!isJobId(id)) throw new Error('not an id');
  return aJob({ id, mark: randomBytes(12).toString('hex'), ...more });
}

const states: readonly JobState[] = [
  { kind: 'starting' },
  { kind: 'running' },
  { kind: 'exited', status: 3 },
  { kind: 'signalled', signal: 'TERM' },
  { kind: 'timed_out', stopped: { state: 'still_running', pids: [1, 2] } },
  { kind: 'cancelled', stopped: { state: 'confirmed', pids: [] } },
  { kind: 'lost', reason: 'host_restarted' },
];

describe.each(engines)('a job store on $name', ({ start }) => {
  let engine: Engine;
  let location: DatabaseLocation;
  let store: JobStore;

  beforeAll(async () => {
    engine = await start();
  });
  afterAll(() => engine[Symbol.asyncDispose]());
  beforeEach(async () => {
    location = await engine.newLocation();
    store = await openJobStore(location, silentLog);
  });
  afterEach(() => store.close());

  it.each(states)('gives back a job as it was added: $kind', async (state) => {
    const endedAt = hasEnded({ state }) ? 5_000 : null;
    const job = anotherJob({ state, endedAt, outputId: 'out_1', received: { stdout: 7, stderr: 2 ** 40 } });
    await store.add(job);
    expect(await store.find(job.id)).toEqual(job);
    expect(await store.find(anotherJob().id)).toBeUndefined();
  });

  it('adds no second job for one run', async () => {
    const job = anotherJob();
    await store.add(job);
    await expect(store.add(anotherJob({ mark: job.mark }))).rejects.toThrow(/unique/i);
  });

  it('lists the jobs of a principal, the newest first, up to the limit', async () => {
    const jobs = [1, 3, 2].map((createdAt) => anotherJob({ createdAt }));
    for (const job of [...jobs, anotherJob({ owner: principalId('token', 'other') })]) await store.add(job);
    expect((await store.ownedBy(aJob().owner, 2)).map(({ createdAt }) => createdAt)).toEqual([3, 2]);
  });

  it('counts those that have not ended, and whose deadline is yet to come', async () => {
    for (const state of states) await store.add(anotherJob({ state, endedAt: hasEnded({ state }) ? 1 : null }));
    const { owner, deadlineAt } = aJob();
    expect(await store.countUnended(owner, 0)).toBe(2);
    expect(await store.countUnended(owner, deadlineAt)).toBe(0);
    expect(await store.countUnended(principalId('token', 'other'), 0)).toBe(0);
  });

  it('lets stand what was said first of an end, also by another process', async () => {
    const job = anotherJob({ state: { kind: 'starting' } });
    await store.add(job);
    const other = await openJobStore(location, silentLog);
    const running = { state: { kind: 'running' } } as const;
    expect(await other.change(job, running)).toEqual({ ...job, ...running });
    const exited = { state: { kind: 'exited', status: 0 }, endedAt: 9 } as const;
    const lost = { state: { kind: 'lost', reason: 'spool_gone' }, endedAt: 10 } as const;
    expect([await store.change(job, exited), await other.change(job, lost)]).toEqual([
      { ...job, ...exited },
      undefined,
    ]);
    expect(await other.find(job.id)).toEqual({ ...job, ...exited });
    await other.close();
  });

  it('notes nothing from who has lost the job to another process', async () => {
    const job = anotherJob({ heldUntil: 1_000 });
    await store.add(job);
    const taken = { state: { kind: 'lost', reason: 'gateway_ended' }, endedAt: 1_500, fence: 2 } as const;
    expect(await store.change(job, taken, 999)).toBeUndefined();
    expect(await store.change(job, taken, 1_000)).toEqual({ ...job, ...taken });
    expect(await store.change(job, { heldUntil: 9_000 })).toBeUndefined();
    expect(await store.change(job, { state: { kind: 'exited', status: 0 }, endedAt: 2_000 })).toBeUndefined();
    expect(await store.find(job.id)).toEqual({ ...job, ...taken });
  });

  it('lets one show itself that nobody had seen', async () => {
    const job = anotherJob({ state: { kind: 'lost', reason: 'never_seen' }, endedAt: 5, fence: 2 });
    await store.add(job);
    const seen = { state: { kind: 'running' }, endedAt: null, heldUntil: null } as const;
    expect(await store.change({ ...job, fence: 1 }, seen)).toBeUndefined();
    expect(await store.change(job, seen)).toEqual({ ...job, ...seen });
  });

  it('forgets those that ended long ago, and of many of one owner the oldest', async () => {
    const other = principalId('token', 'other');
    const ended = (endedAt: number, owner = aJob().owner) =>
      anotherJob({ state: { kind: 'exited', status: 0 }, endedAt, owner });
    const [old, early, late, theirs, running] = [ended(1), ended(5), ended(6), ended(5, other), anotherJob()];
    for (const job of [old, early, late, theirs, running]) await store.add(job);
    await store.prune(3, 1);
    const left = [];
    for (const job of [old, early, late, theirs, running]) left.push((await store.find(job.id)) !== undefined);
    expect(left).toEqual([false, false, true, true, true]);
  });

  it('forgets', async () => {
    const [one, two] = [anotherJob(), anotherJob()];
    for (const job of [one, two]) await store.add(job);
    await store.remove([one.id]);
    await store.remove([]);
    expect(await store.find(one.id)).toBeUndefined();
    expect(await store.find(two.id)).toEqual(two);
  });
});
