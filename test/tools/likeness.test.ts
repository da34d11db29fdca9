import { describe, expect, it } from 'vitest';
import { hostNamesPattern, Likeness, normalised } from '../../src/tools/likeness.ts';

const names = hostNamesPattern(['web-1', 'web-1.example.com', '10.0.0.7']);

describe('normalised text', () => {
  it.each<{ text: string; becomes: string }>([
    { text: 'web-1 is up', becomes: '<host> is up' },
    { text: 'WEB-1.example.com:80', becomes: '<host>:80' },
    { text: 'web-10 and my-web-1', becomes: 'web-10 and my-web-1' },
    { text: '2026-11-21T17:12:04Z ok', becomes: '<time> ok' },
    { text: '2026-11-21 17:12:04,123 +0100 ok', becomes: '<time> ok' },
    { text: 'Nov  1 07:02:04 sshd', becomes: '<time> sshd' },
    { text: 'Sat Nov 21 17:12:04 UTC 2026', becomes: '<time>' },
    { text: '[21/Nov/2026:17:12:04 +0000] GET', becomes: '[<time>] GET' },
    { text: 'at 17:12', becomes: 'at <time>' },
    { text: 'took 3.5s, then 12 ms', becomes: 'took <duration>then <duration>' },
    { text: 'up 10 days,  4:02,  3 users', becomes: 'up <duration> <time>, 3 users' },
    { text: 'in 1m30s', becomes: 'in <duration>' },
    { text: 'from 192.168.1.20:22', becomes: 'from <ip>:22' },
    { text: 'at 10.0.0.7', becomes: 'at <host>' },
    { text: 'version 1.2.3.4.5 and 1.2.3', becomes: 'version 1.2.3.4.5 and 1.2.3' },
    { text: 'inet6 fe80::1ff:fe23:4567:890a/64', becomes: 'inet6 <ip>/64' },
    { text: '::1 2001:db8:0:0:0:0:0:1', becomes: '<ip> <ip>' },
    { text: 'Foo::bar 12 items 5 mice', becomes: 'Foo::bar 12 items 5 mice' },
  ])('of $text is $becomes', ({ text, becomes }) => {
    expect(normalised(text, names)).toBe(becomes);
  });

  it('is had in time linear in hostile text', () => {
    const startedAt = performance.now();
    for (const piece of ['1:', 'a:', '1.', '1 d ', '9', ':', 'Jan ', '1h1m', ' '])
      normalised(piece.repeat(4_000), names);
    expect(performance.now() - startedAt).toBeLessThan(3_000);
  });
});

describe('likeness', () => {
  const upper = (line: string): string => line.toUpperCase();
  const of = (pieces: readonly string[], change?: (line: string) => string): string => {
    const likeness = new Likeness(change);
    for (const piece of pieces) likeness.update(Buffer.from(piece));
    return likeness.digest();
  };

  it('does not depend on the pieces that text arrives in', () => {
    expect(of(['a\nb', 'c\n', 'd'], upper)).toBe(of(['A\nBC\nD'], upper));
    expect(of(['a\nb'], upper)).not.toBe(of(['a', 'b'], upper));
    expect(of(['a\n'], upper)).not.toBe(of(['a'], upper));
  });

  it('is that of what came before it was asked for', () => {
    const likeness = new Likeness();
    likeness.update(Buffer.from('a'));
    const digest = likeness.digest();
    likeness.update(Buffer.from('b'));
    expect(likeness.digest()).toBe(digest);
  });

  it('is of the bytes alone without a change', () => {
    expect(of(['ab', 'c'])).toBe(of(['abc']));
    expect(of(['abc'])).not.toBe(of(['ABC']));
  });

  it('takes in text without an end of line, or of any length, in bounded memory', () => {
    const likeness = new Likeness(upper);
    const chunk = Buffer.alloc(1024 * 1024, 'x');
    const before = process.memoryUsage().rss;
    for (let n = 0; n < 200; n += 1) likeness.update(chunk);
    expect(likeness.digest()).toMatch(/^[0-9a-f]{64}$/);
    expect(process.memoryUsage().rss - before).toBeLessThan(60e6);
  });
});
