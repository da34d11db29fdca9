import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Check } from '../check.ts';
import { assertKeys } from '../client.ts';

const own: Readonly<Record<string, readonly string[]>> = {
  ssh_execute: ['command'],
  ssh_read_file: ['path'],
  ssh_write_file: ['path', 'content'],
  ssh_edit_file: ['path', 'operation', 'old_text', 'new_text', 'line_number', 'line_numbers'],
  ssh_list_directory: ['path'],
  ssh_tail_file: ['path', 'lines'],
  ssh_find_files: ['root', 'name_pattern', 'file_type', 'max_depth'],
  ssh_manage_service: ['service', 'action', 'lines'],
  ssh_system_info: [],
  ssh_close_connection: [],
};
const connection = `host port username connect_timeout command_timeout private_key_path passphrase password`.split(' ');

export const secondToolsChecks = {
  'the ten tools of ssh-mcp-server have their parameters, those of the connection too': async ({ second }) => {
    const tools = await second.client.tools();
    assert.deepEqual([...tools.keys()], Object.keys(own));
    for (const [name, parameters] of Object.entries(own)) {
      const missing = [...connection, ...parameters].filter(
        (parameter) => tools.get(name)?.includes(parameter) !== true,
      );
      assert.deepEqual(missing, [], name);
    }
  },
  'the ten tools of ssh-mcp-server answer as they did, with SSH_DEFAULT_* and no token': async ({ second, folder }) => {
    const path = join(folder, 'second-seed.txt');
    const ask = async (name: string, input: object = {}) => await second.client.call(name, { ...input });
    assertKeys((await ask('ssh_execute', { command: 'uptime' })).json, [
      'stdout',
      'stderr',
      'exit_code',
      'duration_ms',
      'host',
    ]);
    assert.equal((await ask('ssh_write_file', { path, content: 'one\ntwo\n' })).text, `✓ Written: ${path}`);
    assert.equal((await ask('ssh_read_file', { path })).text, 'one\ntwo\n');
    assert.match((await ask('ssh_tail_file', { path, lines: 1 })).text, /two/);
    assert.match((await ask('ssh_list_directory', { path: folder })).text, /^Directory: .* on 127\.0\.0\.1\n\n/);
    assert.match((await ask('ssh_find_files', { root: folder, name_pattern: 'second-*' })).text, /second-seed\.txt/);
    assert.notEqual((await ask('ssh_manage_service', { service: 'ssh', action: 'status' })).text, '');
    assert.match((await ask('ssh_system_info')).text, /── OS ──/);
    assert.equal((await ask('ssh_close_connection')).text, 'Connection to 127.0.0.1 closed.');
  },
  'a file is edited by replacing, inserting and deleting, at its edges too': async ({ second, folder }) => {
    const path = join(folder, 'edited.txt');
    writeFileSync(path, 'a\nb\nb');
    const edit = async (input: object) => (await second.client.call('ssh_edit_file', { path, ...input })).json;
    assert.partialDeepStrictEqual(await edit({ operation: 'replace', old_text: 'b', new_text: 'c' }), {
      changes_made: 2,
    });
    await edit({ operation: 'insert_after', line_number: 3, new_text: 'd' });
    await edit({ operation: 'insert_before', line_number: 1, new_text: 'zero' });
    await edit({ operation: 'delete_lines', line_numbers: [2] });
    assert.equal(readFileSync(path, 'utf8').trimEnd(), 'zero\nc\nc\nd');
    assert.ok(
      (await second.client.call('ssh_edit_file', { path, operation: 'replace', old_text: '', new_text: 'x' })).isError,
    );
  },
  'other hosts and passwords in arguments are refused unless they are allowed': async ({ second }) => {
    for (const input of [
      { host: '192.0.2.1' },
      { host: '192.0.2.1', username: 'root', password: 'hunter2-and-more' },
    ]) {
      assert.ok((await second.client.call('ssh_execute', { command: 'id', ...input })).isError);
    }
  },
  'ALLOWED_COMMANDS binds every program of a command, and the tools for logs and services': async ({
    second,
    sshd,
  }) => {
    const client = await second.with({ ALLOWED_COMMANDS: 'ls,uptime' });
    const run = async (command: string) => await client.call('ssh_execute', { command });
    assert.equal((await run('ls /; uptime')).isError, false);
    for (const command of ['ls /; id -un', 'ls $(id)', 'sh -c ls', 'ls | tee x']) {
      const { isError, text } = await run(command);
      assert.ok(isError, command);
      assert.match(text, /is not allowed|cannot be told/, command);
    }
    assert.match((await run('id')).text, /Command 'id' is not allowed\. Allowed: ls, uptime/);
    assert.ok((await client.call('ssh_tail_file', { path: sshd.keyPath })).isError);
  },
  'a command that leaves something running behind it runs once': async ({ second, folder }) => {
    const file = join(folder, 'ran');
    const { json } = await second.client.call('ssh_execute', {
      command: `echo ran >> ${file}; sleep 2 & echo started`,
    });
    assert.partialDeepStrictEqual(json, { stdout: 'started', exit_code: 0 });
    await sleep(500);
    assert.equal(readFileSync(file, 'utf8'), 'ran\n');
  },
  'a connection that was cut is made again, and what ran on it is not repeated': async ({ second, sshd, folder }) => {
    const file = join(folder, 'cut');
    const command = `echo ran >> ${file}; sleep 300`;
    const cut = second.client.call('ssh_execute', { command });
    for (let tries = 0; tries < 100 && !existsSync(file); tries += 1) await sleep(100);
    sshd.dropConnections();
    const { isError, json } = await cut;
    assert.ok(isError);
    assert.equal(json['ran'], 'may_have_run');
    const { json: next } = await second.client.call('ssh_execute', { command: `cat ${file}` });
    assert.partialDeepStrictEqual(next, { stdout: 'ran', exit_code: 0 });
  },
  'one connection serves many calls': async ({ second, sshd }) => {
    await Promise.all(Array.from({ length: 8 }, () => second.client.call('ssh_execute', { command: 'true' })));
    const before = sshd.connections().length;
    await Promise.all(Array.from({ length: 8 }, () => second.client.call('ssh_execute', { command: 'true' })));
    assert.ok(sshd.connections().length <= before, 'calls opened connections of their own');
  },
  'more than 2 MB of output come to an end': async ({ second }) => {
    const { json } = await second.client.call('ssh_execute', { command: 'head -c 6000000 /dev/zero | tr "\\0" x' });
    assert.partialDeepStrictEqual(json, { exit_code: 0 });
  },
} satisfies Readonly<Record<string, Check>>;
