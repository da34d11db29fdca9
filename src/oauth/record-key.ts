import { createHash } from 'node:crypto';

/** What a token, a code or a cookie is stored under: whoever reads the store cannot present it. */
export function recordKey(presented: string): string {
  return createHash('sha256').update(presented, 'utf8').digest('base64url');
}
