import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Handshakes } from '../../../src/ssh/connect/handshakes.ts';

const never = new AbortController().signal;

/** Enters so many times and says how many got in at once. */
async function enter(handshakes: Handshakes, address: string, times: number) {
  const entered: Disposable[] = [];
  for (let i = 0; i < times; i += 1) void handshakes.enter(address, never).then((place) => entered.push(place));
  await sleep(1);
  return entered;
}

describe('the handshakes under way', () => {
  it('are limited for one address and in total, and those who wait come in when others leave', async () => {
    const handshakes = new Handshakes({ total: 6, perAddress: 4, patienceMs: 60_000 });
    const first = await enter(handshakes, 'a:22', 6);
    expect(first.length).toBe(4);
    const second = await enter(handshakes, 'b:22', 6);
    expect(second.length).toBe(2);
    first.shift()?.[Symbol.dispose]();
    await sleep(1);
    expect([first.length, second.length]).toEqual([4, 2]);
    for (const place of first.splice(0)) place[Symbol.dispose]();
    await sleep(1);
    expect([first.length, second.length]).toEqual([1, 4]);
  });

  it('that hang with their host do not keep other hosts waiting, but count for their own', async () => {
    const handshakes = new Handshakes({ total: 4, perAddress: 4, patienceMs: 20 });
    const hung = await enter(handshakes, 'hung:22', 5);
    expect(hung.length).toBe(4);
    await sleep(100);
    expect((await enter(handshakes, 'other:22', 1)).length).toBe(1);
    expect(hung.length).toBe(4);
    for (const place of hung) place[Symbol.dispose]();
    expect((await enter(handshakes, 'third:22', 4)).length).toBe(2);
  });

  it('are left by who gives up waiting', async () => {
    const handshakes = new Handshakes({ total: 1, perAddress: 1, patienceMs: 60_000 });
    using place = await handshakes.enter('a:22', never);
    const caller = new AbortController();
    const waiting = handshakes.enter('a:22', caller.signal);
    caller.abort(new Error('gave up'));
    await expect(waiting).rejects.toThrow('gave up');
    await expect(handshakes.enter('a:22', caller.signal)).rejects.toThrow('gave up');
    const next = handshakes.enter('a:22', never);
    place[Symbol.dispose]();
    (await next)[Symbol.dispose]();
  });
});
