import { generateKeyPairSync, randomBytes } from 'node:crypto';

/** A key pair as the two files that `ssh-keygen` would write. */
export interface KeyPairText {
  readonly privateText: string;
  /** Algorithm, base64, comment. */
  readonly publicLine: string;
}

const keyType = 'ssh-ed25519';
const cipherBlockBytes = 8;

/** A new Ed25519 key pair, unencrypted, in the format of OpenSSH's PROTOCOL.key. */
export function generateEd25519(comment: string): KeyPairText {
  const { privateKey } = generateKeyPairSync('ed25519');
  const { d, x } = privateKey.export({ format: 'jwk' });
  if (d === undefined || x === undefined) throw new Error('an Ed25519 key has d and x (RFC 8037)');
  const [seed, point] = [Buffer.from(d, 'base64url'), Buffer.from(x, 'base64url')];
  const publicBlob = Buffer.concat([field(keyType), field(point)]);
  const check = randomBytes(4);
  const privateFields = [field(keyType), field(point), field(Buffer.concat([seed, point])), field(comment)];
  const privateBlob = padded(Buffer.concat([check, check, ...privateFields]));
  const body = Buffer.concat([
    Buffer.from('openssh-key-v1\0'),
    field('none'),
    field('none'),
    field(''),
    uint32(1),
    field(publicBlob),
    field(privateBlob),
  ]);
  return { privateText: pem(body), publicLine: `${keyType} ${publicBlob.toString('base64')} ${comment}` };
}

/** A length-prefixed string (RFC 4251, section 5). */
function field(content: string | Buffer): Buffer {
  const bytes = Buffer.from(content);
  return Buffer.concat([uint32(bytes.length), bytes]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** Bytes 1, 2, 3 … up to a whole cipher block. */
function padded(bytes: Buffer): Buffer {
  const missing = (cipherBlockBytes - (bytes.length % cipherBlockBytes)) % cipherBlockBytes;
  return Buffer.concat([bytes, Buffer.from(Array.from({ length: missing }, (_, index) => index + 1))]);
}

function pem(body: Buffer): string {
  const lines = body.toString('base64').match(/.{1,70}/g) ?? [];
  return ['-----BEGIN OPENSSH PRIVATE KEY-----', ...lines, '-----END OPENSSH PRIVATE KEY-----', ''].join('\n');
}
