import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { aConsole, people, type TestConsole } from '../fixtures/console.ts';
import { parseOpenMetrics, type ParsedFamily } from '../fixtures/open-metrics.ts';
import { callOf } from './tiny-listener.ts';

const token = 'Zk3-metrics-9vQ2mX7bT4wR8yL1pN6c';
const planted = 'tok_9f8e7d6c5b4a39281706f5e4d3c2b1a0';

let site: TestConsole;
beforeAll(async () => {
  const servers = {
    'db-secret-name': { host: '127.0.0.1', port: 1, user: 'nobody', ssh_key_path: '/nowhere' },
    off: { host: '127.0.0.1', user: 'nobody', ssh_key_path: '/nowhere', enabled: false },
  };
  site = await aConsole({ environment: { METRICS_TOKEN: token }, servers });
});
afterAll(() => site[Symbol.asyncDispose]());

function scrape(authorization?: string): Promise<Response> {
  return fetch(`${site.url}/metrics`, { headers: authorization === undefined ? {} : { authorization } });
}

async function families(): Promise<ReadonlyMap<string, ParsedFamily>> {
  return parseOpenMetrics(await (await scrape(`Bearer ${token}`)).text());
}

async function valueOf(family: string, labels: Readonly<Record<string, string>> = {}): Promise<number | undefined> {
  const samples = (await families()).get(family)?.samples ?? [];
  return samples.find((sample) => Object.entries(labels).every(([name, value]) => sample.labels[name] === value))
    ?.value;
}

async function call(tool: string, input: object): Promise<void> {
  const headers = { authorization: `Bearer ${people.agent}`, 'content-type': 'application/json' };
  await fetch(`${site.url}/mcp`, { method: 'POST', headers, body: JSON.stringify(callOf(tool, input)) });
}

describe('GET /metrics', () => {
  it('is OpenMetrics that a strict parser takes, said to be that', async () => {
    const response = await scrape(`bearer ${token}`);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8');
    expect(response.headers.get('cache-control')).toBe('no-store');
    const found = parseOpenMetrics(await response.text());
    const eventful = /calls|call_duration|call_errors|ssh_connects|audit_export|approvals$|audit_records$/;
    const empty = [...found].filter(([name, { samples }]) => samples.length === 0 && !eventful.test(name));
    expect(empty).toEqual([]);
    expect(found.get('sallyport_build')?.samples[0]?.labels).toMatchObject({ node: process.version });
  });

  it.each([
    ['no token', undefined],
    ['another', `Bearer ${'x'.repeat(32)}`],
    ['the beginning of it', `Bearer ${token.slice(0, -1)}`],
    ['more than it', `Bearer ${token}x`],
    ['an agent’s', `Bearer ${people.agent}`],
    ['another scheme', `Basic ${token}`],
  ])('refuses %s', async (_, authorization) => {
    const response = await scrape(authorization);
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toMatch(/^Bearer /);
    expect(await response.text()).not.toContain('sallyport_');
  });

  it('opens nothing else', async () => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const response = await fetch(`${site.url}/mcp`, {
      method: 'POST',
      headers,
      body: JSON.stringify(callOf('list_servers')),
    });
    expect(response.status).toBe(401);
  });

  it('counts calls by what became of them, and repeats nothing that a caller said', async () => {
    await call('list_servers', {});
    await call('execute_command', { server: 'db-secret-name', command: `echo ${planted}` });
    await call(planted, {});
    const list = { tool: 'list_servers', decision: 'allow', outcome: 'success' };
    expect(await valueOf('sallyport_calls', list)).toBe(1);
    expect(await valueOf('sallyport_calls', { tool: 'execute_command', outcome: 'failed' })).toBe(1);
    const text = await (await scrape(`Bearer ${token}`)).text();
    for (const said of [planted, 'db-secret-name', 'agent', token]) expect(text).not.toContain(said);
  });

  it('tells how servers, approvals, the audit and logins stand', async () => {
    expect(await valueOf('sallyport_hosts', { state: 'disabled' })).toBe(1);
    const pending = (await valueOf('sallyport_approvals_pending')) ?? NaN;
    await site.ask();
    expect(await valueOf('sallyport_approvals_pending')).toBe(pending + 1);
    expect(await valueOf('sallyport_audit_writable')).toBe(1);
    await vi.waitFor(async () =>
      expect(await valueOf('sallyport_audit_records', { kind: 'outcome' })).toBeGreaterThan(0),
    );
    expect(await valueOf('sallyport_audit_last_write_timestamp_seconds')).toBeGreaterThan(1.7e9);
    const refused = (await valueOf('sallyport_logins_refused')) ?? NaN;
    await scrape('Bearer of-nothing');
    expect(await valueOf('sallyport_logins_refused')).toBe(refused + 1);
  });
});

describe('without METRICS_TOKEN', () => {
  it('has no such path', async () => {
    await using quiet = await aConsole();
    const response = await fetch(`${quiet.url}/metrics`, { headers: { authorization: `Bearer ${token}` } });
    expect(response.status).toBe(404);
  });
});
