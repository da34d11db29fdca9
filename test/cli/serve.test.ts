import { chmodSync, existsSync, statSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { SallyportPlace, type Running } from '../fixtures/sallyport.ts';

const web = { host: '127.0.0.1', port: 1, user: 'deploy', ssh_key_path: '/keys/web' };
const pinned = { ...web, host_key: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPEACVxbKaRLH1uouz/Ka/aXssAt7wSvrqmdGz2SSFm/' };

async function post(
  url: string,
  token: string,
  name: string,
  input: object,
): Promise<{ status: number; body: unknown }> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name, arguments: input } }),
  });
  return { status: response.status, body: await response.json() };
}

async function urlOf(running: Running): Promise<string> {
  return (await running.printed(/(http:\/\/127\.0\.0\.1:\d+\/mcp)\n/))[1] ?? '';
}

describe.concurrent('serve', { timeout: 60_000 }, () => {
  it('says what it found and what is left to do, serves, and ends at SIGTERM', async () => {
    await using place = new SallyportPlace();
    place.write('config/servers.json', {
      servers: { a: pinned, b: web, off: { ...web, enabled: false }, demo: { ...web, demo: true } },
    });
    const { stdout } = await place.run(['token', 'create', 'ci', '--permissions', 'read', '--json']);
    const token = /"token": "(.+)"/.exec(stdout)?.[1] ?? '';
    const serving = place.start(['serve', '--port', '0']);
    const url = await urlOf(serving);
    expect(serving.stdout).toContain('2 servers, 1 without a known host key → sallyport server trust b\n');
    expect(serving.stderr).toContain('Server demo is a demo: ignored');
    expect(await post(url, token, 'list_servers', {})).toMatchObject({
      status: 200,
      body: { result: { structuredContent: { count: 2 } } },
    });
    expect((await post(url, `${token}x`, 'list_servers', {})).status).toBe(401);

    // A token that is revoked at the command line does not work two seconds later.
    await place.run(['token', 'revoke', 'ci', '--yes']);
    await serving.printed(/tokens\.json was taken in/, 'stderr');
    expect((await post(url, token, 'list_servers', {})).status).toBe(401);
    expect(await serving.stop()).toBe(0);
  });

  it('refuses an address that others can reach, with the ways out', async () => {
    await using place = new SallyportPlace();
    const refused = await place.run(['serve', '--host', '0.0.0.0', '--port', '0']);
    expect(refused).toMatchObject({ status: 78, stderr: expect.stringContaining('TLS_CERT_FILE') });
  });

  it('refuses to start with a published token, and names its entry', async () => {
    await using place = new SallyportPlace();
    const key = 'tok_example_cursor_admin_0123456789abcdef';
    place.write('config/tokens.json', { tokens: { [key]: { name: 'Cursor', permissions: ['read'] } } });
    const refused = await place.run(['serve', '--port', '0']);
    expect(refused).toMatchObject({
      status: 78,
      stderr: expect.stringMatching(/tokens\.json:1:\d+: token 1 'Cursor' is a published example/),
    });
    expect(refused.stderr).not.toContain(key);
  });

  it('reads .env beside it, but not one that others can write', async () => {
    await using place = new SallyportPlace();
    place.write('.env', 'PORT=70000\n');
    expect(await place.run(['serve'])).toMatchObject({
      status: 78,
      stderr: expect.stringMatching(/\.env:1:1: PORT: must be/),
    });
    chmodSync(place.path('.env'), 0o666);
    const serving = place.start(['serve', '--port', '0']);
    await urlOf(serving);
    expect(serving.stderr).toContain('.env is not read');
  });

  it('says so when the port is taken', async () => {
    await using place = new SallyportPlace();
    const port = /:(\d+)/.exec(await urlOf(place.start(['serve', '--port', '0'])))?.[1] ?? '';
    const taken = await place.run(['serve', '--port', port, '--config-dir', place.path('other')]);
    expect(taken).toMatchObject({ status: 1, stderr: expect.stringContaining('something listens there already') });
  });
});

describe.concurrent('serve --demo', { timeout: 60_000 }, () => {
  it('makes a configuration, proves it with one real call, and shows what to paste', async () => {
    await using place = new SallyportPlace();
    const first = place.start(['serve', '--demo', '--port', '0']);
    await first.printed(/A server of your own/);
    expect(first.stdout).toMatch(/Hello from Linux .+ as \S+ +\(exit code 0, \d+ ms\)/);
    const token = /^Token: (tok_\S+) /m.exec(first.stdout)?.[1] ?? '';
    for (const client of ['Claude Code', 'Cursor', 'Codex', 'Gemini CLI', 'VS Code'])
      expect(first.stdout).toContain(client);
    expect(statSync(place.path('config')).mode & 0o777).toBe(0o700);
    expect(place.read('config/tokens.json')).not.toContain(token);
    const url = /^URL: +(\S+)$/m.exec(first.stdout)?.[1] ?? '';
    const call = { server: 'demo', command: 'pwd' };
    const answer = await post(url, token, 'execute_command', call);
    const home = /commands run as you, in (\S+)\. /.exec(first.stdout)?.[1] ?? '';
    expect(answer.body).toMatchObject({ result: { structuredContent: { success: true, stdout: `${home}\n` } } });
    expect(await first.stop()).toBe(0);
    expect(existsSync(home)).toBe(false);

    // The next start cannot show the token again, and proves itself without one of the file.
    const tokens = place.read('config/tokens.json');
    const second = place.start(['serve', '--demo', '--port', '0']);
    await second.printed(/A server of your own/);
    expect(second.stdout).toContain('Hello from Linux');
    expect(second.stdout).toContain('Another one: sallyport token create');
    expect(second.stdout).not.toMatch(/tok_/);
    expect(place.read('config/tokens.json')).toBe(tokens);

    // A real server takes the place of the demo, while it runs and at the next start.
    place.write('config/servers.json', {
      servers: { ...(place.json('config/servers.json') as { servers: object }).servers, a: pinned },
    });
    await second.printed(/the demo server ended/, 'stderr');
    expect(await second.stop()).toBe(0);
    const third = place.start(['serve', '--demo', '--port', '0']);
    await third.printed(/A server of your own/);
    expect(third.stdout).toMatch(/^1 server, all with a known host key\n✓ list_servers over \S+: 1 servers$/m);
    expect(place.json('config/servers.json')).toEqual({ servers: { a: pinned } });
    expect(await third.stop('SIGINT')).toBe(0);
  });
});
