import { isIP } from 'node:net';
import { AddressRefused, guardedLookup, reachOf, type AddressReach } from '../outbound-address.ts';

export interface Posting {
  readonly url: URL;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  /** How far away what answers may be. */
  readonly reach: ReadonlySet<AddressReach>;
  /** For all of it, from the name to the status. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** Posts once and gives the status. Redirects are not followed, and what else is answered is not read. */
export async function post({ url, body, headers, reach, timeoutMs, signal }: Posting): Promise<number> {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  // An address is connected to without a look-up.
  if (isIP(host) !== 0 && !reach.has(reachOf(host))) throw new AddressRefused();
  // Only here, for with these comes the whole of Node's fetch.
  const { request } = url.protocol === 'https:' ? await import('node:https') : await import('node:http');
  const timeout = AbortSignal.timeout(timeoutMs);
  return await new Promise<number>((resolve, reject) => {
    const sent = request(url, {
      method: 'POST',
      agent: false,
      headers: { ...headers, 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
      lookup: guardedLookup(reach),
      signal: AbortSignal.any([timeout, signal]),
    });
    sent.on('error', reject);
    sent.on('response', (response) => {
      response.on('error', () => undefined);
      response.destroy();
      resolve(response.statusCode ?? 0);
    });
    sent.end(body);
  });
}
