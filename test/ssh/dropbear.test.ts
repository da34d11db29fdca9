import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startDropbear, type Dropbear } from '../fixtures/dropbear.ts';
import { FileAccess } from '../fixtures/file-access.ts';
import { aGateway } from '../fixtures/gateway.ts';
import { aPool, runOn } from '../fixtures/pool.ts';
import { ed25519Line } from '../fixtures/public-keys.ts';
import { startTcpProxy } from '../fixtures/tcp-proxy.ts';

describe('a host that runs Dropbear', () => {
  let dropbear: Dropbear;
  let files: FileAccess;
  let directory: string;
  beforeAll(async () => {
    dropbear = await startDropbear();
    files = new FileAccess([dropbear.host()]);
    directory = mkdtempSync(join(tmpdir(), 'sallyport-files-'));
  });
  afterAll(async () => {
    await files[Symbol.asyncDispose]();
    rmSync(directory, { recursive: true });
    await dropbear[Symbol.asyncDispose]();
  });
  const at = (name: string) => join(directory, name);

  it('takes a command in one round trip on a connection that is open', async () => {
    const delayMs = 100;
    await using proxy = await startTcpProxy(dropbear.port, { delayMs });
    await using pool = aPool();
    const far = dropbear.host({ port: proxy.port, pinnedHostKeys: [dropbear.hostKey] });
    await runOn(pool, far, 'echo 0');
    const times: number[] = [];
    for (let i = 1; i < 3; i += 1) {
      // Dropbear closes what is open ahead when a command ends: what is opened instead takes one round trip to be there.
      await sleep(3 * delayMs);
      const before = performance.now();
      expect((await runOn(pool, far, `echo ${i}`)).stdout).toBe(`${i}\n`);
      times.push(performance.now() - before);
    }
    // The fastest, for what a busy machine adds says nothing of the link. A second round trip would double it.
    expect(Math.min(...times)).toBeLessThan(1.7 * 2 * delayMs);
  });

  it('gives and takes files of several megabytes whole', async () => {
    const data = randomBytes(5_000_000);
    expect(await files.write(dropbear.host(), at('big'), { data })).toBe(5_000_000);
    expect(readFileSync(at('big')).equals(data)).toBe(true);
    const range = await files.read(dropbear.host(), at('big'), { maxBytes: 6_000_000 });
    expect(range.sha256).toBe(createHash('sha256').update(data).digest('hex'));
    expect(range.data.equals(data)).toBe(true);
  });

  it('has a file replaced in one step, with its mode, and leaves nothing beside it', async () => {
    mkdirSync(at('replaced'));
    const path = at('replaced/a.conf');
    writeFileSync(path, 'old', { mode: 0o640 });
    const before = statSync(path).ino;
    await files.write(dropbear.host(), path, { data: Buffer.from('new') });
    await files.write(dropbear.host(), path, { data: Buffer.from(' and more'), mode: 'append' });
    expect(readFileSync(path, 'utf8')).toBe('new and more');
    expect(statSync(path).ino).not.toBe(before);
    expect(statSync(path).mode & 0o7777).toBe(0o640);
    expect(readdirSync(at('replaced'))).toEqual(['a.conf']);
  });

  it('lists a directory', async () => {
    mkdirSync(at('listed/sub'), { recursive: true });
    writeFileSync(at('listed/grüße'), 'x');
    const { entries, complete } = await files.list(dropbear.host(), at('listed'));
    expect(complete).toBe(true);
    expect(entries.map(({ name }) => name).toSorted()).toEqual(['.', '..', 'grüße', 'sub']);
  });

  it('has files and commands at once on the same connections', async () => {
    const numbers = Array.from({ length: 20 }, (_, i) => i);
    await Promise.all(
      numbers.map(async (i) => {
        await files.write(dropbear.host(), at(`both-${i}`), { data: Buffer.from(`${i}`) });
        expect((await runOn(files.pool, dropbear.host(), `cat ${at(`both-${i}`)}`)).stdout).toBe(`${i}`);
      }),
    );
  });

  it('tells what it is', async () => {
    expect(await files.facts(dropbear.host())).toContain('Linux');
  });

  it('lets us pass through to another host', async () => {
    await using pool = aPool();
    await using inner = await startDropbear();
    const far = inner.host({ route: { kind: 'jump', hosts: [dropbear.host()] } });
    expect((await runOn(pool, far, 'echo inner')).stdout).toBe('inner\n');
  });

  it.each([
    ['is not known', [], 'host_key_unknown'],
    ['is another than the known one', [ed25519Line()], 'host_key_mismatch'],
  ])('is sent nothing when its key %s', async (_what, pinnedHostKeys, code) => {
    await using pool = aPool();
    const logged = dropbear.log().length;
    const host = dropbear.host({ pinnedHostKeys, knownHostsFiles: [] });
    await expect(runOn(pool, host, 'echo hi')).rejects.toMatchObject({ code, ran: 'not_started' });
    expect(dropbear.log().slice(logged)).not.toMatch(/auth (attempt|succeeded)|bad/i);
  });

  it('refuses the login of a key that it does not know, and is asked once', async () => {
    await using other = await startDropbear();
    await using pool = aPool();
    const logged = dropbear.log().length;
    const host = dropbear.host({ credentials: other.host().credentials });
    await expect(runOn(pool, host, 'echo hi')).rejects.toMatchObject({ code: 'host_login_refused' });
    expect(
      dropbear
        .log()
        .slice(logged)
        .match(/Child connection/g),
    ).toHaveLength(1);
  });

  it('is served by the gateway from end to end', async () => {
    await using gateway = await aGateway(dropbear);
    const ran = await gateway.call('execute_command', { server: 'web-1', command: 'echo hi; echo err >&2; exit 3' });
    expect(ran.json).toMatchObject({ success: false, exit_code: 3, stdout: 'hi\n', stderr: 'err\n' });
    writeFileSync(at('read'), 'through the gateway\n');
    const read = await gateway.call('read_file', { server: 'web-1', file_path: at('read') });
    expect(JSON.stringify(read.json)).toContain('through the gateway');
  });
});
