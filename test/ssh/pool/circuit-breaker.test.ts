import { describe, expect, it } from 'vitest';
import { CircuitBreaker, usualBreaker } from '../../../src/ssh/pool/circuit-breaker.ts';

function aBreaker() {
  let time = 1000;
  const breaker = new CircuitBreaker(usualBreaker, () => time);
  const fail = (times: number): void => {
    for (let i = 0; i < times; i += 1) breaker.failed();
  };
  return { breaker, fail, pass: (ms: number) => (time += ms) };
}

describe('the circuit breaker of a host', () => {
  it('opens at the fifth failure in a row, for ten seconds', () => {
    const { breaker, fail, pass } = aBreaker();
    fail(4);
    expect(breaker.waitMs).toBe(0);
    fail(1);
    expect(breaker.waitMs).toBe(10_000);
    pass(9999);
    expect(breaker.waitMs).toBe(1);
    pass(1);
    expect(breaker.waitMs).toBe(0);
  });

  it('opens twice as long each time that one more attempt fails, up to five minutes', () => {
    const { breaker, fail, pass } = aBreaker();
    fail(5);
    const times: number[] = [];
    for (let i = 0; i < 7; i += 1) {
      times.push(breaker.waitMs / 1000);
      pass(breaker.waitMs);
      fail(1);
    }
    expect(times).toEqual([10, 20, 40, 80, 160, 300, 300]);
  });

  it('forgets everything at a success', () => {
    const { breaker, fail } = aBreaker();
    fail(6);
    breaker.succeeded();
    expect([breaker.waitMs, breaker.failures]).toEqual([0, 0]);
    fail(5);
    expect(breaker.waitMs).toBe(10_000);
  });
});
