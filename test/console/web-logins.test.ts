import { describe, expect, it } from 'vitest';
import { LoginThrottle } from '../../src/console/login-throttle.ts';
import { ownPath } from '../../src/console/own-path.ts';
import { isFormOf, WebLogins, type WebLogin } from '../../src/console/web-logins.ts';
import type { Caller, PrincipalId } from '../../src/identity/caller.ts';
import { aCaller } from '../fixtures/callers.ts';

const limits = { lifetimeMs: 8_000, idleMs: 1_000, perCaller: 2, total: 3 };
const here = '192.0.2.1';

function someLogins() {
  const clock = { now: 0 };
  return { clock, logins: new WebLogins(limits, () => clock.now) };
}

/** Whom the same authority lets in from everywhere. */
function beginFor(logins: WebLogins, caller: Caller): string {
  return logins.begin(caller, () => caller);
}

describe('a web login', () => {
  it('is found by its id alone', () => {
    const { logins } = someLogins();
    const caller = aCaller();
    const id = beginFor(logins, caller);
    expect(id).toMatch(/^[\w-]{43}$/);
    expect(logins.find(id, here)?.caller).toBe(caller);
    for (const wrong of [undefined, '', `${id} `, id.toLowerCase() === id ? id.toUpperCase() : id.toLowerCase()]) {
      expect(logins.find(wrong, here)).toBeUndefined();
    }
  });

  it('ends when it is idle, and with its lifetime however busy it is', () => {
    const { clock, logins } = someLogins();
    const idle = beginFor(logins, aCaller());
    const busy = beginFor(logins, aCaller());
    for (clock.now = 900; clock.now < limits.lifetimeMs; clock.now += 900)
      expect(logins.find(busy, here)).toBeDefined();
    expect(logins.find(idle, here)).toBeUndefined();
    clock.now = limits.lifetimeMs;
    expect(logins.find(busy, here)).toBeUndefined();
  });

  it('ends at once with the credential it was made with', () => {
    const { logins } = someLogins();
    const end = new AbortController();
    const id = beginFor(logins, aCaller({ revoked: end.signal }));
    const { ended } = logins.find(id, here) ?? {};
    end.abort();
    expect(ended?.aborted).toBe(true);
    expect(logins.find(id, here)).toBeUndefined();
    expect(logins.find(beginFor(logins, aCaller({ revoked: end.signal })), here)).toBeUndefined();
  });

  it('is none where its authority is gone, is another, or does not count from that address', () => {
    const { logins } = someLogins();
    const caller = aCaller();
    let authority: Caller | undefined = caller;
    const id = logins.begin(caller, (address) => (address === here ? authority : undefined));
    const seen = (address: string | undefined) => [logins.find(id, address)?.caller, logins.isInForce(id, address)];
    expect(seen(here)).toEqual([caller, true]);
    for (const elsewhere of ['192.0.2.2', undefined]) expect(seen(elsewhere)).toEqual([undefined, false]);
    expect(seen(here)).toEqual([caller, true]);
    for (authority of [undefined, { ...caller }]) expect(seen(here)).toEqual([undefined, false]);
  });

  it('gives way to newer ones: of the same person first, then the oldest of all', () => {
    const { logins } = someLogins();
    const [ann, bob, cid] = ['ann', 'bob', 'cid'].map((name) => aCaller({ principal: `token:${name}` as PrincipalId }));
    if (!ann || !bob || !cid) throw new Error('three people');
    const first = beginFor(logins, bob);
    const anns = [beginFor(logins, ann), beginFor(logins, ann), beginFor(logins, ann)];
    expect(anns.map((id) => logins.find(id, here) !== undefined)).toEqual([false, true, true]);
    expect(logins.find(first, here)).toBeDefined();
    const last = beginFor(logins, cid);
    expect(logins.find(first, here)).toBeUndefined();
    expect(logins.find(last, here)).toBeDefined();
  });

  it('knows its own forms from those of other logins', () => {
    const { logins } = someLogins();
    const [mine, yours] = [beginFor(logins, aCaller()), beginFor(logins, aCaller())].map((id) => logins.find(id, here));
    if (!mine || !yours) throw new Error('two logins');
    expect(isFormOf(mine, mine.formToken)).toBe(true);
    for (const wrong of ['', yours.formToken, mine.formToken.slice(1)]) expect(isFormOf(mine, wrong)).toBe(false);
    expect((mine satisfies WebLogin).formToken).not.toBe(yours.formToken);
  });
});

