import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../src/base/errors.ts';
import type { Action } from '../../src/policy/action.ts';
import { confirmApproval, type Approved } from '../../src/policy/approved.ts';
import type { Decision, Evaluation, Match } from '../../src/policy/evaluate.ts';
import { allowingHint, nobodyCouldBeAsked, ruleOf, settle, whyAsked } from '../../src/policy/settle.ts';
import { aCaller } from '../fixtures/callers.ts';
import { hostId } from '../fixtures/sshd.ts';

const actions: readonly Action[] = [{ kind: 'run_command', host: hostId('web-1'), command: 'reboot' }];
const evaluated = (decision: Decision, ...matches: readonly Match[]): Evaluation => {
  return { decision, actions, matches, policyVersion: 'v1' };
};
const match = (decision: Decision, over: Partial<Match> = {}): Match => {
  return { decision, rule: 'security', code: 'denied_by_policy', justification: 'Not this', ...over };
};
const asks = match('ask', {
  rule: 'ours',
  code: 'approval_unavailable',
  justification: 'Ask about web.example first.',
});
const note = { id: 'a-1', by: 'ada', channel: 'console' };

function refusalOf(evaluation: Evaluation, approved?: Approved): GatewayError {
  try {
    settle(aCaller(), evaluation, approved);
  } catch (error) {
    if (error instanceof GatewayError) return error;
    throw error;
  }
  throw new Error('It was let through');
}

describe('what is allowed', () => {
  it('becomes a permit for the caller, for what was judged', () => {
    using permit = settle(aCaller(), evaluated('allow'));
    expect(permit.holder).toBe(aCaller().principal);
    expect(actions.every((action) => permit.covers(action))).toBe(true);
  });
});

describe('what a person must approve', () => {
  it('becomes a permit by the approval of this very evaluation', () => {
    const evaluation = evaluated('ask', asks);
    const approved = confirmApproval(evaluation, note);
    using permit = settle(aCaller(), evaluation, approved);
    expect(permit.holder).toBe(aCaller().principal);
    expect(actions.every((action) => permit.covers(action))).toBe(true);
    expect(approved).toMatchObject({ evaluation, approval: note });
  });

  it.each([
    { by: 'no approval', approved: undefined },
    { by: 'that of another evaluation that says the same', approved: confirmApproval(evaluated('ask', asks), note) },
  ])('is refused with $by', ({ approved }) => {
    expect(refusalOf(evaluated('ask', asks), approved)).toMatchObject({
      code: 'approval_unavailable',
      ran: 'not_started',
      message: 'Ask about web.example first. Nobody could be asked.',
      details: { rule: 'ours' },
    });
  });

  it('is refused with the line that would allow it, where there is one', () => {
    const line = "- { id: x, effect: allow, command: 'reboot' }";
    const refusal = refusalOf(evaluated('ask', { ...asks, allowingLine: line }));
    expect(refusal.message).toBe(
      `Ask about web.example first. Nobody could be asked. The operator can allow it with this line below \`rules:\` in policy.yaml: ${line}`,
    );
    expect(refusal.details).toEqual({ rule: 'ours', would_allow: line });
  });

  it('is refused in words of our own where no rule said why', () => {
    const refusal = nobodyCouldBeAsked(evaluated('ask'));
    expect(refusal.message).toBe('A person must approve this. Nobody could be asked.');
    expect(refusal.details).toEqual({ rule: undefined });
    expect([whyAsked(undefined), allowingHint(undefined)]).toEqual(['A person must approve this', '']);
    expect(ruleOf(asks)).toStrictEqual({ rule: 'ours' });
  });

  it('is refused for the reason that decided, not for one that was milder', () => {
    const mild = match('allow', { rule: 'mild', justification: 'Fine' });
    expect(refusalOf(evaluated('ask', mild, asks)).details).toEqual({ rule: 'ours' });
  });
});

describe('what is denied', () => {
  it.each<{ code: Match['code']; blocked?: true }>([
    { code: 'denied_by_policy', blocked: true },
    { code: 'path_not_permitted', blocked: true },
    { code: 'host_not_allowed' },
    { code: 'host_disabled' },
    { code: 'unknown_host' },
  ])('is refused as $code; blocked, in the word of the first seed: $blocked', ({ code, ...blocked }) => {
    const refusal = refusalOf(evaluated('deny', asks, match('deny', { code })));
    expect(refusal).toMatchObject({ code, message: 'Not this', ran: 'not_started' });
    expect(refusal.details).toStrictEqual({ rule: 'security', ...blocked });
  });

  it('is refused whoever approved it', () => {
    const evaluation = evaluated('deny', match('deny'));
    expect(refusalOf(evaluation, confirmApproval(evaluation, note))).toMatchObject({ code: 'denied_by_policy' });
  });

  it('is refused also where no rule says why', () => {
    const refusal = refusalOf(evaluated('deny'));
    expect(refusal).toMatchObject({ code: 'denied_by_policy', message: 'Denied' });
    expect(refusal.details).toStrictEqual({ rule: undefined });
  });
});
