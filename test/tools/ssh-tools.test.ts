import { execFileSync } from 'node:child_process';
import { chmodSync, linkSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aGateway, type TestGateway } from '../fixtures/gateway.ts';
import { startSshd, type Sshd } from '../fixtures/sshd.ts';
import { temporaryFolder } from '../fixtures/temporary-folder.ts';
import { asked } from './asked.ts';

let sshd: Sshd;
let gateway: TestGateway;
const folder = temporaryFolder();
const path = (name: string): string => join(folder.path, name);

beforeAll(async () => {
  sshd = await startSshd();
  gateway = await aGateway(sshd, {
    environment: { SALLYPORT_TOOLSETS: 'core,ssh-mcp-server', SSH_DEFAULT_HOST: 'web-1', SSH_DEFAULT_USER: sshd.user },
  });
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await sshd[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

const ask = (tool: string, input: object) => asked(gateway, tool, input);

describe('ssh_execute', () => {
  it('answers in the keys of the second seed, and says how the command ended', async () => {
    const { isError, structured, text } = await ask('ssh_execute', { command: 'echo " é "; echo oops >&2; exit 3' });
    expect(JSON.parse(text)).toEqual(structured);
    expect(text).toMatch(
      /^\{\n {2}"stdout": "é",\n {2}"stderr": "oops",\n {2}"exit_code": 3,\n {2}"duration_ms": \d+,\n {2}"host": "web-1",\n/,
    );
    expect({ isError, structured }).toMatchObject({ isError: false, structured: { status: 'exited', ran: 'ran' } });
  });

  it.each([
    { command: `"echo" "a  b"`, stdout: 'a  b' },
    { command: `"/bin/echo" 'x' "y"`, stdout: 'x y' },
    { command: '`echo echo` sub', stdout: 'sub' },
    { command: `'printf' '%s\\n' "'"`, stdout: "'" },
  ])('sends $command as it is', async ({ command, stdout }) => {
    expect((await ask('ssh_execute', { command })).structured).toMatchObject({ stdout, exit_code: 0 });
  });

  it('ends a command at command_timeout, and looks whether it is gone', async () => {
    const { isError, structured } = await ask('ssh_execute', { command: 'sleep 61', command_timeout: 1 });
    expect({ isError, structured }).toMatchObject({
      isError: false,
      structured: { status: 'timed_out', exit_code: null, stopped: { state: 'confirmed' } },
    });
  });

  it('runs a command that leaves something behind once', async () => {
    await ask('ssh_execute', { command: `echo once >> ${path('once')}; sleep 1 & echo done` });
    expect(readFileSync(path('once'), 'utf8')).toBe('once\n');
  });
});

describe('ssh_read_file and ssh_write_file', () => {
  it('write text and read the very same', async () => {
    const content = ' grüße\n\n';
    const written = await ask('ssh_write_file', { path: path('note'), content });
    expect(written).toMatchObject({ isError: false, text: `✓ Written: ${path('note')}` });
    expect(written.structured['result']).toBe(written.text);
    expect(await ask('ssh_read_file', { path: path('note') })).toMatchObject({
      isError: false,
      text: content,
      structured: { result: content, truncated: false, size_bytes: 10 },
    });
  });

  it('make no directory', async () => {
    const { isError, structured, text } = await ask('ssh_write_file', { path: path('no/such/dir'), content: 'x' });
    expect({ isError, structured }).toMatchObject({ isError: true, structured: { code: 'path_not_found' } });
    expect(text).toMatch(/^Error: There is no .*\n\{"code":"path_not_found","ran":"not_started"\}$/);
  });

  it('show what is not UTF-8 by replacement characters', async () => {
    writeFileSync(path('latin'), Buffer.from([0x67, 0xfc, 0x0a]));
    expect((await ask('ssh_read_file', { path: path('latin') })).text).toBe('g�\n');
  });

  it('read a long file in parts that join to the whole', async () => {
    const whole = 'äb'.repeat(150_000);
    writeFileSync(path('long'), whole);
    const first = await ask('ssh_read_file', { path: path('long') });
    const next = first.structured['next_offset'];
    expect(first.text).toContain(
      `\n[cut: bytes 0 to ${String(next)} of 450000; read on with "offset": ${String(next)}]`,
    );
    const rest = await ask('ssh_read_file', { path: path('long'), offset: next });
    expect(first.text.replace(/\n\[cut: .*\]$/, '') + rest.text).toBe(whole);
  });
});

describe('ssh_edit_file', () => {
  it('replaces every occurrence, in the keys of the second seed', async () => {
    writeFileSync(path('conf'), 'a=1\nb=1\n');
    const { text } = await ask('ssh_edit_file', {
      path: path('conf'),
      operation: 'replace',
      old_text: '1',
      new_text: '2',
    });
    const seedsKeys = `{\n  "path": "${path('conf')}",\n  "operation": "replace",\n  "changes_made": 2`;
    expect(text.slice(0, seedsKeys.length)).toBe(seedsKeys);
    expect(readFileSync(path('conf'), 'utf8')).toBe('a=2\nb=2\n');
  });

  it('says 0 where the text is not there, and leaves the file', async () => {
    writeFileSync(path('same'), 'a\n');
    const before = statSync(path('same'));
    const input = { path: path('same'), operation: 'replace', old_text: 'z', new_text: 'y' };
    expect(await ask('ssh_edit_file', input)).toMatchObject({ isError: false, structured: { changes_made: 0 } });
    expect(statSync(path('same'))).toMatchObject({ ino: before.ino, mtimeMs: before.mtimeMs });
  });

  it('keeps mode, hard links and bytes that are not UTF-8', async () => {
    writeFileSync(path('script'), Buffer.from('\xff\xfe\r\nold\x00\n', 'latin1'));
    chmodSync(path('script'), 0o751);
    linkSync(path('script'), path('other-name'));
    await ask('ssh_edit_file', { path: path('script'), operation: 'replace', old_text: 'old', new_text: 'new' });
    expect(readFileSync(path('other-name')).toString('latin1')).toBe('\xff\xfe\r\nnew\x00\n');
    expect(statSync(path('script')).mode & 0o7777).toBe(0o751);
  });

  it.each([
    {
      input: { operation: 'replace', old_text: '', new_text: 'x' },
      says: 'replace operation requires old_text and new_text',
    },
    { input: { operation: 'replace', old_text: 'a' }, says: 'replace operation requires old_text and new_text' },
    { input: { operation: 'insert_after', new_text: 'x' }, says: 'insert_after requires line_number and new_text' },
    { input: { operation: 'insert_after', line_number: 4, new_text: 'x' }, says: 'line_number 4 out of range (0-3)' },
    { input: { operation: 'insert_before', line_number: 0, new_text: 'x' }, says: 'line_number 0 out of range (1-4)' },
    { input: { operation: 'insert_before', line_number: 5, new_text: 'x' }, says: 'line_number 5 out of range (1-4)' },
    { input: { operation: 'delete_lines' }, says: 'delete_lines requires line_numbers list' },
    { input: { operation: 'delete_lines', line_numbers: [] }, says: 'delete_lines requires line_numbers list' },
    { input: { operation: 'delete_lines', line_numbers: [2, 9] }, says: 'line_number 9 out of range (1-3)' },
    { input: { operation: 'shred' }, says: 'Unknown operation: shred' },
    { input: {}, says: "'operation' is missing" },
  ])('refuses with: $says', async ({ input, says }) => {
    writeFileSync(path('three'), 'a\nb\nc\n');
    const { isError, text, structured } = await ask('ssh_edit_file', { path: path('three'), ...input });
    expect({ isError, code: structured['code'] }).toEqual({ isError: true, code: 'invalid_input' });
    expect(text.split('\n')[0]).toMatch(/^Error: /);
    expect(text).toContain(says);
    expect(readFileSync(path('three'), 'utf8')).toBe('a\nb\nc\n');
  });
});

describe('ssh_list_directory', () => {
  it('lays entries out as the second seed does, directories first, every type by its letter', async () => {
    const directory = path('mixed');
    mkdirSync(directory);
    mkdirSync(join(directory, 'z-dir'));
    writeFileSync(join(directory, 'b.txt'), 'four');
    writeFileSync(join(directory, '.hidden'), '');
    symlinkSync('z-dir', join(directory, 'link'));
    execFileSync('mkfifo', [join(directory, 'pipe')]);
    await using _server = await aSocket(join(directory, 'socket'));
    writeFileSync(join(directory, 'line\nbreak'), 'x');
    const { text, structured } = await ask('ssh_list_directory', { path: directory });
    const lines = text.split('\n');
    expect(lines.slice(0, 5)).toEqual([
      `Directory: ${directory} on web-1`,
      '',
      'd  z-dir                                            <DIR>',
      '-  .hidden                                             0B',
      '-  b.txt                                               4B',
    ]);
    expect(lines.slice(5).map((line) => line.replace(/ +\d+B$/, ''))).toEqual([
      String.raw`-  line\u000abreak`,
      'l  link',
      'p  pipe',
      's  socket',
    ]);
    expect(structured).toMatchObject({ result: text, count: 7, truncated: false });
  });

  it('lists the home directory where no path is given', async () => {
    expect((await ask('ssh_list_directory', {})).text).toMatch(/^Directory: \. on web-1\n\n/);
  });
});

describe('ssh_tail_file', () => {
  it.each([
    { content: 'a\nb\nc\n', lines: 2, tail: 'b\nc' },
    { content: 'a\nb\nc', lines: 2, tail: 'b\nc' },
    { content: 'a\n\n', lines: 1, tail: '' },
    { content: '', lines: 5, tail: '' },
    { content: 'a\nb\n', lines: 9, tail: 'a\nb' },
    { content: 'a\n', lines: 0, tail: '' },
  ])('gives the last $lines lines of $content', async ({ content, lines, tail }) => {
    writeFileSync(path('-n log'), content);
    expect(await ask('ssh_tail_file', { path: path('-n log'), lines })).toMatchObject({ isError: false, text: tail });
  });

  it('reads only the end of a large file, and says so when that is fewer lines', async () => {
    writeFileSync(path('large'), 'x'.repeat(99).concat('\n').repeat(20_000));
    const { text } = await ask('ssh_tail_file', { path: path('large'), lines: 5_000 });
    expect(text.split('\n')[0]).toBe('[cut: of 2000000 bytes, only the last 262144 are read]');
    expect(
      text
        .split('\n')
        .slice(1)
        .every((line) => line.length === 99),
    ).toBe(true);
    expect((await ask('ssh_tail_file', { path: path('large') })).text.split('\n')).toHaveLength(100);
  });
});

describe('ssh_find_files', () => {
  it('gives sorted paths that begin as the root was written', async () => {
    const root = path('tree $(touch pwned) \'"');
    mkdirSync(join(root, 'b/-name'), { recursive: true });
    for (const name of ['b/z.log', 'a.log', 'b/-name/x\ny.log', 'c.txt']) writeFileSync(join(root, name), '');
    symlinkSync('a.log', join(root, 'l.log'));
    const find = async (more: object) => (await ask('ssh_find_files', { root, name_pattern: '*.log', ...more })).text;
    const below = (text: string): readonly string[] => text.split('\n').map((line) => line.replace(`${root}/`, ''));
    expect(below(await find({}))).toEqual(['a.log', String.raw`b/-name/x\u000ay.log`, 'b/z.log', 'l.log']);
    expect(below(await find({ file_type: 'file', max_depth: 1 }))).toEqual(['a.log']);
    expect(below(await find({ file_type: 'symlink' }))).toEqual(['l.log']);
    expect(below(await find({ name_pattern: '-name', file_type: 'directory' }))).toEqual(['b/-name']);
    expect(await find({ name_pattern: "'; touch pwned; '" })).toBe('');
    expect((await ask('ssh_find_files', { root: `${root}/`, name_pattern: 'c.*' })).text).toBe(`${root}/c.txt`);
  });

  it('says where there is nothing to look in', async () => {
    const { text } = await ask('ssh_find_files', { root: path('nowhere'), name_pattern: '*' });
    expect(text).toMatch(/No such file or directory/);
  });
});

describe('ssh_system_info', () => {
  it('has the sections of the second seed', async () => {
    const { text, structured } = await ask('ssh_system_info', {});
    expect(text.match(/^── .* ──$/gm)).toEqual([
      '── OS ──',
      '── Hostname ──',
      '── Uptime / Load ──',
      '── CPU ──',
      '── Memory ──',
      '── Disk ──',
    ]);
    expect(text).toContain(`── Hostname ──\n${hostname()}\n`);
    expect(text).toMatch(/── CPU ──\n\d+\n.+\n/);
    expect(text).toMatch(/── Memory ──\n +total +used/);
    expect(text).toMatch(/── Disk ──\n(?:total|\S+) .*%/);
    expect(structured['result']).toBe(text);
  });
});

describe('ssh_close_connection', () => {
  it('says whether a connection was open', async () => {
    await using fresh = await aGateway(sshd, { environment: { SALLYPORT_TOOLSETS: 'ssh-mcp-server' } });
    const close = async () => (await asked(fresh, 'ssh_close_connection', { host: 'web-1' })).text;
    expect(await close()).toBe('No connection to web-1 was open.');
    await asked(fresh, 'ssh_execute', { host: 'web-1', command: 'true' });
    const running = asked(fresh, 'ssh_execute', { host: 'web-1', command: 'sleep 1; echo done' });
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(await close()).toBe('Connection to web-1 is in use by another call: left open.');
    expect((await running).structured).toMatchObject({ stdout: 'done' });
    expect(await close()).toBe('Connection to web-1 closed.');
    expect(await close()).toBe('No connection to web-1 was open.');
  });
});

describe('with a list of allowed programs', () => {
  it('every tool that starts one is bound by it, in the words of the second seed', async () => {
    await using bound = await aGateway(sshd, {
      environment: { SALLYPORT_TOOLSETS: 'ssh-mcp-server', ALLOWED_COMMANDS: 'ls,find' },
    });
    const input = { host: 'web-1', path: '/', root: '/usr', name_pattern: 'x', max_depth: 0 };
    const run = (tool: string, more: object = {}) => asked(bound, tool, { ...input, ...more });
    const refused = await run('ssh_execute', { command: 'ls /x; id -un' });
    expect(refused.text.split('\n')[0]).toBe("Error: Command 'id' is not allowed. Allowed: ls, find");
    expect(refused.structured).toMatchObject({ code: 'denied_by_policy', ran: 'not_started' });
    expect((await run('ssh_tail_file')).text).toMatch(/^Error: Command 'tail' is not allowed\. Allowed: ls, find\n/);
    expect((await run('ssh_find_files')).isError).toBe(false);
    expect((await run('ssh_list_directory')).isError).toBe(false);
    expect((await run('ssh_execute', { command: 'ls /' })).isError).toBe(false);
  });
});

describe('without a tool that reads kept output', () => {
  it('says of long output only what is true: that the rest is not kept', async () => {
    await using alone = await aGateway(sshd, { environment: { SALLYPORT_TOOLSETS: 'ssh-mcp-server' } });
    const { structured } = await asked(alone, 'ssh_execute', { host: 'web-1', command: 'seq 100000' });
    expect(structured).toMatchObject({ truncated: true, output_id: null });
    expect(structured['stdout']).toMatch(/\[… \d+ bytes omitted, not kept …\]/);
    expect(String(structured['stdout']).length).toBeGreaterThan(60_000);
  });
});

describe('a missing argument', () => {
  it('is named as the second seed names it', async () => {
    const { isError, text, structured } = await ask('ssh_execute', {});
    expect({ isError, structured }).toMatchObject({ isError: true, structured: { code: 'invalid_input' } });
    expect(text).toMatch(/^Error: 'command' is missing/);
  });
});

async function aSocket(file: string): Promise<AsyncDisposable> {
  const server = createServer().listen(file);
  await new Promise((resolve) => server.once('listening', resolve));
  return { [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())) };
}
