import { toldBy, type ToldRecord } from '../audit/told-record.ts';
import { setTimeout as sleep } from 'node:timers/promises';
import { neutraliseLine } from '../base/untrusted-text.ts';
import { auditPath, openAuditRecords, type AuditRecords } from '../compose-stores.ts';
import { Failed, UsageError } from './exit-code.ts';
import { openConfig, type CommonOptions } from './open-config.ts';
import { createScreen, type Screen } from './screen.ts';
import { stopSignal } from './stop-signal.ts';

const rowsPerPage = 500;
const followMs = 500;
const usualLines = 20;
const maxShown = 10_000;

export interface AuditTailOptions extends CommonOptions {
  readonly lines?: string;
  readonly follow?: boolean;
}

export interface AuditSearchOptions extends CommonOptions {
  readonly caller?: string;
  readonly server?: string;
  readonly tool?: string;
  readonly result?: string;
  readonly call?: string;
  readonly contains?: string;
  readonly since?: string;
  readonly until?: string;
  readonly limit?: string;
}

/** The newest records, and with `--follow` what comes. */
export async function auditTail(options: AuditTailOptions): Promise<void> {
  const screen = createScreen(options);
  const limit = countOf('--lines', options.lines, usualLines);
  if (options.follow === true && screen.isJson) throw new UsageError('--follow prints lines: leave out --json');
  await withRecords(options, screen, async (records) => {
    const last = (await records.before(Number.MAX_SAFE_INTEGER, 1))[0]?.position ?? 0;
    const newest = await newestThat(records, { limit, matches: () => true, notBefore: undefined });
    screen.show({ text: newest.map(lineOf), json: { records: newest } });
    if (options.follow === true) await follow(records, last, screen);
  });
}

/** The newest records that are of what is asked for, the oldest of them first. */
export async function auditSearch(options: AuditSearchOptions): Promise<void> {
  const screen = createScreen(options);
  const limit = countOf('--limit', options.limit, 100);
  const since = timeOf('--since', options.since);
  const until = timeOf('--until', options.until);
  const matches = (record: ToldRecord): boolean =>
    (until === undefined || Date.parse(record.at) <= until) &&
    (since === undefined || Date.parse(record.at) >= since) &&
    isOf(record, options);
  await withRecords(options, screen, async (records) => {
    const found = await newestThat(records, { limit, matches, notBefore: since });
    screen.show({ text: found.length === 0 ? ['No records'] : found.map(lineOf), json: { records: found } });
  });
}

/** Runs `work` on the trail. Where there is none yet, that is said, and it is a failure. */
export async function withRecords(
  options: CommonOptions,
  screen: Screen,
  work: (records: AuditRecords) => Promise<void>,
): Promise<void> {
  const { config, log } = await openConfig(options);
  await using records = await openAuditRecords(config, log);
  if (records !== undefined) {
    await work(records);
    return;
  }
  const error = `${auditPath(config)} does not exist`;
  screen.show({ text: [`✗ ${error}`], json: { success: false, error } });
  throw new Failed(error);
}

interface Wanted {
  readonly limit: number;
  readonly matches: (record: ToldRecord) => boolean;
  /** Milliseconds since the epoch: nothing older is looked for. */
  readonly notBefore: number | undefined;
}

/** Several processes write, so that records may be out of order by as much as a call takes to be recorded. */
export const disorderMs = 3_600_000;

async function newestThat(
  records: AuditRecords,
  { limit, matches, notBefore }: Wanted,
): Promise<readonly ToldRecord[]> {
  const found: ToldRecord[] = [];
  for (let place = Number.MAX_SAFE_INTEGER; ;) {
    const page = await records.before(place, rowsPerPage);
    const told = page.flatMap(({ body }) => toldBy(body) ?? []);
    for (const record of told) {
      if (found.length < limit && matches(record)) found.push(record);
    }
    const oldest = told.at(-1);
    const isPast = notBefore !== undefined && oldest !== undefined && Date.parse(oldest.at) < notBefore - disorderMs;
    if (page.length < rowsPerPage || found.length >= limit || isPast) return found.toReversed();
    place = page.at(-1)?.position ?? 0;
  }
}

async function follow(records: AuditRecords, from: number, screen: Screen): Promise<void> {
  const stop = stopSignal();
  for (let place = from; !stop.aborted;) {
    const page = await records.after(place, rowsPerPage);
    for (const { body } of page) {
      const told = toldBy(body);
      if (told) screen.say(lineOf(told));
    }
    place = page.at(-1)?.position ?? place;
    if (page.length < rowsPerPage) await sleep(followMs, undefined, { signal: stop }).catch(() => undefined);
  }
}

function isOf(record: ToldRecord, { caller, server, tool, result, call, contains }: AuditSearchOptions): boolean {
  const { tokenName, principal, serverName, metadata } = record;
  const servers: readonly unknown[] = Array.isArray(metadata['servers']) ? metadata['servers'] : [];
  return (
    (caller === undefined || caller === tokenName || caller === principal) &&
    (server === undefined || server === serverName || servers.includes(server)) &&
    (tool === undefined || tool === record.tool) &&
    (result === undefined || result === record.result) &&
    (call === undefined || call === record.callId) &&
    (contains === undefined || JSON.stringify(record).includes(JSON.stringify(contains).slice(1, -1)))
  );
}

/** One line, whatever was recorded: a command may hold line breaks and more. */
function lineOf(record: ToldRecord): string {
  const { at, result, tokenName, tool, serverName, command, exitCode, durationMs, code } = record;
  const parts = [
    at,
    result,
    tokenName ?? '-',
    tool === '' ? record.eventType : tool,
    serverName ?? '-',
    ...(exitCode === null ? [] : [`exit ${exitCode}`]),
    ...(code === null ? [] : [code]),
    `${durationMs} ms`,
    ...(command === null ? [] : [command]),
  ];
  return neutraliseLine(parts.join('  '));
}

export function countOf(flag: string, text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  if (!/^[1-9]\d{0,4}$/.test(text) || Number(text) > maxShown) throw new UsageError(`${flag} takes 1 to ${maxShown}`);
  return Number(text);
}

const units = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** `2h` ago, or a time as ISO 8601 writes it; without a zone it is UTC. */
export function timeOf(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const [, number, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  if (unit === 's' || unit === 'm' || unit === 'h' || unit === 'd') return Date.now() - Number(number) * units[unit];
  const isDated = /^\d{4}-\d\d-\d\d(?:T[\d:.]+)?(?:Z|[+-]\d\d:\d\d)?$/.test(text);
  const time = isDated
    ? Date.parse(/T.*(?:Z|[+-]\d\d:\d\d)$/.test(text) || !text.includes('T') ? text : `${text}Z`)
    : NaN;
  if (Number.isNaN(time)) throw new UsageError(`${flag} takes a time such as 2026-01-31T08:00:00Z, or 30m, 2h, 3d`);
  return time;
}
