import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { rootScript } from '../../src/ssh/files/root-script.ts';
import { aGateway, serverEntry, type TestGateway } from '../fixtures/gateway.ts';
import { isRoot, needsRoot } from '../fixtures/machine.ts';
import { startSshd, type Sshd } from '../fixtures/sshd.ts';

const server = 'web-1';
/** Of nobody who could log in. */
const stranger = 54_321;

let sshd: Sshd;
let gateway: TestGateway;
/** Root's, below directories that are root's. */
let directory: string;
beforeAll(async () => {
  if (!isRoot) return;
  sshd = await startSshd({ login: 'ordinary', sudoCommands: 'ALL' });
  gateway = await aGateway(sshd, {
    servers: { 'web-1': { ...serverEntry(sshd), sudo: true }, 'no-sudo': serverEntry(sshd) },
  });
});
afterAll(async () => {
  await gateway?.[Symbol.asyncDispose]();
  await sshd?.[Symbol.asyncDispose]();
});
beforeEach(() => {
  if (isRoot) directory = mkdtempSync('/var/lib/sallyport-sudo-');
});
afterEach(() => {
  if (isRoot) rmSync(directory, { recursive: true });
});
const at = (name: string) => join(directory, name);
const text = (name: string) => readFileSync(at(name), 'utf8');
const call = async (tool: string, input: object) => (await gateway.call(tool, { server, sudo: true, ...input })).json;
const read = (path: string, more: object = {}) => call('read_file', { file_path: path, ...more });
const write = (path: string, contents: string, more: object = {}) =>
  call('write_file', { file_path: path, contents, ...more });

describe('files as root', () => {
  it(...needsRoot('are read, whole, in ranges, by lines and at the end'), async () => {
    writeFileSync(at('a'), 'one\ntwo\nthree\n', { mode: 0o600 });
    await expect(gateway.call('read_file', { server, file_path: at('a') })).rejects.toMatchObject({
      code: 'host_permission_denied',
    });
    expect(await read(at('a'))).toMatchObject({ contents: 'one\ntwo\nthree\n', size_bytes: 14, encoding: 'utf-8' });
    expect(await read(at('a'), { offset: 4, length: 4 })).toMatchObject({ contents: 'two\n', next_offset: 8 });
    expect(await read(at('a'), { start_line: 2, line_count: 1 })).toMatchObject({ contents: 'two\n', total_lines: 3 });
    expect(await read(at('a'), { tail: 1 })).toMatchObject({ contents: 'three\n' });
  });

  it(...needsRoot('are read though they are large'), async () => {
    execFileSync('sh', ['-c', `seq 4000000 > ${at('big')}`]);
    expect(await read(at('big'), { offset: 20_000_000, length: 100 })).toMatchObject({ sha256: null, truncated: true });
    expect(await read(at('big'), { start_line: 1_000_000, line_count: 1 })).toMatchObject({ contents: '1000000\n' });
  });

  it(...needsRoot('are written in one step, with mode and owner kept, and taken back'), async () => {
    writeFileSync(at('a'), 'old');
    chownSync(at('a'), stranger, stranger);
    chmodSync(at('a'), 0o4640);
    const { ino } = statSync(at('a'));
    const { change_id, sha256 } = await write(at('a'), 'new é\n');
    expect([text('a'), statSync(at('a')).ino === ino]).toEqual(['new é\n', false]);
    expect(statSync(at('a'))).toMatchObject({ uid: stranger, gid: stranger, mode: 0o104640 });
    expect(sha256).toMatch(/^[0-9a-f]{64}$/);
    await gateway.call('undo_change', { change_id });
    expect([text('a'), statSync(at('a')).uid, statSync(at('a')).mode]).toEqual(['old', stranger, 0o104640]);
    expect(readdirSync(directory)).toEqual(['a']);
  });

  it(...needsRoot('are made, appended to, edited and removed again'), async () => {
    const { change_id } = await write(at('a'), 'one\n');
    expect(statSync(at('a'))).toMatchObject({ uid: 0, mode: 0o100644 });
    await write(at('a'), 'two\n', { mode: 'append' });
    const { json } = await gateway.call('edit_file', {
      server,
      sudo: true,
      file_path: at('a'),
      old_text: 'two',
      new_text: '2',
    });
    expect(text('a')).toBe('one\n2\n');
    await expect(gateway.call('undo_change', { change_id })).rejects.toMatchObject({ code: 'conflict' });
    await gateway.call('undo_change', { change_id: json['change_id'] });
    expect(text('a')).toBe('one\ntwo\n');
    const undone = await gateway.call('undo_change', { change_id: (await write(at('b'), 'x'))['change_id'] });
    expect(undone.json).toMatchObject({ file: 'removed' });
    expect(readdirSync(directory)).toEqual(['a']);
  });

  it(...needsRoot('with several names stay together, and it is said'), async () => {
    writeFileSync(at('a'), 'old');
    linkSync(at('a'), at('b'));
    expect(await write(at('a'), 'new')).toMatchObject({ in_place: true });
    expect(text('b')).toBe('new');
  });

  it(...needsRoot('are listed, whatever their names are'), async () => {
    mkdirSync(at('closed'), { mode: 0o700 });
    const names = ['-rf', 'new\nline', "it's $(id)", '\\', 'é'];
    for (const name of names) writeFileSync(at(`closed/${name}`), '12');
    const listed = await call('list_directory', { path: at('closed'), detailed: true });
    const entries = listed['entries'] as { name: string; size_bytes: number; mode: string }[];
    expect(entries.map(({ name }) => name).sort()).toEqual(names.sort());
    expect(entries[0]).toMatchObject({ type: 'file', size_bytes: 2, mode: '0644' });
    expect(listed['listing']).toContain('-rw-r--r-- 1 root root 2 ');
  });

  it(...needsRoot('are each judged, and recorded, as what they are: done by sudo'), async () => {
    writeFileSync(at('a'), 'x');
    await read(at('a'));
    const last = (await gateway.auditLog()).at(-1);
    expect(JSON.stringify(last)).toMatch(/"operation":"read","sudo":true/);
    await expect(read('/etc/shadow')).rejects.toMatchObject({ code: 'path_not_permitted' });
    symlinkSync('/etc/shadow', at('link'));
    await expect(read(at('link'))).rejects.toMatchObject({ code: 'path_not_permitted' });
  });
});

