import { createHash } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { aGateway, type TestGateway } from '../fixtures/gateway.ts';
import { startSshd, type Sshd } from '../fixtures/sshd.ts';

const server = 'web-1';
const sha256 = (data: string | Buffer) => createHash('sha256').update(data).digest('hex');

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
  directory = mkdtempSync(join(tmpdir(), 'sallyport-read-'));
});
afterEach(() => rmSync(directory, { recursive: true }));
const at = (name: string) => join(directory, name);
const read = async (content: string | Buffer, input: object = {}) => {
  writeFileSync(at('a'), content);
  return (await gateway.call('read_file', { server, file_path: at('a'), ...input })).json;
};

describe('read_file by lines', () => {
  const ten = Array.from({ length: 10 }, (_, n) => `line ${n + 1}\n`).join('');

  it.each<{ what: string; file?: string; input: object; expected: object }>([
    {
      what: 'some',
      input: { start_line: 3, line_count: 2 },
      expected: { contents: 'line 3\nline 4\n', line_count: 2, next_line: 5, total_lines: 10, truncated: true },
    },
    {
      what: 'the rest',
      input: { start_line: 9 },
      expected: { contents: 'line 9\nline 10\n', line_count: 2, next_line: null, truncated: false, next_offset: null },
    },
    { what: 'the first', input: { line_count: 1 }, expected: { contents: 'line 1\n', start_line: 1, next_line: 2 } },
    {
      what: 'none beyond the end',
      input: { start_line: 11 },
      expected: { contents: '', line_count: 0, next_line: null, total_lines: 10 },
    },
    {
      what: 'a last one without its end',
      file: 'a\nb',
      input: { start_line: 2 },
      expected: { contents: 'b', line_count: 1, total_lines: 2, next_line: null },
    },
    { what: 'of an empty file', file: '', input: { start_line: 1 }, expected: { contents: '', total_lines: 0 } },
    {
      what: 'with a length, cut in the middle of one',
      input: { start_line: 2, length: 10 },
      expected: { contents: 'line 2\nlin', truncated: true, next_line: null, next_offset: 17 },
    },
    {
      what: 'the last',
      input: { tail: 2 },
      expected: { contents: 'line 9\nline 10\n', line_count: 2, truncated: false },
    },
    { what: 'more than there are', input: { tail: 50 }, expected: { contents: ten, line_count: 10, truncated: false } },
    { what: 'the last, as text', input: { tail: '1' }, expected: { contents: 'line 10\n' } },
  ])('gives $what', async ({ file = ten, input, expected }) => {
    expect(await read(file, input)).toMatchObject({ ...expected, size_bytes: Buffer.byteLength(file) });
  });

  it('gives the hash of the whole', async () => {
    expect(await read(ten, { start_line: 3, line_count: 1 })).toMatchObject({ sha256: sha256(ten) });
  });

  it('gives the whole file when its parts are joined, whatever its ends of lines', async () => {
    const line = fc.constantFrom('', 'a', 'bé', ' ', 'x'.repeat(50));
    const property = fc.asyncProperty(
      fc.array(line, { maxLength: 8 }),
      fc.integer({ min: 1, max: 4 }),
      async (all, count) => {
        const whole = all.join('\n');
        let joined = '';
        for (let start: unknown = 1; start !== null;) {
          const json = await read(whole, { start_line: start, line_count: count });
          joined += String(json['contents']);
          start = json['next_line'];
        }
        expect(joined).toBe(whole);
      },
    );
    await fc.assert(property, { numRuns: 25 });
  });

  it('finds lines in a file too large to be read whole, and does not read on', async () => {
    execFileSync('sh', [
      '-c',
      `yes 'a line of a long file' | head -n 2000000 > ${at('big')}; echo last >> ${at('big')}`,
    ]);
    const lines = async (input: object) =>
      (await gateway.call('read_file', { server, file_path: at('big'), ...input })).json;
    expect(await lines({ start_line: 1_000_000, line_count: 1 })).toMatchObject({
      contents: 'a line of a long file\n',
      total_lines: null,
      next_line: 1_000_001,
      sha256: null,
    });
    expect(await lines({ tail: 1 })).toMatchObject({ contents: 'last\n' });
  });

  it.each([
    { start_line: 1, tail: 1 },
    { offset: 5, tail: 1 },
    { offset: 5, line_count: 1 },
  ])('takes one way of reading at a time: %j', async (input) => {
    await expect(read(ten, input)).rejects.toMatchObject({ code: 'invalid_input' });
  });
});

