import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aGateway, type TestGateway } from '../fixtures/gateway.ts';
import { startSshd, type Sshd } from '../fixtures/sshd.ts';
import { temporaryFolder, type TemporaryFolder } from '../fixtures/temporary-folder.ts';

let sshd: Sshd;
let gateway: TestGateway;
let folder: TemporaryFolder;
beforeAll(async () => {
  sshd = await startSshd();
  gateway = await aGateway(sshd);
  folder = temporaryFolder();
});
afterAll(async () => {
  folder[Symbol.dispose]();
  await gateway[Symbol.asyncDispose]();
  await sshd[Symbol.asyncDispose]();
});

function aFile(contents: string): { readonly path: string } {
  const path = join(folder.path, 'file');
  writeFileSync(path, contents);
  return { path };
}

const server = 'web-1';
const key = [
  '-----BEGIN RSA PRIVATE KEY-----',
  ...Array.from({ length: 30 }, (_, n) => `${n % 10}Ab+/`.repeat(12)),
  '-----END RSA PRIVATE KEY-----',
];
const config = ['port=8080', 'DB_PASSWORD=hunter2hunter2', ...key, 'name=web', ''].join('\n');

describe('a file that holds secrets', () => {
  it('is read without them, and says so, with the hash of the true bytes', async () => {
    const file = aFile(config);
    const { json, outcome } = await gateway.call('read_file', { server, file_path: file.path });
    expect(json).toMatchObject({
      contents: 'port=8080\nDB_PASSWORD=[redacted:password]\n[redacted:private_key]\nname=web\n',
      redacted: 2,
      exact: false,
      size_bytes: config.length,
      sha256: createHash('sha256').update(config).digest('hex'),
    });
    expect(outcome.metadata).toMatchObject({ redactions: 2 });
  });

  it('shows no part of them wherever a range begins and ends, and all of the rest', async () => {
    const file = aFile(config);
    for (const length of [4, 7, 30, 100, 1000]) {
      let joined = '';
      for (let offset: unknown = 0; offset !== null;) {
        const { json } = await gateway.call('read_file', { server, file_path: file.path, offset, length });
        joined += String(json['contents']);
        expect(json['next_offset'] === null || Number(json['next_offset']) > Number(offset)).toBe(true);
        offset = json['next_offset'];
      }
      expect(joined).toBe('port=8080\nDB_PASSWORD=[redacted:password]\n[redacted:private_key]\nname=web\n');
    }
    for (let offset = 0; offset < config.length; offset += 37) {
      const { json } = await gateway.call('read_file', { server, file_path: file.path, offset, length: 64 });
      expect(json['contents']).not.toMatch(/hunter|Ab\+/);
    }
  });

  it('shows no part of them by lines or from its end', async () => {
    const file = aFile(config);
    for (let line = 1; line <= key.length + 3; line += 1) {
      const asked = { server, file_path: file.path, start_line: line, line_count: 3 };
      expect((await gateway.call('read_file', asked)).json['contents']).not.toMatch(/hunter|Ab\+/);
      const tail = { server, file_path: file.path, tail: line, length: 200 };
      expect((await gateway.call('read_file', tail)).json['contents']).not.toMatch(/hunter|Ab\+/);
    }
  });

  it('is not written with their marks in their place', async () => {
    const file = aFile(config);
    const contents = String((await gateway.call('read_file', { server, file_path: file.path })).json['contents']);
    const edited = { file_path: file.path, old_text: 'hunter2hunter2', new_text: '[redacted]' };
    for (const [tool, input] of [
      ['write_file', { file_path: file.path, contents }],
      ['write_file', { file_path: file.path, contents: contents.replace('8080', '8081') }],
      ['edit_file', edited],
    ] as const) {
      const refused = { code: 'redacted_text', ran: 'not_started' };
      await expect(gateway.call(tool, { server, ...input })).rejects.toMatchObject(refused);
    }
    expect(readFileSync(file.path, 'utf8')).toBe(config);
  });

  it('is edited in its other parts, with a diff that shows none of them', async () => {
    const file = aFile(config);
    const edit = { server, file_path: file.path, old_text: 'name=web', new_text: 'name=db' };
    const { json } = await gateway.call('edit_file', edit);
    expect(json['diff']).toContain('-name=web\n+name=db');
    expect(json['diff']).not.toMatch(/hunter|Ab\+/);
    expect(readFileSync(file.path, 'utf8')).toBe(config.replace('name=web', 'name=db'));
  });

  it('says what is wrong with an old_text that holds a mark', async () => {
    const file = aFile(config);
    const edit = { server, file_path: file.path, old_text: 'DB_PASSWORD=[redacted:password]', new_text: 'x' };
    await expect(gateway.call('edit_file', edit)).rejects.toThrow(/mark/);
  });
});

describe('a text with marks', () => {
  it('is written with a warning where nothing is lost', async () => {
    const file = aFile('nothing\n');
    const contents = 'docs: a mark is [redacted:jwt]\n';
    const { json } = await gateway.call('write_file', { server, file_path: file.path, contents });
    expect(json['warning']).toMatch(/marks/);
    const again = { server, file_path: file.path, old_text: 'docs', new_text: 'doc' };
    expect((await gateway.call('edit_file', again)).json).not.toHaveProperty('warning');
    expect(readFileSync(file.path, 'utf8')).toBe('doc: a mark is [redacted:jwt]\n');
  });
});
