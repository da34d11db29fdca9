import type { LookupAddress, LookupOptions } from 'node:dns';
import { lookup } from 'node:dns';
import { isIP } from 'node:net';
import { Networks } from './networks.ts';

/** How far away an address is. `never`: nothing that we have business with, such as a cloud's metadata service. */
export type AddressReach = 'public' | 'private' | 'loopback' | 'never';

const loopback = new Networks(['127.0.0.0/8', '::1']);

/** Addresses of metadata services that stand in private networks, and Azure's, which stands in a public one. */
const metadata = new Networks(['100.100.100.200', '168.63.129.16', 'fd00:ec2::254', 'fd20:ce::254']);

const privateNetworks = new Networks(['10.0.0.0/8', '100.64.0.0/10', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7']);

/** RFC 6890 and the IANA registries: unspecified, link-local (metadata too), benchmarks, examples, multicast, reserved. */
const never = new Networks([
  '0.0.0.0/8',
  '169.254.0.0/16',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/3',
]);

/** What is left of IPv6 once addresses that hold an IPv4 address, or are for examples, are out of it. */
const publicSix = new Networks(['2000::/3']);
const wrappedFour = new Networks(['2001::/32', '2001:db8::/32', '2002::/16']);

export function reachOf(address: string): AddressReach {
  if (loopback.has(address)) return 'loopback';
  if (metadata.has(address) || never.has(address)) return 'never';
  if (privateNetworks.has(address)) return 'private';
  if (isIP(address) === 4 || /^::ffff:/i.test(address)) return 'public';
  return publicSix.has(address) && !wrappedFour.has(address) ? 'public' : 'never';
}

/** Whether the host of a URL is this machine by its name alone, without a look-up. */
export function isLoopbackName(hostname: string): boolean {
  return hostname === 'localhost' || loopback.has(hostname.replace(/^\[|\]$/g, ''));
}

/** A name that leads only where we may not go. */
export class AddressRefused extends Error {
  constructor() {
    super('it leads to an address that may not be connected to');
    this.name = 'AddressRefused';
  }
}

type Answer = (error: Error | null, address: string | LookupAddress[], family?: number) => void;

/**
 * A `lookup` for sockets that gives only addresses as far away as allowed. It is asked for the very connection: a name
 * that leads elsewhere a moment after it was checked (DNS rebinding) gains nothing.
 */
export function guardedLookup(allowed: ReadonlySet<AddressReach>) {
  return (hostname: string, options: LookupOptions, answer: Answer): void => {
    lookup(hostname, { ...options, all: true }, (error, found) => {
      if (error) {
        answer(error, []);
        return;
      }
      const open = found.filter(({ address }) => allowed.has(reachOf(address)));
      const [first] = open;
      if (first === undefined) answer(new AddressRefused(), []);
      else if (options.all === true) answer(null, open);
      else answer(null, first.address, first.family);
    });
  };
}
