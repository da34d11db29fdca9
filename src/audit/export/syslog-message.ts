import { hostname } from 'node:os';
import type { PlacedRecord } from '../chain.ts';
import { recordTime } from '../record-time.ts';
import { exportedLine, placeJson } from './sink.ts';

/** RFC 5424, section 6.2.1: the facility "log audit". */
const facility = 13 * 8;
const [warning, informational] = [4, 6];

/** RFC 5426: what fits into one datagram. */
export const maxDatagramBytes = 65_000;

/** RFC 5424, section 6. The text is ASCII, all else being spelt out as JSON does, and so needs no byte order mark. */
export function syslogMessage(record: PlacedRecord, maxBytes = Infinity): string {
  const severity = record.kind === 'refusal' ? warning : informational;
  const head = `<${facility + severity}>1 ${timestampOf(record)} ${hostName} sallyport - ${messageId(record)} - `;
  const whole = `${head}${ascii(exportedLine(record))}`;
  if (whole.length <= maxBytes) return whole;
  return `${head}${placeJson(record).slice(0, -1)},"left_out":${record.body.length}}`;
}

/** PRINTUSASCII, at most 255; a hyphen where there is none. */
const hostName =
  hostname()
    .replace(/[^\x21-\x7E]/g, '')
    .slice(0, 255) || '-';

function messageId({ kind }: PlacedRecord): string {
  return kind.replace(/[^\x21-\x7E]/g, '').slice(0, 32) || '-';
}

function timestampOf({ body }: PlacedRecord): string {
  const at = recordTime(body);
  return at === undefined ? '-' : new Date(at).toISOString();
}

function ascii(json: string): string {
  return json.replace(/[^\x20-\x7E]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
