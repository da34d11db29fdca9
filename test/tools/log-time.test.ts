import { describe, expect, it } from 'vitest';
import { journalTime, logTime, momentOf, stampOf } from '../../src/tools/log-time.ts';
import { lastLines, type LineQuery } from '../../src/tools/log-lines.ts';
import { compilePattern } from '../../src/outputs/search.ts';

const nowMs = Date.parse('2026-11-21T17:00:00Z');
const iso = (ms: number | undefined): string | undefined => (ms === undefined ? undefined : new Date(ms).toISOString());

describe('a time that is asked for', () => {
  it.each<{ text: string; journal: string; moment: string }>([
    { text: '2h', journal: '-7200s', moment: '2026-11-21T15:00:00.000Z' },
    { text: '-30m', journal: '-1800s', moment: '2026-11-21T16:30:00.000Z' },
    { text: '1 day ago', journal: '-86400s', moment: '2026-11-20T17:00:00.000Z' },
    { text: '90 sec', journal: '-90s', moment: '2026-11-21T16:58:30.000Z' },
    { text: '2026-11-21', journal: '2026-11-21 00:00:00', moment: '2026-11-20T23:00:00.000Z' },
    { text: '2026-11-21 14:30', journal: '2026-11-21 14:30:00', moment: '2026-11-21T13:30:00.000Z' },
    { text: '2026-11-21T14:30:05Z', journal: '@1795271405', moment: '2026-11-21T14:30:05.000Z' },
    { text: '2026-11-21 14:30:05 +0200', journal: '@1795264205', moment: '2026-11-21T12:30:05.000Z' },
  ])('as $text, on a host an hour ahead of UTC', ({ text, journal, moment }) => {
    const time = logTime.parse(text);
    expect([journalTime(time), iso(momentOf(time, '+0100', nowMs))]).toEqual([journal, moment]);
  });

  it.each([
    '',
    'soon',
    '2h; reboot',
    '--all',
    '2026-13-01',
    '2026-11-21 25:00',
    '5',
    'h',
    '@1',
    '2026-11-21\n',
    '1e9d',
  ])('is not %j', (text) => {
    expect(logTime.safeParse(text).success).toBe(text === '2026-11-21\n');
  });
});

describe('when a line was written', () => {
  it.each<{ line: string; at: string | undefined }>([
    { line: '2026-11-21T14:00:00.123+01:00 web sshd: x', at: '2026-11-21T13:00:00.000Z' },
    { line: '[2026-11-21 14:00:00] x', at: '2026-11-21T13:00:00.000Z' },
    { line: '2026/11/21 14:00:00 [error] x', at: '2026-11-21T13:00:00.000Z' },
    { line: 'Nov 21 14:00:00 web sshd[1]: x', at: '2026-11-21T13:00:00.000Z' },
    { line: 'Dec  3 14:00:00 web sshd[1]: x', at: '2025-12-03T13:00:00.000Z' },
    { line: '1.2.3.4 - - [21/Nov/2026:14:00:00 +0000] "GET /"', at: '2026-11-21T14:00:00.000Z' },
    { line: '\tat java.lang.Thread', at: undefined },
    { line: '2026-99-99 14:00:00', at: undefined },
  ])('is told of $line', ({ line, at }) => {
    expect(iso(stampOf(line, '+0100', nowMs))).toBe(at);
  });
});

describe('the last lines of a log', () => {
  const query: LineQuery = {
    lines: 100,
    pattern: undefined,
    sinceMs: undefined,
    untilMs: undefined,
    zone: '+0000',
    nowMs,
  };
  const at = (time: string): number => Date.parse(`2026-11-21T${time}Z`);
  const log = ['2026-11-21 10:00:00 a', '2026-11-21 11:00:00 b', '\tmore of b', '2026-11-21 12:00:00 c', ''].join('\n');
  const pattern = (text: string) => {
    const compiled = compilePattern(text);
    if (typeof compiled === 'string') throw new Error(compiled);
    return compiled;
  };
  it.each<{ more: Partial<LineQuery>; lines: readonly string[]; isEnough: boolean }>([
    { more: { lines: 1 }, lines: ['c'], isEnough: true },
    { more: {}, lines: ['a', 'b', 'b', 'c'], isEnough: false },
    { more: { sinceMs: at('10:30:00') }, lines: ['b', 'b', 'c'], isEnough: true },
    { more: { untilMs: at('11:30:00') }, lines: ['a', 'b', 'b'], isEnough: false },
    { more: { sinceMs: at('10:30:00'), untilMs: at('11:30:00'), lines: 1 }, lines: ['b'], isEnough: true },
    { more: { pattern: pattern('a|c$') }, lines: ['a', 'c'], isEnough: false },
    { more: { sinceMs: at('13:00:00') }, lines: [], isEnough: true },
  ])('asked for with $more', async ({ more, lines, isEnough }) => {
    const found = await lastLines(log, { ...query, ...more });
    expect({ lines: found.lines.map((line) => line.slice(-1)), isEnough: found.isEnough }).toEqual({ lines, isEnough });
  });

  it('cuts a line that never ends', async () => {
    const { lines } = await lastLines('x'.repeat(1_000_000), query);
    expect(lines[0]?.length).toBeLessThan(4_100);
  });
});
