import { describe, expect, it } from 'vitest';
import { OpenedWhenUsed } from '../../src/base/opened-when-used.ts';

/** What each opening gives, in turn. An error is thrown. */
function opening<T>(...results: readonly (T | Error)[]): {
  readonly opened: OpenedWhenUsed<T>;
  openings: () => number;
} {
  let count = 0;
  const opened = new OpenedWhenUsed<T>(async () => {
    const result = results[count++];
    await Promise.resolve();
    if (result instanceof Error) throw result;
    if (result === undefined && count > results.length) throw new Error('opened once too often');
    return result as T;
  });
  return { opened, openings: () => count };
}

describe('what is opened when it is first used', () => {
  it('is opened once for all that use it, also at the same time', async () => {
    const { opened, openings } = opening('store');
    expect(await Promise.all([opened.get(), opened.get(), opened.get()])).toEqual(['store', 'store', 'store']);
    expect(await opened.get()).toBe('store');
    expect(openings()).toBe(1);
  });

  it('is tried again at the next use where it could not be opened, and says so to all that waited', async () => {
    const { opened } = opening<string>(new Error('disk full'), 'store');
    const both = await Promise.allSettled([opened.get(), opened.get()]);
    expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(await opened.get()).toBe('store');
  });

  it('is tried again at the next use where it was not there', async () => {
    const { opened } = opening<string | undefined>(undefined, 'store');
    expect(await opened.get()).toBeUndefined();
    expect(await opened.get()).toBe('store');
  });

  it('is not opened only to be closed, and closing does not fail where opening did', async () => {
    const never = opening('store');
    expect(await never.opened.ifOpen()).toBeUndefined();
    expect(never.openings()).toBe(0);
    const failing = opening<string>(new Error('disk full'));
    const used = failing.opened.get();
    expect(await failing.opened.ifOpen()).toBeUndefined();
    await expect(used).rejects.toThrow('disk full');
  });

  it('is waited for where it is still being opened when it is to be closed', async () => {
    const { opened } = opening('store');
    const used = opened.get();
    expect(await opened.ifOpen()).toBe('store');
    expect(await used).toBe('store');
  });
});
