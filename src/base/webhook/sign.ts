import { createHmac } from 'node:crypto';
import type { Secret } from '../secret.ts';

const encodedPrefix = 'whsec_';

export interface Message {
  readonly id: string;
  /** When it is sent: whoever gets it refuses old ones. */
  readonly at: Date;
  readonly body: string;
}

/**
 * The headers of a message in the form of Standard Webhooks: HMAC-SHA256 over id, time and body. A secret that begins
 * with `whsec_` is base64 behind it; any other is the key as it is.
 */
export function signatureHeaders({ id, at, body }: Message, secret: Secret): Readonly<Record<string, string>> {
  const timestamp = String(Math.floor(at.getTime() / 1000));
  const signature = createHmac('sha256', keyOf(secret)).update(`${id}.${timestamp}.${body}`).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` };
}

function keyOf(secret: Secret): Buffer {
  const text = secret.reveal();
  return text.startsWith(encodedPrefix) ? Buffer.from(text.slice(encodedPrefix.length), 'base64') : Buffer.from(text);
}
