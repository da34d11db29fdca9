import { execFileSync, spawnSync } from 'node:child_process';
import { createHmac, randomBytes } from 'node:crypto';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KnownHosts, lookupName } from '../../../src/ssh/host-keys/known-hosts.ts';
import { readKnownHosts } from '../../../src/ssh/host-keys/known-hosts-file.ts';
import { fingerprint } from '../../../src/ssh/host-keys/public-key.ts';
import { ecdsaLine, ed25519Line, rsaLine } from '../../fixtures/public-keys.ts';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'sallyport-known-hosts-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

interface Found {
  readonly line: number;
  readonly marker: string;
  readonly fingerprint: string;
}

/** What `ssh-keygen -F` finds, with the key of each line parsed as `ssh` does. */
function sshKeygenFinds(path: string, name: string): readonly Found[] {
  const { stdout } = spawnSync('ssh-keygen', ['-l', '-F', name, '-f', path], { encoding: 'latin1' });
  const found = stdout.matchAll(/^# Host .* found: line (\d+) ?(REVOKED|CA)? *\n.* (SHA256:\S+)/gm);
  return [...found].map(([, line, marker = '', print = '']) => ({ line: Number(line), marker, fingerprint: print }));
}

function weFind(bytes: Buffer, name: string): readonly Found[] {
  const words = { none: '', authority: 'CA', revoked: 'REVOKED' };
  return new KnownHosts(bytes)
    .lookUp(name.toLowerCase())
    .map(({ line, marker, key }) => ({ line, marker: words[marker], fingerprint: fingerprint(key) }));
}

function write(name: string, content: string | Buffer): string {
  const path = join(directory, name);
  writeFileSync(path, typeof content === 'string' ? Buffer.from(content, 'latin1') : content);
  return path;
}

const ed = ed25519Line();
const ec = ecdsaLine();
const rsa = rsaLine();
const [, edBase64 = ''] = ed.split(' ');

describe('a known_hosts file', () => {
  it.each<{ readonly what: string; readonly text: string; readonly name: string; readonly lines: readonly number[] }>([
    { what: 'a plain name', text: `web ${ed} me@home`, name: 'web', lines: [1] },
    { what: 'a name in other case', text: `WEB ${ed}`, name: 'wEb', lines: [1] },
    { what: 'several names of one line', text: `a,web,b ${ed}`, name: 'b', lines: [1] },
    {
      what: 'several keys and types of one host',
      text: `web ${ed}\nweb ${ec}\nweb ${rsa}`,
      name: 'web',
      lines: [1, 2, 3],
    },
    { what: 'a port', text: `web ${ed}\n[web]:2222 ${ec}`, name: '[web]:2222', lines: [2] },
    { what: 'port 22, never in brackets', text: `[web]:22 ${ed}`, name: 'web', lines: [] },
    { what: 'an IPv6 address', text: `2001:DB8::1 ${ed}`, name: '2001:db8::1', lines: [1] },
    { what: 'an IPv6 address with a port', text: `[2001:db8::1]:2222 ${ed}`, name: '[2001:db8::1]:2222', lines: [1] },
    { what: 'an IPv6 address in another spelling', text: `2001:db8:0::1 ${ed}`, name: '2001:db8::1', lines: [] },
    { what: 'an asterisk', text: `*.example.com ${ed}`, name: 'a.b.example.com', lines: [1] },
    { what: 'question marks', text: `web-?? ${ed}`, name: 'web-01', lines: [1] },
    { what: 'an asterisk for a port', text: `[web]:* ${ed}`, name: '[web]:2200', lines: [1] },
    { what: 'brackets as themselves, not as a set', text: `w[ae]b ${ed}`, name: 'web', lines: [] },
    { what: 'a negation before', text: `!web,w* ${ed}`, name: 'web', lines: [] },
    { what: 'a negation after', text: `w*,!web ${ed}`, name: 'web', lines: [] },
    { what: 'a negation alone', text: `!other ${ed}`, name: 'web', lines: [] },
    { what: 'an empty pattern', text: `,,web,, ${ed}`, name: 'web', lines: [1] },
    { what: 'a pattern too long for OpenSSH', text: `${'a'.repeat(1023)},web ${ed}`, name: 'web', lines: [] },
    { what: 'the longest pattern OpenSSH takes', text: `${'a'.repeat(1022)},web ${ed}`, name: 'web', lines: [1] },
    { what: 'a revoked key', text: `@revoked web ${ed}`, name: 'web', lines: [1] },
    { what: 'an authority', text: `@cert-authority *.com ${ed}`, name: 'web.com', lines: [1] },
    { what: 'a marker ended by a tab', text: `@revoked\tweb\t${ed.replace(' ', '\t')}`, name: 'web', lines: [1] },
    { what: 'a marker ended by a tab before spaces', text: `@revoked\tweb ${ed}`, name: 'web', lines: [] },
    { what: 'an unknown marker', text: `@trusted web ${ed}`, name: 'web', lines: [] },
    { what: 'two markers', text: `@revoked @cert-authority web ${ed}`, name: 'web', lines: [] },
    { what: 'comments and blank lines', text: `# web ${ed}\n\n \t\n  # x\n web ${ed}`, name: 'web', lines: [5] },
    { what: 'tabs and runs of blanks', text: `\t web \t ${ed.replace(' ', '  \t')}\t`, name: 'web', lines: [1] },
    { what: 'CRLF', text: `web ${ed}\r\nweb ${ec}\r\n`, name: 'web', lines: [1, 2] },
    {
      what: 'an RSA key under the name of its signature',
      text: `web ${rsa.replace('ssh-rsa', 'rsa-sha2-256')}`,
      name: 'web',
      lines: [1],
    },
    { what: 'a type that is not that of the key', text: `web ssh-rsa ${edBase64}`, name: 'web', lines: [] },
    { what: 'a type in capitals', text: `web SSH-ED25519 ${edBase64}`, name: 'web', lines: [] },
    { what: 'a line without a key', text: `web\nweb \nweb ssh-ed25519\nweb ssh-ed25519 `, name: 'web', lines: [] },
    { what: 'base64 cut short', text: `web ssh-ed25519 ${edBase64.slice(0, -4)}`, name: 'web', lines: [] },
    { what: 'base64 with something added', text: `web ssh-ed25519 ${edBase64}AAAA`, name: 'web', lines: [] },
    { what: 'base64 padded too much', text: `web ssh-ed25519 ${edBase64}=`, name: 'web', lines: [] },
    { what: 'base64 of the URL alphabet', text: `web ssh-ed25519 ${'_'.repeat(68)}`, name: 'web', lines: [] },
    { what: 'an RSA1 key of old', text: 'web 1024 35 1234567', name: 'web', lines: [] },
    { what: 'an RSA key of too few bits', text: `web ${rsaLine(512)}`, name: 'web', lines: [] },
    { what: 'a hash without a salt', text: `|1||AAAA ${ed}`, name: 'web', lines: [] },
    { what: 'a hash of another kind', text: `|2|AAAA|AAAA ${ed}`, name: 'web', lines: [] },
    {
      what: 'a NUL, which ends the line',
      text: `web ${ed}\0\nweb \0${ec}\n\0web ${ec}\nweb ${ec}`,
      name: 'web',
      lines: [1, 4],
    },
    { what: 'bidirectional characters', text: `w\xe2\x80\xaeeb ${ed}\nweb ${ed}`, name: 'web', lines: [2] },
    { what: 'a line of a megabyte', text: `${'x,'.repeat(500_000)}web ${ed}\nweb ${ec}`, name: 'web', lines: [1, 2] },
    {
      what: 'a key of a megabyte',
      text: `web ssh-ed25519 ${'A'.repeat(1_000_000)}\nweb ${ec}`,
      name: 'web',
      lines: [2],
    },
  ])('is read as ssh-keygen reads it: $what', ({ text, name, lines }) => {
    const path = write('table', text);
    const found = weFind(readFileSync(path), name);
    expect(found).toEqual(sshKeygenFinds(path, name));
    expect(found.map(({ line }) => line)).toEqual(lines);
  });

  it('is read as ssh-keygen reads it, whatever stands in it', () => {
    const words = [
      'web',
      'WEB',
      'web-1',
      'a.web',
      '[web]:2222',
      '::1',
      '*',
      'w?b',
      '*.web',
      '[web]:*',
      '!web',
      '!w*',
      '',
      'x y',
    ];
    const host = fc.oneof(
      {
        weight: 4,
        arbitrary: fc.array(fc.constantFrom(...words), { minLength: 1, maxLength: 4 }).map((some) => some.join(',')),
      },
      fc.constantFrom('web', '[web]:2222', 'a.web').map((name) => hashed(name)),
      fc.constantFrom('|1|', '|1|x|y', '|1|AAAA|AAAA', `${hashed('web')},web`, `${hashed('web')}=`),
    );
    const blank = fc.constantFrom(' ', ' ', ' ', '\t', '  ', '');
    const key = fc.oneof(
      { weight: 5, arbitrary: fc.constantFrom(ed, ec, rsa) },
      fc.constantFrom(ed, ec, rsa).chain((line) => fc.nat(line.length).map((at) => line.slice(0, at))),
      fc.constantFrom('ssh-ed25519', 'ssh-rsa', '1024', '#').map((type) => `${type} ${edBase64}`),
    );
    const marker = fc.constantFrom(
      '',
      '',
      '',
      '',
      '@revoked ',
      '@cert-authority ',
      '@revoked\t',
      '@revoked',
      '@x ',
      '#',
      '@revoked @revoked ',
    );
    const end = fc.constantFrom('\n', '\n', '\n', ' comment\n', '\r\n', '\n\n', '\0 \n', '');
    const line = fc
      .tuple(
        blank.filter((text) => text !== '  '),
        marker,
        host,
        blank,
        key,
        end,
      )
      .map((parts) => parts.join(''));
    const file = fc.array(fc.oneof({ weight: 9, arbitrary: line }, fc.string({ maxLength: 20 })), { maxLength: 8 });
    fc.assert(
      fc.property(file, (lines) => {
        const path = write('property', `${lines.join('')}\n`);
        for (const name of ['web', 'Web-1', 'a.web', '[web]:2222', '::1']) {
          expect(weFind(readFileSync(path), name)).toEqual(sshKeygenFinds(path, name));
        }
      }),
      { numRuns: 80, interruptAfterTimeLimit: 6000 },
    );
  });

  it('ends a line at a NUL, also where OpenSSH reads on into what is left of the line before', () => {
    expect(weFind(Buffer.from(`web\0 ${ed}\nweb`), 'web')).toEqual([]);
  });

  it('is found again after ssh-keygen has hashed it', () => {
    const path = write('hashed', `web,WEB-2 ${ed}\n[web]:2222 ${ec}\n2001:db8::1 ${rsa}\n`);
    execFileSync('ssh-keygen', ['-H', '-f', path], { stdio: 'ignore' });
    expect(readFileSync(path, 'latin1')).not.toContain('web');
    for (const name of ['web', 'web-2', '[web]:2222', '2001:db8::1']) {
      const found = weFind(readFileSync(path), name);
      expect(found).toHaveLength(1);
      expect(found).toEqual(sshKeygenFinds(path, name));
    }
    expect(weFind(readFileSync(path), 'web-3')).toEqual([]);
  });

  it('counts the lines that cannot be used, and only those', () => {
    const text = `# comment\n\nweb ${ed}\nweb\n@x web ${ed}\n|1|x|y ${ed}\nweb ssh-dss AAAA\n@revoked web ${ec}`;
    expect(new KnownHosts(Buffer.from(text)).skippedLines).toBe(4);
  });

  it('of 10,000 hashed lines answers quickly, and at once when asked again', () => {
    const lines = Array.from({ length: 10_000 }, (_, index) => `${hashed(`web-${index}`)} ${ed}\n`);
    const file = new KnownHosts(Buffer.from(lines.join('')));
    const firstMs = time(() => expect(file.lookUp('web-9999').map(({ line }) => line)).toEqual([10_000]));
    const againMs = time(() => {
      for (let count = 0; count < 1000; count += 1) file.lookUp('web-9999');
    });
    expect(firstMs).toBeLessThan(1000);
    expect(againMs).toBeLessThan(firstMs);
  });

  it('does not slow down over patterns made to', () => {
    const file = new KnownHosts(Buffer.from(`${`${'*a'.repeat(400)}b,`.repeat(100)}x ${ed}\n`));
    expect(time(() => file.lookUp('a'.repeat(250)))).toBeLessThan(1000);
  });
});

describe('the name to look up', () => {
  it.each([
    ['Web.Example', 22, 'web.example'],
    ['web', 2222, '[web]:2222'],
    ['2001:DB8::1', 22, '2001:db8::1'],
    ['fe80::1%eth0', 2222, '[fe80::1%eth0]:2222'],
  ])('of %s port %i is %s', (address, port, name) => {
    expect(lookupName(address, port)).toBe(name);
  });
});

describe('a known_hosts file on disk', () => {
  const linesFor = (path: string): number => readKnownHosts(path).lookUp('web').length;

  it('is seen anew after every change, also one that keeps size and times', () => {
    const path = write('changing', `web ${ed}\n`);
    expect(linesFor(path)).toBe(1);
    write('changing', `wob ${ed}\n`);
    expect(linesFor(path)).toBe(0);
    const longAgo = new Date(2020, 1, 1);
    utimesSync(path, longAgo, longAgo);
    expect(linesFor(path)).toBe(0);
    write('changing', `web ${ed}\n`);
    utimesSync(path, longAgo, longAgo);
    expect(linesFor(path)).toBe(1);
  });

  it('is parsed once per version', async () => {
    const path = write('stable', `web ${ed}\n`);
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(readKnownHosts(path)).toBe(readKnownHosts(path));
  });

  it('is empty when it is missing, and when it is /dev/null', () => {
    expect(linesFor(join(directory, 'missing'))).toBe(0);
    expect(linesFor(join(write('a-file', ''), 'below'))).toBe(0);
    expect(linesFor('/dev/null')).toBe(0);
  });

  it.each<{ readonly what: string; readonly make: (path: string) => void }>([
    { what: 'is a directory', make: (path) => mkdirSync(path) },
    { what: 'is a pipe', make: (path) => execFileSync('mkfifo', [path]) },
    { what: 'is a link to itself', make: (path) => symlinkSync(path, path) },
    {
      what: 'may be written by anybody',
      make: (path) => {
        writeFileSync(path, `web ${ed}\n`);
        chmodSync(path, 0o666);
      },
    },
  ])('stops every look-up when it $what', ({ what, make }) => {
    const path = join(directory, what.replaceAll(' ', '-'));
    make(path);
    expect(() => readKnownHosts(path)).toThrowError(expect.objectContaining({ code: 'config_invalid' }));
  });
});

/** As `HashKnownHosts` writes a name. */
function hashed(name: string): string {
  const salt = randomBytes(20);
  return `|1|${salt.toString('base64')}|${createHmac('sha1', salt).update(name).digest('base64')}`;
}

function time(work: () => void): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}
