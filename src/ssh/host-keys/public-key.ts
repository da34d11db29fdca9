import { hash } from 'node:crypto';

/** Types of host key that we offer in the key exchange. `ssh-rsa` is the type; its signatures are rsa-sha2-256 and -512. */
export type PublicKeyType =
  | 'ssh-ed25519'
  | 'ecdsa-sha2-nistp256'
  | 'ecdsa-sha2-nistp384'
  | 'ecdsa-sha2-nistp521'
  | 'ssh-rsa';

export interface PublicKey {
  readonly type: PublicKeyType;
  /** The key as the protocol carries it (RFC 4253, section 6.6), in its one canonical encoding. */
  readonly blob: Buffer;
}

const minRsaBits = 1024;
const maxRsaBits = 16_384;

/** The key in a blob; undefined where the type is not ours or the blob is not exactly one well-formed key. */
export function parsePublicKey(blob: Buffer): PublicKey | undefined {
  const fields = readStrings(blob);
  const [name, first, second] = fields ?? [];
  if (fields === undefined || name === undefined || first === undefined) return undefined;
  const type = name.toString('latin1');
  switch (type) {
    case 'ssh-ed25519':
      return fields.length === 2 && first.length === 32 ? { type, blob } : undefined;
    case 'ecdsa-sha2-nistp256':
      return isPoint(fields, 'nistp256', 32) ? { type, blob } : undefined;
    case 'ecdsa-sha2-nistp384':
      return isPoint(fields, 'nistp384', 48) ? { type, blob } : undefined;
    case 'ecdsa-sha2-nistp521':
      return isPoint(fields, 'nistp521', 66) ? { type, blob } : undefined;
    case 'ssh-rsa':
      return fields.length === 3 && second !== undefined ? rsaKey(name, first, second) : undefined;
  }
  return undefined;
}

export function isSameKey(one: PublicKey, other: PublicKey): boolean {
  return one.blob.equals(other.blob);
}

/** As OpenSSH prints it: `SHA256:` and unpadded base64. */
export function fingerprint(key: PublicKey): string {
  return `SHA256:${hash('sha256', key.blob, 'base64').replace(/=+$/, '')}`;
}

/** The names under which a key of this type can prove itself (RFC 8332 for RSA), best first. */
export function signatureAlgorithms(type: PublicKeyType): readonly string[] {
  return type === 'ssh-rsa' ? ['rsa-sha2-512', 'rsa-sha2-256'] : [type];
}

/** A key written as text, `algorithm base64`; undefined where the two do not fit together or cannot be read. */
export function parseKeyText(algorithm: string, base64: string): PublicKey | undefined {
  // OpenSSH's decoder passes over white space, such as the CR of a CRLF line, but takes no sloppy padding.
  const compact = base64.replace(/[\r\v\f]/g, '');
  const blob = Buffer.from(compact, 'base64');
  if (blob.length === 0 || blob.toString('base64') !== compact) return undefined;
  const key = parsePublicKey(blob);
  if (key === undefined) return undefined;
  return algorithm === key.type || signatureAlgorithms(key.type).includes(algorithm) ? key : undefined;
}

/** Splits a blob that consists of nothing but length-prefixed strings (RFC 4251, section 5). */
function readStrings(blob: Buffer): readonly Buffer[] | undefined {
  const strings: Buffer[] = [];
  let at = 0;
  while (at < blob.length) {
    if (blob.length - at < 4) return undefined;
    const end = at + 4 + blob.readUInt32BE(at);
    if (end > blob.length) return undefined;
    strings.push(blob.subarray(at + 4, end));
    at = end;
  }
  return strings;
}

function isPoint(fields: readonly Buffer[], curve: string, coordinateBytes: number): boolean {
  const [, name, point] = fields;
  if (fields.length !== 3 || name?.toString('latin1') !== curve || point === undefined) return false;
  return point.length === 1 + 2 * coordinateBytes && point[0] === 4;
}

/** Rewritten without leading zeros: a revoked key must not come back under another spelling of its numbers. */
function rsaKey(name: Buffer, exponent: Buffer, modulus: Buffer): PublicKey | undefined {
  const e = canonicalInteger(exponent);
  const n = canonicalInteger(modulus);
  if (e === undefined || n === undefined) return undefined;
  const bits = n.length * 8 - (n[0] === 0 ? 8 : Math.clz32(n[0] ?? 0) - 24);
  if (bits < minRsaBits || bits > maxRsaBits) return undefined;
  return { type: 'ssh-rsa', blob: Buffer.concat([name, e, n].flatMap((field) => [lengthOf(field), field])) };
}

/** A positive mpint (RFC 4251, section 5) with no more leading zeros than its sign needs. */
function canonicalInteger(bytes: Buffer): Buffer | undefined {
  if (((bytes[0] ?? 0x80) & 0x80) !== 0) return undefined;
  const start = bytes.findIndex((byte) => byte !== 0);
  if (start === -1) return undefined;
  return bytes.subarray(((bytes[start] ?? 0) & 0x80) === 0 ? start : start - 1);
}

function lengthOf(field: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(field.length);
  return length;
}
