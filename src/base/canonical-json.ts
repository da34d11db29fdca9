/**
 * JSON that is the same text for equal values: keys in order, nothing that stands for nothing. For hashes that bind.
 *
 * Throws on what JSON does not have: it would be left out in silence, and two different values would look alike.
 */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return JSON.stringify(value);
  if (typeof value === 'number' && Number.isFinite(value)) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map((part: unknown) => canonicalJson(part ?? null)).join(',')}]`;
  if (value instanceof Set) return canonicalJson([...value].map(canonicalJson).toSorted());
  if (typeof value !== 'object' || !isPlain(value)) throw new Error(`no canonical JSON of ${typeof value}`);
  const entries = Object.entries(value).filter(([, part]) => part !== undefined);
  const sorted = entries.toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `{${sorted.map(([key, part]) => `${JSON.stringify(key)}:${canonicalJson(part)}`).join(',')}}`;
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
