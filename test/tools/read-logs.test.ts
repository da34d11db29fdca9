import { gzipSync } from 'node:zlib';
import { appendFileSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GatewayError } from '../../src/base/errors.ts';
import { readLogs } from '../../src/tools/read-logs.ts';
import type { JsonObject } from '../../src/tools/tool.ts';
import { aGateway, type TestGateway } from '../fixtures/gateway.ts';
import { aGatewayTo, programs, type HostOptions } from '../fixtures/host-programs.ts';
import { startSshd, type Sshd } from '../fixtures/sshd.ts';
import { temporaryFolder } from '../fixtures/temporary-folder.ts';

let sshd: Sshd;
let gateway: TestGateway;
beforeAll(async () => {
  sshd = await startSshd({ config: ['PermitUserEnvironment yes'] });
  gateway = await aGateway(sshd);
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await sshd[Symbol.asyncDispose]();
});

const ask = (input: JsonObject, on = gateway) =>
  on.call('read_logs', { server: 'web-1', ...input }).then(
    ({ json }): JsonObject => json,
    ({ code, message }: GatewayError): JsonObject => ({ code, message }),
  );

/** A folder of logs: what is given, each newer file with later numbers. */
function logs(files: Readonly<Record<string, string | Buffer>>) {
  const folder = temporaryFolder();
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder.path, name), content);
  return { path: (name: string) => join(folder.path, name), [Symbol.dispose]: () => folder[Symbol.dispose]() };
}
const numbered = (from: number, to: number): string =>
  Array.from({ length: to - from }, (_, at) => `line ${from + at}\n`).join('');

describe('read_logs of a file', () => {
  it('gives the last lines, or the last that match', async () => {
    using some = logs({ 'app.log': numbered(0, 50_000) });
    const path = some.path('app.log');
    expect(await ask({ path, lines: 2 })).toMatchObject({
      success: true,
      source: 'file',
      contents: 'line 49998\nline 49999\n',
      files: [{ path, lines: 2 }],
      truncated: false,
    });
    // Far from the end: more than the first look takes in.
    expect(await ask({ path, lines: 3, grep: ' 7$| 12$' })).toMatchObject({ contents: 'line 7\nline 12\n' });
    expect(await ask({ path, grep: 'nothing' })).toMatchObject({ success: true, contents: '' });
  });

  it('goes by the time of its lines and the clock of the host', async () => {
    const stamp = (minutesAgo: number): string => new Date(Date.now() - minutesAgo * 60_000).toISOString();
    using some = logs({ 'app.log': `${stamp(200)} old\n${stamp(90)} mid\n  more\n${stamp(5)} new\n` });
    const path = some.path('app.log');
    const texts = async (input: JsonObject) => String((await ask({ path, ...input }))['contents']).match(/\w+$/gm);
    expect(await texts({ since: '2h' })).toEqual(['mid', 'more', 'new']);
    expect(await texts({ since: '2h', until: '1h' })).toEqual(['mid', 'more']);
    expect(await texts({ until: stamp(100) })).toEqual(['old']);
  });

  it('goes on with the rotated ones when it is asked to, the oldest first, as far as needed', async () => {
    using some = logs({
      'app.log': numbered(30, 40),
      'app.log.1': numbered(20, 30),
      'app.log.2.gz': gzipSync(numbered(10, 20)),
      'app.log.10.gz': gzipSync(numbered(0, 10)),
      'app.log.bak': 'not rotated\n',
      'app.log.1x': 'nor this\n',
      'app.logs.1': 'nor that\n',
    });
    const path = some.path('app.log');
    expect(await ask({ path })).toMatchObject({ contents: numbered(30, 40) });
    expect(await ask({ path, rotated: true })).toMatchObject({ contents: numbered(0, 40) });
    const some25 = await ask({ path, rotated: true, lines: 15 });
    expect(some25).toMatchObject({ contents: numbered(25, 40) });
    expect(some25['files']).toEqual([
      { path: some.path('app.log.1'), lines: 5 },
      { path, lines: 10 },
    ]);
  });

  it('finds those that are named by the day', async () => {
    using some = logs({ messages: 'c\n', 'messages-20261107': 'a\n', 'messages-20261114.gz': gzipSync('b\n') });
    expect(await ask({ path: some.path('messages'), rotated: true })).toMatchObject({ contents: 'a\nb\nc\n' });
  });

  it('says of an older file what it could not do with it, and is not blown up by it', async () => {
    using some = logs({
      log: 'now\n',
      'log.1.gz': gzipSync(Buffer.alloc(64 * 1024 * 1024)),
      'log.2.xz': 'x',
      'log.3.gz': 'no gzip',
    });
    const { contents, files } = await ask({ path: some.path('log'), rotated: true });
    expect([contents, files]).toEqual([
      'now\n',
      [
        { path: some.path('log.1.gz'), lines: 0, note: 'could not be unpacked' },
        { path: some.path('log'), lines: 1 },
      ],
    ]);
  });

  it('judges where each of them leads', async () => {
    using some = logs({ 'app.log': 'x\n' });
    symlinkSync('/etc/passwd', some.path('app.log.1'));
    symlinkSync('/etc/shadow', some.path('link.log'));
    expect(await ask({ path: some.path('app.log') })).toMatchObject({ success: true });
    expect(await ask({ path: some.path('app.log'), rotated: true })).toMatchObject({ code: 'path_not_permitted' });
    expect(await ask({ path: some.path('link.log') })).toMatchObject({ code: 'path_not_permitted' });
    expect(await ask({ path: '/etc/shadow' })).toMatchObject({ code: 'path_not_permitted' });
    expect((await gateway.auditLog()).at(-1)).toMatchObject({ event_type: 'file_operation', result: 'blocked' });
  });

  it('says what is not a log', async () => {
    using some = logs({});
    mkdirSync(some.path('dir'));
    expect(await ask({ path: some.path('none') })).toMatchObject({ code: 'path_not_found' });
    expect(await ask({ path: some.path('dir') })).toMatchObject({ code: 'is_a_directory' });
  });
});

