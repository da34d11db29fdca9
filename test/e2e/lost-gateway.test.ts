import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fullRights, fullToken, serverEntry } from '../fixtures/gateway.ts';
import { processesMentioning } from '../fixtures/lingering.ts';
import { freePorts } from '../fixtures/ports.ts';
import { SallyportPlace, type Running } from '../fixtures/sallyport.ts';
import { startSshd, type Sshd } from '../fixtures/sshd.ts';
import { request } from '../http/tiny-listener.ts';

const generous = { timeout: 20_000 };

describe('a gateway that is lost', () => {
  let sshd: Sshd;
  let place: SallyportPlace;
  beforeAll(async () => {
    sshd = await startSshd();
    place = new SallyportPlace();
    place.write('config/servers.json', { servers: { 'web-1': serverEntry(sshd) } });
    place.write('config/tokens.json', { tokens: { [fullToken]: fullRights } });
    place.write('config/known_hosts', readFileSync(sshd.knownHostsPath, 'utf8'));
  });
  afterAll(async () => {
    await place[Symbol.asyncDispose]();
    await sshd[Symbol.asyncDispose]();
  });

  async function serve(): Promise<{ readonly running: Running; readonly url: string }> {
    const [port = 0] = await freePorts(1);
    const running = place.start(['serve', '--port', String(port)]);
    await running.printed(/Serving MCP/);
    return { running, url: `http://127.0.0.1:${port}/mcp` };
  }

  /** The call, which may be cut off. */
  async function call(url: string, command: string): Promise<void> {
    const params = { name: 'execute_command', arguments: { server: 'web-1', command } };
    const headers = { authorization: `Bearer ${fullToken}`, 'content-type': 'application/json' };
    const sent = fetch(url, { method: 'POST', headers, body: JSON.stringify(request('tools/call', params)) });
    await sent.then(
      (response) => response.text(),
      () => undefined,
    );
  }

  const running = (pattern: RegExp) =>
    processesMentioning(sshd.mark).filter(({ commandLine }) => pattern.test(commandLine));

  it('has what it ran ended by the host, and is found in the record as unknown by the next', async () => {
    const first = await serve();
    const calls = ['sleep 951 & setsid sleep 952 & wait', "trap '' TERM HUP; sleep 953; sleep 954"].map((command) =>
      call(first.url, command),
    );
    await expect.poll(() => running(/^sleep 95\d$/).length, generous).toBe(3);
    expect(await first.running.stop('SIGKILL')).toBe('SIGKILL');
    await Promise.all(calls);
    await expect.poll(() => running(/sleep 95\d|ladder/), generous).toEqual([]);

    const next = await serve();
    await next.running.printed(/a call was lost with its process[\s\S]*a call was lost with its process/, 'stderr');
    expect(await next.running.stop()).toBe(0);
  });

  it('lets go on what commands that had ended have left in the background', async () => {
    const { running: gateway, url } = await serve();
    await call(url, 'setsid sleep 961 >/dev/null 2>&1 & echo started');
    await gateway.stop('SIGKILL');
    await expect.poll(() => running(/ladder/), generous).toEqual([]);
    expect(running(/^sleep 961$/)).toHaveLength(1);
  });
});
