import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SallyportPlace } from '../fixtures/sallyport.ts';

const token = 'tok_8c1b2d3e4f5061728394a5b6c7d8e9f0';
const lines = (text: string): readonly unknown[] =>
  text
    .trim()
    .split('\n')
    .map((line): unknown => JSON.parse(line));

describe.concurrent('the log of a process', { timeout: 60_000 }, () => {
  it('stands in mcp-ssh.log as on standard error, with the head of the audit chain, and quotes no secret', async () => {
    await using place = new SallyportPlace();
    place.write('config/servers.json', { servers: {}, security: {} });
    place.write('config/tokens.json', { tokens: { [token]: { name: 'ci', permissions: ['read'] } } });
    const serving = place.start(['serve', '--port', '0'], {
      env: { LOG_LEVEL: 'INFO', SSH_KEY_PASSPHRASE: 'taken in' },
    });
    const [, url = ''] = await serving.printed(/(http:\/\/127\.0\.0\.1:\d+\/mcp)\n/);
    const call = { method: 'tools/call', params: { name: 'list_servers', arguments: {} } };
    await fetch(url, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, ...call }),
    });
    place.write('config/tokens.json', { tokens: { [token]: { name: 'ci', permissions: ['read'], note: 1 } } });
    await serving.printed(/tokens\.json was/, 'stderr');
    await serving.stop();
    const text = place.read('logs/mcp-ssh.log');
    expect(text).toBe(serving.stderr);
    // The passphrase is made to be words that we log ourselves.
    expect(text).toContain('tokens.json was [redacted]');
    expect(lines(text)).toContainEqual(
      expect.objectContaining({
        msg: 'head of the audit chain',
        seq: 3,
        hash: expect.stringMatching(/^[0-9a-f]{64}$/),
      }),
    );
  });

  it.each([
    { env: { LOG_LEVEL: 'WARNING' }, levels: [40] },
    { env: { LOG_LEVEL: 'critical' }, levels: [] },
    { env: { LOG_LEVEL: 'Warn', DEBUG: 'true' }, levels: [40] },
    { env: { DEBUG: 'TRUE' }, levels: [40, 30] },
  ])('is as loud as $env says', async ({ env, levels }) => {
    await using place = new SallyportPlace();
    const serving = place.start(['serve', '--port', '0'], { env: { ...env, SECRET_KEY: 'x' } });
    await serving.printed(/Serving MCP/);
    expect(await serving.stop()).toBe(0);
    const logged = serving.stderr === '' ? [] : lines(serving.stderr);
    expect(logged).toMatchObject(levels.map((level) => ({ level })));
  });

  it('is only on standard error where the file cannot be written, which is said once and shows in /readyz', async () => {
    await using place = new SallyportPlace();
    mkdirSync(join(place.directory, 'logs/mcp-ssh.log'), { recursive: true });
    mkdirSync(join(place.directory, 'logs/audit.log'));
    const serving = place.start(['serve', '--port', '0'], { env: { SECRET_KEY: 'x' } });
    const [, url = ''] = await serving.printed(/(http:\/\/127\.0\.0\.1:\d+)\/mcp\n/);
    await fetch(`${url}/mcp`, { method: 'POST', headers: { authorization: 'Bearer nobody' } });
    await serving.printed(/mcp-ssh\.log cannot be written/, 'stderr');
    await serving.printed(/audit\.log cannot be written/, 'stderr');
    const ready = await fetch(`${url}/readyz`);
    expect({ status: ready.status, body: await ready.json() }).toEqual({
      status: 200,
      body: { status: 'ready', warnings: ['audit.log cannot be written'] },
    });
    await serving.stop();
    expect(serving.stderr.match(/mcp-ssh\.log cannot be written/g)).toHaveLength(1);
    expect(readFileSync(place.path('data/audit.db')).length).toBeGreaterThan(0);
  });
});
