import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { atMost } from '../../src/base/at-most.ts';

describe('work on many items', () => {
  it('gives results in the order of the items, and never does more at a time than allowed', async () => {
    let [running, most] = [0, 0];
    const results = await atMost(3, [5, 1, 4, 2, 3, 0], async (ms) => {
      running += 1;
      most = Math.max(most, running);
      await sleep(ms);
      running -= 1;
      return ms * 2;
    });
    expect([results, most]).toEqual([[10, 2, 8, 4, 6, 0], 3]);
  });

  it('does nothing for no items', async () => {
    expect(await atMost(3, [], async () => 1)).toEqual([]);
  });
});
