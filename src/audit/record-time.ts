import { parseJson } from './chain-start.ts';

/** When a record was written, in milliseconds since the epoch; undefined where its body does not say. */
export function recordTime(body: string): number | undefined {
  const record = parseJson(body);
  const at = typeof record === 'object' && record !== null && 'at' in record ? Date.parse(String(record.at)) : NaN;
  return Number.isNaN(at) ? undefined : at;
}
