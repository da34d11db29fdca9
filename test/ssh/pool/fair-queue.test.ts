import { describe, expect, it } from 'vitest';
import { FairQueue } from '../../../src/ssh/pool/fair-queue.ts';

const all = (queue: FairQueue<{ caller: string; n: number }>): string[] => {
  const order: string[] = [];
  for (let next = queue.shift(); next; next = queue.shift()) order.push(`${next.caller}${next.n}`);
  return order;
};

describe('a fair queue', () => {
  it('serves the callers in turns, and each in its own order', () => {
    const queue = new FairQueue<{ caller: string; n: number }>();
    for (const n of [1, 2, 3]) queue.push({ caller: 'a', n });
    queue.push({ caller: 'b', n: 1 });
    queue.push({ caller: 'c', n: 1 });
    queue.push({ caller: 'b', n: 2 });
    expect(queue.size).toBe(6);
    expect(all(queue)).toEqual(['a1', 'b1', 'c1', 'a2', 'b2', 'a3']);
    expect(queue.size).toBe(0);
  });

  it('gives no second turn to a caller who comes back at once', () => {
    const queue = new FairQueue<{ caller: string; n: number }>();
    queue.push({ caller: 'a', n: 1 });
    queue.push({ caller: 'b', n: 1 });
    expect(queue.shift()).toMatchObject({ caller: 'a' });
    queue.push({ caller: 'a', n: 2 });
    expect(all(queue)).toEqual(['b1', 'a2']);
  });

  it('lets one go that no longer waits', () => {
    const queue = new FairQueue<{ caller: string; n: number }>();
    const gone = { caller: 'a', n: 1 };
    queue.push(gone);
    queue.push({ caller: 'a', n: 2 });
    queue.remove(gone);
    queue.remove(gone);
    queue.remove({ caller: 'nobody', n: 1 });
    expect(queue.size).toBe(1);
    expect(all(queue)).toEqual(['a2']);
  });
});
