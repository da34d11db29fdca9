import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { restrictedBelow } from '../../src/policy/restricted-paths.ts';
import { aGateway, type TestGateway } from '../fixtures/gateway.ts';
import { aGatewayTo, programs } from '../fixtures/host-programs.ts';
import { needsRoot } from '../fixtures/machine.ts';
import { startSshd, type Sshd } from '../fixtures/sshd.ts';

const server = 'web-1';
let sshd: Sshd;
let gateway: TestGateway;
let directory: string;
beforeAll(async () => {
  sshd = await startSshd();
  gateway = await aGateway(sshd);
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await sshd[Symbol.asyncDispose]();
});
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sallyport-find-'));
});
afterEach(() => rmSync(directory, { recursive: true }));
const at = (name: string) => join(directory, name);
const find = async (input: object, through = gateway) =>
  (await through.call('find_files', { server, path: directory, ...input })).json;
const names = (json: Awaited<ReturnType<typeof find>>) =>
  (json['paths'] as string[]).map((path) => path.replace(directory, '').replace(/^\//, ''));

describe('find_files by name, type, size and age', () => {
  beforeEach(() => {
    mkdirSync(at('sub/deep'), { recursive: true });
    writeFileSync(at('a.log'), 'x'.repeat(100));
    writeFileSync(at('sub/b.log'), '');
    writeFileSync(at('sub/deep/c.txt'), 'x'.repeat(5_000));
    symlinkSync('a.log', at('l.log'));
    utimesSync(at('a.log'), 1_700_000_000, 1_700_000_000);
  });

  it.each<{ input: object; found: readonly string[] }>([
    { input: { name: '*.log' }, found: ['a.log', 'l.log', 'sub/b.log'] },
    { input: { name: '*.log', type: 'file' }, found: ['a.log', 'sub/b.log'] },
    { input: { type: 'directory' }, found: ['', 'sub', 'sub/deep'] },
    { input: { type: 'symlink' }, found: ['l.log'] },
    { input: { type: 'file', max_depth: 1 }, found: ['a.log'] },
    { input: { type: 'file', min_size: 100, max_size: 100 }, found: ['a.log'] },
    { input: { type: 'file', max_size: 0 }, found: ['sub/b.log'] },
    { input: { type: 'file', min_size: 101 }, found: ['sub/deep/c.txt'] },
    { input: { type: 'file', newer_than: 5 }, found: ['sub/b.log', 'sub/deep/c.txt'] },
    { input: { type: 'file', older_than: 60 }, found: ['a.log'] },
    { input: { name: 'no such' }, found: [] },
  ])('$input: $found', async ({ input, found }) => {
    const json = await find(input);
    expect(json).toMatchObject({ success: true, count: found.length, truncated: false, unreadable: 0 });
    expect(names(json)).toEqual(found);
  });

  it('bears hostile names', async () => {
    const hostile = ['-delete', 'new\nline', '$(touch pwned)', '`id`', "it's", ' blank ', '\\', '!x', 'é', '*'];
    for (const name of hostile) writeFileSync(at(`sub/deep/${name}`), '');
    const json = await find({ path: at('sub/deep'), type: 'file', max_size: 0 });
    expect((json['paths'] as string[]).map((path) => path.slice(at('sub/deep').length + 1)).sort()).toEqual(
      hostile.sort(),
    );
    expect(names(await find({ name: '-delete' }))).toEqual(['sub/deep/-delete']);
    expect(names(await find({ name: "'; touch pwned; '" }))).toEqual([]);
  });

  it('gives no more than it is asked for, and says that there are more', async () => {
    const json = await find({ limit: 2 });
    expect(json).toMatchObject({ count: 2, truncated: true, note: expect.stringContaining('more than these 2') });
  });
});

describe('find_files by contents', () => {
  beforeEach(() => {
    mkdirSync(at('sub'));
    writeFileSync(at('sub/one.conf'), 'first\nlisten 80;\r\n# listen a.b\n');
    writeFileSync(at('two.conf'), 'LISTEN 443;\nan axb too\n');
    writeFileSync(at('binary'), 'listen\0listen\n');
  });
  const matches = async (input: object, through = gateway) =>
    ((await find(input, through))['matches'] as { path: string; line: number; text: string }[]).map(
      ({ path, line, text }) => [path.slice(directory.length + 1), line, text],
    );

  it.each<{ input: object; found: readonly unknown[] }>([
    {
      input: { contains: 'listen' },
      found: [
        ['sub/one.conf', 2, 'listen 80;'],
        ['sub/one.conf', 3, '# listen a.b'],
      ],
    },
    { input: { contains: 'listen', ignore_case: true, name: 'two*' }, found: [['two.conf', 1, 'LISTEN 443;']] },
    { input: { contains: 'a.b' }, found: [['sub/one.conf', 3, '# listen a.b']] },
    { input: { contains: '^an? .x[b]', regex: true }, found: [['two.conf', 2, 'an axb too']] },
    { input: { contains: '-e' }, found: [] },
    { input: { contains: "'; touch pwned #" }, found: [] },
  ])('$input', async ({ input, found }) => {
    expect(await matches(input)).toEqual(found);
  });

  it('bears names that look like lines that were found', async () => {
    writeFileSync(at('x:7:fake\nsub'), 'needle\n');
    writeFileSync(at("-e'"), 'needle');
    expect(await matches({ contains: 'needle' })).toEqual([
      ["-e'", 1, 'needle'],
      ['x:7:fake\nsub', 1, 'needle'],
    ]);
  });

  it('is bounded: in lines, in their length and in what is taken in', async () => {
    writeFileSync(at('long'), `needle ${'y'.repeat(10_000)}\n`);
    for (let n = 0; n < 60; n += 1) writeFileSync(at(`many-${n}`), `needle ${'z'.repeat(900)}\n`.repeat(100));
    const json = await find({ contains: 'needle', limit: 1_000 });
    const found = json['matches'] as { text: string }[];
    expect(json).toMatchObject({ truncated: true, note: expect.any(String) });
    expect(Math.max(...found.map(({ text }) => text.length))).toBeLessThanOrEqual(301);
    expect(JSON.stringify(found).length).toBeLessThan(18_000);
  });

  it('works with a grep that cannot set names apart', async () => {
    using host = programs({ grep: 'exec busybox grep "$@"', find: 'exec busybox find "$@"' });
    await using poor = await startSshd({ config: ['PermitUserEnvironment yes'] });
    for (const name of ['busybox'])
      symlinkSync(execFileSync('which', [name], { encoding: 'utf8' }).trim(), join(host.bin, name));
    await using through = await aGatewayTo(poor, host);
    writeFileSync(at('x:7:fake\nsub'), 'needle \\ 1\n');
    expect(await matches({ contains: 'needle' }, through)).toEqual([['x:7:fake\nsub', 1, 'needle \\ 1']]);
    expect(host.calls().some((call) => call.includes('-n -m'))).toBe(true);
  });

  it.each(['', 'two\nlines', 'a\0b'])('takes no text of %j', async (contains) => {
    await expect(find({ contains })).rejects.toMatchObject({ code: 'invalid_input' });
  });
});

describe('what may not be read', () => {
  it.each([
    { start: '/', use: 'reading', has: ['/etc/shadow*', '/home/*/.ssh/id_*', '/proc', '/dev'] },
    { start: '/', use: 'listing', has: ['/proc', '/sys', '/dev', '/var/lib/docker*'] },
    { start: '/etc', use: 'reading', has: ['/etc/shadow*', '/etc/passwd*'] },
    { start: '/home/bob', use: 'reading', has: ['/home/*/.ssh/id_*'] },
    { start: '/srv', use: 'reading', has: [] },
  ] as const)('is passed by when $start is searched ($use)', ({ start, use, has }) => {
    expect(restrictedBelow(start, use)).toEqual(expect.arrayContaining([...has]));
    expect(restrictedBelow('/srv', use)).toEqual([]);
  });

  it('is not found in a search above it', async () => {
    const json = await find({ path: '/etc', contains: 'root:', max_depth: 1, limit: 1_000 });
    const found = (json['matches'] as { path: string }[]).map(({ path }) => path);
    expect(found.filter((path) => /^\/etc\/(?:shadow|passwd)/.test(path))).toEqual([]);
    expect(found).toContain('/etc/group');
  });

  it('is not searched itself, nor through a link', async () => {
    symlinkSync('/proc', at('link'));
    for (const path of ['/proc/self', at('link'), '/etc/shadow']) {
      await expect(find({ path, contains: 'x' })).rejects.toMatchObject({ code: 'path_not_permitted' });
    }
  });
});

it(...needsRoot('what the account may not look into is counted'), async () => {
  await using ordinary = await startSshd({ login: 'ordinary' });
  await using through = await aGateway(ordinary);
  for (const name of ['closed', 'other']) mkdirSync(at(name));
  writeFileSync(at('secret'), 'needle');
  writeFileSync(at('open'), 'needle');
  chmodSync(directory, 0o755);
  for (const name of ['closed', 'other', 'secret']) chmodSync(at(name), 0o700);
  expect(await find({ type: 'file' }, through)).toMatchObject({ unreadable: 2, count: 2 });
  const searched = await find({ contains: 'needle' }, through);
  expect(searched).toMatchObject({ unreadable: 3, matches: [{ path: at('open') }] });
});

it('the pattern is on record before the search, and afterwards', async () => {
  await find({ contains: 'a very special pattern' });
  expect(gateway.text('data/audit.db-wal') + gateway.text('data/audit.db')).toContain('a very special pattern');
});
