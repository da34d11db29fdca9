import { describe, expect, it } from 'vitest';
import { AddressRefused, guardedLookup, isLoopbackName, reachOf } from '../../src/base/outbound-address.ts';

describe('how far away an address is', () => {
  it.each([
    ['127.0.0.1', 'loopback'],
    ['127.255.0.9', 'loopback'],
    ['::1', 'loopback'],
    ['::ffff:127.0.0.1', 'loopback'],
    ['::ffff:7f00:1', 'loopback'],
    ['10.1.2.3', 'private'],
    ['172.16.0.1', 'private'],
    ['172.31.255.255', 'private'],
    ['192.168.0.1', 'private'],
    ['100.64.0.1', 'private'],
    ['::ffff:10.0.0.1', 'private'],
    ['fd12:3456::1', 'private'],
    ['8.8.8.8', 'public'],
    ['172.32.0.1', 'public'],
    ['100.128.0.1', 'public'],
    ['::ffff:8.8.8.8', 'public'],
    ['2606:4700::1111', 'public'],
    ['169.254.169.254', 'never'],
    ['::ffff:169.254.169.254', 'never'],
    ['::ffff:a9fe:a9fe', 'never'],
    ['64:ff9b::a9fe:a9fe', 'never'],
    ['2002:a9fe:a9fe::1', 'never'],
    ['::169.254.169.254', 'never'],
    ['100.100.100.200', 'never'],
    ['168.63.129.16', 'never'],
    ['fd00:ec2::254', 'never'],
    ['fe80::1', 'never'],
    ['fec0::1', 'never'],
    ['ff02::1', 'never'],
    ['::', 'never'],
    ['0.0.0.0', 'never'],
    ['224.0.0.1', 'never'],
    ['255.255.255.255', 'never'],
    ['192.0.2.1', 'never'],
    ['2001:db8::1', 'never'],
    ['not an address', 'never'],
  ] as const)('of %s: %s', (address, reach) => {
    expect(reachOf(address)).toBe(reach);
  });

  it.each([
    ['localhost', true],
    ['127.0.0.2', true],
    ['[::1]', true],
    ['localhost.evil.example', false],
    ['127.0.0.1.evil.example', false],
    ['10.0.0.1', false],
  ])('is this machine by its name: %s, %s', (name, expected) => {
    expect(isLoopbackName(name)).toBe(expected);
  });
});

describe('a guarded look-up', () => {
  const found = (reach: 'loopback' | 'public', options: { readonly all: boolean }) =>
    new Promise<unknown>((resolve) => {
      guardedLookup(new Set([reach]))('localhost', options, (error, address) => resolve(error ?? address));
    });

  it('gives addresses that are as far away as allowed, one or all', async () => {
    expect(await found('loopback', { all: false })).toMatch(/^(?:127\.0\.0\.1|::1)$/);
    expect(await found('loopback', { all: true })).toContainEqual({ address: '127.0.0.1', family: 4 });
  });

  it('gives none that is not', async () => {
    expect(await found('public', { all: true })).toBeInstanceOf(AddressRefused);
    expect(await found('public', { all: false })).toBeInstanceOf(AddressRefused);
  });
});
