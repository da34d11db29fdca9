import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { SallyportPlace } from '../../test/fixtures/sallyport.ts';
import { exampleDotEnv, exampleServers, exampleTokens } from '../../test/fixtures/seed-examples.ts';
import type { Check } from '../check.ts';
import { AcceptanceClient } from '../client.ts';
import { tokens, writeFirstSeed } from '../seeds/first-seed.ts';
import type { World } from '../world.ts';

/** The first seed's directories, with its client over stdio. */
async function personal(world: World, token: string, more: Readonly<Record<string, string>> = {}) {
  const { place, environment } = world.first;
  const env = place.environment({ ...environment, ...more, MCP_TOKEN: token, PROD_DB_SSH_PASSPHRASE: 'unused' });
  const started = { command: world.sallyport, args: ['stdio'], env, cwd: place.directory, stderr: 'ignore' as const };
  return await AcceptanceClient.over(new StdioClientTransport(started));
}

/** Variables that the documents of the seeds name, and what takes them. */
const variables =
  `CONFIG_DIR KEYS_DIR LOGS_DIR LOG_LEVEL PUBLIC_BASE_URL MCP_TOKEN HOST PORT EXTERNAL_PORT TOKEN_EXPIRY_HOURS
RATE_LIMIT_ENABLED RATE_LIMIT_PER_MINUTE RATE_LIMIT_PER_HOUR SSH_CONNECTION_TIMEOUT SSH_COMMAND_TIMEOUT DEBUG RELOAD SECRET_KEY
HTTP_HOST HTTP_PORT GOOGLE_CLIENT_ID GOOGLE_CLIENT_SECRET ALLOWED_EMAIL JWT_SECRET OAUTH_CODE_SECRET SESSION_SECRET
CHATGPT_CLIENT_ID CHATGPT_CLIENT_SECRET CHATGPT_REDIRECT_URI SSH_DEFAULT_HOST SSH_DEFAULT_USER SSH_DEFAULT_PORT SSH_KEY_PATH
SSH_DEFAULT_PASSWORD SSH_CONNECT_TIMEOUT COMMAND_TIMEOUT ALLOWED_COMMANDS SSH_KEY_PASSPHRASE MCP_API_KEY`.split(/\s+/);

