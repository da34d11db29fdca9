import { describe, expect, it } from 'vitest';
import { isNetwork, Networks } from '../../src/base/networks.ts';

describe('a set of networks', () => {
  const networks = new Networks(['10.1.0.0/16', '192.0.2.7', '2001:db8::/32']);

  it.each(['10.1.255.255', '192.0.2.7', '::ffff:10.1.0.9', '::ffff:0a01:0009', '2001:db8:1::5'])(
    'holds %s',
    (address) => {
      expect(networks.has(address)).toBe(true);
    },
  );

  it.each(['10.2.0.1', '192.0.2.8', '2001:db9::1', '::ffff:11.0.0.1', 'localhost', '', '10.1.0.1, 10.1.0.2'])(
    'does not hold %j',
    (address) => {
      expect(networks.has(address)).toBe(false);
    },
  );

  it('is nobody where it is empty', () => {
    expect(new Networks([]).has('127.0.0.1')).toBe(false);
  });

  it.each(['10.0.0.0/33', '10.0.0/8', '::/129', 'example.com', '10.0.0.0/8/8', '10.0.0.0/-1', ''])(
    'cannot be made of %j',
    (text) => {
      expect(isNetwork(text)).toBe(false);
    },
  );
});
