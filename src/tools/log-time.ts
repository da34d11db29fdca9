import { z } from 'zod';

const secondsIn: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400, w: 604_800 };

/** A moment as somebody who asks for logs says it. */
export type LogTime =
  | { readonly kind: 'ago'; readonly seconds: number }
  | { readonly kind: 'at'; readonly ms: number }
  /** Without a zone: by the clock on the wall of the host. The milliseconds are those of the same reading in UTC. */
  | { readonly kind: 'local'; readonly ms: number };

const problem = 'must be a time: 2h, 30m, 1d, or 2026-01-31 or 2026-01-31 14:00:00, with or without a zone';

export const logTime = z.string({ error: problem }).transform((text, context): LogTime => {
  const time = parseLogTime(text.trim());
  if (time) return time;
  context.issues.push({ code: 'custom', message: problem, input: text });
  return z.NEVER;
});

function parseLogTime(text: string): LogTime | undefined {
  const [, count, unit] = /^-?(\d{1,8}) ?([smhdw])[a-z]{0,6}(?: ago)?$/i.exec(text) ?? [];
  if (count !== undefined && unit !== undefined) {
    return { kind: 'ago', seconds: Number(count) * (secondsIn[unit.toLowerCase()] ?? 1) };
  }
  const [, date, time = '00:00', zone] =
    /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?) ?(Z|UTC|[+-]\d\d:?\d\d)?)?$/.exec(text) ?? [];
  if (date === undefined) return undefined;
  const ms = Date.parse(`${date}T${time}Z`);
  if (Number.isNaN(ms)) return undefined;
  return zone === undefined ? { kind: 'local', ms } : { kind: 'at', ms: ms - offsetMs(zone) };
}

/** As journalctl takes it (systemd.time(7)). */
export function journalTime(time: LogTime): string {
  switch (time.kind) {
    case 'ago':
      return `-${time.seconds}s`;
    case 'at':
      return `@${Math.floor(time.ms / 1000)}`;
    case 'local':
      return new Date(time.ms).toISOString().slice(0, 19).replace('T', ' ');
  }
}

/** The moment by a host's clock: what its zone is ahead of UTC, such as `+0100`, and what time it is. */
export function momentOf(time: LogTime, zone: string, nowMs: number): number {
  switch (time.kind) {
    case 'ago':
      return nowMs - time.seconds * 1000;
    case 'at':
      return time.ms;
    case 'local':
      return time.ms - offsetMs(zone);
  }
}

const month = 'Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec';
const months: readonly string[] = month.split('|');
const clock = String.raw`(\d\d:\d\d:\d\d)`;
const isoStamp = new RegExp(
  String.raw`^[^\d]{0,40}?(\d{4})[-/](\d\d)[-/](\d\d)[T ]${clock}(?:[.,]\d{1,9})? ?(Z|[+-]\d\d:?\d\d)?`,
);
const commonStamp = new RegExp(String.raw`\[(\d\d)/(${month})/(\d{4}):${clock} ([+-]\d{4})\]`);
const syslogStamp = new RegExp(String.raw`^(?:<\d{1,3}>)?(${month}) {1,2}(\d{1,2}) ${clock}`);

/**
 * When a line of a log was written, or undefined where it does not say: ISO 8601, the common log format of web servers, or
 * syslog's, which has no year: it is the last such day before tomorrow.
 */
export function stampOf(line: string, zone: string, nowMs: number): number | undefined {
  const head = line.slice(0, 256);
  const iso = isoStamp.exec(head);
  if (iso) {
    const [, year, inYear, day, time, own] = iso;
    return at(`${year}-${inYear}-${day}T${time}Z`, own ?? zone);
  }
  const common = commonStamp.exec(head);
  if (common) {
    const [, day, name = '', year, time, own = zone] = common;
    return at(`${year}-${numberOf(name)}-${day}T${time}Z`, own);
  }
  const [, name, day, time] = syslogStamp.exec(head) ?? [];
  if (name === undefined || day === undefined) return undefined;
  const inYear = (year: number): number | undefined =>
    at(`${year}-${numberOf(name)}-${day.padStart(2, '0')}T${time}Z`, zone);
  const thisYear = new Date(nowMs).getUTCFullYear();
  const ms = inYear(thisYear);
  return ms !== undefined && ms > nowMs + 86_400_000 ? inYear(thisYear - 1) : ms;
}

function at(utc: string, zone: string): number | undefined {
  const ms = Date.parse(utc);
  return Number.isNaN(ms) ? undefined : ms - offsetMs(zone);
}

function numberOf(name: string): string {
  return String(months.indexOf(name) + 1).padStart(2, '0');
}

function offsetMs(zone: string): number {
  const [, sign, hours, minutes] = /^([+-])(\d\d):?(\d\d)$/.exec(zone) ?? [];
  return sign === undefined ? 0 : (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
}
