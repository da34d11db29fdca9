import { describe, expect, it } from 'vitest';
import { Transfers } from '../../../src/ssh/files/transfers.ts';

const largest = 255 * 1024;

/** The depth after a transfer alone on a line: so many MB a second, and so long for a round trip when nothing waits. */
function depthOn({ megabytesPerSecond, roundTripMs }: { megabytesPerSecond: number; roundTripMs: number }): number {
  const transfers = new Transfers();
  transfers.answered(roundTripMs);
  using _transfer = transfers.join();
  const requestMs = largest / (megabytesPerSecond * 1000);
  for (let n = 0; n < 500; n += 1) {
    transfers.answered(Math.max(roundTripMs + requestMs, transfers.depth(largest) * requestMs));
  }
  return transfers.depth(largest);
}

describe('large transfers on one channel', () => {
  it.each([
    { line: 'loopback', megabytesPerSecond: 300, roundTripMs: 0.2, depth: [16, 16] },
    { line: 'a fast line far away', megabytesPerSecond: 100, roundTripMs: 150, depth: [16, 16] },
    { line: 'a line of 10 MB/s', megabytesPerSecond: 10, roundTripMs: 30, depth: [2, 6] },
    { line: 'a line of 1 MB/s', megabytesPerSecond: 1, roundTripMs: 30, depth: [2, 2] },
  ])('have as much in flight as $line holds without making others wait', ({ depth: [least = 0, most], ...line }) => {
    const depth = depthOn(line);
    expect(depth).toBeGreaterThanOrEqual(least);
    expect(depth).toBeLessThanOrEqual(most ?? 0);
  });

  it('share what is in flight, and have one request each at least', () => {
    const transfers = new Transfers();
    for (let n = 0; n < 100; n += 1) transfers.answered(1);
    const [alone] = [transfers.depth(largest)];
    const joined = Array.from({ length: 4 }, () => transfers.join());
    expect([alone, transfers.depth(largest)]).toEqual([16, 4]);
    joined.push(...Array.from({ length: 60 }, () => transfers.join()));
    expect(transfers.depth(largest)).toBe(1);
    for (const transfer of joined) transfer[Symbol.dispose]();
    expect(transfers.depth(largest)).toBe(16);
  });

  it('have more requests in flight where a server takes only small ones', () => {
    const transfers = new Transfers();
    for (let n = 0; n < 100; n += 1) transfers.answered(1);
    expect(transfers.depth(32 * 1024)).toBe(64);
  });

  it('have more in flight again when a line that was slow is fast', () => {
    const transfers = new Transfers();
    transfers.answered(1);
    for (let n = 0; n < 200; n += 1) transfers.answered(2000);
    expect(transfers.depth(largest)).toBe(2);
    for (let n = 0; n < 60; n += 1) transfers.answered(5);
    expect(transfers.depth(largest)).toBe(16);
  });
});
