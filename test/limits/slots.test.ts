import { describe, expect, it } from 'vitest';
import type { PrincipalId } from '../../src/identity/caller.ts';
import { Limits } from '../../src/limits/limits.ts';
import { Slots } from '../../src/limits/slots.ts';
import { aCaller } from '../fixtures/callers.ts';

const busy = expect.objectContaining({ code: 'busy', details: { retry_after_s: 1 } });

describe('the slots for running calls', () => {
  it('refuse a caller who has them all, and admit another', () => {
    const slots = new Slots({ perCaller: 2, total: 10 });
    slots.admit(aCaller());
    slots.admit(aCaller());
    expect(() => slots.admit(aCaller())).toThrowError(busy);
    expect(() => slots.admit(aCaller({ principal: 'token:other' as PrincipalId }))).not.toThrow();
  });

  it('refuse everybody when all are taken', () => {
    const slots = new Slots({ perCaller: 5, total: 1 });
    slots.admit(aCaller());
    expect(() => slots.admit(aCaller({ principal: 'token:other' as PrincipalId }))).toThrowError(busy);
  });

  it('are free again when the call has ended', () => {
    const slots = new Slots({ perCaller: 1, total: 1 });
    slots.admit(aCaller())[Symbol.dispose]();
    expect(() => slots.admit(aCaller())).not.toThrow();
  });
});

describe('what the gateway itself must end', () => {
  it('waits for no slot, and counts for nobody', () => {
    const limits = new Limits({ slots: { perCaller: 1, total: 1 }, requests: 'counted_here' });
    limits.useRates({ requestsPerMinute: 1, commandsPerHour: undefined });
    limits.admit(aCaller());
    for (const _ of [1, 2, 3]) expect(() => limits.admit(aCaller({ ends: 'locked' }))).not.toThrow();
    expect(() => limits.admit(aCaller())).toThrowError(busy);
  });
});
