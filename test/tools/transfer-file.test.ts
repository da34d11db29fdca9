import { createHash, randomBytes } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GatewayError } from '../../src/base/errors.ts';
import type { JsonObject } from '../../src/tools/tool.ts';
import { aGateway, fullRights, fullToken, serverEntry, type TestGateway } from '../fixtures/gateway.ts';
import { startSshd, type Sshd } from '../fixtures/sshd.ts';
import { temporaryFolder } from '../fixtures/temporary-folder.ts';

const webToken = 'tok_3c9f5b7e31b84d26a1c3e5f7b9d80246';
const readToken = 'tok_77aa9c7e31b84d26a1c3e5f7b9d80246';
const mebibyte = 1024 * 1024;
const sha256 = (data: Buffer): string => createHash('sha256').update(data).digest('hex');

let sshd: Sshd;
let gateway: TestGateway;
beforeAll(async () => {
  sshd = await startSshd({ ports: 2 });
  gateway = await aGateway(sshd, {
    servers: { 'db-1': { ...serverEntry(sshd), port: sshd.ports[1] } },
    tokens: {
      [fullToken]: fullRights,
      [webToken]: { name: 'web', permissions: ['write'], allowed_servers: ['web-*'] },
      [readToken]: { name: 'reader', permissions: ['read', 'execute'] },
    },
  });
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await sshd[Symbol.asyncDispose]();
});

const transfers = (name = ''): string => join(gateway.directory, 'data/transfers', name);
const transfer = (input: JsonObject, options: { token?: string; signal?: AbortSignal } = {}) =>
  gateway.call('transfer_file', input, options).then(
    ({ json }): JsonObject => json,
    ({ code, message, details, ran }: GatewayError): JsonObject => ({ code, message, details, ran }),
  );

/** A folder on the host, which is this machine. */
function aFolder() {
  const folder = temporaryFolder();
  return { path: (name = '') => join(folder.path, name), [Symbol.dispose]: () => folder[Symbol.dispose]() };
}

