import { request, type RequestOptions } from 'node:https';
import { isIP } from 'node:net';
import { AddressRefused, guardedLookup, reachOf, type AddressReach } from '../base/outbound-address.ts';

const usualTimeoutMs = 5_000;
const maxBytes = 64 * 1024;

export interface FetchOptions {
  /** How far away what answers may be. */
  readonly reach: ReadonlySet<AddressReach>;
  /** Certificates to trust besides those of the system. */
  readonly ca?: string;
  readonly timeoutMs?: number;
}

const fromTheInternet: FetchOptions = { reach: new Set(['public']) };

/**
 * Fetches a document that anybody may name (SSRF): over https, from the internet alone unless told, following nothing, in
 * bounded time and size. Whatever is not 200, a redirect too, is 502 here.
 */
export async function fetchDocument(
  url: string,
  { reach, ca, timeoutMs = usualTimeoutMs }: FetchOptions = fromTheInternet,
): Promise<Response> {
  const { protocol, hostname } = new URL(url);
  if (protocol !== 'https:') throw new Error('not an https URL');
  const host = hostname.replace(/^\[|\]$/g, '');
  // An address is connected to without a look-up.
  if (isIP(host) !== 0 && !reach.has(reachOf(host))) throw new AddressRefused();
  return await received(url, {
    agent: false,
    headers: { accept: 'application/json', 'user-agent': 'sallyport' },
    lookup: guardedLookup(reach),
    signal: AbortSignal.timeout(timeoutMs),
    ...(ca !== undefined && { ca }),
  });
}

async function received(url: string, options: RequestOptions): Promise<Response> {
  return await new Promise((resolve, reject) => {
    const sent = request(url, options, (incoming) => {
      const chunks: Buffer[] = [];
      let size = 0;
      incoming.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > maxBytes) incoming.destroy(new Error(`the document is over ${maxBytes} bytes`));
        else chunks.push(chunk);
      });
      incoming.on('error', reject);
      incoming.on('end', () => {
        const { statusCode, headers } = incoming;
        const cacheControl = headers['cache-control'];
        const kept = cacheControl === undefined ? {} : { 'cache-control': cacheControl };
        resolve(new Response(Buffer.concat(chunks), { status: statusCode === 200 ? 200 : 502, headers: kept }));
      });
    });
    sent.on('error', reject);
    sent.end();
  });
}
