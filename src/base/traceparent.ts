/** W3C Trace Context, section 3.2.2: version, trace id, parent id, flags; a version above 00 may bring more behind them. */
const format = /^(?!ff)([0-9a-f]{2})-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-[\x21-\x7E]*)?$/;

/** The part that version 00 knows, as our own records say it; undefined for what is no traceparent. */
export function traceparentOf(said: unknown): string | undefined {
  if (typeof said !== 'string' || said.length > 512) return undefined;
  const [, version, more] = format.exec(said) ?? [];
  if (version === undefined || (version === '00' && more !== undefined)) return undefined;
  return said.slice(0, 55);
}
