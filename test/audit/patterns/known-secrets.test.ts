import { lintSource } from '@secretlint/core';
import { creator } from '@secretlint/secretlint-rule-preset-recommend';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Redactor } from '../../../src/audit/redact.ts';
import { Secret } from '../../../src/base/secret.ts';
import { samples } from './samples.ts';

const redactor = new Redactor();

function throughStream(bytes: Buffer, places: readonly number[]): string {
  const stream = redactor.stream();
  const at = [0, ...places.map((place) => place % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  const parts = at.slice(1).map((end, n) => Buffer.from(stream.push(bytes.subarray(at[n], end))));
  return Buffer.concat([...parts, stream.end()]).toString();
}

describe('what looks like a secret', () => {
  it.each(samples(1))('is taken out and named: $name after "$before"', ({ name, before, secret, after }) => {
    expect(redactor.redactText(before + secret + after)).toBe(`${before}[redacted:${name}]${after}`);
  });

  it('is taken out with every byte in a piece of its own', () => {
    for (const { name, before, secret, after } of samples(2)) {
      const bytes = Buffer.from(before + secret + after);
      const everywhere = Array.from({ length: bytes.length }, (_, n) => n);
      expect(throughStream(bytes, everywhere)).toBe(`${before}[redacted:${name}]${after}`);
    }
  });

  it('gives for any pieces what the whole gives, whatever stands around', () => {
    const all = samples(3).map(({ before, secret, after }) => before + secret + after);
    const pieces = fc.constantFrom(
      ...all,
      ...all.map((text) => text.slice(0, text.length >> 1)),
      '\n',
      '"',
      ' ',
      '=',
      'pass',
      '-----',
      '://a:',
      'ey',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 8 }), fc.array(fc.nat(), { maxLength: 30 }), (texts, places) => {
        const text = texts.join('');
        expect(throughStream(Buffer.from(text), places)).toBe(redactor.redactText(text));
      }),
      { numRuns: 300 },
    );
  });

  it('is taken out once: a text that was redacted stays as it is', () => {
    for (const { before, secret, after } of samples(4)) {
      const once = redactor.redactText(before + secret + after);
      expect(redactor.redactText(once)).toBe(once);
    }
  });

  it('is counted, as answers and as streams', () => {
    const two = samples(5)
      .slice(0, 2)
      .map(({ secret }) => secret)
      .join(' ');
    const stream = redactor.stream();
    stream.push(Buffer.from(two));
    stream.end();
    expect([redactor.redactOutput({ two }).redactions, stream.redactions]).toEqual([2, 2]);
  });

  it('is taken out where another secret that we hold stands within it', () => {
    const own = new Redactor();
    own.add(new Secret('AbCdEfGh12345678'));
    const text = `-----BEGIN PRIVATE KEY-----\nabcd\nAbCdEfGh12345678\nefgh\n-----END PRIVATE KEY-----\n`;
    expect(own.redactText(text)).toBe('[redacted:private_key]\n');
  });

  it('stays where an operator switched this off', () => {
    const own = new Redactor();
    own.usePatterns('off');
    own.add(new Secret('AbCdEfGh12345678'));
    expect(own.redactText('DB_PASSWORD=abc12345 AbCdEfGh12345678')).toBe('DB_PASSWORD=abc12345 [redacted]');
  });

  it.each([
    ['after an escape', String.raw`{"log":"a\nghp_${'a1'.repeat(18)}\n"}`],
    ['percent-encoded before it', `https://x.example/?t%3DAKIA${'A2'.repeat(8)}&y`],
    ['in a URL', `https://x.example/cb?access_token=aB1${'a1B2'.repeat(8)}&y=1`],
    ['in a diff', `-DB_PASSWORD=old12345\n+DB_PASSWORD=new12345\n`],
  ])('is found %s', (_, text) => {
    expect(redactor.redactText(text)).toMatch(/\[redacted:/);
  });

  it('is not followed into other lines when its end is missing', () => {
    const text = `a.pem:-----BEGIN RSA PRIVATE KEY-----\nb.pem:-----BEGIN RSA PRIVATE KEY-----\nnothing else here.\n`;
    expect(redactor.redactText(text)).toBe(
      'a.pem:[redacted:private_key]\nb.pem:[redacted:private_key]\nnothing else here.\n'.replace('\nb', '\nb'),
    );
  });
});