describe('root is not led elsewhere', () => {
  const refusedWrites = [
    {
      what: 'a directory of somebody else’s on the way',
      prepare: () => {
        mkdirSync(at('theirs/deep'), { recursive: true });
        chownSync(at('theirs'), stranger, stranger);
        return 'theirs/deep/a';
      },
    },
    {
      what: 'a directory that all may write',
      prepare: () => {
        mkdirSync(at('open'));
        chmodSync(at('open'), 0o777);
        return 'open/a';
      },
    },
    {
      what: 'a file of somebody else’s where all may put files',
      prepare: () => {
        mkdirSync(at('sticky'));
        chmodSync(at('sticky'), 0o1777);
        writeFileSync(at('sticky/a'), 'theirs');
        chownSync(at('sticky/a'), stranger, stranger);
        return 'sticky/a';
      },
    },
    {
      what: 'a directory that a group may write',
      prepare: () => {
        mkdirSync(at('group'));
        chmodSync(at('group'), 0o775);
        return 'group/a';
      },
    },
  ];
  it.each(refusedWrites.map((one) => [...needsRoot(one.what), one.prepare] as const))(
    'by %s: nothing is written',
    async (_what, { skip }, prepare) => {
      if (skip) return;
      const path = prepare();
      await expect(write(at(path), 'x')).rejects.toMatchObject({ code: 'host_permission_denied', ran: 'not_started' });
      const there = readdirSync(join(at(path), '..'));
      expect(there.filter((name) => name.startsWith('.'))).toEqual([]);
    },
  );

  it(...needsRoot('but writes its own files where all may put files'), async () => {
    mkdirSync(at('sticky'));
    chmodSync(at('sticky'), 0o1777);
    await write(at('sticky/a'), 'one');
    await write(at('sticky/a'), 'two');
    expect(text('sticky/a')).toBe('two');
  });

  it(...needsRoot('and writes in the directories of the account that may become root anyway'), async () => {
    const path = join(sshd.home, 'a');
    chmodSync(sshd.home, 0o755);
    await write(path, 'x');
    expect(statSync(path).uid).toBe(0);
    rmSync(path);
  });

  it(...needsRoot('by links that are swapped while it works: what was judged is read, or nothing'), async () => {
    mkdirSync(at('theirs'));
    writeFileSync(at('secret'), 'secret', { mode: 0o600 });
    writeFileSync(at('theirs/a'), 'harmless');
    const swap = 'while :; do ln -sfn ../secret a.new; mv -fT a.new a; echo harmless > a.new; mv -fT a.new a; done';
    const swapping = spawn('sh', ['-c', swap], { cwd: at('theirs'), stdio: 'ignore' });
    const seen: string[] = [];
    try {
      for (let round = 0; round < 150; round += 1) {
        seen.push(
          execFileSync('sh', ['-c', rootScript, 'sh', 'read', at('theirs/a'), '0', '100'], { encoding: 'utf8' }),
        );
      }
    } finally {
      swapping.kill('SIGKILL');
      await once(swapping, 'exit');
    }
    expect(seen.filter((answer) => answer.includes('secret'))).toEqual([]);
    expect(seen.filter((answer) => answer.includes('harmless')).length).toBeGreaterThan(0);
  });

  it(...needsRoot('by hard links that somebody put in a directory of theirs'), async () => {
    mkdirSync(at('theirs'));
    writeFileSync(at('secret'), 'secret', { mode: 0o600 });
    linkSync(at('secret'), at('theirs/a'));
    chownSync(at('theirs'), stranger, stranger);
    await expect(read(at('theirs/a'))).rejects.toMatchObject({ code: 'host_permission_denied' });
  });

  it(...needsRoot('nor to what is no file'), async () => {
    execFileSync('mkfifo', [at('pipe')]);
    mkdirSync(at('d'));
    writeFileSync(at('read-only'), 'x', { mode: 0o444 });
    await expect(read(at('pipe'))).rejects.toMatchObject({ code: 'path_not_permitted' });
    await expect(write(at('pipe'), 'x')).rejects.toMatchObject({ code: 'path_not_permitted' });
    await expect(read(at('d'))).rejects.toMatchObject({ code: 'is_a_directory' });
    await expect(write(at('d'), 'x')).rejects.toMatchObject({ code: 'is_a_directory' });
    await expect(read(at('none'))).rejects.toMatchObject({ code: 'path_not_found' });
    await expect(write(at('no/a'), 'x')).rejects.toMatchObject({ code: 'path_not_found' });
    await expect(write(at('read-only'), 'y')).rejects.toMatchObject({ code: 'host_permission_denied' });
    expect(lstatSync(at('pipe')).isFIFO()).toBe(true);
  });
});

