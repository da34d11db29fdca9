import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SallyportPlace } from '../../test/fixtures/sallyport.ts';
import type { Check } from '../check.ts';
import { assertKeys } from '../client.ts';
import { writeFirstSeed } from '../seeds/first-seed.ts';

/** What the command line of mcp-ssh had, and what its documents said it had; with the flags that its prompts have. */
const verbs = [
  'server add',
  'server list',
  'server remove',
  'server test',
  'server enable',
  'server disable',
  'token create',
  'token list',
  'token revoke',
  'token enable',
  'token disable',
  'status',
];

export const operatingChecks = {
  'every command of mcp-ssh is there': async (world) => {
    await using place = new SallyportPlace([world.sallyport]);
    for (const verb of verbs) {
      const { status, stdout } = await place.run([...verb.split(' '), '--help']);
      assert.equal(status, 0, verb);
      assert.match(stdout, /--config-dir/);
    }
  },
  'servers and tokens are managed without a terminal': async (world) => {
    await using place = new SallyportPlace([world.sallyport]);
    const env = await writeFirstSeed(place, world.sshd);
    const run = async (...args: readonly string[]) => {
      const { status, stdout, stderr } = await place.run(args, { env });
      assert.equal(status, 0, `${args.join(' ')}: ${stdout}${stderr}`);
      return stdout;
    };
    assert.match(await run('server', 'list'), /Configured Servers[\s\S]*prod-web-01[\s\S]*✓ Enabled/);
    await run('server', 'trust', 'prod-web-01', '--yes');
    assert.match(await run('server', 'test', 'prod-web-01'), /Connection test passed!/);
    const { address, port, user, keyPath } = world.sshd;
    const at = ['--host', address, '--port', String(port), '--user', user, '--key', keyPath];
    await run('server', 'add', 'new-1', ...at, '--accept-host-key');
    await run('server', 'disable', 'new-1');
    await run('server', 'enable', 'new-1');
    await run('server', 'remove', 'new-1', '--yes');
    assert.match(await run('token', 'create', 'ci', '--permissions', 'read,execute'), /Token: tok_/);
    assert.match(await run('token', 'list'), /API Tokens[\s\S]*ci/);
    await run('token', 'disable', 'ci');
    await run('token', 'enable', 'ci');
    await run('token', 'revoke', 'ci', '--yes');
    await run('status');
  },
  'audit.log is JSON Lines with the fields of mcp-ssh, and holds refusals too': async ({ first }) => {
    const server = 'test-web-01';
    const mark = `audit-${process.pid}`;
    await first.client.call('execute_command', { server, command: `echo ${mark}` });
    await first.client.call('execute_command', { server, command: `hostname ${mark}` });
    await (
      await first.as('readOnly')
    ).call('write_file', { server, file_path: `/tmp/${mark}`, contents: 'secret text' });
    await first.client.call('list_servers');
    const isOurs = ({ command }: Readonly<Record<string, unknown>>): boolean => String(command).includes(mark);
    // It is written behind the answers; the record that decides is audit.db.
    for (let tries = 0; tries < 50 && first.records().filter(isOurs).length < 2; tries += 1) await sleep(100);
    const records = first.records();
    const [ran, refused] = records.filter(isOurs);
    assert.partialDeepStrictEqual(ran, {
      event_type: 'command_execution',
      token_name: 'cursor-admin',
      result: 'success',
    });
    assertKeys(ran, ['timestamp', 'server_name', 'command', 'exit_code', 'duration_ms', 'metadata']);
    assert.partialDeepStrictEqual(refused, { event_type: 'command_denied', result: 'blocked', server_name: server });
    assert.ok(
      records.some(
        ({ token_name: name, error }) => name === 'claude-readonly' && /Permission denied/.test(String(error)),
      ),
    );
    assert.ok(records.some((record) => JSON.stringify(record).includes('list_servers')));
    assert.doesNotMatch(JSON.stringify(records), /secret text/);
  },
  'the record verifies': async ({ first }) => {
    const { stdout } = await first.place.run(['audit', 'verify', '--json'], { env: first.environment });
    assert.partialDeepStrictEqual(JSON.parse(stdout), { ok: true });
  },
  'no private key is in what the gateway says, logs or records': async ({ first }) => {
    const key = readFileSync(first.place.path('keys/prod_web_ed25519'), 'utf8').split('\n')[2] ?? '';
    assert.ok(key.length > 40);
    const shown = await first.place.run(['server', 'show', 'prod-web-01', '--json'], { env: first.environment });
    const listed = await first.client.call('list_servers');
    const said = [
      shown.stdout,
      listed.text,
      first.serving.stdout,
      first.serving.stderr,
      first.place.read('logs/audit.log'),
    ];
    for (const text of said) assert.ok(!text.includes(key));
  },
  'what raises privileges or loads into the kernel is never simply allowed': async (world) => {
    await using place = new SallyportPlace([world.sallyport]);
    const commands = [
      'insmod x.ko',
      'modprobe x',
      'visudo',
      'chmod u+s /bin/sh',
      'usermod -aG sudo x',
      'setcap cap_setuid+ep x',
      'su -c visudo',
    ];
    for (const command of commands) {
      const { stdout } = await place.run(['policy', 'explain', '--profile', 'standard', '--json', '--', command]);
      assert.match((JSON.parse(stdout) as { decision: string }).decision, /^(ask|deny)$/, command);
    }
  },
  'the share of the code that tests run, as it was measured last, is above 80 %': async (world) => {
    const figures = readFileSync(join(world.package, 'docs/benchmarks.md'), 'utf8');
    const [, percent = '0'] = /^Tests run (\d+) % of the code/m.exec(figures) ?? [];
    assert.ok(Number(percent) > 80, `docs/benchmarks.md says ${percent} %: npm run coverage measures it`);
  },
  'the gateway answers health checks, and ends well when it is told to': async (world) => {
    await using place = new SallyportPlace([world.sallyport]);
    const serving = place.start(['serve', '--port', '0']);
    const [, port = ''] = await serving.printed(/127\.0\.0\.1:(\d+)/);
    await serving.printed(/Serving MCP/);
    for (const path of ['health', 'healthz', 'readyz']) {
      assert.equal((await fetch(`http://127.0.0.1:${port}/${path}`)).status, 200, path);
    }
    assert.equal((await place.run(['healthcheck'], { env: { PORT: port } })).status, 0);
    assert.equal(await serving.stop('SIGTERM'), 0);
  },
} satisfies Readonly<Record<string, Check>>;