describe('what secretlint finds', () => {
  it('is taken out', async () => {
    const rules = [{ id: '@secretlint/secretlint-rule-preset-recommend', rule: creator, options: {} }];
    const all = samples(6);
    const source = { filePath: '/x.txt', content: '', contentType: 'text' as const };
    const found: string[] = [];
    for (const { before, secret, after } of all) {
      const text = before + secret + after;
      const { messages } = await lintSource({ source: { ...source, content: text }, options: { config: { rules } } });
      for (const {
        range: [start, end],
      } of messages) {
        const value = text.slice(start, end);
        found.push(value);
        expect(redactor.redactText(text)).not.toContain(value);
      }
    }
    expect(found.length).toBeGreaterThan(30);
  });
});

describe('what is harmless', () => {
  it.each([
    'commit 9fceb02d0ae598e95dc970b74767f19372d61af8',
    '123e4567-e89b-12d3-a456-426614174000',
    'sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    'd41d8cd98f00b204e9800998ecf8427e  empty',
    Buffer.from('a picture, or anything else that is long enough to look random'.repeat(8)).toString('base64'),
    'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGHuvF5T8hYxQX7yqjQ0v0X8i1qk3p7m9z2Jw4Yk5d6e me@host',
    'ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQC7vbqajDhA me@host',
    '-----BEGIN CERTIFICATE-----\nMIIDdzCCAl+gAwIBAgIEAgAAuTANBgkqhkiG9w0BAQUFADBaMQswCQYDVQQGEwJJ\n-----END CERTIFICATE-----',
    '-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE\n-----END PUBLIC KEY-----',
    '256 SHA256:uNiVztksCsDhcc0u9e8BrTCK9iGQm2qVsC1Q8eJ0xkM host (ED25519)',
    'Failed password for root from 10.0.0.1 port 22 ssh2',
    'password: ',
    'Password for user alice: ',
    'password=$DB_PASSWORD',
    'password=${DB_PASSWORD:?}',
    'password: "{{ vault_db_password }}"',
    'password: <your password>',
    'password = os.environ["DB_PASSWORD"]',
    'const password = config.database.password;',
    'password = getpass.getpass()',
    'PASSWORD_FILE=/run/secrets/db',
    'PGPASSFILE=/run/secrets/db1',
    'PasswordAuthentication no',
    'password [success=1 default=ignore] pam_unix.so obscure yescrypt',
    'if (password == "") return',
    'password: ********',
    'secretName: web-tls-2',
    'secret: web-tls-2024',
    'token: next-page-3',
    'automountServiceAccountToken: false',
    'Authorization: Bearer <token>',
    'Authorization: Bearer $TOKEN',
    'uses Bearer authentication',
    'https://example.com:8443/a@b',
    'https://user@example.com/path',
    'git@github.com:owner/repo.git',
    'http://user:$PASS@proxy:3128',
    'task-force disk-usage risk-averse sk-1 ghp_ glpat- AKIA eyJ xoxb-',
    'eyJhbGciOiJub25lIn0=',
    'SG.example.com',
    'npm_config_registry=https://registry.npmjs.org/ npm_lifecycle_event=test',
    'hf_model hf_hub_download',
    'OLDPWD=/var/lib/app1 PWD=/root',
    '[redacted] [redacted:jwt]',
  ])('stays: %s', (text) => {
    expect(redactor.redactText(text)).toBe(text);
    expect(throughStream(Buffer.from(text), [3, 5, 8, 13, 21, 34])).toBe(text);
  });
});

describe('a stream of what is nearly a secret', () => {
  const nearly = [
    'eyJ',
    `eyJ${'a'.repeat(3000)}`,
    'password="',
    'client_secret: ',
    '-----BEGIN ',
    'a://b:',
    `pat${'a'.repeat(4000)}`,
    'sk-',
    'LS0tLS1CRUdJTi',
    '-----BEGIN RSA PRIVATE KEY-----\n',
    'Authorization: Bearer ',
  ];

  it.each(nearly)('keeps back little, and goes by fast: %s', (text) => {
    const bytes = Buffer.from(text.repeat(Math.ceil((512 * 1024) / text.length)));
    const stream = redactor.stream();
    const started = performance.now();
    for (let at = 0; at < bytes.length; at += 4096) stream.push(bytes.subarray(at, at + 4096));
    const last = stream.end();
    expect(last.length).toBeLessThan(3 * 4096);
    expect(performance.now() - started).toBeLessThan(5_000);
  });

  it('does not follow a key that has no end', () => {
    const stream = redactor.stream();
    const line = Buffer.from(`${'A'.repeat(64)}\n`.repeat(64));
    const begun = stream.push(Buffer.from('-----BEGIN RSA PRIVATE KEY-----\n'));
    const out = Array.from({ length: 20 }, () => stream.push(line).length);
    expect([begun.length, out.slice(0, 5).reduce((a, b) => a + b), out.at(-1)]).toEqual([
      expect.any(Number),
      expect.any(Number),
      line.length,
    ]);
    expect(stream.redactions).toBe(1);
  });
});