describe('a host without sudo', () => {
  it(...needsRoot('refuses where the operator has not said that the account may'), async () => {
    writeFileSync(at('a'), 'x');
    for (const [tool, input] of Object.entries({
      read_file: { file_path: at('a') },
      write_file: { file_path: at('a'), contents: 'y' },
      edit_file: { file_path: at('a'), old_text: 'x', new_text: 'y' },
      list_directory: { path: directory },
    })) {
      await expect(call(tool, { server: 'no-sudo', ...input })).rejects.toMatchObject({
        code: 'host_permission_denied',
        message: expect.stringContaining('"sudo": true'),
        ran: 'not_started',
      });
    }
    expect(text('a')).toBe('x');
  });

  it(...needsRoot('refuses where sudo itself does'), async () => {
    await using poor = await startSshd({ login: 'ordinary' });
    await using through = await aGateway(poor, { servers: { 'web-1': { ...serverEntry(poor), sudo: true } } });
    writeFileSync(at('a'), 'x');
    const refused = through.call('write_file', { server, sudo: true, file_path: at('a'), contents: 'y' });
    await expect(refused).rejects.toMatchObject({
      code: 'host_permission_denied',
      message: expect.stringContaining('NOPASSWD'),
    });
    expect(text('a')).toBe('x');
  });
});