describe('transfer_file', () => {
  it('brings a file to the gateway and from there to another server, whole, with its mode', async () => {
    using host = aFolder();
    const data = randomBytes(3 * mebibyte + 5);
    writeFileSync(host.path('a'), data, { mode: 0o640 });
    const there = await transfer({ from_server: 'web-1', from_path: host.path('a'), to_path: 'kept/a' });
    expect(there).toMatchObject({
      success: true,
      complete: true,
      changed: true,
      kind: 'file',
      bytes: data.length,
      sha256: sha256(data),
      resumed_from: 0,
      from_server: 'web-1',
      to_server: null,
    });
    expect(readFileSync(transfers('kept/a')).equals(data)).toBe(true);
    expect([statSync(transfers()).mode & 0o777, statSync(transfers('kept/a')).mode & 0o777]).toEqual([0o700, 0o640]);
    const back = await transfer({ from_path: 'kept/a', to_server: 'db-1', to_path: host.path('b') });
    expect(back).toMatchObject({ success: true, sha256: sha256(data) });
    expect([readFileSync(host.path('b')).equals(data), statSync(host.path('b')).mode & 0o777]).toEqual([true, 0o640]);
    expect((await gateway.auditLog()).at(-1)).toMatchObject({
      event_type: 'file_operation',
      server_name: 'db-1',
      result: 'success',
      metadata: { tool: 'transfer_file', from_path: 'kept/a', to_path: host.path('b'), bytes: data.length },
    });
  });

  it('copies between two servers, and records both', async () => {
    using host = aFolder();
    const data = randomBytes(2 * mebibyte);
    writeFileSync(host.path('a'), data);
    const input = { from_server: 'web-1', from_path: host.path('a'), to_server: 'db-1', to_path: host.path('b') };
    expect(await transfer(input)).toMatchObject({ success: true, sha256: sha256(data) });
    expect(readFileSync(host.path('b')).equals(data)).toBe(true);
    expect((await gateway.auditLog()).at(-1)).toMatchObject({ metadata: { servers: ['web-1', 'db-1'] } });
    expect(await transfer(input)).toMatchObject({
      code: 'already_exists',
      message: expect.stringContaining('overwrite'),
    });
    expect(await transfer({ ...input, overwrite: 'if_changed' })).toMatchObject({ success: true, changed: false });
    writeFileSync(host.path('b'), 'short');
    expect(await transfer({ ...input, overwrite: 'if_changed' })).toMatchObject({ success: true, changed: true });
    expect(readFileSync(host.path('b')).equals(data)).toBe(true);
  });

  it('keeps what it replaces, to be put back', async () => {
    using host = aFolder();
    writeFileSync(host.path('a'), 'new');
    writeFileSync(host.path('b'), 'old', { mode: 0o600 });
    const input = { from_server: 'web-1', from_path: host.path('a'), to_server: 'db-1', overwrite: 'always' };
    const { change_id } = await transfer({ ...input, to_path: host.path('b') });
    expect([readFileSync(host.path('b'), 'utf8'), statSync(host.path('b')).mode & 0o777]).toEqual(['new', 0o644]);
    const undone = await gateway.call('undo_change', { change_id });
    expect(undone.json).toMatchObject({ success: true, file: 'restored' });
    expect([readFileSync(host.path('b'), 'utf8'), statSync(host.path('b')).mode & 0o777]).toEqual(['old', 0o600]);

    mkdirSync(host.path('from'));
    mkdirSync(host.path('to'));
    for (const name of ['x', 'y']) writeFileSync(host.path(`from/${name}`), 'new');
    writeFileSync(host.path('to/x'), 'old');
    await transfer({ ...input, from_path: host.path('from'), to_path: host.path('to') });
    const { json } = await gateway.call('undo_change', {});
    expect(JSON.stringify(json)).toContain(host.path('to/x'));
    expect(JSON.stringify(json)).not.toContain(host.path('to/y'));
  });

  it('copies a directory with many small files, both ways', async () => {
    using host = aFolder();
    mkdirSync(host.path('top/deep'), { recursive: true });
    for (let n = 0; n < 150; n += 1) writeFileSync(host.path(`top/deep/${n} it's`), `file ${n}`);
    symlinkSync('deep', host.path('top/link'));
    symlinkSync('/etc', host.path('top/out'));
    const there = await transfer({ from_server: 'web-1', from_path: host.path('top'), to_path: 'tree' });
    expect(there).toMatchObject({
      success: true,
      kind: 'directory',
      files: { copied: 150, failed: 0 },
      directories: 1,
      links: 1,
      left_out: [{ path: 'out', why: expect.stringContaining('leads out') }],
    });
    expect(readFileSync(transfers("tree/deep/149 it's"), 'utf8')).toBe('file 149');
    const back = await transfer({ from_path: 'tree', to_server: 'web-1', to_path: host.path('copy') });
    expect(back).toMatchObject({ success: true, files: { copied: 150 } });
    expect(readdirSync(host.path('copy/deep'))).toHaveLength(150);
    const over = await transfer({
      from_server: 'web-1',
      from_path: host.path('top'),
      to_server: 'db-1',
      to_path: host.path('copy'),
    });
    expect(over).toMatchObject({ success: true, files: { copied: 0, existing: 150 } });
  });

  it('is cut off by its client, keeps what it has, and goes on from there', async () => {
    using host = aFolder();
    const data = randomBytes(24 * mebibyte);
    writeFileSync(host.path('a'), data);
    const client = new AbortController();
    const input = { from_server: 'web-1', from_path: host.path('a'), to_server: 'db-1', to_path: host.path('b') };
    const cut = transfer(input, { signal: client.signal });
    const partial = () => readdirSync(host.path()).find((name) => name.endsWith('.part'));
    await expect
      .poll(() => partial() !== undefined && statSync(host.path(partial())).size > 0, { interval: 2, timeout: 15_000 })
      .toBe(true);
    client.abort();
    const answer = await cut;
    if (answer['success'] === true) return;
    expect(answer).toMatchObject({
      code: 'cancelled',
      ran: 'may_have_run',
      message: expect.stringContaining('goes on from them'),
    });
    expect(existsSync(host.path('b'))).toBe(false);
    expect(answer['details']).toMatchObject({ partial: host.path(partial()) });
    const done = await transfer(input);
    expect(done).toMatchObject({ success: true, sha256: sha256(data) });
    expect(done['resumed_from']).toBeGreaterThan(0);
    expect(readdirSync(host.path()).toSorted()).toEqual(['a', 'b']);
  });

  it('is refused on either side as reading and writing there would be', async () => {
    using host = aFolder();
    writeFileSync(host.path('a'), 'x');
    symlinkSync('/etc', host.path('etc'));
    const outcome = async (input: JsonObject, token?: string) =>
      (await transfer(input, token === undefined ? {} : { token }))['code'];
    const from = { from_server: 'web-1', from_path: host.path('a') };
    const local = { to_path: 'refused' };
    expect(await outcome({ from_server: 'web-1', from_path: '/etc/shadow', ...local })).toBe('path_not_permitted');
    expect(await outcome({ from_server: 'web-1', from_path: host.path('etc/shadow'), ...local })).toBe(
      'path_not_permitted',
    );
    expect(await outcome({ ...from, to_server: 'db-1', to_path: '/etc/passwd' })).toBe('path_not_permitted');
    // What is in it would not be looked at one by one.
    for (const path of ['/etc', '/', host.path('etc'), '/root/.ssh', '/home']) {
      expect(await outcome({ from_server: 'web-1', from_path: path, ...local })).toBe('path_not_permitted');
    }
    for (const path of ['../outside', '/etc/cron.d/x', 'a/../../x']) {
      expect(await outcome({ ...from, to_path: path })).toBe('path_not_permitted');
      expect(await outcome({ from_path: path, to_server: 'web-1', to_path: host.path('new') })).toBe(
        'path_not_permitted',
      );
    }
    expect(await outcome({ ...from, to_server: 'db-1', to_path: host.path('b') }, webToken)).toBe('host_not_allowed');
    expect(await outcome({ ...from, ...local }, readToken)).toBe('insufficient_scope');
    expect(existsSync(transfers('refused'))).toBe(false);
    expect(readdirSync(host.path()).toSorted()).toEqual(['a', 'etc']);
  });

  it('does not tell where the directory for transfers is', async () => {
    using host = aFolder();
    writeFileSync(host.path('a'), 'x');
    mkdirSync(transfers('taken'), { recursive: true });
    const answers = [
      await transfer({ from_server: 'web-1', from_path: host.path('a'), to_path: 'taken' }),
      await transfer({ from_path: 'nothing', to_server: 'web-1', to_path: host.path('b') }),
      await transfer({ from_path: '../x', to_server: 'web-1', to_path: host.path('b') }),
    ];
    expect(answers.map(({ code }) => code)).toEqual(['is_a_directory', 'path_not_found', 'path_not_permitted']);
    expect(JSON.stringify(answers)).not.toContain(gateway.directory);
  });

  it.each([
    { input: { from_path: 'a', to_path: 'b' }, code: 'invalid_input' },
    { input: { from_path: 'none', to_server: 'web-1', to_path: '/tmp/none' }, code: 'path_not_found' },
    { input: { from_server: 'web-1', from_path: '/tmp/sallyport-none', to_path: 'b' }, code: 'path_not_found' },
    { input: { from_server: 'nope', from_path: '/tmp/a', to_path: 'b' }, code: 'unknown_host' },
  ])('says what is wrong with $input', async ({ input, code }) => {
    expect(await transfer(input)).toMatchObject({ code });
  });

  it('copies no directory into itself, and no file onto itself', async () => {
    using host = aFolder();
    mkdirSync(host.path('top'));
    writeFileSync(host.path('top/a'), 'x');
    const on = (from: string, to: string, more: JsonObject = {}) =>
      transfer({
        from_server: 'web-1',
        from_path: host.path(from),
        to_server: 'web-1',
        to_path: host.path(to),
        ...more,
      });
    expect(await on('top', 'top/sub')).toMatchObject({ code: 'invalid_input' });
    expect(await on('top/a', 'top/a', { overwrite: 'always' })).toMatchObject({ code: 'invalid_input' });
    expect(readFileSync(host.path('top/a'), 'utf8')).toBe('x');
  });

  it('says which file it may not read, and brings the others', async () => {
    using host = aFolder();
    mkdirSync(host.path('top'));
    writeFileSync(host.path('top/a'), 'x');
    mkdirSync(host.path('there/a'), { recursive: true });
    writeFileSync(host.path('top/b'), 'y');
    chmodSync(host.path('top/b'), 0o400);
    const answer = await transfer({
      from_server: 'web-1',
      from_path: host.path('top'),
      to_server: 'db-1',
      to_path: host.path('there'),
    });
    expect(answer).toMatchObject({
      success: false,
      complete: true,
      files: { copied: 1, failed: 1 },
      left_out: [{ path: 'a' }],
    });
    expect(statSync(host.path('there/b')).mode & 0o777).toBe(0o400);
  });
});
