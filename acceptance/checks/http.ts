import assert from 'node:assert/strict';
import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js';
import type { Check } from '../check.ts';
import { AcceptanceClient, assertKeys } from '../client.ts';
import { tokens } from '../seeds/first-seed.ts';

const bearer = { authorization: `Bearer ${tokens.admin}` };

async function post(url: string, body: object, headers: Readonly<Record<string, string>> = bearer): Promise<Response> {
  const sent = { 'content-type': 'application/json', ...headers };
  return await fetch(url, { method: 'POST', headers: sent, body: JSON.stringify(body) });
}

async function jsonOf(sent: Promise<Response>): Promise<Readonly<Record<string, unknown>>> {
  const response = await sent;
  assert.equal(response.status, 200, response.url);
  return (await response.json()) as Record<string, unknown>;
}

const list = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'list_servers', arguments: {} } };

export const httpChecks = {
  'POST /mcp takes a token of mcp-ssh, whatever JSON the client accepts': async ({ first }) => {
    for (const accept of ['application/json, text/event-stream', 'application/json', '*/*', undefined]) {
      const headers = { ...bearer, ...(accept !== undefined && { accept }) };
      const { result } = await jsonOf(post(`${first.url}/mcp`, list, headers));
      assert.partialDeepStrictEqual(result, { structuredContent: { success: true } });
    }
    const { status, headers } = await post(`${first.url}/mcp`, list, {});
    assert.equal(status, 401);
    assert.match(headers.get('www-authenticate') ?? '', /^Bearer error="invalid_token"/);
  },
  'GET /mcp tells anybody what this is, and no name of a server': async ({ first }) => {
    const told = await jsonOf(fetch(`${first.url}/mcp`));
    assertKeys(told, ['name', 'version', 'protocol', 'transport', 'endpoints', 'authentication', 'documentation']);
    assert.doesNotMatch(JSON.stringify(told), /prod-web|test-web/);
  },
  'GET /health has the keys of both seeds': async ({ first }) => {
    const health = await jsonOf(fetch(`${first.url}/health`));
    assertKeys(health, ['status', 'version', 'transport', 'mcp_path', 'ssh_connections', 'auth']);
    assertKeys(health['ssh_connections'], ['total_connections', 'alive_connections', 'connections_by_server']);
  },
  'GET /sse and POST /messages serve clients of HTTP+SSE': async ({ first }) => {
    const transport = new SSEClientTransport(new URL(`${first.url}/sse`), { requestInit: { headers: bearer } });
    await using client = await AcceptanceClient.over(transport);
    const { json } = await client.call('execute_command', { server: 'test-web-01', command: 'echo streamed' });
    assert.partialDeepStrictEqual(json, { success: true, stdout: 'streamed\n' });
  },
  'POST /shell and /tool/NAME are there where the bridge is on, described at /openapi.json': async ({ first }) => {
    const shell = await jsonOf(post(`${first.url}/shell`, { host: 'test-web-01', command: 'echo hi' }));
    assert.partialDeepStrictEqual(shell, { stdout: 'hi', exit_code: 0 });
    for (const path of ['tool', 'tools']) {
      const called = await jsonOf(post(`${first.url}/${path}/list_servers`, { arguments: {} }));
      assert.partialDeepStrictEqual(called, { ok: true, tool: 'list_servers', result: { success: true } });
    }
    assert.equal((await post(`${first.url}/shell`, { command: 'id' }, {})).status, 401);
    assert.equal((await post(`${first.url}/tool/nothing`, {})).status, 404);
    assertKeys((await jsonOf(fetch(`${first.url}/openapi.json`)))['paths'], ['/shell', '/tool/{name}']);
  },
  'a command over the bridge that takes long holds up nobody': async ({ first }) => {
    const long = post(`${first.url}/shell`, { host: 'test-web-01', command: 'sleep 4' });
    const began = performance.now();
    await jsonOf(fetch(`${first.url}/health`));
    assert.ok(performance.now() - began < 2_000);
    assert.equal((await long).status, 200);
  },
  '/mcp/v1, which mcp-ssh had dropped, is not there': async ({ first }) => {
    assert.equal((await post(`${first.url}/mcp/v1/tools/list`, {})).status, 404);
  },
} satisfies Readonly<Record<string, Check>>;
