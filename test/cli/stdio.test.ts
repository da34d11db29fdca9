import { describe, expect, it } from 'vitest';
import { SallyportPlace, type SallyportOptions } from '../fixtures/sallyport.ts';

const web = { host: '127.0.0.1', port: 1, user: 'deploy', ssh_key_path: '/keys/web' };
const token = 'tok_8c1b2d3e4f5061728394a5b6c7d8e9f0';
const tokens = { tokens: { [token]: { name: 'agent', permissions: ['read'] } } };

/** What the last `list_servers` of so many answers to an agent that starts us there. */
async function listServers(
  place: SallyportPlace,
  options: SallyportOptions = {},
  args: readonly string[] = [],
  calls = 1,
) {
  const messages = [
    {
      id: 1,
      method: 'initialize',
      params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'test', version: '1' } },
    },
    { method: 'notifications/initialized' },
    ...Array.from({ length: calls }, (_, index) => ({
      id: index + 2,
      method: 'tools/call',
      params: { name: 'list_servers', arguments: {} },
    })),
  ];
  const last = `"id":${calls + 1}`;
  const running = place.start(['stdio', ...args], options);
  running.child.stdin.write(messages.map((message) => `${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`).join(''));
  await running.printed(new RegExp(`^\\{.*${last}.*\\n`, 'm'));
  running.child.stdin.end();
  await running.closed;
  const answer = running.stdout.split('\n').find((line) => line.includes(last)) ?? '{}';
  const parsed = JSON.parse(answer) as { result?: { structuredContent?: Record<string, unknown> } };
  const { stderr, child } = running;
  return { result: parsed.result?.structuredContent, status: child.exitCode, stderr };
}

describe.concurrent('stdio', { timeout: 60_000 }, () => {
  it('takes nothing from the working directory, which is whatever project the agent has open', async () => {
    await using place = new SallyportPlace();
    const evil = { host: '127.0.0.1', user: 'root', ssh_key_path: '/x', proxy_command: 'touch pwned' };
    place.write(
      '.env',
      'SSH_DEFAULT_HOST=evil.example\nSSH_DEFAULT_USER=root\nCONFIG_DIR=config\nMCP_TOKEN=x\nLOG_LEVEL=debug\n',
    );
    place.write('config/servers.json', { servers: { evil } });
    place.write('config/tokens.json', tokens);
    place.write('config/sallyport.yaml', 'ssh_default_host: evil.example\nssh_default_user: root\n');
    place.write('servers.json', { servers: { evil } });
    place.write('.ssh/config', 'Host evil\n');
    const { result, status, stderr } = await listServers(place);
    expect({ status, result, stderr }).toMatchObject({ status: 0, result: { success: true, count: 0 } });
    // Nothing but the anchor of the audit: LOG_LEVEL of the .env is not heard.
    expect(stderr).toMatch(/^\{.*"msg":"head of the audit chain"\}\n$/);
    expect((await place.run(['version'])).status).toBe(0);
  });

  it('serves the configuration it is pointed to, by the option or the environment', async () => {
    await using place = new SallyportPlace();
    place.write('there/config/servers.json', { servers: { web } });
    const byOption = await listServers(place, {}, ['--config-dir', place.path('there/config')]);
    const byEnvironment = await listServers(place, { env: { CONFIG_DIR: place.path('there/config') } });
    const byXdg = await listServers(place, { env: { XDG_CONFIG_HOME: place.path('there') } });
    expect([byOption, byEnvironment, byXdg].map(({ result }) => result?.['count'])).toEqual([1, 1, 0]);
  });

  it.each<{ what: string; env: Readonly<Record<string, string>>; says: RegExp }>([
    { what: 'no token', env: {}, says: /MCP_TOKEN environment variable is not set/ },
    { what: 'a wrong token', env: { MCP_TOKEN: `${token}x` }, says: /Invalid or disabled MCP_TOKEN/ },
  ])('refuses every call with $what where tokens are in use', async ({ env, says }) => {
    await using place = new SallyportPlace();
    place.write('there/config/servers.json', { servers: { web } });
    place.write('there/config/tokens.json', tokens);
    const { result } = await listServers(place, { env: { ...env, CONFIG_DIR: place.path('there/config') } });
    expect(result).toMatchObject({ code: 'unauthenticated', error: expect.stringMatching(says) });
  });

  it('serves the holder of a token', async () => {
    await using place = new SallyportPlace();
    place.write('there/config/servers.json', { servers: { web } });
    place.write('there/config/tokens.json', tokens);
    const { result } = await listServers(place, { env: { MCP_TOKEN: token, CONFIG_DIR: place.path('there/config') } });
    expect(result).toMatchObject({ success: true, count: 1 });
  });

  it('knows the one host of SSH_DEFAULT_* by its address', async () => {
    await using place = new SallyportPlace();
    const env = { SSH_DEFAULT_HOST: 'box.example', SSH_DEFAULT_USER: 'root', SALLYPORT_TOOLSETS: 'core' };
    expect((await listServers(place, { env })).result).toMatchObject({
      servers: { 'box.example': { user: 'root', port: 22 } },
    });
  });

  it('answers a request too many with a tool result, in each process for itself', async () => {
    await using place = new SallyportPlace();
    place.write('config/servers.json', { servers: { web }, security: { rate_limit: { requests_per_minute: 1 } } });
    const args = ['--config-dir', place.path('config')];
    expect((await listServers(place, {}, args)).result).toMatchObject({ success: true });
    expect((await listServers(place, {}, args, 3)).result).toMatchObject({
      success: false,
      code: 'rate_limited',
      retry_after_s: expect.any(Number),
    });
    const env = { RATE_LIMIT_ENABLED: 'false' };
    expect((await listServers(place, { env }, args, 3)).result).toMatchObject({ success: true });
  });
});
