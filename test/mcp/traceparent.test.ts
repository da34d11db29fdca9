import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { aConsole, people, type TestConsole } from '../fixtures/console.ts';
import { callOf, modern } from '../http/tiny-listener.ts';

const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

let site: TestConsole;
beforeAll(async () => void (site = await aConsole()));
afterAll(() => site[Symbol.asyncDispose]());

async function post(body: object, headers: Readonly<Record<string, string>> = {}): Promise<void> {
  const all = {
    authorization: `Bearer ${people.agent}`,
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
    ...headers,
  };
  const response = await fetch(`${site.url}/mcp`, { method: 'POST', headers: all, body: JSON.stringify(body) });
  expect(response.status).toBe(200);
  await response.text();
}

/** The bodies of what was recorded last, the newest first. */
function recorded(count: number): readonly Record<string, unknown>[] {
  using database = new DatabaseSync(join(site.config.dataDir, 'audit.db'), { readOnly: true });
  const rows = database.prepare('select body from audit_records order by position desc limit ?').all(count);
  return rows.map(({ body }) => JSON.parse(String(body)) as Record<string, unknown>);
}

describe('the traceparent of a call', () => {
  it.each(['legacy', 'modern'] as const)('is in its intent and its outcome (%s)', async (era) => {
    const params = { name: 'list_servers', arguments: {} };
    const { body, headers } =
      era === 'modern' ? modern('tools/call', params) : { body: callOf('list_servers'), headers: {} };
    const request = JSON.parse(JSON.stringify(body)) as { params: { _meta?: object } };
    request.params._meta = { ...request.params._meta, traceparent };
    await post(request, headers);
    await vi.waitFor(() => {
      const [outcome, intent] = recorded(2);
      expect(outcome).toMatchObject({ kind: 'outcome', metadata: { traceparent } });
      expect(intent).toMatchObject({ kind: 'intent', traceparent, callId: outcome?.['callId'] });
    });
  });

  it('is left out where it is none', async () => {
    const request = callOf('list_servers') as { params: { _meta?: object } };
    request.params._meta = { traceparent: '00-not-one-\u001B[31m' };
    await post(request);
    await vi.waitFor(() => {
      const [outcome, intent] = recorded(2);
      expect(outcome).toMatchObject({ kind: 'outcome', metadata: { tool: 'list_servers' } });
      expect(JSON.stringify([outcome, intent])).not.toMatch(/traceparent|not-one/);
    });
  });
});