export const configurationChecks = {
  'servers.json and tokens.json of mcp-ssh are read, and not written': async ({ first }) => {
    const digests = () =>
      ['servers', 'tokens'].map((name) =>
        createHash('sha256')
          .update(first.place.read(`config/${name}.json`))
          .digest('hex'),
      );
    const before = digests();
    const { json } = await first.client.call('list_servers');
    assert.partialDeepStrictEqual(json, { success: true, count: 3 });
    const shown = json['servers'] as Readonly<Record<string, Readonly<Record<string, unknown>>>>;
    for (const [name, { tags, description }] of Object.entries(exampleServers.servers)) {
      assert.partialDeepStrictEqual(shown[name], { tags, description });
      const { json: ran } = await first.client.call('execute_command', { server: name, command: 'echo reached' });
      assert.partialDeepStrictEqual(ran, { success: true, stdout: 'reached\n' });
    }
    assert.deepEqual(digests(), before);
  },
  'the tokens that the example publishes stop the start': async (world) => {
    await using place = new SallyportPlace([world.sallyport]);
    place.write('config/servers.json', exampleServers);
    place.write('config/tokens.json', exampleTokens);
    place.write('.env', exampleDotEnv.replace('HOST=0.0.0.0', 'HOST=127.0.0.1'));
    const { status, stderr } = await place.run(['serve', '--config-dir', place.path('config')]);
    assert.equal(status, 78);
    for (const { name } of Object.values(exampleTokens.tokens))
      assert.match(stderr, new RegExp(`'${name}' is a published`));
  },
  'keys that nobody knows stay in the files': async (world) => {
    await using place = new SallyportPlace([world.sallyport]);
    const entry = { ...exampleServers.servers['test-web-01'], rack: 'B7' };
    place.write('config/servers.json', { note: 'ours', servers: { 'test-web-01': entry } });
    place.write('config/tokens.json', { note: 'ours', tokens: {} });
    for (const args of [
      ['server', 'disable', 'test-web-01'],
      ['token', 'create', 'ci', '--permissions', 'read'],
    ]) {
      assert.equal((await place.run(args)).status, 0);
    }
    assert.partialDeepStrictEqual(place.json('config/servers.json'), {
      note: 'ours',
      servers: { 'test-web-01': { ...entry, enabled: false } },
    });
    assert.partialDeepStrictEqual(place.json('config/tokens.json'), { note: 'ours' });
  },
  'stdio takes MCP_TOKEN and CONFIG_DIR, says at a call that the token is missing, and goes on once tokens are hashes':
    async (world) => {
      await using own = new SallyportPlace([world.sallyport]);
      const directories = await writeFirstSeed(own, world.sshd);
      const client = await personal(world, tokens.readOnly, directories);
      await using _client = client;
      const count = async () => (await client.call('list_servers')).json['count'];
      assert.equal(await count(), 1);
      assert.equal((await own.run(['token', 'migrate'], { env: directories })).status, 0);
      const stored = own.read('config/tokens.json');
      assert.ok(Object.values(tokens).every((token) => !stored.includes(token)));
      assert.equal(await count(), 1);
      await using nobody = await personal(world, '', directories);
      const { isError, text } = await nobody.call('list_servers');
      assert.ok(isError);
      assert.match(text, /MCP_TOKEN environment variable is not set/);
    },
  'prefix patterns say which servers a token reaches': async ({ first }) => {
    const readOnly = await first.as('readOnly');
    const { json } = await readOnly.call('list_servers');
    assert.deepEqual(Object.keys(json['servers'] as object), ['test-web-01']);
    const denied = await readOnly.call('execute_command', { server: 'prod-web-01', command: 'uptime' });
    assert.match(denied.text, /Access denied to server: prod-web-01/);
    const { json: many } = await first.client.call('execute_on_multiple', { servers: ['prod-*'], command: 'whoami' });
    assert.deepEqual(Object.keys(many['results'] as object), ['prod-web-01', 'prod-db-01']);
  },
  'the security block binds at least as strictly, and false alarms of the seed run': async ({ first }) => {
    const run = async (command: string) =>
      (await first.client.call('execute_command', { server: 'test-web-01', command })).json;
    for (const command of [
      'hostname',
      'ls /tmp; rm -r /tmp/nothing-here',
      'ls $(rm -r /tmp/nothing-here)',
      'sudo rm -rf /srv',
    ]) {
      assert.partialDeepStrictEqual(await run(command), { success: false, code: 'denied_by_policy', blocked: true });
    }
    for (const command of ['sudo reboot', 'sudo shutdown -h now']) {
      assert.partialDeepStrictEqual(await run(command), { success: false, code: 'approval_required' });
    }
    // The seed refused these: what has no blank behind its name, and what has the word "format" in it.
    for (const command of ['uptime', "docker ps --format '{{.Names}}'"]) {
      assert.notEqual((await run(command))['code'], 'denied_by_policy', command);
    }
  },
  'every variable of both seeds is in the reference of the package': async (world) => {
    const reference = readFileSync(join(world.package, 'docs/configuration.md'), 'utf8');
    const missing = variables.filter((name) => !reference.includes(`\`${name}\``));
    assert.deepEqual(missing, []);
    assert.match(world.first.serving.stderr, /Accepted but without use: SECRET_KEY, RELOAD, EXTERNAL_PORT/);
  },
  'variables of the seeds do what their names say': async (world) => {
    for (const name of ['SSH_COMMAND_TIMEOUT', 'COMMAND_TIMEOUT']) {
      const { json } = await (await world.second.with({ [name]: '1' })).call('ssh_execute', { command: 'sleep 300' });
      assert.partialDeepStrictEqual(json, { status: 'timed_out', stopped: { state: 'confirmed' } });
    }
    await using expired = await personal(world, tokens.readOnly, { TOKEN_EXPIRY_HOURS: '1' });
    assert.equal((await expired.call('list_servers')).isError, false);
    const limited = await world.second.with({ RATE_LIMIT_PER_MINUTE: '1' });
    assert.equal((await limited.call('ssh_execute', { command: 'true' })).isError, false);
    assert.equal((await limited.call('ssh_execute', { command: 'true' })).json['code'], 'rate_limited');
  },
} satisfies Readonly<Record<string, Check>>;
