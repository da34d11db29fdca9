import { createHash } from 'node:crypto';

/** SHA-256, as lower-case hex. */
export function hashOf(data: Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}
