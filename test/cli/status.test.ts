import { existsSync, statSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { SallyportPlace } from '../fixtures/sallyport.ts';

const token = 'tok_8c1b2d3e4f5061728394a5b6c7d8e9f0';

function aPlace(): SallyportPlace {
  const place = new SallyportPlace();
  place.write('config/servers.json', {
    servers: { off: { host: '127.0.0.1', user: 'u', ssh_key_path: '/k', enabled: false } },
  });
  place.write('config/tokens.json', { tokens: { [token]: { name: 'ci\u001B[31m', permissions: ['read'] } } });
  return place;
}

describe.concurrent('sallyport status and audit report', { timeout: 60_000 }, () => {
  it('tells how the gateway does that serves on this DATA_DIR, and that none does', async ({ expect }) => {
    await using place = aPlace();
    const status = async (): Promise<Record<string, unknown>> =>
      JSON.parse((await place.run(['status', '--json'])).stdout) as Record<string, unknown>;
    expect(await status()).toMatchObject({ running: null });
    const serving = place.start(['serve', '--port', '0']);
    const [, url = ''] = await serving.printed(/(http:\/\/127\.0\.0\.1:\d+)\/mcp\n/);
    const call = { method: 'tools/call', params: { name: 'list_servers', arguments: {} } };
    await fetch(`${url}/mcp`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, ...call }),
    });
    const running = { url, pid: serving.child.pid, calls_running: 0, approvals_pending: 0, jobs_running: 0, locks: 0 };
    expect(await status()).toMatchObject({
      running: { ...running, hosts: { disabled: 1, connected: 0 }, problems: [] },
    });
    expect(statSync(place.path('data/serve.sock')).mode & 0o777).toBe(0o600);
    expect((await place.run(['status'])).stdout).toMatch(
      /Serving: http.*\n.*Calls running: 0.*\nServers: 1 disabled\n/,
    );

    const report = await place.run(['audit', 'report']);
    expect(report).toMatchObject({ status: 0, stdout: expect.stringMatching(/: 1 calls\n/) });
    expect(report.stdout).toContain('ci\\u001b[31m');
    const json = await place.run(['audit', 'report', '--json', '--since', '1h']);
    expect(json.stdout).toMatch(/^[\x20-\x7E\n]+$/);
    expect(JSON.parse(json.stdout)).toMatchObject({
      total: { calls: 1, success: 1 },
      tools: { list_servers: { calls: 1 } },
    });

    await place.run(['lock', '--all']);
    // The gateway that runs sees it within two seconds.
    await expect
      .poll(() => place.run(['status']), { timeout: 10_000 })
      .toMatchObject({ status: 1, stdout: expect.stringContaining('✗ an operator has locked everything') });
    await serving.stop('SIGKILL');
    expect(existsSync(place.path('data/serve.sock'))).toBe(true);
    expect(await place.run(['status'])).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('No gateway serves on this DATA_DIR'),
    });
    // What it left behind is in nobody's way.
    const again = place.start(['serve', '--port', '0']);
    await again.printed(/Serving MCP/);
    expect(await status()).toMatchObject({ running: { pid: again.child.pid } });
    await again.stop();
    expect(existsSync(place.path('data/serve.sock'))).toBe(false);
  });

  it('has no report on a time that is none', async () => {
    await using place = aPlace();
    expect(await place.run(['audit', 'report', '--since', 'yesterday'])).toMatchObject({ status: 2 });
  });
});