describe('read_logs of the journal', () => {
  const journal = async (bodies: Readonly<Record<string, string>>, input: JsonObject, options: HostOptions = {}) => {
    using some = programs(bodies);
    await using host = await aGatewayTo(sshd, some, options);
    const answer = await ask(input, host);
    return { answer, calls: some.calls(), log: await host.auditLog() };
  };

  it('asks for what is wanted, in one command, and shows what the journal says', async () => {
    const input = {
      unit: 'nginx',
      since: '1h',
      until: '2026-11-21T10:00:00Z',
      priority: 'err',
      grep: "it's $HOME",
      lines: 7,
    };
    const { answer, calls, log } = await journal({ journalctl: 'printf "a\\nb\\n"' }, input);
    expect(answer).toMatchObject({ success: true, source: 'journal', unit: 'nginx', contents: 'a\nb\n' });
    expect(calls).toEqual([
      "journalctl --no-pager --quiet --output=short-iso -u nginx --since=-3600s --until=@1795255200 -p err --grep=it's $HOME --case-sensitive=true -n 7",
    ]);
    expect(log).toMatchObject([
      { command: expect.stringMatching(/^journalctl -u nginx --since=-3600s /), metadata: { tool: 'read_logs' } },
    ]);
  });

  it('is empty where nothing matched, and failed where journalctl did', async () => {
    const nothing = await journal({ journalctl: 'exit 1' }, { grep: 'x' });
    expect(nothing.answer).toMatchObject({ success: true, contents: '' });
    const failed = await journal({ journalctl: 'echo "Failed to parse timestamp" >&2; exit 1' }, { grep: 'x' });
    expect(failed.answer).toMatchObject({ success: false, exit_code: 1, errors: 'Failed to parse timestamp\n' });
  });

  it('is read by sudo where the operator allows it and the account is not root', async () => {
    const bodies = { journalctl: 'echo x', id: 'echo 1000', sudo: 'shift; exec "$@"' };
    const { calls } = await journal(bodies, { lines: 1 }, { sudo: 'allowed' });
    expect(calls).toContain('sudo -n journalctl --no-pager --quiet --output=short-iso -n 1');
    expect((await journal(bodies, { lines: 1 })).calls.some((call) => call.startsWith('sudo'))).toBe(false);
  });

  it('says where to look on a host without one', async () => {
    const { answer } = await journal({}, {});
    expect(answer).toMatchObject({ code: 'unsupported_host', message: expect.stringContaining('/var/log/messages') });
  });

  it('is judged by the security block', async () => {
    const { answer, calls } = await journal(
      { journalctl: 'echo x' },
      { unit: 'sshd' },
      { security: { forbidden_commands: ['-u sshd'] } },
    );
    expect([answer['code'], calls]).toEqual(['denied_by_policy', []]);
  });
});

describe('read_logs that follows', () => {
  it('goes on as a job of the caller, which get_job reads and cancel_job ends', async () => {
    using some = logs({ "it's.log": numbered(0, 10) });
    const path = some.path("it's.log");
    const started = await ask({ path, lines: 2, follow: true });
    expect(started).toMatchObject({
      success: true,
      status: 'running',
      command: expect.stringMatching(/^tail -n 2 -F /),
    });
    const job_id = started['job_id'];
    const written = async () => (await gateway.call('get_job', { job_id })).json['stdout'];
    await expect.poll(written, { timeout: 10_000 }).toBe('line 8\nline 9\n');
    appendFileSync(path, 'later\n');
    await expect.poll(written, { timeout: 10_000 }).toBe('line 8\nline 9\nlater\n');
    expect((await gateway.call('cancel_job', { job_id })).json).toMatchObject({ status: 'cancelled' });
  });

  it('is judged as a command and by its path', async () => {
    expect(await ask({ path: '/etc/shadow', follow: true })).toMatchObject({ code: 'path_not_permitted' });
    await using strict = await aGateway(sshd, { security: { forbidden_commands: ['journalctl'] } });
    expect(await ask({ follow: true }, strict)).toMatchObject({ code: 'denied_by_policy' });
    for (const more of [
      { until: '1h' },
      { rotated: true },
      { path: '/var/log/x', grep: 'x' },
      { path: '/var/log/x', unit: 'a' },
    ]) {
      expect(await ask({ ...more, follow: true })).toMatchObject({ code: 'invalid_input' });
    }
  });
});

describe('how logs are asked for', () => {
  it.each([{ path: '/var/log/x', unit: 'nginx' }, { path: '/var/log/x', priority: 'err' }, { rotated: true }])(
    'not with %j',
    async (input) => {
      expect(await ask(input)).toMatchObject({ code: 'invalid_input' });
    },
  );

  it.each([
    { grep: '(' },
    { grep: '' },
    { grep: '(?=x)' },
    { unit: '-a' },
    { since: 'yesterday; id' },
    { lines: 0 },
    { priority: '7' },
  ])('nor with %j', (input) => {
    expect(readLogs.prepare({ server: 'web-1', ...input })).toHaveProperty('code', 'invalid_input');
  });
});