describe('the throttle of signing in', () => {
  const slow = { windowMs: 60_000, perAddress: 3, total: 6, addresses: 3 };
  const aThrottle = () => {
    const clock = { now: 0 };
    return { clock, throttle: new LoginThrottle(slow, () => clock.now) };
  };
  const fail = (throttle: LoginThrottle, address: string, times: number): void => {
    for (let time = 0; time < times; time += 1) throttle.failed(address);
  };

  it('makes an address wait once it has failed so often, until its minute is over', () => {
    const { clock, throttle } = aThrottle();
    fail(throttle, '192.0.2.1', 2);
    expect(throttle.waitS('192.0.2.1')).toBeUndefined();
    fail(throttle, '192.0.2.1', 1);
    clock.now = 20_000;
    expect(throttle.waitS('192.0.2.1')).toBe(40);
    expect(throttle.waitS('192.0.2.2')).toBeUndefined();
    clock.now = 60_000;
    expect(throttle.waitS('192.0.2.1')).toBeUndefined();
  });

  it('takes the addresses of one IPv6 network for one', () => {
    const { throttle } = aThrottle();
    for (const address of ['2001:db8::1', '2001:db8:0:0:ffff::2', '2001:db8:0:0:1:2:3:4']) throttle.failed(address);
    expect(throttle.waitS('2001:db8:0::9')).toBeGreaterThan(0);
    expect(throttle.waitS('2001:db8:0:1::9')).toBeUndefined();
  });

  it('when guesses come from everywhere, still lets in who has not failed', () => {
    const { throttle } = aThrottle();
    fail(throttle, '192.0.2.1', 2);
    fail(throttle, '192.0.2.2', 2);
    expect(throttle.waitS('192.0.2.1')).toBeUndefined();
    fail(throttle, '192.0.2.3', 2);
    expect(throttle.waitS('192.0.2.1')).toBe(60);
    expect(throttle.waitS('192.0.2.4')).toBeUndefined();
  });

  it('keeps apart only so many addresses: the rest share one count until room is made', () => {
    const { clock, throttle } = aThrottle();
    for (const last of [1, 2, 3, 4, 5]) throttle.failed(`192.0.2.${last}`);
    throttle.failed('192.0.2.6');
    expect(throttle.waitS('192.0.2.7')).toBe(60);
    clock.now = 60_000;
    expect(throttle.waitS('192.0.2.7')).toBeUndefined();
    fail(throttle, '192.0.2.7', 3);
    expect(throttle.waitS('192.0.2.8')).toBeUndefined();
  });
});

describe('where a person is led after signing in', () => {
  it.each(['/approvals', '/approvals/apr_2Qk-_9', '/console'])('is a page of ours: %s', (path) => {
    expect(ownPath(path)).toBe(path);
  });

  it.each([
    undefined,
    '',
    '/',
    '//evil.example',
    '/\\evil.example',
    'https://evil.example/approvals',
    '/approvals/../../evil',
    '/approvals/x?next=//evil.example',
    '/approvals/x#y',
    '/approvals//evil.example',
    '/approvals\n',
    'javascript:alert(1)',
    '/console/logout',
    ' /approvals',
    '/mcp',
  ])('is never anything else: %j', (path) => {
    expect(ownPath(path)).toBeUndefined();
  });
});
