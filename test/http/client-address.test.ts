import { describe, expect, it } from 'vitest';
import { Networks } from '../../src/base/networks.ts';
import { clientAddress } from '../../src/http/client-address.ts';
import { callOf, tinyListener } from './tiny-listener.ts';

const proxies = new Networks(['127.0.0.1', '10.0.0.0/8']);

describe('the address of a client', () => {
  it.each([
    { from: '203.0.113.9', header: undefined, address: '203.0.113.9', why: 'of the connection' },
    { from: '203.0.113.9', header: '10.0.0.1', address: '203.0.113.9', why: 'not what a stranger says of itself' },
    { from: '127.0.0.1', header: '203.0.113.9', address: '203.0.113.9', why: 'named by a trusted proxy' },
    { from: '127.0.0.1', header: '10.9.9.9, 203.0.113.9', address: '203.0.113.9', why: 'not what the client claimed' },
    { from: '127.0.0.1', header: '198.51.100.1, 10.0.0.2', address: '198.51.100.1', why: 'behind two proxies' },
    { from: '127.0.0.1', header: '203.0.113.9:4711', address: '203.0.113.9', why: 'without its port' },
    { from: '127.0.0.1', header: '[2001:db8::1]:443', address: '2001:db8::1', why: 'without brackets and port' },
    { from: '127.0.0.1', header: '203.0.113.9, unknown', address: '127.0.0.1', why: 'the last that is known' },
    { from: '127.0.0.1', header: '', address: '127.0.0.1', why: 'the proxy itself, where it names nobody' },
    { from: undefined, header: '203.0.113.9', address: undefined, why: 'unknown, once the connection is gone' },
  ])('is $address: $why', ({ from, header, address }) => {
    expect(clientAddress(from, header, proxies)).toBe(address);
  });

  it('is what a refused login is recorded with, proxies apart', async () => {
    await using listener = await tinyListener({ trustedProxies: ['127.0.0.1'] });
    const headers = { authorization: 'Bearer wrong-token', 'x-forwarded-for': '192.0.2.1, 203.0.113.9' };
    expect((await listener.post(callOf('say', { text: 'x' }), headers)).status).toBe(401);
    expect(listener.refusedLogins).toEqual(['203.0.113.9']);
  });
});
