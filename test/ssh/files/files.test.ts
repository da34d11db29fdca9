import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, it } from 'vitest';
import { fileError } from '../../../src/ssh/files/file-error.ts';
import { listDirectory } from '../../../src/ssh/files/list-directory.ts';
import type { ConnectionPool } from '../../../src/ssh/pool/pool.ts';
import { readFile } from '../../../src/ssh/files/read-file.ts';
import { resolvePath } from '../../../src/ssh/files/resolve-path.ts';
import { Sftp } from '../../../src/ssh/files/sftp.ts';
import { appendFile, overwriteFile, removeFile } from '../../../src/ssh/files/write-file.ts';
import { isRoot } from '../../fixtures/machine.ts';
import { aPool } from '../../fixtures/pool.ts';
import { startSshd, type Sshd } from '../../fixtures/sshd.ts';

const all = { offset: 0, maxBytes: 1_000_000 };
const source = (text: string) => () => [Buffer.from(text)];
const sha256 = (data: Buffer | string) => createHash('sha256').update(data).digest('hex');

describe('files on a host over SFTP', () => {
  let sshd: Sshd;
  let pool: ConnectionPool;
  let directory: string;
  beforeAll(async () => {
    sshd = await startSshd();
    pool = aPool();
  });
  afterAll(async () => {
    await pool[Symbol.asyncDispose]();
    await sshd[Symbol.asyncDispose]();
  });
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'sallyport-files-'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  async function over<T>(work: (sftp: Sftp) => Promise<T>): Promise<T> {
    const { signal } = new AbortController();
    using lease = await pool.lease(sshd.host(), { caller: 'somebody', signal });
    using sftp = new Sftp(await lease.connection.sftp(), { signal, stallMs: 30_000 });
    try {
      return await work(sftp);
    } catch (error) {
      throw fileError(sftp, 'the path', error);
    }
  }
  const at = (name: string) => join(directory, name);

  describe('reading', () => {
    it('gives the bytes, the size and the hash of the whole file', async () => {
      writeFileSync(at('a'), 'grüße\n');
      const range = await over((sftp) => readFile(sftp, at('a'), all));
      const data = Buffer.from('grüße\n');
      expect(range).toEqual({ data, sizeBytes: 8, sha256: sha256(data), head: data });
    });

    it('gives one range, with the size and hash of the whole', async () => {
      const data = Buffer.alloc(300_000, 'abcdefgh');
      writeFileSync(at('a'), data);
      const range = await over((sftp) => readFile(sftp, at('a'), { offset: 100_001, maxBytes: 70_000 }));
      expect(range).toMatchObject({ data: data.subarray(100_001, 170_001), sizeBytes: 300_000, sha256: sha256(data) });
    });

    it('gives nothing beyond the end', async () => {
      writeFileSync(at('a'), 'abc');
      expect((await over((sftp) => readFile(sftp, at('a'), { offset: 10, maxBytes: 5 }))).data.length).toBe(0);
    });

    it('reads a range of a file too large to hash without reading the rest', async () => {
      execFileSync('truncate', ['-s', '5G', at('big')]);
      const range = await over((sftp) => readFile(sftp, at('big'), { offset: 4 * 1024 ** 3, maxBytes: 100_000 }));
      expect(range).toMatchObject({ data: Buffer.alloc(100_000), sizeBytes: 5 * 1024 ** 3, sha256: null });
    });

    it.each([
      ['is_a_directory', () => mkdirSync(at('x'))],
      ['path_not_permitted', () => execFileSync('mkfifo', [at('x')])],
      ['path_not_found', () => undefined],
    ])('says %s without hanging', async (code, make) => {
      make();
      await expect(over((sftp) => readFile(sftp, at('x'), all))).rejects.toMatchObject({ code });
    });

    it('refuses a symlink swapped in after the path was resolved', async () => {
      writeFileSync(at('secret'), 'secret');
      symlinkSync(at('secret'), at('a'));
      await expect(over((sftp) => readFile(sftp, at('a'), all))).rejects.toMatchObject({ code: 'path_not_permitted' });
    });
  });

  describe('overwriting', () => {
    it('replaces the file in one step and leaves nothing beside it', async () => {
      writeFileSync(at('a'), 'old');
      const before = statSync(at('a')).ino;
      await over((sftp) => overwriteFile(sftp, at('a'), () => [Buffer.from('new')]));
      expect(readFileSync(at('a'), 'utf8')).toBe('new');
      expect(statSync(at('a')).ino).not.toBe(before);
      expect(readdirSync(directory)).toEqual(['a']);
    });

    it.each([0o600, 0o755, 0o4711])('keeps the mode %o', async (mode) => {
      writeFileSync(at('a'), 'old');
      chmodSync(at('a'), mode);
      await over((sftp) => overwriteFile(sftp, at('a'), () => [Buffer.from('new')]));
      expect(statSync(at('a')).mode & 0o7777).toBe(mode);
    });

    it.runIf(isRoot)('keeps the owner', async () => {
      writeFileSync(at('a'), 'old');
      chownSync(at('a'), 1234, 2345);
      await over((sftp) => overwriteFile(sftp, at('a'), () => [Buffer.from('new')]));
      expect(statSync(at('a'))).toMatchObject({ uid: 1234, gid: 2345 });
    });

    it('keeps hard links together', async () => {
      writeFileSync(at('a'), 'a much longer old text');
      linkSync(at('a'), at('b'));
      await over((sftp) => overwriteFile(sftp, at('a'), () => [Buffer.from('new')]));
      expect(readFileSync(at('b'), 'utf8')).toBe('new');
    });

    it('says what it wrote: how much, its hash, whether it is new, and why it was not replaced in one step', async () => {
      const write = (name: string) => over((sftp) => overwriteFile(sftp, at(name), source('new')));
      const common = { bytesWritten: 3, sha256: sha256('new') };
      expect(await write('a')).toEqual({ ...common, created: true, inPlace: undefined });
      expect(await write('a')).toEqual({ ...common, created: false, inPlace: undefined });
      linkSync(at('a'), at('b'));
      expect(await write('a')).toEqual({ ...common, created: false, inPlace: 'hard_links' });
    });

    it.each([0o444, 0o400, 0o555])('leaves alone a file that nobody may write (%o)', async (mode) => {
      writeFileSync(at('a'), 'old');
      chmodSync(at('a'), mode);
      await expect(over((sftp) => overwriteFile(sftp, at('a'), source('new')))).rejects.toMatchObject({
        code: 'host_permission_denied',
        message: expect.stringContaining('read-only'),
        ran: 'not_started',
      });
      expect(readFileSync(at('a'), 'utf8')).toBe('old');
      expect(readdirSync(directory)).toEqual(['a']);
    });

    it('makes a file only where there is none, when that is asked', async () => {
      const make = () => over((sftp) => overwriteFile(sftp, at('a'), source('new'), { replacing: { kind: 'absent' } }));
      expect(await make()).toMatchObject({ created: true });
      await expect(make()).rejects.toMatchObject({ code: 'conflict', ran: 'not_started' });
      expect(readdirSync(directory)).toEqual(['a']);
    });

    it('gives the mode that is asked for', async () => {
      writeFileSync(at('a'), 'old');
      await over((sftp) => overwriteFile(sftp, at('a'), source('new'), { attributes: { mode: 0o640 } }));
      expect(statSync(at('a')).mode & 0o7777).toBe(0o640);
    });

    it('writes 5 MB and an empty file whole', async () => {
      const data = Buffer.alloc(5_000_000, 'xyz');
      await over((sftp) => overwriteFile(sftp, at('a'), () => [data]));
      expect(sha256(readFileSync(at('a')))).toBe(sha256(data));
      await over((sftp) => overwriteFile(sftp, at('a'), () => [Buffer.alloc(0)]));
      expect(readFileSync(at('a')).length).toBe(0);
    });

    it('refuses a directory, and a parent that is not there', async () => {
      mkdirSync(at('d'));
      await expect(over((sftp) => overwriteFile(sftp, at('d'), () => [Buffer.from('x')]))).rejects.toMatchObject({
        code: 'is_a_directory',
      });
      await expect(over((sftp) => overwriteFile(sftp, at('no/a'), () => [Buffer.from('x')]))).rejects.toMatchObject({
        code: 'path_not_found',
      });
    });

    it.runIf(isRoot)('says disk_full and keeps the old file where the disk is full', async () => {
      mkdirSync(at('small'));
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', at('small')]);
      try {
        writeFileSync(at('small/a'), 'old');
        await expect(
          over((sftp) => overwriteFile(sftp, at('small/a'), () => [Buffer.alloc(200_000)])),
        ).rejects.toMatchObject({
          code: 'disk_full',
        });
        expect(readFileSync(at('small/a'), 'utf8')).toBe('old');
        expect(readdirSync(at('small'))).toEqual(['a']);
        await expect(
          over((sftp) => appendFile(sftp, at('small/a'), () => [Buffer.alloc(200_000)])),
        ).rejects.toMatchObject({
          code: 'disk_full',
        });
      } finally {
        execFileSync('umount', [at('small')]);
      }
    });
  });

  it('appends to a file, and makes one that is not there', async () => {
    writeFileSync(at('log'), 'one\n');
    const { ino } = statSync(at('log'));
    await over((sftp) => appendFile(sftp, at('log'), () => [Buffer.from('two\n')]));
    await over((sftp) => appendFile(sftp, at('new'), () => [Buffer.from('first\n')]));
    expect(readFileSync(at('log'), 'utf8')).toBe('one\ntwo\n');
    expect(statSync(at('log')).ino).toBe(ino);
    expect(readFileSync(at('new'), 'utf8')).toBe('first\n');
  });

  it.each([
    { what: 'a file', prepare: () => undefined },
    { what: 'one with a second link', prepare: () => linkSync(at('shared'), at('link')) },
  ])('replaces $what only while it has the contents that were read', async ({ prepare }) => {
    writeFileSync(at('shared'), 'theirs');
    prepare();
    const replace = (read: string) =>
      over((sftp) => overwriteFile(sftp, at('shared'), source('ours'), { replacing: sha256(read) }));
    await expect(replace('what was read')).rejects.toMatchObject({ code: 'conflict', ran: 'not_started' });
    expect(readFileSync(at('shared'), 'utf8')).toBe('theirs');
    await replace('theirs');
    expect(readFileSync(at('shared'), 'utf8')).toBe('ours');
    expect(readdirSync(directory).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  it('does not make a file anew that was removed since it was read', async () => {
    const replaced = over((sftp) => overwriteFile(sftp, at('gone'), source('ours'), { replacing: sha256('') }));
    await expect(replaced).rejects.toMatchObject({ code: 'conflict' });
    expect(readdirSync(directory)).toEqual([]);
  });

  it('removes a file only while it has the contents that were read', async () => {
    writeFileSync(at('a'), 'theirs');
    const remove = (read: string) => over((sftp) => removeFile(sftp, at('a'), sha256(read)));
    await expect(remove('ours')).rejects.toMatchObject({ code: 'conflict', ran: 'not_started' });
    await remove('theirs');
    expect(readdirSync(directory)).toEqual([]);
    await expect(remove('theirs')).rejects.toMatchObject({ code: 'path_not_found' });
  });

  it('lists a directory with the type and size of every entry', async () => {
    writeFileSync(at('file'), '12345');
    mkdirSync(at('dir'));
    symlinkSync('file', at('link'));
    execFileSync('mkfifo', [at('pipe')]);
    const { entries, complete } = await over((sftp) => listDirectory(sftp, directory));
    const named = entries
      .filter(({ name }) => !name.startsWith('.'))
      .map(({ name, type, sizeBytes }) => [name, type, type === 'file' ? sizeBytes : 0]);
    expect(named.sort()).toEqual([
      ['dir', 'directory', 0],
      ['file', 'file', 5],
      ['link', 'symlink', 0],
      ['pipe', 'pipe', 0],
    ]);
    expect(complete).toBe(true);
  });

  describe('where a path leads', () => {
    const resolve = (path: string) => over((sftp) => resolvePath(sftp, path));

    it('is absolute and without links, dots or doubled slashes', async () => {
      mkdirSync(at('real'));
      writeFileSync(at('real/file'), '');
      symlinkSync('real', at('alias'));
      expect(await resolve(`${directory}//alias/../alias/./file`)).toBe(at('real/file'));
    });

    it('is the place a dangling link points at', async () => {
      symlinkSync('../elsewhere', at('dangling'));
      expect(await resolve(at('dangling'))).toBe(join(tmpdir(), 'elsewhere'));
    });

    it('is in the home directory for a relative path and for a tilde', async () => {
      expect(await resolve('not-there.txt')).toBe(join(sshd.home, 'not-there.txt'));
      expect(await resolve('~/not-there.txt')).toBe(join(sshd.home, 'not-there.txt'));
    });

    it('is refused for a loop of links, and for a file whose directory is not there', async () => {
      symlinkSync('b', at('a'));
      symlinkSync('a', at('b'));
      await expect(resolve(at('a'))).rejects.toMatchObject({ ran: 'not_started' });
      await expect(resolve(at('no/such/file'))).rejects.toMatchObject({ code: 'path_not_found' });
    });
  });

  it('is replaced whole or not at all when the connection is cut while writing', async () => {
    const data = Buffer.alloc(8_000_000, 'n');
    writeFileSync(at('a'), 'old');
    for (let round = 0; round < 10; round += 1) {
      const writing = over((sftp) => overwriteFile(sftp, at('a'), () => [data])).catch(() => undefined);
      await new Promise((done) => setTimeout(done, 10 * round));
      sshd.dropConnections();
      await writing;
      expect(['old', sha256(data)]).toContain(statSync(at('a')).size === 3 ? 'old' : sha256(readFileSync(at('a'))));
    }
    expect(lstatSync(at('a')).isFile()).toBe(true);
    renameSync(at('a'), at('b'));
  });
});

describe('a host without SFTP', () => {
  it('is said to be one', async () => {
    await using sshd = await startSshd({ config: ['ForceCommand /bin/false'] });
    await using pool = aPool();
    using lease = await pool.lease(sshd.host(), { caller: 'somebody', signal: new AbortController().signal });
    await expect(lease.connection.sftp()).rejects.toMatchObject({ code: 'sftp_unavailable' });
  });
});
