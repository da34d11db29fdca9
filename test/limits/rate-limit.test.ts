import { describe, expect, it } from 'vitest';
import type { PrincipalId } from '../../src/identity/caller.ts';
import { Limits } from '../../src/limits/limits.ts';
import { RateLimit } from '../../src/limits/rate-limit.ts';
import { aCaller } from '../fixtures/callers.ts';

const other = aCaller({ principal: 'token:other' as PrincipalId });

/** Three a minute, on a clock that stands still until it is moved. */
function threeAMinute(base: number | undefined = 3) {
  const clock = { ms: 1_000 };
  const limit = new RateLimit({ unit: 'requests', per: 'minute', windowMs: 60_000, now: () => clock.ms });
  limit.use(base);
  return { clock, limit };
}

const refused = (seconds: number) =>
  expect.objectContaining({ code: 'rate_limited', details: expect.objectContaining({ retry_after_s: seconds }) });

describe('a rate limit', () => {
  it('refuses what is over it, says when to come back, and admits then', () => {
    const { clock, limit } = threeAMinute();
    for (const ms of [1_000, 20_000, 40_000]) {
      clock.ms = ms;
      limit.admit(aCaller());
    }
    expect(() => limit.admit(aCaller())).toThrowError(refused(21));
    clock.ms = 60_999;
    expect(() => limit.admit(aCaller())).toThrowError(refused(1));
    clock.ms = 61_000;
    limit.admit(aCaller());
    expect(() => limit.admit(aCaller())).toThrowError(refused(19));
  });

  it('does not count what it refuses', () => {
    const { clock, limit } = threeAMinute();
    limit.admit(aCaller(), 3);
    for (let n = 0; n < 100; n += 1) {
      clock.ms += 500;
      expect(() => limit.admit(aCaller())).toThrow('Rate limit exceeded');
    }
    clock.ms = 61_000;
    expect(() => limit.admit(aCaller(), 3)).not.toThrow();
  });

  it('counts each principal for itself', () => {
    const { limit } = threeAMinute();
    limit.admit(aCaller(), 3);
    expect(() => limit.admit(other, 3)).not.toThrow();
  });

  it.each([
    { multiplier: 0.5, most: 1 },
    { multiplier: 0.99, most: 2 },
    { multiplier: 2, most: 6 },
  ])('multiplied by $multiplier, in whole uses, admits $most', ({ multiplier, most }) => {
    const { limit } = threeAMinute();
    const caller = aCaller({ rateLimitMultiplier: multiplier });
    limit.admit(caller, most);
    expect(() => limit.admit(caller)).toThrowError(refused(60));
  });

  it('refuses a call that could never fit, and one of a token that is left none, saying so', () => {
    const { limit } = threeAMinute();
    expect(() => limit.admit(aCaller(), 4)).toThrow('needs 4. Nothing was run. It never fits into the limit: split it');
    expect(() => limit.admit(aCaller({ rateLimitMultiplier: 0 }))).toThrow('rate_limit_multiplier');
    expect(() => limit.admit(aCaller(), 3)).not.toThrow();
  });

  it('admits everything where there is none, and takes a new one at once', () => {
    const { limit } = threeAMinute(5);
    limit.admit(aCaller(), 4);
    limit.use(3);
    expect(() => limit.admit(aCaller())).toThrow('Rate limit exceeded');
    limit.use(undefined);
    expect(() => limit.admit(aCaller(), 1_000)).not.toThrow();
  });

  it('forgets a principal that is no more', () => {
    const { limit } = threeAMinute();
    limit.admit(aCaller(), 3);
    limit.forget(aCaller().principal);
    expect(() => limit.admit(aCaller(), 3)).not.toThrow();
  });

  it('stays exact to a thousandth of its window, and small, over a million uses', () => {
    const { clock, limit } = threeAMinute(1_000_000);
    const before = process.memoryUsage().heapUsed;
    for (let n = 0; n < 1_000_000; n += 1) {
      clock.ms = 1_000 + n * 0.05;
      limit.admit(other);
    }
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(50_000_000);
    expect(() => limit.admit(other)).toThrow('Rate limit exceeded');
    clock.ms = 61_000 + 60;
    expect(() => limit.admit(other, 1_000)).not.toThrow();
  });
});

describe('the limits of a call', () => {
  const options = { slots: { perCaller: 1, total: 1 } };
  const rates = { requestsPerMinute: 1, commandsPerHour: 2 };

  it('give the slot back when the request is one too many', () => {
    const limits = new Limits({ ...options, requests: 'counted_here' });
    limits.useRates(rates);
    limits.admit(aCaller())[Symbol.dispose]();
    expect(() => limits.admit(aCaller())).toThrowError(refused(60));
    expect(() => limits.admit(other)).not.toThrow();
  });

  it('do not count a request that finds no slot', () => {
    const limits = new Limits({ ...options, requests: 'counted_here' });
    limits.useRates(rates);
    const slot = limits.admit(other);
    expect(() => limits.admit(aCaller())).toThrowError(expect.objectContaining({ code: 'busy' }));
    slot[Symbol.dispose]();
    expect(() => limits.admit(aCaller())).not.toThrow();
  });

  it('count a request once, at the edge or here', () => {
    const limits = new Limits({ slots: { perCaller: 9, total: 9 }, requests: 'counted_at_the_edge' });
    limits.useRates(rates);
    limits.admitRequest(aCaller());
    for (let n = 0; n < 5; n += 1) limits.admit(aCaller());
    expect(() => limits.admitRequest(aCaller())).toThrowError(refused(60));
  });

  it('count commands for an hour, all of a call or none', () => {
    const limits = new Limits({ ...options, requests: 'counted_here' });
    limits.useRates(rates);
    limits.admitCommands(aCaller(), 0);
    limits.admitCommands(aCaller(), 1);
    expect(() => limits.admitCommands(aCaller(), 2)).toThrowError(refused(3_600));
    limits.admitCommands(aCaller(), 1);
    expect(() => limits.admitCommands(aCaller(), 1)).toThrow('2 commands per hour');
  });
});
