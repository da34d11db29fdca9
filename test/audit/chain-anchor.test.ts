import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ChainAnchor } from '../../src/audit/chain-anchor.ts';
import type { ChainHead } from '../../src/audit/link.ts';
import { silentLog, type Log } from '../../src/base/log.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('the head of the audit chain', () => {
  it('goes to the log every minute in which something was recorded, and at the end', () => {
    const logged: unknown[] = [];
    const log = { ...silentLog, info: (entry: unknown) => void logged.push(entry) } as Log;
    let head: ChainHead | undefined;
    const anchor = new ChainAnchor({ head: () => head, log });
    vi.advanceTimersByTime(300_000);
    expect(logged).toEqual([]);
    head = { chain: 'c', seq: 2, hash: 'h2' };
    vi.advanceTimersByTime(60_000);
    expect(logged).toEqual([head]);
    vi.advanceTimersByTime(300_000);
    expect(logged).toHaveLength(1);
    head = { chain: 'c', seq: 3, hash: 'h3' };
    anchor[Symbol.dispose]();
    expect(logged.at(-1)).toEqual(head);
    vi.advanceTimersByTime(300_000);
    expect(logged).toHaveLength(2);
  });
});
