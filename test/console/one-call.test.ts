import { mkdtempSync, readFileSync, rmSync, writeFileSync, existsSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { aConsole, people } from '../fixtures/console.ts';
import { serverEntry } from '../fixtures/gateway.ts';
import { startSshd } from '../fixtures/sshd.ts';

const answer = z.object({ result: z.object({ structuredContent: z.record(z.string(), z.unknown()) }) });
const message = z.object({ approval_id: z.string(), url: z.url() });

/** The message that the webhook is told, once it is. */
async function aWebhookReceiver() {
  const told = Promise.withResolvers<string>();
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      told.resolve(body);
      response.writeHead(204).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  return { told: told.promise, url: `http://127.0.0.1:${port}/` };
}

describe('a call that a person must approve', () => {
  it('goes from the agent by the webhook to the page, and runs once it is approved there', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'sallyport-approved-'));
    onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
    const old = join(directory, 'old');
    writeFileSync(old, 'x');
    await using sshd = await startSshd();
    const webhook = await aWebhookReceiver();
    const environment = {
      APPROVAL_WEBHOOK_URL: webhook.url,
      APPROVAL_WEBHOOK_SECRET: 'k7Jq0uYw3VbN9eXz5TcR1mLs8HdFgA2oPiQy4WnE6tU=',
    };
    const knownHosts = readFileSync(sshd.knownHostsPath, 'utf8');
    await using site = await aConsole({ environment, servers: { 'web-1': serverEntry(sshd) }, knownHosts });
    const call = async (): Promise<Readonly<Record<string, unknown>>> => {
      const params = { name: 'execute_command', arguments: { server: 'web-1', command: `rm -rf ${directory}/*` } };
      const response = await fetch(`${site.url}/mcp`, {
        method: 'POST',
        headers: { authorization: `Bearer ${people.agent}`, 'content-type': 'application/json' },
        body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params }),
      });
      return answer.parse(await response.json()).result.structuredContent;
    };

    const asked = await call();
    expect(asked).toMatchObject({ code: 'approval_required', approve_url: expect.stringContaining(site.url) });
    const told = message.parse(JSON.parse(await webhook.told));
    expect(told).toMatchObject({ approval_id: asked['approval_id'], url: asked['approve_url'] });
    expect(existsSync(old)).toBe(true);

    const { pathname } = new URL(told.url);
    const cookie = await site.signIn(people.ann);
    const page = await (await site.visit(pathname, { cookie })).text();
    expect(page).toContain(`<code class="word"><bdo dir="ltr">${directory}/*</bdo></code>`);
    expect(page).toContain(sshd.user);
    const form_token = await site.formToken(pathname, cookie);
    await site.visit(pathname, { cookie, form: { form_token, decision: 'approve' } });
    expect(await call()).toMatchObject({ success: true, exit_code: 0 });
    expect(existsSync(old)).toBe(false);
    expect(await (await site.visit(pathname, { cookie })).text()).toContain('approved and begun');
    expect(await call()).toMatchObject({ code: 'approval_required' });
    expect(await site.auditLog()).toMatch(/"ann"/);
  });
});
