import { describe, expect, it } from 'vitest';
import { overriddenBy, ruleObjections, strictestFirst, type Objection } from '../../../src/policy/rules/objection.ts';
import { aRule } from './judging.ts';

const anObjection = (decision: 'ask' | 'deny', rule: string): Objection => ({ decision, rule, code: 'x', text: 'x' });

describe('objections', () => {
  it('stand with those that deny first, and else in their order', () => {
    const given = [
      anObjection('ask', 'a'),
      anObjection('deny', 'b'),
      anObjection('ask', 'c'),
      anObjection('deny', 'd'),
      anObjection('ask', 'e'),
    ];
    expect(strictestFirst(given).map(({ rule }) => rule)).toEqual(['b', 'd', 'a', 'c', 'e']);
    expect(strictestFirst([])).toEqual([]);
  });

  it('come of rules that ask or deny, with their reasons, unless they are overridden', () => {
    const rules = [
      aRule({ id: 'one', effect: 'allow', command: 'a' }),
      aRule({ id: 'two', effect: 'ask', command: 'a', reason: 'mornings only' }),
      aRule({ id: 'three', effect: 'deny', command: 'a' }),
      aRule({ id: 'four', effect: 'deny', command: 'a' }),
    ];
    expect(ruleObjections(rules, new Set(['four', 'one']))).toEqual([
      { decision: 'ask', rule: 'two', code: 'rule', text: 'mornings only' },
      { decision: 'deny', rule: 'three', code: 'rule', text: "the policy's rule three" },
    ]);
  });

  it('are overridden by every rule that says so', () => {
    const rules = [
      aRule({ id: 'one', command: 'a', overrides: ['builtin:sudo', 'two'] }),
      aRule({ id: 'two', command: 'a' }),
      aRule({ id: 'three', command: 'a', overrides: ['builtin:opaque'] }),
    ];
    expect([...overriddenBy(rules)]).toEqual(['builtin:sudo', 'two', 'builtin:opaque']);
  });
});