describe('the encoding of a file', () => {
  const utf16 = (text: string) => Buffer.from(`\ufeff${text}`, 'utf16le');

  it.each<{ encoding: string; bytes: Buffer; contents: string; media_type?: string }>([
    { encoding: 'utf-8', bytes: Buffer.from('grün €'), contents: 'grün €' },
    { encoding: 'utf-8-bom', bytes: Buffer.from('\ufeffgrün'), contents: 'grün' },
    { encoding: 'utf-16le', bytes: utf16('grün\n𝄞'), contents: 'grün\n𝄞' },
    { encoding: 'utf-16be', bytes: utf16('grün').swap16(), contents: 'grün' },
    { encoding: 'latin-1', bytes: Buffer.from('grün', 'latin1'), contents: 'grün' },
    { encoding: 'base64', bytes: Buffer.of(1, 0, 2), contents: 'AQAC', media_type: 'application/octet-stream' },
    {
      encoding: 'base64',
      bytes: Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
      contents: 'iVBORw0KGgo=',
      media_type: 'image/png',
    },
    { encoding: 'base64', bytes: Buffer.from('%PDF-1.7'), contents: 'JVBERi0xLjc=', media_type: 'application/pdf' },
  ])('$encoding is told, and read', async ({ bytes, ...expected }) => {
    expect(await read(bytes)).toMatchObject(expected);
  });

  it('is that of the file, also in a range that begins later', async () => {
    expect(await read(utf16('aaaabbbb'), { offset: 10, length: 4 })).toMatchObject({
      encoding: 'utf-16le',
      contents: 'bb',
    });
    expect(await read(Buffer.from('%PDF-1.7 text')), 'a PDF').toMatchObject({ encoding: 'base64' });
    const png = Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), Buffer.alloc(100, 'a')]);
    expect(await read(png, { offset: 50, length: 10 })).toMatchObject({ encoding: 'base64', media_type: 'image/png' });
  });

  it('is not taken for another because a range cuts a character', async () => {
    for (const offset of [0, 1, 2, 3]) {
      expect(await read('€€€€', { offset, length: 4 })).toMatchObject({ encoding: 'utf-8' });
    }
  });

  it('of UTF-16 is read by lines, though a byte of a character may look like the end of one', async () => {
    const text = 'a\u0a0a\u0a00\nb\u000a\u0a61c';
    for (const bytes of [utf16(text), utf16(text).swap16()]) {
      const lines: unknown[] = [];
      for (const start_line of [1, 2, 3]) lines.push((await read(bytes, { start_line, line_count: 1 }))['contents']);
      expect(lines).toEqual(['a\u0a0a\u0a00\n', 'b\n', '\u0a61c']);
    }
  });

  it('never tears a pair of surrogates', async () => {
    const { contents, next_offset } = await read(utf16('ab𝄞'), { length: 8 });
    expect([contents, next_offset]).toEqual(['ab', 6]);
  });
});

describe('list_directory in detail', () => {
  it('gives every entry with type, size, time, mode and where a link points', async () => {
    writeFileSync(at('file'), '12345');
    chmodSync(at('file'), 0o4750);
    utimesSync(at('file'), 1_700_000_000, 1_700_000_000);
    mkdirSync(at('.hidden'));
    symlinkSync('../somewhere else', at('link'));
    symlinkSync('x', at('new\nline'));
    execFileSync('mkfifo', [at('pipe')]);
    const { json } = await gateway.call('list_directory', { server, path: directory, detailed: true });
    expect(json['entries']).toMatchObject([
      { name: '.hidden', type: 'directory', mode: '0755' },
      {
        name: 'file',
        type: 'file',
        size_bytes: 5,
        mode: '4750',
        modified_at: '2023-11-14T22:13:20.000Z',
      },
      { name: 'link', type: 'symlink', target: '../somewhere else' },
      { name: 'new\nline', type: 'symlink', target: 'x' },
      { name: 'pipe', type: 'pipe' },
    ]);
    expect(json['listing']).toContain(' file\n');
    expect(json).not.toHaveProperty('entries_truncated');
  });

  it('gives as many as an answer holds', async () => {
    for (let n = 0; n < 400; n += 1) writeFileSync(at(`file-${n}`), '');
    const { json } = await gateway.call('list_directory', { server, path: directory, detailed: true });
    expect(json).toMatchObject({ entries_truncated: true, count: expect.any(Number) });
    expect(JSON.stringify(json['entries']).length).toBeLessThan(18_000);
  });

  it('is left out where it was not asked for', async () => {
    const { json } = await gateway.call('list_directory', { server, path: directory });
    expect(json).not.toHaveProperty('entries');
  });
});
