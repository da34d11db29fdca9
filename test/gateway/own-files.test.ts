import { execFileSync } from 'node:child_process';
import { linkSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { thisProcess } from '../../src/base/process-identity.ts';
import { OwnFiles } from '../../src/gateway/own-files.ts';
import type { HostId } from '../../src/hosts/host.ts';
import type { Action } from '../../src/policy/action.ts';
import { aGateway, fullRights, fullToken, serverEntry, type TestGateway } from '../fixtures/gateway.ts';
import { needsRoot } from '../fixtures/machine.ts';
import { startSshd, type Sshd } from '../fixtures/sshd.ts';

const seedToken = 'tok_7d1e9c3b5a7f40628e1d3c5b7a9f8e60';
let sshd: Sshd;
let gateway: TestGateway;
/** Where the gateway keeps its files, and a directory beside it that is anybody's. */
let own: string;
let work: string;
let data: string;

beforeAll(async () => {
  sshd = await startSshd();
  const tokens = {
    [fullToken]: { ...fullRights, profile: 'admin' },
    [seedToken]: { ...fullRights, name: 'seed', permissions: ['read', 'execute', 'write', 'install', 'manage'] },
  };
  gateway = await aGateway(sshd, { tokens, servers: { 'web-2': serverEntry(sshd) } });
  own = gateway.directory;
  data = join(own, 'data');
  work = join(own, 'work');
  mkdirSync(work);
  mkdirSync(join(own, 'keys'));
  writeFileSync(join(own, 'keys/id_web'), 'a key');
  writeFileSync(join(own, 'config/policy.yaml'), 'version: 1\n');
  symlinkSync(own, join(work, 'up'));
  symlinkSync(join(own, 'config'), join(work, 'other'));
  symlinkSync(join(data, 'not-yet'), join(work, 'dangling'));
  linkSync(join(own, 'config/tokens.json'), join(work, 'hard'));
  writeFileSync(join(work, 'free'), 'free\n');
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await sshd[Symbol.asyncDispose]();
});

const refused = { code: 'path_not_permitted', ran: 'not_started', details: { rule: 'builtin:gateway_files' } };
const call = (tool: string, input: object, token = fullToken) =>
  gateway.call(tool, { server: 'web-1', ...input }, { token });

describe("the gateway's own files, on a server that is its own machine,", () => {
  it.each<[string, () => string]>([
    ['by their name', () => join(own, 'config/tokens.json')],
    ['by a name with dots', () => `${work}/../config/./policy.yaml`],
    ['that are not there yet', () => join(own, 'keys/new/id_new')],
    ['in the records', () => join(data, 'audit.db')],
    ['in the log of the audit', () => join(own, 'logs/audit.log')],
    ['by a link to their directory', () => join(work, 'other/servers.json')],
    ['by a link above', () => join(work, 'up/data/state.db')],
    ['by a hard link', () => join(work, 'hard')],
    ['by a link that dangles', () => join(work, 'dangling')],
    ['by the root of a process', () => `/proc/self/root${own}/config/tokens.json`],
    ['by the root of the gateway', () => `/proc/${process.pid}/root${own}/config/tokens.json`],
  ])('are kept from every tool for files %s', async (_, path) => {
    for (const token of [fullToken, seedToken]) {
      for (const [tool, input] of [
        ['read_file', { file_path: path() }],
        ['write_file', { file_path: path(), contents: 'ours' }],
        ['edit_file', { file_path: path(), old_text: 'a', new_text: 'b' }],
        ['list_directory', { path: path() }],
        ['read_logs', { path: path() }],
        ['transfer_file', { from_server: 'web-1', from_path: path(), to_server: 'web-2', to_path: join(work, 'copy') }],
        ['transfer_file', { from_server: 'web-2', from_path: join(work, 'free'), to_server: 'web-1', to_path: path() }],
      ] as const) {
        const { server: _server, ...given } = { server: 'web-1', ...input };
        const made = tool === 'transfer_file' ? gateway.call(tool, given, { token }) : call(tool, input, token);
        // What leads through /proc is refused before.
        await expect(made).rejects.toMatchObject({
          code: 'path_not_permitted',
          ran: 'not_started',
        });
      }
    }
    expect(readFileSync(join(own, 'config/policy.yaml'), 'utf8')).toBe('version: 1\n');
  });

  it.each<[string, (own: string) => string]>([
    ['read', (dir) => `cat ${dir}/config/tokens.json`],
    ['read in code', (dir) => `python3 -c "print(open('${dir}/config/tokens.json').read())"`],
    ['written by a redirection', (dir) => `echo x >>${dir}/data/locks.json`],
    ['named by an option', (dir) => `dd if=/dev/null of=${dir}/data/audit.db`],
    ['named in quotes', (dir) => `cat "${dirname(dir)}"/'${basename(dir)}'/conf""ig/tokens.json`],
    ['named with dots and slashes', (dir) => `cat ${dir}/work/..//./config/tokens.json`],
    ['named by a pattern', (dir) => `cat ${dir}/c*/tok?ns.json`],
    ['named from another directory', (dir) => `cd ${dir} && cat config/tokens.json`],
    ['named from another, twice changed', (dir) => `cd ${dirname(dir)}; cd ${basename(dir)}; cat keys/id_web`],
    ['named by a variable', (dir) => `d=${dir}; cat "$d/config/tokens.json"`],
    ['given to a shell', (dir) => `sh -c 'tar cf - ${dir}/keys'`],
    ['given to find', (dir) => `find ${dir}/data -name '*.db' -delete`],
    ['behind sudo', (dir) => `sudo -n cat ${dir}/config/tokens.json`],
    ['behind a link', (dir) => `cat ${dir}/work/other/tokens.json`],
    ['behind a link above', (dir) => `cat ${dir}/work/up/data/state.db`],
    ['behind a link from a directory', (dir) => `cd ${dir}/work/up; cat work/other/tokens.json`],
    ['behind a link that dangles', (dir) => `echo x > ${dir}/work/dangling`],
    ['under another name', (dir) => `cat ${dir}/work/hard`],
    ['through a process', (dir) => `cat /proc/self/root${dir}/config/tokens.json`],
  ])('are kept from commands in which they are %s', async (_, command) => {
    for (const token of [fullToken, seedToken]) {
      for (const more of [{}, { background: true }]) {
        const made = call('execute_command', { command: command(own), ...more }, token);
        await expect(made).rejects.toMatchObject(refused);
      }
    }
    const many = gateway.call('execute_on_multiple', { servers: ['web-1', 'web-2'], command: command(own) });
    await expect(many).rejects.toMatchObject(refused);
  });

  it('are kept from what takes all that is below a directory', async () => {
    const target = { to_server: 'web-2', to_path: join(work, 'all') };
    const whole = gateway.call('transfer_file', { from_server: 'web-1', from_path: own, ...target });
    await expect(whole).rejects.toMatchObject(refused);
    for (const more of [{}, { contains: 'permissions' }]) {
      await expect(call('find_files', { path: own, ...more })).rejects.toMatchObject(refused);
    }
  });

  it(...needsRoot('are kept where another mount shows them'), async () => {
    const there = join(work, 'mounted');
    mkdirSync(there);
    try {
      execFileSync('mount', ['--bind', join(own, 'config'), there], { stdio: 'ignore' });
    } catch {
      // Containers may keep their root from mounting.
      return;
    }
    try {
      await expect(call('read_file', { file_path: join(there, 'tokens.json') })).rejects.toMatchObject(refused);
      await expect(call('execute_command', { command: `cat ${there}/tokens.json` })).rejects.toMatchObject(refused);
    } finally {
      execFileSync('umount', [there]);
    }
  });

  it('leave what is beside them as it is', async () => {
    expect((await call('read_file', { file_path: join(work, 'free') })).json).toMatchObject({ contents: 'free\n' });
    expect((await call('list_directory', { path: own })).json).toMatchObject({ success: true });
    for (const command of [`cat ${work}/free`, `ls ${own}`, `cd ${own}; ls`, `cat ${own}-x/config; true`]) {
      expect((await call('execute_command', { command })).json).toMatchObject({ exit_code: 0 });
    }
    expect((await call('find_files', { path: work, pattern: 'fr*' })).json).toMatchObject({ success: true });
  });

  it('are those of another machine where the server says that it is one', async () => {
    const { ownFiles } = gateway.running.gateway;
    ownFiles.learn('web-2' as HostId, '3d1f0b52-8c55-4b4e-9d2f-0a4b7b6f1c11');
    const file_path = join(own, 'config/policy.yaml');
    expect((await gateway.call('read_file', { server: 'web-2', file_path })).json).toMatchObject({ success: true });
    ownFiles.forget(new Set(['web-2' as HostId]));
    await expect(gateway.call('read_file', { server: 'web-2', file_path })).rejects.toMatchObject(refused);
  });
});

describe('what is about own files', () => {
  const host = 'web-1' as HostId;
  const isAbout = async (files: OwnFiles, action: Action) => (await files.among([action])).size === 1;
  const running = (command: string): Action => ({ kind: 'run_command', host, command });
  const reading = (path: string): Action => ({ kind: 'read_path', host, path, resolved: path });

  it('is everywhere, where no boot can be told from another', () => {
    const files = new OwnFiles([own], '');
    files.learn(host, thisProcess().bootId);
    expect(files.isHere(host)).toBe(true);
  });

  it.each([
    ['~', '/.config/gw'],
    [`~${userInfo().username}`, '/.config/gw'],
    ['$HOME', '/.config/gw'],
    ['.', '/.config/gw'],
  ])('may be named from %s', async (from, rest) => {
    const files = new OwnFiles([join(userInfo().homedir, '.config/gw')]);
    expect(await isAbout(files, running(`cat ${from}${rest}/policy.yaml`))).toBe(true);
    expect(await isAbout(files, running(`cat ${from}${rest}ing/policy.yaml`))).toBe(false);
  });

  it('is nothing without places', async () => {
    expect(await isAbout(new OwnFiles([]), reading('/etc/passwd'))).toBe(false);
  });

  it('is a command that names more than can be looked at', async () => {
    const files = new OwnFiles([join(own, 'config')]);
    const paths = Array.from({ length: 200 }, (_, n) => join(work, `file-${n}`));
    expect(await isAbout(files, running(`cat ${paths.slice(0, 50).join(' ')}`))).toBe(false);
    expect(await isAbout(files, running(`cat ${paths.join(' ')}`))).toBe(true);
    expect(await isAbout(files, running(`echo ${'x '.repeat(3_000)}`))).toBe(false);
  });

  it('is found by the names of old logs, and by no other that begins alike', async () => {
    const files = new OwnFiles([join(own, 'logs/audit.log')]);
    const decided = ['audit.log', 'audit.log.1', 'audit.log.2.gz', 'audit.logs', 'other.log', 'audit'].map((name) =>
      isAbout(files, reading(join(own, 'logs', name))),
    );
    expect(await Promise.all(decided)).toEqual([true, true, true, false, false, false]);
    expect(relative(own, work)).toBe('work');
  });
});
