import { readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import type { Client, ClientChannel, FileEntryWithStats, Stats } from 'ssh2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Demo, ask, sftpOf } from '../../fixtures/demo.ts';
import { run } from '../../fixtures/run.ts';

let demo: Demo;
let client: Client;
let home: string;

beforeAll(async () => {
  demo = await Demo.start();
  client = await demo.login();
  home = demo.home;
});

afterAll(async () => {
  client.destroy();
  await demo[Symbol.asyncDispose]();
});

describe('files of the demo server', () => {
  it('go there and back with the OpenSSH client, relative to the scratch home', async () => {
    const local = join(demo.directory, 'upload');
    const back = join(demo.directory, 'download');
    const content = Buffer.from(Array.from({ length: 700_000 }, (_, n) => n % 251));
    await writeFile(local, content);
    const batch = [
      `put ${local} data.bin`,
      'mkdir sub',
      'rename data.bin sub/data.bin',
      `get sub/data.bin ${back}`,
      'ls -l sub',
    ];
    const { status, stdout, stderr } = await run(
      'sftp',
      [...demo.options, '-i', demo.clientKey.path, '-P', String(demo.server.port), '-b', '-', 'demo@127.0.0.1'],
      { input: `${batch.join('\n')}\n` },
    );
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(await readFile(back)).toEqual(content);
    expect((await stat(join(home, 'sub/data.bin'))).size).toBe(content.length);
    expect(stdout).toMatch(/^-rw-r--r--\s+1 \S+\s+\S+\s+700000 \w{3} [ \d]\d \d\d:\d\d data\.bin$/m);
  });

  it('have the extensions that atomic writes need', async () => {
    const sftp = await sftpOf(client);
    await writeFile(join(home, 'old'), 'old');
    await writeFile(join(home, 'new'), 'new');
    await expect(ask((done) => sftp.rename('new', 'old', (error) => done(error, 0)))).rejects.toMatchObject({
      code: 4,
    });
    const handle = await ask<Buffer>((done) => sftp.open('new', 'r+', done));
    await ask((done) => sftp.ext_openssh_fsync(handle, (error) => done(error, 0)));
    await ask((done) => sftp.ext_openssh_rename('new', 'old', (error) => done(error, 0)));
    expect(await readFile(join(home, 'old'), 'utf8')).toBe('new');
  });

  it('are described as they are: type, mode, size, owner, link target', async () => {
    await writeFile(join(home, 'described'), 'five!', { mode: 0o640 });
    await symlink('described', join(home, 'link'));
    const sftp = await sftpOf(client);
    const { mode, uid, gid } = await stat(join(home, 'described'));
    expect(await ask<Stats>((done) => sftp.stat('link', done))).toMatchObject({ size: 5, mode, uid, gid });
    expect((await ask<Stats>((done) => sftp.lstat('link', done))).isSymbolicLink()).toBe(true);
    expect(await ask((done) => sftp.readlink('link', done))).toBe('described');
    expect(await ask((done) => sftp.realpath('link', done))).toBe(join(home, 'described'));
    const entries = await ask<FileEntryWithStats[]>((done) => sftp.readdir('.', done));
    expect(entries.map(({ filename }) => filename)).toEqual(expect.arrayContaining(['described', 'link']));
    await ask((done) => sftp.chmod('described', 0o600, (error) => done(error, 0)));
    expect((await stat(join(home, 'described'))).mode & 0o777).toBe(0o600);
  });

  it.each([
    { request: 'a missing file', path: 'missing', code: 2 },
    { request: 'a file as a directory', path: 'plain/below', code: 2 },
    { request: 'a name with a NUL', path: 'a\0b', code: 4 },
    { request: 'a name that is too long', path: 'x'.repeat(300), code: 5 },
  ])('answer $request with status $code', async ({ path, code }) => {
    await writeFile(join(home, 'plain'), '');
    const sftp = await sftpOf(client);
    await expect(ask((done) => sftp.stat(path, done))).rejects.toMatchObject({ code });
  });

  it('do not hang on a FIFO that nobody writes to', async () => {
    expect((await demo.remote('mkfifo fifo')).status).toBe(0);
    const sftp = await sftpOf(client);
    const handle = await ask<Buffer>((done) => sftp.open('fifo', 'r', done));
    await expect(ask((done) => sftp.read(handle, Buffer.alloc(1), 0, 1, 0, done))).rejects.toMatchObject({ code: 4 });
  });

  it('are closed to a channel that has 64 of them open', async () => {
    const sftp = await sftpOf(client);
    await writeFile(join(home, 'many'), '');
    const open = (): Promise<Buffer> => ask((done) => sftp.open('many', 'r', done));
    const opened = await Promise.allSettled(Array.from({ length: 70 }, open));
    expect(opened.filter(({ status }) => status === 'fulfilled')).toHaveLength(64);
  });

  it.each([
    { what: 'a packet of 4 GB', bytes: Buffer.from('ffffffff05', 'hex') },
    { what: 'an empty packet', bytes: Buffer.from('00000000', 'hex') },
    { what: 'a string that reaches past its packet', bytes: Buffer.from('0000000d11000000017fffffff61626364', 'hex') },
  ])('end the channel at $what, and serve the next', async ({ bytes }) => {
    const raw = await ask<ClientChannel>((done) => client.subsys('sftp', done));
    const ended = buffer(raw);
    raw.write(bytes);
    expect(await ended).toHaveLength(0);
    expect((await demo.remote('echo alive')).stdout).toBe('alive\n');
  });
});
