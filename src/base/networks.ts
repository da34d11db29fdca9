import { BlockList, isIP } from 'node:net';

/** Whether the text is an IP address or a network in CIDR notation. */
export function isNetwork(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/');
  const version = isIP(address);
  if (version === 0 || rest.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128));
}

/** A set of IP addresses. An IPv4 address counts as itself where it comes as IPv6 (`::ffff:10.0.0.1`). */
export class Networks {
  readonly #networks: readonly string[];
  /** Made when it is first asked: most starts never ask. */
  #list: BlockList | undefined;

  /** Each must be one that `isNetwork` knows. */
  constructor(networks: readonly string[]) {
    this.#networks = networks;
  }

  has(address: string): boolean {
    if (isIP(address) === 0) return false;
    this.#list ??= blockListOf(this.#networks);
    return this.#list.check(address, familyOf(address));
  }
}

function blockListOf(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', bits] = network.split('/');
    const family = familyOf(address);
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  }
  return list;
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 4 ? 'ipv4' : 'ipv6';
}
