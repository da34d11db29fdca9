import {
  chmodSync,
  chownSync,
  linkSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { aGateway, fullRights, fullToken, type TestGateway } from '../fixtures/gateway.ts';
import { isRoot } from '../fixtures/machine.ts';
import { startSshd, type Sshd } from '../fixtures/sshd.ts';

const otherToken = 'tok_9f8e7d6c5b4a39281706f5e4d3c2b1a0';
const server = 'web-1';

let sshd: Sshd;
let gateway: TestGateway;
let directory: string;
beforeAll(async () => {
  sshd = await startSshd();
  const permissions = ['read', 'write', 'execute'];
  gateway = await aGateway(sshd, {
    tokens: {
      [fullToken]: { ...fullRights, permissions },
      [otherToken]: { name: 'other', permissions },
    },
  });
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await sshd[Symbol.asyncDispose]();
});
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sallyport-undo-'));
});
afterEach(() => rmSync(directory, { recursive: true }));
const at = (name: string) => join(directory, name);
const text = (name: string) => readFileSync(at(name), 'utf8');

async function write(name: string, contents: string, mode = 'overwrite'): Promise<string> {
  const { json } = await gateway.call('write_file', { server, file_path: at(name), contents, mode });
  return String(json['change_id']);
}
const undo = async (change_id: string, token = fullToken) =>
  (await gateway.call('undo_change', { change_id }, { token })).json;

describe('undo_change', () => {
  it('puts back the old bytes and the old mode in one step, and can itself be undone', async () => {
    writeFileSync(at('a'), Buffer.from('old\xff\0', 'latin1'));
    chmodSync(at('a'), 0o640);
    const id = await write('a', 'new');
    const undone = await undo(id);
    expect(undone).toMatchObject({ success: true, undone: id, file: 'restored', file_path: at('a') });
    expect(readFileSync(at('a'), 'latin1')).toBe('old\xff\0');
    expect(statSync(at('a')).mode & 0o777).toBe(0o640);
    await undo(String(undone['change_id']));
    expect(text('a')).toBe('new');
    expect(readdirSync(directory)).toEqual(['a']);
  });

  it.runIf(isRoot)('puts back the owner', async () => {
    writeFileSync(at('a'), 'old');
    chownSync(at('a'), 1234, 2345);
    const id = await write('a', 'new');
    chownSync(at('a'), 0, 0);
    await undo(id);
    expect(statSync(at('a'))).toMatchObject({ uid: 1234, gid: 2345 });
  });

  it('removes a file that was not there, and makes it again', async () => {
    const undone = await undo(await write('a', 'new'));
    expect(undone).toMatchObject({ file: 'removed', sha256: null });
    expect(readdirSync(directory)).toEqual([]);
    await undo(String(undone['change_id']));
    expect(text('a')).toBe('new');
  });

  it('takes back what was appended and what was edited', async () => {
    writeFileSync(at('a'), 'one\n');
    const appended = await write('a', 'two\n', 'append');
    await undo(appended);
    expect(text('a')).toBe('one\n');
  });

  it.each([
    { what: 'has changed since', meanwhile: () => writeFileSync(at('a'), 'theirs') },
    { what: 'is gone', meanwhile: () => rmSync(at('a')) },
    {
      what: 'became a link to another',
      meanwhile: () => {
        rmSync(at('a'));
        writeFileSync(at('b'), 'new');
        symlinkSync(at('b'), at('a'));
      },
    },
  ])('refuses as conflict when the file $what', async ({ meanwhile }) => {
    writeFileSync(at('a'), 'old');
    const id = await write('a', 'new');
    meanwhile();
    const left = readdirSync(directory);
    await expect(undo(id)).rejects.toMatchObject({ code: 'conflict', ran: 'not_started' });
    expect(readdirSync(directory)).toEqual(left);
  });

  it('refuses to make a file again where there is another now', async () => {
    const undone = await undo(await write('a', 'new'));
    writeFileSync(at('a'), 'theirs');
    await expect(undo(String(undone['change_id']))).rejects.toMatchObject({ code: 'conflict' });
    expect(text('a')).toBe('theirs');
  });

  it('undoes a change once', async () => {
    writeFileSync(at('a'), 'old');
    const id = await write('a', 'new');
    await undo(id);
    await expect(undo(id)).rejects.toMatchObject({ code: 'conflict' });
  });

  it('undoes for one of many that ask at once', async () => {
    writeFileSync(at('a'), 'old');
    const id = await write('a', 'new');
    const outcomes = await Promise.allSettled(Array.from({ length: 10 }, () => undo(id)));
    expect(outcomes.filter(({ status }) => status === 'fulfilled').length).toBeGreaterThanOrEqual(1);
    expect(text('a')).toBe('old');
  });

  it('is of no use to others', async () => {
    const id = await write('a', 'new');
    await expect(undo(id, otherToken)).rejects.toMatchObject({ code: 'change_not_found' });
    const { json } = await gateway.call('undo_change', {}, { token: otherToken });
    expect(json).toMatchObject({ success: true, count: 0, changes: [] });
  });

  it('lists what was altered, where, when and by which call', async () => {
    writeFileSync(at('a'), 'old');
    const id = await write('a', 'new!');
    const { json } = await gateway.call('undo_change', {});
    expect((json['changes'] as unknown[])[0]).toMatchObject({
      change_id: id,
      server,
      file_path: at('a'),
      tool: 'write_file',
      call_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      operation: 'write',
      state: 'done',
      before: { size_bytes: 3 },
      after: { size_bytes: 4 },
      undo: { available: true },
    });
  });

  it('is recorded as a write to the path, with what it took back', async () => {
    const id = await write('a', 'new');
    await undo(id);
    const last = (await gateway.auditLog()).findLast((line) => JSON.stringify(line).includes('"undone"'));
    expect(JSON.stringify(last)).toContain(id);
    expect(JSON.stringify(last)).toContain(at('a'));
  });

  it('keeps a file with several names together', async () => {
    writeFileSync(at('a'), 'old');
    linkSync(at('a'), at('b'));
    const { json } = await gateway.call('write_file', { server, file_path: at('a'), contents: 'new' });
    expect(json).toMatchObject({ in_place: true, note: expect.stringContaining('hard links') });
    await undo(String(json['change_id']));
    expect(text('b')).toBe('old');
  });
});

