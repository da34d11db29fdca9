import { createHash } from 'node:crypto';
import {
  linkSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { GatewayError, type Ran } from '../../src/base/errors.ts';
import { openToRead } from '../../src/ssh/files/read-file.ts';
import { Sftp } from '../../src/ssh/files/sftp.ts';
import { overwriteFile } from '../../src/ssh/files/write-file.ts';
import { collectGarbage } from '../fixtures/collect-garbage.ts';
import { FileAccess } from '../fixtures/file-access.ts';
import { startSshd, type Sshd } from '../fixtures/sshd.ts';
import { startTcpProxy } from '../fixtures/tcp-proxy.ts';

const megabyte = 1024 * 1024;
const sha256 = (data: Buffer) => createHash('sha256').update(data).digest('hex');
const cancelled = new GatewayError('cancelled', 'The call was cancelled.');

/** Whether any process that we may look into has a file open below this directory. */
function isOpenSomewhere(directory: string): boolean {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .some((pid) => openFilesOf(pid).some((path) => path.startsWith(directory)));
}

function openFilesOf(pid: string): readonly string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`));
  } catch {
    // It has ended, or it is another user's.
    return [];
  }
}

let sshd: Sshd;
let directory: string;
beforeAll(async () => {
  sshd = await startSshd();
});
afterAll(() => sshd[Symbol.asyncDispose]());
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sallyport-faults-'));
});
afterEach(() => rmSync(directory, { recursive: true }));
const at = (name: string) => join(directory, name);

describe('a host that hangs', () => {
  it.each<{ call: string; ran?: Ran; work: (access: FileAccess) => Promise<unknown> }>([
    { call: 'reading', work: (access) => access.read(sshd.host(), at('a')) },
    { call: 'writing', work: (access) => access.write(sshd.host(), at('a'), { data: Buffer.from('new') }) },
    { call: 'listing', work: (access) => access.list(sshd.host(), directory) },
    { call: 'resolving', work: (access) => access.resolve(sshd.host(), at('a')) },
    { call: 'gathering facts', ran: 'may_have_run', work: (access) => access.facts(sshd.host()) },
  ])('does not hang a call: $call', async ({ work, ran = 'not_started' }) => {
    writeFileSync(at('a'), 'old');
    await using proxy = await startTcpProxy(sshd.port);
    const host = sshd.host({ port: proxy.port, hostKeyAlias: `[127.0.0.1]:${sshd.port}` });
    await using access = new FileAccess([host], { stallMs: 400 });
    await access.read(host, at('a'));
    proxy.hang();
    const startedAt = performance.now();
    await expect(work(access)).rejects.toMatchObject({ code: 'host_unreachable', ran });
    expect(performance.now() - startedAt).toBeLessThan(5000);
    expect(readFileSync(at('a'), 'utf8')).toBe('old');
    proxy.resume();
    await expect.poll(() => access.read(host, at('a')).catch(() => undefined)).toMatchObject({ sizeBytes: 3 });
  });

  it('while it writes leaves the old file, and no other once it wakes up', async () => {
    writeFileSync(at('a'), 'old');
    await using access = new FileAccess([sshd.host()], { stallMs: 400 });
    const writing = access.write(sshd.host(), at('a'), { data: Buffer.alloc(30 * megabyte) });
    await expect.poll(() => readdirSync(directory).length, { interval: 1 }).toBe(2);
    sshd.pause();
    try {
      await expect(writing).rejects.toMatchObject({ code: 'host_unreachable', ran: 'not_started' });
    } finally {
      sshd.resume();
    }
    await expect.poll(() => readdirSync(directory)).toEqual(['a']);
    expect(readFileSync(at('a'), 'utf8')).toBe('old');
  });
});

describe('a call that is cancelled', () => {
  it('while it reads ends at once, and closes the file', async () => {
    writeFileSync(at('a'), '');
    rmSync(at('a'));
    writeFileSync(at('a'), Buffer.alloc(15 * megabyte));
    await using access = new FileAccess([sshd.host()]);
    const end = new AbortController();
    const reading = access.read(sshd.host(), at('a'), { signal: end.signal });
    await expect.poll(() => isOpenSomewhere(directory), { interval: 1 }).toBe(true);
    end.abort(cancelled);
    await expect(reading).rejects.toMatchObject({ code: 'cancelled' });
    await expect.poll(() => isOpenSomewhere(directory)).toBe(false);
    expect((await access.read(sshd.host(), at('a'), { maxBytes: 10 })).data.length).toBe(10);
  });

  it.each([0, 1, 3, 10, 30, 60])('after %i ms of writing leaves the old file or the new, and no other', async (ms) => {
    writeFileSync(at('a'), 'old');
    await using access = new FileAccess([sshd.host()]);
    await access.resolve(sshd.host(), at('a'));
    const data = Buffer.alloc(6 * megabyte, 'n');
    const end = new AbortController();
    const writing = access.write(sshd.host(), at('a'), { data, signal: end.signal }).catch((error: unknown) => error);
    await sleep(ms);
    end.abort(cancelled);
    const outcome = await writing;
    await expect.poll(() => [readdirSync(directory), isOpenSomewhere(directory)]).toEqual([['a'], false]);
    const isOld = statSync(at('a')).size === 3;
    const is = isOld ? 'old' : sha256(readFileSync(at('a')));
    expect(['old', sha256(data)]).toContain(is);
    expect([data.length, cancelled.code]).toContain(outcome instanceof GatewayError ? outcome.code : outcome);
    const saysUnchanged = outcome instanceof GatewayError && outcome.ran === 'not_started';
    expect(saysUnchanged && !isOld).toBe(false);
  });

  it('while it writes in place says that it may have written', async () => {
    writeFileSync(at('a'), Buffer.alloc(30 * megabyte, 'o'));
    linkSync(at('a'), at('b'));
    await using access = new FileAccess([sshd.host()]);
    const end = new AbortController();
    const data = Buffer.alloc(30 * megabyte, 'n');
    const writing = access.write(sshd.host(), at('a'), { data, signal: end.signal });
    await expect.poll(() => isOpenSomewhere(at('a')), { interval: 1 }).toBe(true);
    await expect.poll(() => readFileSync(at('a'))[0], { interval: 1 }).toBe('n'.charCodeAt(0));
    end.abort(cancelled);
    await expect(writing).rejects.toMatchObject({ code: 'cancelled', ran: 'may_have_run' });
  });
});

describe('a connection that is cut', () => {
  it('at any moment of an overwrite leaves the old file or the new, never half of one', async () => {
    const data = Buffer.alloc(2 * megabyte, 'n');
    const [was, becomes] = [sha256(Buffer.from('old')), sha256(data)];
    await using proxy = await startTcpProxy(sshd.port);
    const host = sshd.host({ port: proxy.port, hostKeyAlias: `[127.0.0.1]:${sshd.port}` });
    await using access = new FileAccess([host]);
    const names = Array.from({ length: 5 }, (_, n) => at(`file-${n}`));
    const seen = new Set<string>();
    for (let round = 0; round < 10; round += 1) {
      for (const name of names) writeFileSync(name, 'old');
      await access.resolve(host, directory);
      const writing = names.map(async (name) => {
        const outcome = await streamed(access, (sftp) => overwriteFile(sftp, name, () => [data]), host).catch(
          (error: unknown) => error,
        );
        const is = sha256(readFileSync(name));
        expect(outcome instanceof Error ? [was, becomes] : [becomes]).toContain(is);
        seen.add(is);
      });
      await sleep(round * 12 * Math.random());
      proxy.cutAll();
      await Promise.all(writing);
    }
    expect(seen).toContain(was);
  });

  it('while it reads is made again, once', async () => {
    writeFileSync(at('a'), Buffer.alloc(15 * megabyte));
    await using access = new FileAccess([sshd.host()]);
    const reading = access.read(sshd.host(), at('a'));
    await expect.poll(() => isOpenSomewhere(directory), { interval: 1 }).toBe(true);
    sshd.dropConnections();
    expect((await reading).sizeBytes).toBe(15 * megabyte);
  });

  it('while it appends says that it may have written', async () => {
    await using access = new FileAccess([sshd.host()]);
    const data = Buffer.alloc(30 * megabyte, 'n');
    const appending = access.write(sshd.host(), at('log'), { data, mode: 'append' });
    await expect
      .poll(() => statSync(at('log'), { throwIfNoEntry: false })?.size ?? 0, { interval: 1 })
      .toBeGreaterThan(0);
    sshd.dropConnections();
    await expect(appending).rejects.toMatchObject({ code: 'connection_lost', ran: 'may_have_run' });
  });
});

describe('many calls at once', () => {
  it('share one SFTP channel a connection, and each get their own file', async () => {
    const names = Array.from({ length: 400 }, (_, n) => at(`file-${n}`));
    for (const name of names) writeFileSync(name, name.repeat(20));
    await using access = new FileAccess([sshd.host()]);
    const logged = (text: string): number => sshd.log().split(text).length - 1;
    const [channels, connections] = [logged("Starting session: subsystem 'sftp'"), logged('Connection from')];
    let next = 0;
    const worker = async (): Promise<void> => {
      for (let name = names[next]; name !== undefined; name = names[next]) {
        next += 1;
        expect((await access.read(sshd.host(), name)).data.toString()).toBe(name.repeat(20));
      }
    };
    await Promise.all(Array.from({ length: 64 }, worker));
    const opened = logged('Connection from') - connections;
    expect(opened).toBeLessThanOrEqual(4);
    expect(logged("Starting session: subsystem 'sftp'") - channels).toBeLessThanOrEqual(opened);
  });

  it('write their own files', async () => {
    const contents = Array.from({ length: 64 }, (_, n) => Buffer.alloc(10_000 + n * 5000, `${n} `));
    await using access = new FileAccess([sshd.host()]);
    await Promise.all(contents.map((data, n) => access.write(sshd.host(), at(`file-${n}`), { data })));
    for (const [n, data] of contents.entries()) expect(readFileSync(at(`file-${n}`)).equals(data)).toBe(true);
    expect(readdirSync(directory)).toHaveLength(64);
  });

  it('pass a large transfer: small files are read while it goes on', async () => {
    writeFileSync(at('small'), 'small');
    await using access = new FileAccess([sshd.host()]);
    const block = Buffer.alloc(megabyte);
    const blocks = Array.from({ length: 100 }, () => block);
    const large = streamed(access, (sftp) => overwriteFile(sftp, at('large'), () => blocks)).then(() => 'large');
    const small = (async () => {
      for (let reads = 0; reads < 3; reads += 1) await access.read(sshd.host(), at('small'));
      return 'small';
    })();
    expect(await Promise.race([large, small])).toBe('small');
    await large;
  });
});

async function streamed<T>(access: FileAccess, work: (sftp: Sftp) => Promise<T>, host = sshd.host()): Promise<T> {
  const { signal } = new AbortController();
  using lease = await access.pool.lease(host, { caller: 'somebody', signal });
  using sftp = new Sftp(await lease.connection.sftp(), { signal, stallMs: 30_000 });
  return await work(sftp);
}

describe('a file of 96 MB', () => {
  it('goes there and back in order, and never lies in memory', async () => {
    const blocks = 96;
    function* source(): Generator<Buffer> {
      for (let n = 0; n < blocks; n += 1) yield Buffer.alloc(megabyte - 7, n);
    }
    await using access = new FileAccess([sshd.host()]);
    const before = process.memoryUsage().arrayBuffers;
    let peak = 0;
    const watch = setInterval(() => {
      collectGarbage();
      peak = Math.max(peak, process.memoryUsage().arrayBuffers - before);
    }, 100);
    try {
      const written = await streamed(access, (sftp) => overwriteFile(sftp, at('a'), source));
      expect(written.bytesWritten).toBe(blocks * (megabyte - 7));
      const hash = createHash('sha256');
      await streamed(access, async (sftp) => {
        await using file = await openToRead(sftp, at('a'));
        for await (const chunk of file.chunks({ offset: 0, length: Number.POSITIVE_INFINITY })) hash.update(chunk);
      });
      const expected = createHash('sha256');
      for (const block of source()) expected.update(block);
      expect([hash.digest('hex'), written.sha256]).toEqual(Array(2).fill(expected.digest('hex')));
    } finally {
      clearInterval(watch);
    }
    expect(peak).toBeLessThan(64 * megabyte);
  });
});

describe('a server that cannot replace files', () => {
  it('gets new files whole, and old ones written in place', async () => {
    await using poor = await startSshd({ config: ['ForceCommand internal-sftp -P posix-rename'] });
    await using access = new FileAccess([poor.host()]);
    await access.write(poor.host(), at('new'), { data: Buffer.from('first') });
    const { ino } = statSync(at('new'));
    await access.write(poor.host(), at('new'), { data: Buffer.from('2nd') });
    expect(readFileSync(at('new'), 'utf8')).toBe('2nd');
    expect(statSync(at('new')).ino).toBe(ino);
    expect(readdirSync(directory)).toEqual(['new']);
  });
});
