import { describe, expect, it } from 'vitest';
import { ReportMaker, type ReportOptions } from '../../src/audit/report.ts';
import type { AuditRecord, OutcomeRecord } from '../../src/audit/event.ts';
import { aChainStart, anIntent, anOutcome } from '../fixtures/audit-records.ts';

const usual: ReportOptions = {
  since: undefined,
  until: undefined,
  tools: new Set(['execute_command', 'write_file', 'execute_on_multiple']),
  destructive: new Set(['write_file']),
};

function reportOf(records: readonly AuditRecord[], options: Partial<ReportOptions> = {}) {
  const maker = new ReportMaker({ ...usual, ...options });
  for (const record of records) maker.add(JSON.stringify(record));
  return maker.report();
}

function ended(differences: Partial<OutcomeRecord>): OutcomeRecord {
  return { ...anOutcome('x'), ...differences };
}

function refused(code: string, differences: Partial<OutcomeRecord> = {}): OutcomeRecord {
  const end = { kind: 'refusal', result: 'denied', eventType: 'command_denied', code, serverName: null } as const;
  return ended({ ...end, ...differences });
}

describe('a report', () => {
  it('counts by caller, server and tool what became of calls', () => {
    const { total, callers, servers, tools } = reportOf([
      aChainStart(),
      anIntent('a'),
      ended({ tokenName: 'ci' }),
      ended({ tokenName: 'ci', result: 'failed', serverName: 'db-1' }),
      ended({ tokenName: 'bot', result: 'unknown' }),
      refused('denied_by_policy', { result: 'blocked', serverName: 'db-1' }),
      ended({ tool: 'execute_on_multiple', serverName: null, metadata: { servers: ['web-1', 'db-1'] } }),
    ]);
    expect(total).toEqual({ calls: 5, success: 2, failed: 1, refused: 1, unknown: 1 });
    expect(callers['bot']).toEqual({ calls: 1, success: 0, failed: 0, refused: 0, unknown: 1 });
    expect(servers['db-1']).toEqual({ calls: 3, success: 1, failed: 1, refused: 1, unknown: 0 });
    expect(tools['execute_on_multiple']?.calls).toBe(1);
    expect(Object.keys(callers)).toEqual(['ci', 'bot']);
  });

  it('counts what was decided and why calls were refused, also where refusals stand as their number', () => {
    const { decisions, refusals, rules } = reportOf([
      anIntent('a'),
      { ...anIntent('b'), decision: 'ask' },
      anIntent('b', 'probe'),
      refused('denied_by_policy', { metadata: { rule: 'catastrophe:rm' } }),
      refused('rate_limited', { metadata: { more_refused: 40 } }),
    ]);
    expect(decisions).toEqual({ allow: 1, ask: 1 });
    expect(refusals).toEqual({ rate_limited: 40, denied_by_policy: 1 });
    expect(rules).toEqual({ 'catastrophe:rm': 1 });
  });

  it('counts questions to people, what may have destroyed something, and what is no call', () => {
    const { approvals, destructive, events, total } = reportOf([
      refused('approval_required', { eventType: 'approval_requested' }),
      ended({ tool: 'console', eventType: 'approval_granted' }),
      ended({ tool: 'write_file' }),
      refused('denied_by_policy', { tool: 'write_file' }),
      ended({ tool: 'token create', eventType: 'token_created' }),
      ended({ tool: '', eventType: 'authentication', kind: 'refusal', result: 'denied', code: 'unauthenticated' }),
    ]);
    expect(approvals).toEqual({ requested: 1, granted: 1 });
    expect(destructive).toEqual({ write_file: 1 });
    expect(events).toEqual({ token_created: 1, authentication: 1 });
    expect(total.calls).toBe(3);
  });

  it('leaves out what is before or after the time that is asked for, and bears names of any kind', () => {
    const at = Date.parse(anIntent('x').at);
    expect(reportOf([anIntent('a'), ended({})], { since: at + 1 }).total.calls).toBe(0);
    expect(reportOf([anIntent('a'), ended({})], { until: at - 1 }).decisions).toEqual({});
    expect(reportOf([ended({})], { since: at, until: at }).total.calls).toBe(1);
    const { callers } = reportOf([ended({ tokenName: '__proto__' }), ended({ tokenName: 'constructor' })]);
    expect(Object.entries(callers).map(([name, { calls }]) => [name, calls])).toEqual([
      ['__proto__', 1],
      ['constructor', 1],
    ]);
  });
});