it('a write that fails leaves no change', async () => {
  const listed = async () => (await gateway.call('undo_change', {})).json['count'];
  const before = await listed();
  await expect(write('no/such/file', 'x')).rejects.toMatchObject({ code: 'path_not_found' });
  writeFileSync(at('read-only'), 'x', { mode: 0o444 });
  await expect(write('read-only', 'y')).rejects.toMatchObject({ code: 'host_permission_denied' });
  expect(await listed()).toBe(before);
});

it('two callers that write one file at the same time each keep what they replaced', async () => {
  writeFileSync(at('a'), 'start');
  const ids = await Promise.all(Array.from({ length: 4 }, (_, n) => write('a', `writer ${n}`)));
  const { json } = await gateway.call('undo_change', {});
  const mine = (
    json['changes'] as { change_id: string; before: { sha256: string }; after: { sha256: string } }[]
  ).filter(({ change_id }) => ids.includes(change_id));
  // Each one replaced what another had written, or the start: a chain without a gap.
  const replaced = new Set(mine.map(({ before }) => before.sha256));
  expect(replaced.size).toBe(4);
  expect(mine.filter(({ after }) => !replaced.has(after.sha256))).toHaveLength(1);
});

describe('edit_file', () => {
  const edit = (name: string, input: object) => gateway.call('edit_file', { server, file_path: at(name), ...input });

  it('changes a file on a host, and is taken back', async () => {
    writeFileSync(at('a'), 'one\r\ntwo', { mode: 0o600 });
    const { json } = await edit('a', { old_text: 'two', new_text: 'three' });
    expect(json).toMatchObject({ changed: true, diff: expect.stringContaining('+three') });
    expect([text('a'), statSync(at('a')).mode & 0o777]).toEqual(['one\r\nthree', 0o600]);
    await undo(String(json['change_id']));
    expect(text('a')).toBe('one\r\ntwo');
  });

  it('by many at once loses none that it said was made', async () => {
    writeFileSync(at('a'), 'start\n');
    const outcomes = await Promise.allSettled(
      Array.from({ length: 12 }, (_, n) => edit('a', { insert_line: 1, new_text: `line ${n}` })),
    );
    const made = outcomes.flatMap(({ status }, n) => (status === 'fulfilled' ? [`line ${n}`] : []));
    const refused = outcomes.flatMap((one) => (one.status === 'rejected' ? [one.reason as { code: string }] : []));
    expect(text('a').split('\n').slice(0, -2).sort()).toEqual(made.sort());
    expect(made.length).toBeGreaterThan(0);
    expect(new Set(refused.map(({ code }) => code))).toEqual(new Set(refused.length > 0 ? ['conflict'] : []));
  });

  it.each([
    { what: 'a directory', path: '.', code: 'is_a_directory' },
    { what: 'a file that is not there', path: 'absent', code: 'path_not_found' },
    { what: 'a device', path: '../../../../../../dev/null', code: 'path_not_permitted' },
  ])('refuses $what', async ({ path, code }) => {
    await expect(edit(path, { insert_line: 1, new_text: 'x' })).rejects.toMatchObject({ code });
  });
});
