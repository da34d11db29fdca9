import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it, vi } from 'vitest';
import { aStreamReceiver, readLine } from '../audit/export/receivers.ts';
import { SallyportPlace, type Running } from '../fixtures/sallyport.ts';

const token = 'tok_8c1b2d3e4f5061728394a5b6c7d8e9f0';
const listServers = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'list_servers', arguments: {} } };

async function call(serving: Running, count: number): Promise<void> {
  const [, url = ''] = await serving.printed(/(http:\/\/127\.0\.0\.1:\d+\/mcp)\n/);
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  for (let n = 0; n < count; n += 1) {
    const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(listServers) });
    expect(response.status).toBe(200);
    await response.text();
  }
}

describe('an audit that is exported', { timeout: 120_000 }, () => {
  it('loses no record where the gateway is killed and the receiver is restarted in the middle', async () => {
    await using place = new SallyportPlace();
    place.write('config/servers.json', { servers: {} });
    place.write('config/tokens.json', { tokens: { [token]: { name: 'ci', permissions: ['read'] } } });
    await using first = await aStreamReceiver();
    const env = { AUDIT_EXPORT_SYSLOG: `tcp://127.0.0.1:${first.port}` };
    const start = (): Running => place.start(['serve', '--port', '0'], { env });

    const one = start();
    await call(one, 20);
    await vi.waitFor(() => expect(first.messages.length).toBeGreaterThan(0), { timeout: 20_000 });
    await call(one, 20);
    await one.stop('SIGKILL');

    const two = start();
    first.breakAfter(500);
    await call(two, 20);
    first.mend();
    await call(two, 5);
    await two.stop();

    using database = new DatabaseSync(place.path('data/audit.db'), { readOnly: true });
    const all = database.prepare('select position, hash from audit_records order by position').all();
    const three = start();
    await vi.waitFor(
      () => {
        const lines = first.messages.map((message) => readLine(message.slice(message.indexOf('{'))));
        const arrived = new Map(lines.map(({ position, hash }) => [position, hash]));
        expect(all.filter(({ position, hash }) => arrived.get(Number(position)) !== hash)).toEqual([]);
      },
      { timeout: 30_000, interval: 200 },
    );
    expect(all.length).toBeGreaterThanOrEqual(2 * 65);
    await three.stop();
  });
});
