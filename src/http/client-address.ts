import { isIP } from 'node:net';
import type { Networks } from '../base/networks.ts';

/**
 * The address a request came from: that of the connection, or of whom the trusted proxies before us name.
 *
 * Read from the right: each hop appends whom it saw, and what stands left of the first address that is no trusted
 * proxy is what the client made up.
 */
export function clientAddress(
  connection: string | undefined,
  forwardedFor: string | undefined,
  trustedProxies: Networks,
): string | undefined {
  let address = connection;
  for (const hop of (forwardedFor ?? '').split(',').toReversed()) {
    if (address === undefined || !trustedProxies.has(address)) return address;
    const before = addressIn(hop.trim());
    if (before === undefined) return address;
    address = before;
  }
  return address;
}

/** Some proxies add the port. */
function addressIn(hop: string): string | undefined {
  const bare = /^\[([^\]]+)\](?::\d+)?$/.exec(hop)?.[1] ?? /^([\d.]+):\d+$/.exec(hop)?.[1] ?? hop;
  return isIP(bare) === 0 ? undefined : bare;
}
