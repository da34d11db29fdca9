import { describe, expect, it } from 'vitest';
import { localUser } from '../../src/identity/local-user.ts';
import { OwnCalls } from '../../src/identity/own-calls.ts';

describe('the local user', () => {
  it('has every scope on every server, while tokens are not in use', () => {
    let isOpen = true;
    const method = localUser({ name: 'ada', profile: 'standard' }, () => isOpen);
    const caller = method.authenticate({ kind: 'local_user' });
    expect(caller).toMatchObject({ principal: 'local:ada', allowedServers: ['*'], profile: 'standard' });
    expect([...(caller?.scopes ?? [])]).toEqual(['read', 'execute', 'write', 'install', 'manage']);
    isOpen = false;
    expect(method.authenticate({ kind: 'local_user' })).toBeUndefined();
  });

  it('is nobody who brings a token', () => {
    const method = localUser({ name: 'ada', profile: 'standard' }, () => true);
    expect(method.authenticate({ kind: 'bearer', token: 'ada' })).toBeUndefined();
    expect(method.authenticate({ kind: 'missing', message: 'x' })).toBeUndefined();
  });
});

describe("the gateway's calls of itself", () => {
  it('are known by their token until they end', () => {
    const own = new OwnCalls();
    const credential = { kind: 'bearer', token: own.token.reveal() } as const;
    const caller = own.authenticate(credential);
    expect(caller?.principal).toBe('local:sallyport');
    expect(own.authenticate({ kind: 'bearer', token: 'other' })).toBeUndefined();
    expect(own.authenticate({ kind: 'local_user' })).toBeUndefined();
    own[Symbol.dispose]();
    expect(own.authenticate(credential)).toBeUndefined();
    expect(caller?.revoked.aborted).toBe(true);
  });
});
