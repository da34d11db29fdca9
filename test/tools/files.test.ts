import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { listDirectory } from '../../src/tools/list-directory.ts';
import { readFile } from '../../src/tools/read-file.ts';
import { writeFile } from '../../src/tools/write-file.ts';
import type { DirectoryEntry } from '../../src/ssh/files/file-access.ts';
import { aBench, aChangeId, aFile, localHosts } from './local-hosts.ts';

const server = 'web-1';

describe('read_file', () => {
  it('reads a file whole, with its size in bytes and its hash', async () => {
    using file = await aFile('grüße\n');
    await using bench = aBench();
    const { json } = await bench.call(readFile, { server, file_path: file.path });
    expect(json).toEqual({
      success: true,
      server,
      file_path: file.path,
      contents: 'grüße\n',
      size_bytes: 8,
      truncated: false,
      next_offset: null,
      sha256: createHash('sha256').update('grüße\n').digest('hex'),
      encoding: 'utf-8',
    });
  });

  it('gives 256 KB at once, one contiguous range, and where to go on', async () => {
    using file = await aFile('x'.repeat(300_000));
    await using bench = aBench();
    const { json } = await bench.call(readFile, { server, file_path: file.path });
    expect(json).toMatchObject({
      contents: 'x'.repeat(262_144),
      size_bytes: 300_000,
      truncated: true,
      next_offset: 262_144,
    });
  });

  it('reads a range', async () => {
    using file = await aFile('0123456789');
    await using bench = aBench();
    const read = async (offset: number, length: number | string) =>
      (await bench.call(readFile, { server, file_path: file.path, offset, length })).json;
    expect(await read(2, '5')).toMatchObject({ contents: '23456', truncated: true, next_offset: 7 });
    expect(await read(6, 4)).toMatchObject({ contents: '6789', truncated: false, next_offset: null });
    expect(await read(50, 4)).toMatchObject({ contents: '', truncated: false, next_offset: null });
  });

  it('gives the whole file when its ranges are joined, and cuts no character', async () => {
    await using bench = aBench();
    const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 });
    const property = fc.asyncProperty(text, fc.integer({ min: 4, max: 20 }), async (whole, length) => {
      using file = await aFile(whole);
      let joined = '';
      for (let offset: unknown = 0; offset !== null;) {
        const { json } = await bench.call(readFile, { server, file_path: file.path, offset, length });
        joined += String(json['contents']);
        offset = json['next_offset'];
      }
      expect(joined).toBe(whole);
    });
    await fc.assert(property, { numRuns: 50 });
  });

  it.each([
    ['bytes that are not UTF-8', Buffer.from([0x61, 0xff, 0xfe])],
    ['control characters', 'a\u001b[31m'],
  ])('warns when a file holds %s: written back it would change', async (_, content) => {
    using file = await aFile(content);
    await using bench = aBench();
    const { json } = await bench.call(readFile, { server, file_path: file.path });
    expect(json).toMatchObject({ exact: false, note: expect.stringContaining('would change the file') });
  });

  it('calls a path that is too long too large', () => {
    expect(readFile.prepare({ server, file_path: 'x'.repeat(4_096) })).toHaveProperty('actions');
    expect(readFile.prepare({ server, file_path: 'é'.repeat(2_049) })).toHaveProperty('code', 'too_large');
  });
});

describe('write_file', () => {
  it('writes the text exactly and counts bytes', async () => {
    using file = await aFile('old and longer');
    await using bench = aBench();
    const contents = 'a\r\n\tü\0\u001b👩‍⚕️';
    const { json } = await bench.call(writeFile, { server, file_path: file.path, contents });
    expect(readFileSync(file.path, 'utf8')).toBe(contents);
    expect(json).toEqual({
      success: true,
      server,
      file_path: file.path,
      mode: 'overwrite',
      bytes_written: Buffer.byteLength(contents),
      sha256: createHash('sha256').update(contents).digest('hex'),
      created: false,
      change_id: aChangeId,
    });
  });

  it('appends', async () => {
    using file = await aFile('one\n');
    await using bench = aBench();
    await bench.call(writeFile, { server, file_path: file.path, contents: 'two\n', mode: 'append' });
    expect(readFileSync(file.path, 'utf8')).toBe('one\ntwo\n');
  });

  it('refuses a mode it does not know rather than overwrite', () => {
    const prepared = writeFile.prepare({ server, file_path: 'x', contents: '', mode: 'prepend' });
    expect(prepared).toEqual({ code: 'invalid_input', problems: ['mode must be overwrite or append'] });
  });

  it('refuses text that has no encoding, and text that is too long', () => {
    expect(writeFile.prepare({ server, file_path: 'x', contents: 'a\ud800' })).toHaveProperty('code', 'invalid_input');
    expect(writeFile.prepare({ server, file_path: 'x', contents: 'x'.repeat(10_000_000) })).toHaveProperty(
      'code',
      'too_large',
    );
  });

  it('never repeats contents in a failed answer', () => {
    expect(writeFile.echo({ server, file_path: 'x', contents: 'hunter2' })).toEqual({ server, file_path: 'x' });
  });
});

function entriesNamed(...names: readonly string[]): readonly DirectoryEntry[] {
  return names.map((name) => ({ name, type: 'file', sizeBytes: 1, longName: `-rw-r--r-- 1 root root 1 ${name}` }));
}

describe('list_directory', () => {
  async function list(entries: readonly DirectoryEntry[], input = {}, complete = true) {
    await using bench = aBench({ hosts: localHosts({ listDirectory: async () => ({ entries, complete }) }) });
    return (await bench.call(listDirectory, { server, ...input })).json;
  }

  it('lists names like ls: sorted, without hidden ones', async () => {
    expect(await list(entriesNamed('b', '.hidden', 'a', '..', '.'))).toEqual({
      success: true,
      server,
      path: '.',
      listing: 'a\nb\n',
      count: 2,
      truncated: false,
      output_id: null,
    });
  });

  it('lists details like ls -la', async () => {
    const { listing, count } = await list(entriesNamed('b', '.hidden'), { detailed: 'true', path: '/srv' });
    expect([listing, count]).toEqual(['-rw-r--r-- 1 root root 1 .hidden\n-rw-r--r-- 1 root root 1 b\n', 2]);
  });

  it('keeps a name with a newline from looking like two names', async () => {
    expect((await list(entriesNamed('a\nb', 'c\u202ed')))['listing']).toBe(
      String.raw`a\u000ab` + '\n' + String.raw`c\u202ed` + '\n',
    );
  });

  it('cuts a long listing and keeps the whole', async () => {
    const names = Array.from({ length: 5_000 }, (_, n) => `file-${n}`);
    const json = await list(entriesNamed(...names));
    expect(json).toMatchObject({ count: 5_000, truncated: true, output_id: expect.stringMatching(/^out_/) });
    expect(String(json['listing']).length).toBeLessThan(17_000);
  });

  it('says when there are more entries than were read', async () => {
    expect(await list(entriesNamed('a'), {}, false)).toMatchObject({
      truncated: true,
      note: expect.stringContaining('more entries'),
    });
  });
});
