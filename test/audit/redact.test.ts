import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Redactor } from '../../src/audit/redact.ts';
import { Secret } from '../../src/base/secret.ts';

function redactorFor(...values: readonly string[]): Redactor {
  const redactor = new Redactor();
  for (const value of values) redactor.add(new Secret(value));
  return redactor;
}

function throughStream(redactor: Redactor, chunks: readonly Buffer[]): string {
  const stream = redactor.stream();
  return Buffer.concat([...chunks.map((chunk) => Buffer.from(stream.push(chunk))), stream.end()]).toString('latin1');
}

/** Cuts bytes at these places, in any order and number. */
function cut(bytes: Buffer, places: readonly number[]): readonly Buffer[] {
  const at = [0, ...places.map((place) => place % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return at.slice(1).map((end, n) => bytes.subarray(at[n], end));
}

const password = 'correct horse/battery+staple?';

describe('a redactor that holds a password', () => {
  const redactor = redactorFor(password);

  it.each([
    ['the value', `mysql -p${password} -h db`, 'mysql -p[redacted] -h db'],
    ['every occurrence', `${password}${password},${password}`, '[redacted][redacted],[redacted]'],
    ['its base64', `x ${Buffer.from(password).toString('base64')} y`, 'x [redacted] y'],
    ['its base64url', `x ${Buffer.from(password).toString('base64url')}`, 'x [redacted]'],
    ['its percent-encoding', `q=${encodeURIComponent(password)}&r`, 'q=[redacted]&r'],
    [
      'its percent-encoding in lower case',
      `q=${encodeURIComponent(password).replace(/%../g, (c) => c.toLowerCase())}`,
      'q=[redacted]',
    ],
  ])('takes out %s', (_, text, expected) => {
    expect(redactor.redactText(text)).toBe(expected);
  });

  it('takes it out of base64 wherever it begins there, as in a Basic header', () => {
    for (const user of ['a', 'ab', 'abc', 'root']) {
      const header = Buffer.from(`${user}:${password}\n`).toString('base64');
      const redacted = redactor.redactText(header);
      expect(redacted).toContain('[redacted]');
      const left = Buffer.from(redacted.split('[redacted]').join('===='), 'base64').toString('latin1');
      expect(left).not.toContain('horse');
    }
  });

  it('gives back the same text when there is nothing to take out', () => {
    expect(redactor.redactText('correct horse')).toBe('correct horse');
  });

  it('forgets it only when every holder has let go', () => {
    const own = redactorFor();
    const [first, second] = [own.add(new Secret(password)), own.add(new Secret(password))];
    first();
    first();
    expect(own.redactText(password)).toBe('[redacted]');
    second();
    expect(own.redactText(password)).toBe(password);
  });

  it('takes it out of a stream that was open before it was registered', () => {
    const own = new Redactor();
    const stream = own.stream();
    stream.push(Buffer.from('before '));
    own.add(new Secret(password));
    expect(Buffer.concat([stream.push(Buffer.from(password)), stream.end()]).toString()).toBe('[redacted]');
  });
});

describe('a redactor', () => {
  it('does not take out what is too short to be told from ordinary text', () => {
    expect(redactorFor('1234567').redactText('1234567')).toBe('1234567');
  });

  it('takes out the longest of secrets that begin at one place', () => {
    expect(redactorFor('abcdefgh', 'abcdefghij').redactText('abcdefghijk')).toBe('[redacted]k');
  });

  it('redacts and neutralises keys and values at any depth, and counts both', () => {
    const json = { name: 'x', list: [{ deep: `${password} \u202e`, n: 1, no: null, yes: true }], [password]: 'v' };
    expect(redactorFor(password).redactOutput(json)).toEqual({
      output: {
        name: 'x',
        list: [{ deep: String.raw`[redacted] \u202e`, n: 1, no: null, yes: true }],
        '[redacted]': 'v',
      },
      redactions: 2,
      neutralised: 1,
    });
  });

  it('keeps a key named __proto__ a key', () => {
    const json = JSON.parse('{"__proto__": {"isAdmin": true}}') as Record<string, unknown>;
    const { output } = new Redactor().redactOutput(json);
    expect([Object.keys(output), Object.getPrototypeOf(output)]).toEqual([['__proto__'], Object.prototype]);
  });

  it('looks into what a host or a caller has named toJSON', () => {
    const json = { results: { toJSON: { stdout: password }, 'web-1': { stdout: password } } };
    const clean = { stdout: '[redacted]' };
    expect(redactorFor(password).redactOutput(json)).toMatchObject({
      output: { results: { toJSON: clean, 'web-1': clean } },
      redactions: 2,
    });
  });

  it('hands on the very chunk when it holds nothing', () => {
    const chunk = Buffer.from('chunk\n');
    expect(new Redactor().stream().push(chunk)).toBe(chunk);
  });

  it('stays fast when a host writes what all secrets begin with', () => {
    const redactor = redactorFor(...Array.from({ length: 500 }, (_, n) => `sallyport_${String(n).padStart(32, '0')}`));
    const started = performance.now();
    redactor.redactText('sallyport_'.repeat(100_000));
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});

describe('a redacting stream', () => {
  const secrets = ['aaaaaaaa', 'aaaaaaaabaaaaaaaa', 'abababababab', 'bbbbbbbbbbbbbbbbbbbbbbbbbbbbbb'];
  const nearly = fc.array(fc.constantFrom('a', 'b', 'c', ...secrets), { maxLength: 60 }).map((parts) => parts.join(''));

  it('gives for any chunks what redacting the whole gives', () => {
    const redactor = redactorFor(...secrets);
    fc.assert(
      fc.property(nearly, fc.array(fc.nat(), { maxLength: 20 }), (text, places) => {
        expect(throughStream(redactor, cut(Buffer.from(text), places))).toBe(redactor.redactText(text));
      }),
      { numRuns: 300 },
    );
  });

  it('lets no secret through, whatever stands around it and however it is cut', () => {
    const around = fc.string({ unit: 'binary-ascii', maxLength: 40 });
    fc.assert(
      fc.property(around, around, fc.array(fc.nat(), { maxLength: 10 }), (before, after, places) => {
        const bytes = Buffer.from(before + password + after);
        expect(throughStream(redactorFor(password), cut(bytes, places))).toBe(`${before}[redacted]${after}`);
      }),
    );
  });

  it('leaves bytes that are not text as they are', () => {
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, n) => n));
    expect(throughStream(redactorFor(password), cut(bytes, [7, 99, 200]))).toBe(bytes.toString('latin1'));
  });

  it('holds back less than the longest form of a secret', () => {
    const stream = redactorFor('0123456789').stream();
    const longest = encodeURIComponent('0123456789').length;
    expect(1000 - stream.push(Buffer.alloc(1000, 'x')).length).toBeLessThan(Math.max(longest, 17));
  });
});
