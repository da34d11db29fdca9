import { createHmac } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import type { Approval } from '../../src/approvals/approval.ts';
import { Secret } from '../../src/base/secret.ts';
import { ApprovalWebhook, type ApprovalWebhookOptions } from '../../src/console/webhook/approval-webhook.ts';
import { anApproval as somethingAsked } from '../fixtures/approvals.ts';

const secret = 'c2FsbHlwb3J0IHdlYmhvb2sgc2VjcmV0IGZvciB0ZXN0cw';
const timing = { timeoutMs: 10_000, firstWaitMs: 20, longestWaitMs: 80 };

interface Received {
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  readonly path: string | undefined;
}

/** A server that keeps what it is sent and answers in turn, the last answer again and again. */
async function aReceiver(...answers: readonly ((response: ServerResponse) => void)[]) {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      const answer = answers[Math.min(received.length, answers.length - 1)] ?? ok;
      received.push({ headers: request.headers, body, path: request.url });
      answer(response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    received,
    port,
    url: new URL(`http://127.0.0.1:${port}/hook?key=k`),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const ok = (response: ServerResponse): void => void response.writeHead(204).end();
const failing = (response: ServerResponse): void =>
  void response.writeHead(500).end('password=hunter2 from the other side');
const hanging = (): void => undefined;
const floods = (response: ServerResponse): void => {
  response.writeHead(200);
  response.on('error', () => undefined);
  for (let chunk = 0; chunk < 200 && !response.destroyed; chunk += 1) response.write('x'.repeat(65_536));
};

function aWebhook(url: URL, options: Partial<ApprovalWebhookOptions> = {}) {
  const logged: unknown[] = [];
  const note = (...line: readonly unknown[]): void => void logged.push(line);
  const log = { debug: note, info: note, warn: note, error: note };
  const webhook = new ApprovalWebhook({
    url,
    secret: new Secret(secret),
    reach: 'public',
    approveUrl: (id) => `https://gw.example/approvals/${id}`,
    isPending: async () => true,
    log,
    timing,
    ...options,
  });
  return { webhook, logged, [Symbol.asyncDispose]: () => webhook[Symbol.asyncDispose]() };
}

/** An approval that waits for so long from now. */
function anApproval(forMs = 600_000): Approval {
  const now = Date.now();
  const limit = { from: new Date(now), until: new Date(now + forMs), sinceBoot: { bootId: '', ms: 0 } };
  return somethingAsked({ limit });
}

describe('the approval webhook', () => {
  it('tells who waits for whom and where to decide, and nothing of what would be run', async () => {
    await using receiver = await aReceiver();
    await using told = aWebhook(receiver.url);
    const approval = anApproval();
    told.webhook.tell(approval);
    await vi.waitFor(() => expect(receiver.received).toHaveLength(1));
    const { body, path, headers } = receiver.received[0] ?? { body: '', path: '', headers: {} };
    expect(JSON.parse(body)).toEqual({
      type: 'approval.requested',
      approval_id: approval.id,
      hosts: ['web-1'],
      host_count: 1,
      rule: 'builtin:destructive',
      requester: 'test',
      expires_at: approval.limit.until.toISOString(),
      url: `https://gw.example/approvals/${approval.id}`,
    });
    expect(body).not.toMatch(/rm|srv/);
    expect(path).toBe('/hook?key=k');
    expect(headers['content-type']).toBe('application/json');
  });

  it.each([
    { how: 'any text', given: secret, key: Buffer.from(secret) },
    { how: 'whsec_ and base64', given: `whsec_${secret}`, key: Buffer.from(secret, 'base64') },
  ])('signs as Standard Webhooks says, with a secret that is $how', async ({ given, key }) => {
    await using receiver = await aReceiver(failing, ok);
    await using told = aWebhook(receiver.url, { secret: new Secret(given) });
    told.webhook.tell(anApproval());
    await vi.waitFor(() => expect(receiver.received).toHaveLength(2));
    const ids = receiver.received.map(({ headers, body }) => {
      const [id, timestamp] = [headers['webhook-id'], headers['webhook-timestamp']];
      const expected = createHmac('sha256', key)
        .update(`${String(id)}.${String(timestamp)}.${body}`)
        .digest('base64');
      expect(headers['webhook-signature']).toBe(`v1,${expected}`);
      expect(Math.abs(Number(timestamp) - Date.now() / 1000)).toBeLessThan(30);
      return id;
    });
    expect(new Set(ids).size).toBe(1);
  });

  it('is tried again where it fails or hangs, and its answers are never logged', async () => {
    await using receiver = await aReceiver(failing, hanging, ok);
    await using told = aWebhook(receiver.url, { timing: { ...timing, timeoutMs: 1_000 } });
    told.webhook.tell(anApproval());
    await vi.waitFor(() => expect(receiver.received).toHaveLength(3), { timeout: 10_000 });
    await sleep(200);
    expect(receiver.received).toHaveLength(3);
    expect(JSON.stringify(told.logged)).toMatch(/it answered 500.*it did not answer in time/);
    expect(JSON.stringify(told.logged)).not.toMatch(/hunter2|key=k/);
  });

  it('does not follow redirects', async () => {
    await using elsewhere = await aReceiver();
    await using receiver = await aReceiver(
      (response) => void response.writeHead(307, { location: elsewhere.url.href }).end(),
      ok,
    );
    await using told = aWebhook(receiver.url);
    told.webhook.tell(anApproval());
    await vi.waitFor(() => expect(receiver.received).toHaveLength(2));
    expect(elsewhere.received).toEqual([]);
    expect(JSON.stringify(told.logged)).toContain('it answered 307');
  });

  it('reads no more than the status of an answer that floods', async () => {
    await using receiver = await aReceiver(floods);
    await using told = aWebhook(receiver.url);
    told.webhook.tell(anApproval());
    await vi.waitFor(() => expect(receiver.received).toHaveLength(1));
    await sleep(150);
    expect(receiver.received).toHaveLength(1);
    expect(told.logged).toEqual([]);
  });

  it('stops once nobody is waited for any more, and with the life of the approval', async () => {
    await using receiver = await aReceiver(failing);
    await using settled = aWebhook(receiver.url, { isPending: async () => false });
    settled.webhook.tell(anApproval());
    await using short = aWebhook(receiver.url);
    short.webhook.tell(anApproval(100));
    await sleep(600);
    const { length } = receiver.received;
    expect(length).toBeGreaterThanOrEqual(2);
    expect(length).toBeLessThan(8);
    expect(JSON.stringify(short.logged)).toContain('was never told of an approval');
    await sleep(300);
    expect(receiver.received).toHaveLength(length);
  });

  it('holds up nobody, holds a bounded number, and ends with the gateway', async () => {
    await using receiver = await aReceiver(hanging);
    const told = aWebhook(receiver.url, { timing: { ...timing, timeoutMs: 60_000 } });
    const began = performance.now();
    for (let approval = 0; approval < 150; approval += 1) told.webhook.tell(anApproval());
    expect(performance.now() - began).toBeLessThan(1_000);
    expect(told.logged).toHaveLength(50);
    await vi.waitFor(() => expect(receiver.received.length).toBeGreaterThan(0));
    await told[Symbol.asyncDispose]();
    expect(told.logged).toHaveLength(50);
  });

  it.each([
    { hostname: 'an address of a private network', url: 'https://10.255.255.254/', reach: 'public' },
    { hostname: 'a metadata service', url: 'https://169.254.169.254/', reach: 'also_private' },
    { hostname: 'the same in IPv6', url: 'https://[::ffff:169.254.169.254]/', reach: 'also_private' },
    { hostname: 'a number for an address', url: 'https://2852039166/', reach: 'also_private' },
  ] as const)('never connects to $hostname', async ({ url, reach }) => {
    await using told = aWebhook(new URL(url), { reach });
    told.webhook.tell(anApproval());
    await vi.waitFor(() => expect(JSON.stringify(told.logged)).toContain('may not be connected to'));
  });
});
