import { ReportMaker, type AuditReport, type Tally } from '../audit/report.ts';
import { toldBy } from '../audit/told-record.ts';
import type { AuditRecords } from '../compose-stores.ts';
import { neutraliseLine } from '../base/untrusted-text.ts';
import { toolsets } from '../tools/index.ts';
import type { Tool } from '../tools/tool.ts';
import { disorderMs, timeOf, withRecords } from './audit-read.ts';
import type { CommonOptions } from './open-config.ts';
import { createScreen, table } from './screen.ts';

export interface AuditReportOptions extends CommonOptions {
  readonly since?: string;
  readonly until?: string;
}

const rowsPerPage = 1_000;

/** What was done in a while, by whom, where and with what, and what was refused. */
export async function auditReport(options: AuditReportOptions): Promise<void> {
  const screen = createScreen(options);
  const since = timeOf('--since', options.since ?? '7d');
  const until = timeOf('--until', options.until);
  const all: readonly Tool[] = Object.values(toolsets).flat();
  const maker = new ReportMaker({
    since,
    until,
    tools: new Set(all.map(({ name }) => name)),
    destructive: new Set(all.filter(({ readOnly, destructive }) => !readOnly && destructive).map(({ name }) => name)),
  });
  await withRecords(options, screen, async (records) => {
    await addSince(records, maker, since ?? -Infinity);
    const report = maker.report();
    const period = { since: isoOf(since), until: isoOf(until ?? Date.now()) };
    screen.show({ text: textOf(report, period), json: { ...period, ...report } });
  });
}

/** From the newest on, until what is read is older than what is asked for. */
async function addSince(records: AuditRecords, maker: ReportMaker, since: number): Promise<void> {
  for (let place = Number.MAX_SAFE_INTEGER; ;) {
    const page = await records.before(place, rowsPerPage);
    for (const { body } of page) maker.add(body);
    const oldest = page.toReversed().flatMap(({ body }) => toldBy(body) ?? [])[0];
    const isPast = oldest !== undefined && Date.parse(oldest.at) < since - disorderMs;
    if (page.length < rowsPerPage || isPast) return;
    place = page.at(-1)?.position ?? 0;
  }
}

function isoOf(time: number | undefined): string | null {
  return time === undefined ? null : new Date(time).toISOString();
}

function textOf(
  report: AuditReport,
  { since, until }: { since: string | null; until: string | null },
): readonly string[] {
  const { total, callers, servers, tools, decisions, refusals, rules, approvals, destructive, events } = report;
  return [
    `From ${since ?? 'the beginning'} to ${until ?? 'now'}: ${total.calls} calls`,
    '',
    ...tallyLines('By caller', { ...callers, 'all together': total }),
    ...tallyLines('By server', servers),
    ...tallyLines('By tool', tools),
    ...countLines('Decided by policy, of what ran', decisions),
    ...countLines('Refused, by code', refusals),
    ...countLines('Refused, by rule', rules),
    ...countLines('Questions to people', approvals),
    ...countLines('Ran, of tools that may delete or overwrite', destructive),
    ...countLines('What is no call', events),
  ];
}

function tallyLines(title: string, tallies: Readonly<Record<string, Tally>>): readonly string[] {
  const header = ['', 'calls', 'success', 'failed', 'refused', 'unknown'];
  const rows = Object.entries(tallies).map(([name, { calls, success, failed, refused, unknown }]) => [
    name,
    ...[calls, success, failed, refused, unknown].map(String),
  ]);
  return rows.length === 0 ? [] : [...table(title, header, rows), ''];
}

function countLines(title: string, counts: Readonly<Record<string, number>>): readonly string[] {
  const lines = Object.entries(counts).map(([name, count]) => `  ${neutraliseLine(name)}: ${count}`);
  return lines.length === 0 ? [] : [title, ...lines, ''];
}
