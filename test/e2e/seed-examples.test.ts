import { copyFileSync, mkdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SallyportPlace, type Running } from '../fixtures/sallyport.ts';
import { exampleDotEnv, exampleEnvOfSecondSeed, exampleServers, exampleTokens } from '../fixtures/seed-examples.ts';
import { startSshd, type Sshd } from '../fixtures/sshd.ts';

let sshd: Sshd;
beforeAll(async () => {
  sshd = await startSshd({ ports: 3 });
});
afterAll(() => sshd[Symbol.asyncDispose]());

const token = 'tok_8c1b2d3e4f5061728394a5b6c7d8e9f0';

function directories(place: SallyportPlace): Readonly<Record<string, string>> {
  return { CONFIG_DIR: place.path('config'), KEYS_DIR: place.path('keys'), LOGS_DIR: place.path('logs') };
}

/** What a tool answers to the holder of the token. */
async function call(running: Running, name: string, input: object): Promise<Record<string, unknown>> {
  const [, url = ''] = await running.printed(/(http:\/\/127\.0\.0\.1:\d+\/mcp)\n/);
  const response = await fetch(url, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name, arguments: input } }),
  });
  const { result } = (await response.json()) as { result: { structuredContent: Record<string, unknown> } };
  return result.structuredContent;
}

describe('the example files of the first seed', () => {
  it('have the size they are known to have', () => {
    const { allowed_commands_patterns: patterns, forbidden_commands: forbidden } = exampleServers.security;
    expect([patterns.length, forbidden.length]).toEqual([199, 7]);
  });

  it('stop the start, unmodified, with every line that must change', async () => {
    await using place = new SallyportPlace();
    place.write('config/servers.json', exampleServers);
    place.write('config/tokens.json', exampleTokens);
    place.write('.env', exampleDotEnv);
    const { status, stdout, stderr } = await place.run(['serve'], { env: directories(place) });
    expect({ status, stdout }).toEqual({ status: 78, stdout: '' });
    expect(stderr).toMatch(/HOST|0\.0\.0\.0/);
    for (const way of ['TLS_CERT_FILE', 'PUBLIC_BASE_URL', 'SALLYPORT_INSECURE_BIND']) expect(stderr).toContain(way);
    for (const name of ['cursor-admin', 'claude-readonly', 'codex-devops']) {
      expect(stderr).toMatch(new RegExp(`tokens\\.json:\\d+:\\d+: token \\d '${name}' is a published example`));
    }
    expect(stderr).not.toContain('tok_example');
  });

  it("work with a token of one's own, once the host keys are trusted", { timeout: 60_000 }, async () => {
    await using place = new SallyportPlace();
    mkdirSync(place.path('keys'), { mode: 0o700 });
    const entries = Object.entries(exampleServers.servers).map(([name, entry], index) => {
      copyFileSync(sshd.keyPath, place.path(entry.ssh_key_path.replace('/app/', '')));
      return [name, { ...entry, host: sshd.address, port: sshd.ports[index], user: sshd.user }];
    });
    // The addresses and accounts are this machine's; everything else is as it was shipped.
    place.write('config/servers.json', { ...exampleServers, servers: Object.fromEntries(entries) });
    const { tok_example_codex_devops_def456: devops } = exampleTokens.tokens;
    place.write('config/tokens.json', { tokens: { [token]: { ...devops, created_at: new Date().toISOString() } } });
    place.write('.env', exampleDotEnv);
    const env = { ...directories(place), HOST: '127.0.0.1', PORT: '0' };
    expect(await place.run(['server', 'trust', '--all', '--yes'], { env })).toMatchObject({ status: 0 });
    const serving = place.start(['serve'], { env });
    await serving.printed(/3 servers, all with a known host key/);
    expect(await call(serving, 'list_servers', {})).toMatchObject({
      count: 3,
      servers: { 'prod-web-01': { tags: ['production', 'web'], description: 'Production web server 01' } },
    });
    const run = (command: string) => call(serving, 'execute_command', { server: 'prod-db-01', command });
    expect(await run('whoami')).toMatchObject({ success: true, stdout: `${sshd.user}\n` });
    expect(await run('cat /etc/hostname')).toMatchObject({ success: true });
    expect(await run('hostname')).toMatchObject({ error: expect.stringContaining('Command not in allowed patterns') });
    expect(await run('sudo rm -rf /srv')).toMatchObject({ error: expect.stringContaining("contains 'rm -rf /'") });
    expect(await run('sudo reboot')).toMatchObject({ code: 'approval_required' });
    expect(await call(serving, 'list_directory', { server: 'test-web-01', path: '/etc' })).toMatchObject({
      success: true,
    });
    expect(await serving.stop()).toBe(0);
    expect(serving.stderr).toContain('PROD_DB_SSH_PASSPHRASE is not set');
    expect(serving.stderr).toContain('Accepted but without use: SECRET_KEY, RELOAD, EXTERNAL_PORT');
  });
});

describe('the example environment of the second seed', () => {
  it('starts once its one secret that is used is a secret, and says what is left to do', async () => {
    await using place = new SallyportPlace();
    place.write('.env', exampleEnvOfSecondSeed);
    expect(await place.run(['serve', '--port', '0'])).toMatchObject({
      status: 78,
      stderr: expect.stringMatching(/^SESSION_SECRET: is an example .* openssl rand -hex 32\n$/),
    });
    const own = 'SESSION_SECRET=8f14e45fceea167a5a36dedd4bea2543c9f0f895fb98ab91';
    place.write('.env', exampleEnvOfSecondSeed.replace(/^SESSION_SECRET=.*$/m, own));
    const serving = place.start(['serve', '--port', '0']);
    await serving.printed(
      /1 server, 1 without a known host key → sallyport server trust 127\.0\.0\.1 --dotenv \.env\n/,
    );
    await serving.printed(/Serving MCP at/);
    expect(await serving.stop()).toBe(0);
    expect(serving.stderr).toContain('Accepted but without use: MCP_API_KEY, JWT_SECRET, OAUTH_CODE_SECRET');
  });
});
