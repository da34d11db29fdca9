import { describe, expect, it } from 'vitest';
import { AllowedNames } from '../../src/http/allowed-names.ts';

const names = new AllowedNames(
  {
    host: '192.168.1.7',
    publicBaseUrl: 'https://SSH.example.org/base',
    allowedHosts: ['Gate.internal:9000'],
    allowedOrigins: ['https://console.example.org'],
  },
  8000,
);

describe('the Host header', () => {
  it.each([
    'localhost',
    'localhost:8000',
    'LocalHost:1',
    '127.0.0.1:8000',
    '[::1]:8000',
    '192.168.1.7:8000',
    'ssh.example.org',
    'gate.internal:443',
  ])('may be %s', (host) => {
    expect(names.allowsHost(host)).toBe(true);
  });

  it.each([
    undefined,
    '',
    'evil.example',
    'localhost.evil.example',
    'evil.example:8000',
    'localhost:8000@evil.example',
    'localhost, evil.example',
    'localhost:8000:9000',
    '127.0.0.1.nip.io',
    'localhost.',
    'http://localhost',
    ' localhost',
    '[::1',
    '0.0.0.0:8000',
  ])('may not be %s', (host) => {
    expect(names.allowsHost(host)).toBe(false);
  });

  it('may not be the address that stands for all', () => {
    const open = new AllowedNames(
      { host: '0.0.0.0', publicBaseUrl: undefined, allowedHosts: [], allowedOrigins: [] },
      80,
    );
    expect(open.allowsHost('0.0.0.0')).toBe(false);
  });
});

describe('the Origin header', () => {
  it.each([
    undefined,
    'http://localhost:8000',
    'https://127.0.0.1:8000',
    'http://[::1]:8000',
    'https://ssh.example.org',
    'https://console.example.org',
  ])('may be %s', (origin) => {
    expect(names.allowsOrigin(origin)).toBe(true);
  });

  it.each([
    '',
    'null',
    'http://localhost',
    'http://localhost:9000',
    'http://ssh.example.org',
    'https://ssh.example.org.evil.example',
    'https://console.example.org:444',
    'https://evil.example',
    'https://console.example.org/',
  ])('may not be "%s"', (origin) => {
    expect(names.allowsOrigin(origin)).toBe(false);
  });
});
