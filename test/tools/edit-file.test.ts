import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { editFile } from '../../src/tools/edit-file.ts';
import { decodeText, encodeText } from '../../src/tools/text-file.ts';
import type { JsonObject } from '../../src/tools/tool.ts';
import { aBench, aChangeId, aFile } from './local-hosts.ts';

const server = 'web-1';
const sha256 = (data: string | Buffer) => createHash('sha256').update(data).digest('hex');

async function edit(content: string | Buffer, input: JsonObject): Promise<{ json: JsonObject; now: Buffer }> {
  using file = await aFile(content);
  await using bench = aBench();
  const { json } = await bench.call(editFile, { server, file_path: file.path, ...input });
  return { json, now: readFileSync(file.path) };
}

/** The code of the refusal; the file is as it was. */
async function refusal(content: string | Buffer, input: JsonObject): Promise<unknown> {
  using file = await aFile(content);
  await using bench = aBench();
  const refused: unknown = await bench
    .call(editFile, { server, file_path: file.path, ...input })
    .catch((error: unknown) => error);
  expect(readFileSync(file.path).equals(Buffer.from(content))).toBe(true);
  return refused;
}

describe('edit_file', () => {
  it('answers with the diff, both hashes and the change', async () => {
    const { json, now } = await edit('a=1\nb=2\n', { old_text: 'a=1', new_text: 'a=3' });
    expect(now.toString()).toBe('a=3\nb=2\n');
    expect(json).toMatchObject({
      success: true,
      changed: true,
      changes_made: 1,
      encoding: 'utf-8',
      diff: '@@ -1,2 +1,2 @@\n-a=1\n+a=3\n b=2\n',
      diff_truncated: false,
      sha256_before: sha256('a=1\nb=2\n'),
      sha256: sha256('a=3\nb=2\n'),
      change_id: aChangeId,
    });
  });

  it.each<{ what: string; file: string; input: JsonObject; becomes: string }>([
    { what: 'replaces all', file: 'a a a', input: { old_text: 'a', new_text: 'b', all: true }, becomes: 'b b b' },
    { what: 'deletes a text', file: 'a b', input: { old_text: ' b', new_text: '' }, becomes: 'a' },
    { what: 'inserts before a line', file: 'a\nb\n', input: { insert_line: 2, new_text: 'x' }, becomes: 'a\nx\nb\n' },
    { what: 'inserts at the end', file: 'a\nb', input: { insert_line: 3, new_text: 'x' }, becomes: 'a\nb\nx\n' },
    { what: 'inserts into an empty file', file: '', input: { insert_line: 1, new_text: 'x' }, becomes: 'x\n' },
    { what: 'deletes lines', file: 'a\nb\nc\nd', input: { delete_from: 2, delete_to: 3 }, becomes: 'a\nd' },
    { what: 'deletes one line', file: 'a\nb\n', input: { delete_from: '2' }, becomes: 'a\n' },
    { what: 'applies a diff', file: 'a\nb\n', input: { diff: '@@ -2 +2 @@\n-b\n+B\n' }, becomes: 'a\nB\n' },
    {
      what: 'takes \\n for the ends that a file with \\r\\n has',
      file: 'a\r\nb\r\n',
      input: { edits: [{ old_text: 'a\nb', new_text: 'x\ny\nz' }, { diff: '@@ -1 +1 @@\n-x\n+X\n' }] },
      becomes: 'X\r\ny\r\nz\r\n',
    },
    {
      what: 'leaves mixed ends as they are',
      file: 'a\r\nb\nc\r\n',
      input: { old_text: 'b\n', new_text: 'B\n' },
      becomes: 'a\r\nB\nc\r\n',
    },
    {
      what: 'does several edits, each on the result of the one before',
      file: 'a\nb\nc\n',
      input: {
        edits: [
          { delete_from: 1, new_text: null },
          { insert_line: 1, new_text: 'x' },
          { old_text: 'x\nb', new_text: 'y' },
        ],
      },
      becomes: 'y\nc\n',
    },
    {
      what: 'takes edits written as text',
      file: 'a',
      input: { edits: '[{"old_text":"a","new_text":"b"}]' },
      becomes: 'b',
    },
    {
      what: 'puts in what would mean something to a pattern',
      file: 'a',
      input: { old_text: 'a', new_text: '$&$1' },
      becomes: '$&$1',
    },
  ])('$what', async ({ file, input, becomes }) => {
    expect((await edit(file, input)).now.toString()).toBe(becomes);
  });

  it.each<{ what: string; code: string; file?: string | Buffer; input: JsonObject }>([
    { what: 'a text that is not there', code: 'conflict', input: { old_text: 'x', new_text: 'y' } },
    {
      what: 'a text that is there twice',
      code: 'invalid_input',
      file: 'a\nb\na\n',
      input: { old_text: 'a', new_text: 'y' },
    },
    { what: 'occurrences that overlap', code: 'invalid_input', file: 'aaa', input: { old_text: 'aa', new_text: 'b' } },
    { what: 'a line beyond the end', code: 'invalid_input', input: { insert_line: 3, new_text: 'x' } },
    { what: 'a deletion beyond the end', code: 'invalid_input', input: { delete_from: 1, delete_to: 2 } },
    { what: 'a deletion backwards', code: 'invalid_input', input: { delete_from: 2, delete_to: 1 } },
    { what: 'an empty old_text', code: 'invalid_input', input: { old_text: '', new_text: 'x' } },
    { what: 'no edit', code: 'invalid_input', input: {} },
    { what: 'a new_text alone', code: 'invalid_input', input: { new_text: 'x' } },
    { what: 'two edits in one', code: 'invalid_input', input: { old_text: 'a', insert_line: 1, new_text: 'x' } },
    { what: 'edits besides an edit', code: 'invalid_input', input: { delete_from: 1, edits: [{ delete_from: 1 }] } },
    { what: 'another hash', code: 'conflict', input: { delete_from: 1, expected_sha256: '0'.repeat(64) } },
    { what: 'a file with NUL in it', code: 'invalid_input', file: 'a\0b', input: { old_text: 'a', new_text: 'b' } },
    {
      what: 'a character that a Latin-1 file cannot hold',
      code: 'invalid_input',
      file: Buffer.of(0xe9),
      input: { old_text: 'é', new_text: '€' },
    },
    { what: 'a file that is too large', code: 'too_large', file: 'x'.repeat(9_000_000), input: { delete_from: 1 } },
    {
      what: 'a result that is too large',
      code: 'too_large',
      file: 'a'.repeat(1_000),
      input: { old_text: 'a', new_text: 'b'.repeat(100_000), all: true },
    },
    {
      what: 'one of several edits that does not fit: none is made',
      code: 'conflict',
      input: { edits: [{ delete_from: 1 }, { old_text: 'x', new_text: 'y' }] },
    },
  ])('refuses $what, and leaves the file', async ({ code, file = 'a\n', input }) => {
    expect(await refusal(file, input)).toMatchObject({ code, ran: 'not_started' });
  });

  it.each([
    [[{ old_text: 'a' }], 'edits has a mistake in edit 1: new_text is missing'],
    [[{ delete_from: 1 }, { insert_line: 0, new_text: '' }], /^edits has a mistake in edit 2: insert_line must be/],
    [[], 'edits is empty'],
    [['a'], /^edits\.0 /],
  ])('names the mistake in the edits %j', (edits, problem) => {
    const prepared = editFile.prepare({ server, file_path: 'a', edits });
    expect(prepared).toMatchObject({ code: 'invalid_input', problems: [expect.stringMatching(problem)] });
  });

  it('shows what it would do, and does nothing, on a dry run', async () => {
    const { json, now } = await edit('a\n', { old_text: 'a', new_text: 'b', dry_run: true });
    expect(now.toString()).toBe('a\n');
    expect(json).toMatchObject({
      dry_run: true,
      changed: false,
      diff: expect.stringContaining('+b'),
      sha256: sha256('b\n'),
    });
    expect(json).not.toHaveProperty('change_id');
  });

  it('leaves a file that is the same afterwards untouched', async () => {
    using file = await aFile('a\n');
    const { mtimeMs } = statSync(file.path);
    await using bench = aBench();
    const input = { server, file_path: file.path, old_text: 'a', new_text: 'a' };
    expect((await bench.call(editFile, input)).json).toMatchObject({ changed: false, diff: '' });
    expect(statSync(file.path).mtimeMs).toBe(mtimeMs);
  });

  it.each<{ encoding: string; of: (text: string) => Buffer }>([
    { encoding: 'utf-8', of: (text) => Buffer.from(text) },
    { encoding: 'utf-8-bom', of: (text) => Buffer.from(`\ufeff${text}`) },
    { encoding: 'utf-16le', of: (text) => Buffer.from(`\ufeff${text}`, 'utf16le') },
    { encoding: 'utf-16be', of: (text) => Buffer.from(`\ufeff${text}`, 'utf16le').swap16() },
    { encoding: 'latin-1', of: (text) => Buffer.from(text, 'latin1') },
  ])('keeps the encoding $encoding', async ({ encoding, of }) => {
    const { json, now } = await edit(of('grün\nblau\n'), { old_text: 'ü', new_text: 'öß' });
    expect(json).toMatchObject({ encoding });
    expect(now.equals(of('größn\nblau\n'))).toBe(true);
  });
});

it('text that is decoded and encoded again has its very bytes', () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc.string({ unit: 'binary' }).map((text) => new Uint8Array(Buffer.from(`\ufeff${text}`, 'utf16le'))),
  );
  fc.assert(
    fc.property(bytes, (given) => {
      const file = decodeText(Buffer.from(given));
      fc.pre(file !== undefined);
      expect(file && encodeText(file)?.equals(Buffer.from(given))).toBe(true);
    }),
  );
});
