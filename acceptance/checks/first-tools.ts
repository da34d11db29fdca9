import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Check } from '../check.ts';
import { assertKeys } from '../client.ts';
import { tokens } from '../seeds/first-seed.ts';

const parameters: Readonly<Record<string, readonly string[]>> = {
  execute_command: ['server', 'command', 'timeout'],
  execute_on_multiple: ['servers', 'command', 'timeout'],
  read_file: ['server', 'file_path'],
  write_file: ['server', 'file_path', 'contents', 'mode'],
  list_directory: ['server', 'path', 'detailed'],
  check_service_status: ['server', 'service_name'],
  install_package: ['server', 'package_name', 'package_manager'],
  list_servers: ['tag'],
  get_system_info: ['server'],
};
const server = 'test-web-01';

export const firstToolsChecks = {
  'the nine tools of mcp-ssh have their parameters': async ({ first }) => {
    const tools = await first.client.tools();
    for (const [name, wanted] of Object.entries(parameters)) {
      const missing = wanted.filter((parameter) => tools.get(name)?.includes(parameter) !== true);
      assert.deepEqual(missing, [], name);
    }
  },
  'the nine tools of mcp-ssh answer with their keys, as JSON in text and structure': async ({ first, folder }) => {
    const file_path = join(folder, 'first-seed.txt');
    const answers: readonly (readonly [name: string, input: object, keys: readonly string[]])[] = [
      [
        'execute_command',
        { server, command: 'echo é' },
        ['success', 'server', 'command', 'exit_code', 'stdout', 'stderr', 'duration_ms'],
      ],
      ['execute_on_multiple', { servers: [server], command: 'uptime' }, ['success', 'command', 'results', 'summary']],
      [
        'write_file',
        { server, file_path, contents: 'one\n' },
        ['success', 'server', 'file_path', 'mode', 'bytes_written'],
      ],
      ['read_file', { server, file_path }, ['success', 'server', 'file_path', 'contents', 'size_bytes']],
      ['list_directory', { server, path: folder }, ['success', 'server', 'path', 'listing']],
      [
        'check_service_status',
        { server, service_name: 'ssh' },
        ['success', 'server', 'service', 'is_active', 'is_enabled', 'status_output'],
      ],
      [
        'install_package',
        { server, package_name: 'nginx', package_manager: 'pacman' },
        ['success', 'server', 'package', 'error'],
      ],
      ['list_servers', {}, ['success', 'servers', 'count']],
      ['get_system_info', { server }, ['success', 'server', 'system_info']],
    ];
    for (const [name, input, keys] of answers) {
      const { json, text } = await first.client.call(name, { ...input });
      assertKeys(json, keys);
      assert.deepEqual(JSON.parse(text), json, name);
    }
    assert.equal(readFileSync(file_path, 'utf8'), 'one\n');
    const { json } = await first.client.call('get_system_info', { server });
    assertKeys(json['system_info'], ['hostname', 'uptime', 'os_release', 'kernel', 'cpu_info', 'memory', 'disk']);
  },
  'what a token may not do is refused in the words of mcp-ssh': async ({ first }) => {
    const readOnly = await first.as('readOnly');
    const { text, isError } = await readOnly.call('write_file', { server, file_path: '/tmp/x', contents: '' });
    assert.ok(isError);
    assert.match(text, /Permission denied: 'write' required/);
    const { text: unknown } = await first.client.call('execute_command', { server: 'nobody', command: 'ls' });
    assert.match(unknown, /Server not found: nobody/);
  },
  'one command runs on many servers at the same time': async ({ first }) => {
    const began = performance.now();
    const { json } = await first.client.call('execute_on_multiple', { servers: ['*'], command: 'sleep 4' });
    assert.partialDeepStrictEqual(json, { success: true, summary: { total: 3, succeeded: 3, failed: 0 } });
    assert.ok(performance.now() - began < 11_000, 'three sleeps of four seconds took as long as one after another');
  },
  'what comes of many servers is told while the call runs': async ({ first }) => {
    const told: string[] = [];
    const call = { name: 'execute_on_multiple', arguments: { servers: ['*'], command: 'sleep 1', max_parallel: 1 } };
    await first.client.sdk.callTool(call, undefined, { onprogress: ({ message }) => told.push(message ?? '') });
    assert.ok(told.length > 0, 'no progress was told');
  },
  'a timeout ends the command on its host, and says what became of it': async ({ first }) => {
    const { json } = await first.client.call('execute_command', { server, command: 'sleep 300', timeout: 1 });
    assert.partialDeepStrictEqual(json, { success: false, status: 'timed_out', stopped: { state: 'confirmed' } });
  },
  'a limit of servers.json is kept: 429 and Retry-After': async ({ first }) => {
    // 60 requests a minute in the example, of which this token has a twentieth.
    const ask = () =>
      fetch(`${first.url}/mcp`, {
        method: 'POST',
        headers: { authorization: `Bearer ${tokens.slow}`, 'content-type': 'application/json' },
        body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' }),
      });
    const statuses: number[] = [];
    for (let n = 0; n < 3; n += 1) statuses.push((await ask()).status);
    const over = await ask();
    assert.deepEqual([...statuses, over.status], [200, 200, 200, 429]);
    assert.match(over.headers.get('retry-after') ?? '', /^\d+$/);
  },
} satisfies Readonly<Record<string, Check>>;
