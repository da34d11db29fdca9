import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { HostId } from '../../src/hosts/host.ts';
import { rollOut, type RolloutOptions } from '../../src/tools/rollout.ts';
import { executeOnMultiple } from '../../src/tools/execute-on-multiple.ts';
import { hostId } from '../fixtures/sshd.ts';

const all: RolloutOptions = {
  maxParallel: undefined,
  batchSize: undefined,
  pauseMs: 0,
  canary: undefined,
  stopOnErrors: undefined,
};
const leftMs = (): number => 600_000;
const hosts = (count: number): readonly HostId[] => Array.from({ length: count }, (_, at) => hostId(`h${at}`));

/** Rolls out on ten hosts, of which these fail, and tells what ran together and how it ended. */
async function tried(options: Partial<RolloutOptions>, failing: readonly number[] = [], count = 10) {
  const fails = new Set(failing.map((at) => `h${at}`));
  const log: string[] = [];
  let [running, most] = [0, 0];
  const on = async (host: HostId): Promise<boolean> => {
    running += 1;
    most = Math.max(most, running);
    log.push(host);
    await sleep(5);
    running -= 1;
    return !fails.has(host);
  };
  const signal = new AbortController().signal;
  const { results, stoppedBy } = await rollOut(
    hosts(count),
    { ...all, ...options },
    { on, isFailure: (ok) => !ok, leftMs, signal },
  );
  expect([...results.keys()].toSorted()).toEqual(log.toSorted());
  return { started: log.length, most, stoppedBy };
}

describe('a rollout', () => {
  it.each<{ options: Partial<RolloutOptions>; failing?: readonly number[]; came: object }>([
    { options: {}, came: { started: 10, most: 10, stoppedBy: undefined } },
    { options: { maxParallel: 3 }, came: { started: 10, most: 3 } },
    { options: { batchSize: 4 }, came: { started: 10, most: 4 } },
    { options: { batchSize: '25%' }, came: { started: 10, most: 3 } },
    { options: { batchSize: '1%' }, came: { started: 10, most: 1 } },
    { options: { batchSize: '5' }, came: { started: 10, most: 5 } },
    { options: { batchSize: 1_000 }, came: { started: 10, most: 10 } },
    { options: { batchSize: 4, maxParallel: 2 }, came: { started: 10, most: 2 } },
    { options: {}, failing: [0, 1, 2], came: { started: 10, stoppedBy: undefined } },
    { options: { canary: 2 }, came: { started: 10, most: 8, stoppedBy: undefined } },
    { options: { canary: 2 }, failing: [5], came: { started: 10, stoppedBy: undefined } },
    { options: { canary: 2 }, failing: [1], came: { started: 2, stoppedBy: 'canary' } },
    { options: { canary: 3, maxParallel: 1 }, failing: [0], came: { started: 1, stoppedBy: 'canary' } },
    { options: { canary: 50 }, failing: [9], came: { started: 10, stoppedBy: 'canary' } },
    { options: { stopOnErrors: 2, maxParallel: 1 }, failing: [1, 3, 5], came: { started: 4, stoppedBy: 'errors' } },
    { options: { stopOnErrors: '20%', maxParallel: 1 }, failing: [1, 3, 5], came: { started: 4, stoppedBy: 'errors' } },
    { options: { stopOnErrors: '1%', maxParallel: 1 }, failing: [4], came: { started: 5, stoppedBy: 'errors' } },
    { options: { stopOnErrors: '100%' }, failing: [0, 1, 2, 3, 4, 5, 6, 7, 8], came: { started: 10 } },
    { options: { stopOnErrors: 3, batchSize: 5 }, failing: [0, 1, 2], came: { started: 5, stoppedBy: 'errors' } },
    { options: { stopOnErrors: 3, batchSize: 5 }, failing: [0, 1], came: { started: 10, stoppedBy: undefined } },
  ])('of ten with $options, of which $failing fail: $came', async ({ options, failing, came }) => {
    expect(await tried(options, failing)).toMatchObject(came);
  });

  it('begins with the first hosts and keeps to their order', async () => {
    const seen: string[] = [];
    const on = async (host: HostId): Promise<true> => {
      seen.push(host);
      return true;
    };
    const signal = new AbortController().signal;
    await rollOut(
      hosts(7),
      { ...all, canary: 1, batchSize: 3, maxParallel: 1 },
      { on, isFailure: () => false, leftMs, signal },
    );
    expect(seen).toEqual(['h0', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6']);
  });

  it('pauses between batches, but not before the first and after the last', async () => {
    const startedAt = performance.now();
    await tried({ batchSize: 5, pauseMs: 300 });
    const took = performance.now() - startedAt;
    expect(took).toBeGreaterThan(295);
    expect(took).toBeLessThan(590);
  });

  it('does not sit out a pause when the call is to end', async () => {
    const call = new AbortController();
    const startedAt = performance.now();
    setTimeout(() => call.abort(), 30);
    const on = async (): Promise<true> => true;
    await rollOut(
      hosts(2),
      { ...all, batchSize: 1, pauseMs: 60_000 },
      { on, isFailure: () => false, leftMs, signal: call.signal },
    );
    expect(performance.now() - startedAt).toBeLessThan(5_000);
  });
});

describe('a rollout whose answer is due', () => {
  it('starts no other host, and sits out no pause beyond', async () => {
    const startedAt = performance.now();
    const left = (): number => startedAt + 100 - performance.now();
    const on = async (): Promise<true> => true;
    const { results, stoppedBy } = await rollOut(
      hosts(6),
      { ...all, batchSize: 2, pauseMs: 60_000 },
      { on, isFailure: () => false, leftMs: left, signal: new AbortController().signal },
    );
    expect([results.size, stoppedBy]).toEqual([2, 'time']);
    expect(performance.now() - startedAt).toBeLessThan(5_000);
  });
});

describe('how a rollout is asked for', () => {
  const asked = (more: object) => executeOnMultiple.prepare({ servers: ['*'], command: 'x', ...more });
  it.each([1, 1_000, '1', '25', '1%', '100%'])('a share may be %j', (share) => {
    expect(asked({ batch_size: share, stop_on_errors: share })).toHaveProperty('selectors');
  });

  it.each([0, -1, 1.5, 1_001, '0', '0%', '101%', '%', '', '5 %', '1e3', 'half', true, Number.NaN, '05'])(
    'a share may not be %j',
    (share) => {
      expect(asked({ stop_on_errors: share })).toMatchObject({
        code: 'invalid_input',
        problems: [expect.stringMatching(/^stop_on_errors must be/)],
      });
    },
  );
});
