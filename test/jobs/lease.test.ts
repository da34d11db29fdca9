import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { principalId } from '../../src/identity/principal.ts';
import type { HeldJob, Jobs } from '../../src/jobs/jobs.ts';
import type { Job } from '../../src/jobs/job.ts';
import { jobsIn } from '../fixtures/jobs.ts';
import { hostId } from '../fixtures/sshd.ts';
import { temporaryFolder, type TemporaryFolder } from '../fixtures/temporary-folder.ts';

const owner = principalId('token', 'test');
const aCommand = { owner, host: hostId('web-1'), tool: 'execute_command', command: 'make', timeoutMs: 60_000 };
const gone = { kind: 'lost', reason: 'gateway_ended' } as const;

let folder: TemporaryFolder;
/** Two processes of the gateway, on one database. */
let stalled: Jobs;
let other: Jobs;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date', 'setInterval', 'clearInterval'] });
  folder = temporaryFolder();
  [stalled, other] = [jobsIn(folder.path), jobsIn(folder.path)];
});
afterEach(async () => {
  vi.useRealTimers();
  await Promise.all([stalled, other].map((jobs) => jobs[Symbol.asyncDispose]()));
  folder[Symbol.dispose]();
});

/** A run that the process holds until it is cancelled, and how often it was. */
async function held(jobs: Jobs, mark: string): Promise<{ readonly job: Job; readonly cancelled: () => number }> {
  const ended = Promise.withResolvers<void>();
  let cancelled = 0;
  const run: HeldJob = {
    read: () => ({ offset: 0, data: Buffer.alloc(0), sizeBytes: 0 }),
    cancel: () => {
      cancelled += 1;
      ended.resolve();
    },
    ended: ended.promise,
  };
  const job = await jobs.record({ ...aCommand, mark });
  await jobs.hold(job, run);
  return { job, cancelled: () => cancelled };
}

describe('a job that a process of the gateway holds', () => {
  it('is its own as long as it says that it lives', async () => {
    const { job, cancelled } = await held(stalled, 'a'.repeat(24));
    for (let n = 0; n < 6; n += 1) {
      await vi.advanceTimersByTimeAsync(10_000);
      // What is written to the database takes real time.
      await vi.waitFor(async () => {
        const { heldUntil } = await other.find(owner, job.id);
        expect(heldUntil).toBeGreaterThan(Date.now() + 15_000);
      });
    }
    expect(await other.takeOver(await other.find(owner, job.id), gone)).toMatchObject({ state: { kind: 'running' } });
    expect(cancelled()).toBe(0);
  });

  it('is lost to it once another process has taken it over: it writes nothing of it, and ends it', async () => {
    const { job, cancelled } = await held(stalled, 'b'.repeat(24));
    vi.setSystemTime(Date.now() + 31_000);
    const seen = await other.find(owner, job.id);
    const lost = await other.takeOver(seen, gone);
    expect(lost).toMatchObject({ state: gone, fence: job.fence + 1 });

    const late = {
      state: { kind: 'exited', status: 0 },
      outputId: 'out_1',
      received: { stdout: 7, stderr: 7 },
    } as const;
    expect(await stalled.note(job, late)).toEqual(lost);
    expect(await other.find(owner, job.id)).toEqual(lost);
    await vi.advanceTimersByTimeAsync(10_000);
    await vi.waitFor(() => expect(cancelled()).toBe(1));
    expect(await other.find(owner, job.id)).toEqual(lost);
  });

  it('is taken over by one of two that want it', async () => {
    const { job } = await held(stalled, 'c'.repeat(24));
    vi.setSystemTime(Date.now() + 31_000);
    const third = jobsIn(folder.path);
    const seen = await other.find(owner, job.id);
    const both = await Promise.all([other.takeOver(seen, gone), third.takeOver(seen, gone)]);
    expect(both.map(({ fence }) => fence)).toEqual([job.fence + 1, job.fence + 1]);
    await third[Symbol.asyncDispose]();
  });
});

describe('jobs that nobody has looked at', () => {
  it('take no room once their host has ended them at their deadline', async () => {
    for (let n = 0; n < 100; n += 1) await stalled.record({ ...aCommand, mark: String(n).padStart(24, '0') });
    await expect(other.checkRoom(owner)).rejects.toMatchObject({ code: 'busy' });
    vi.setSystemTime(Date.now() + aCommand.timeoutMs + 61_000);
    await other.checkRoom(owner);
  });
});

describe('a job that is being started', () => {
  const unseen = { kind: 'lost', reason: 'never_seen' } as const;

  it('is not said to be lost while somebody is about to start it', async () => {
    const job = await stalled.record({ ...aCommand, mark: 'd'.repeat(24) });
    expect(await other.takeOver(job, unseen)).toMatchObject({ state: { kind: 'starting' } });
    vi.setSystemTime(Date.now() + 31_000);
    expect(await other.takeOver(job, unseen)).toMatchObject({ state: unseen });
  });

  it('counts as running once its host shows it, though it was said to be lost', async () => {
    const job = await stalled.record({ ...aCommand, mark: 'e'.repeat(24) });
    vi.setSystemTime(Date.now() + 31_000);
    const lost = await other.takeOver(job, unseen);
    // Who stalled and started it after all says nothing of it any more.
    expect(await stalled.note(job, { state: { kind: 'running' }, heldUntil: null })).toEqual(lost);
    const seen = await other.note(lost, { state: { kind: 'running' }, heldUntil: null });
    expect(seen).toMatchObject({ state: { kind: 'running' }, endedAt: null, heldUntil: null });
  });
});
