import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentLog } from '../../src/base/log.ts';
import { listen } from '../../src/cli/listen.ts';
import type { HttpListener } from '../../src/http/listen.ts';
import { aGateway, fullRights, fullToken, type TestGateway } from '../fixtures/gateway.ts';
import { startSshd, type Sshd } from '../fixtures/sshd.ts';

const reader = 'tok_0f9e8d7c6b5a49382716f5e4d3c2b1a0';

let sshd: Sshd;
let gateway: TestGateway;
let listener: HttpListener;
beforeAll(async () => {
  sshd = await startSshd();
  gateway = await aGateway(sshd, {
    tokens: { [fullToken]: fullRights, [reader]: { name: 'reader', permissions: ['read'] } },
    environment: { SALLYPORT_REST_BRIDGE: 'true', SALLYPORT_TOOLSETS: 'core,ssh-mcp-server' },
  });
  listener = await listen({ ...gateway.config, port: 0 }, gateway.running, silentLog);
});
afterAll(async () => {
  await listener.close({ graceMs: 0 });
  await gateway[Symbol.asyncDispose]();
  await sshd[Symbol.asyncDispose]();
});

async function post(path: string, body: unknown, token: string | null = fullToken) {
  const response = await fetch(`${listener.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token !== null && { authorization: `Bearer ${token}` }) },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return { status: response.status, json: (await response.json()) as Record<string, unknown> };
}

describe('the REST bridge', () => {
  it('runs a command as the tool does', async () => {
    const { status, json } = await post('/shell', { host: 'web-1', command: 'echo hello; exit 3' });
    expect([status, json]).toEqual([200, expect.objectContaining({ stdout: 'hello', exit_code: 3 })]);
  });

  it.each(['/tool', '/tools'])('calls any tool by its name at %s', async (path) => {
    const { status, json } = await post(`${path}/execute_command`, {
      arguments: { server: 'web-1', command: 'echo hi' },
    });
    expect(status).toBe(200);
    expect(json).toMatchObject({ ok: true, tool: 'execute_command', result: { success: true, stdout: 'hi\n' } });
  });

  it('calls a tool without arguments and without a body', async () => {
    const response = await fetch(`${listener.url}/tool/list_servers`, {
      method: 'POST',
      headers: { authorization: `Bearer ${fullToken}` },
    });
    expect(await response.json()).toMatchObject({ ok: true, result: { success: true } });
  });

  it.each([
    { path: '/shell', body: { command: 'id' }, token: null, status: 401, error: 'invalid_token' },
    { path: '/tool/list_servers', body: {}, token: 'tok_wrong', status: 401, error: 'invalid_token' },
    { path: '/shell', body: {}, token: fullToken, status: 422, code: 'invalid_input' },
    { path: '/shell', body: '[]', token: fullToken, status: 422, code: 'invalid_input' },
    { path: '/shell', body: '{', token: fullToken, status: 422, code: 'invalid_input' },
    { path: '/tool/list_servers', body: { arguments: [] }, token: fullToken, status: 422, code: 'invalid_input' },
    { path: '/tool/nothing', body: {}, token: fullToken, status: 404, code: 'unknown_tool' },
    {
      path: '/tool/execute_command',
      body: { arguments: { server: 'web-1', command: 'id' } },
      token: reader,
      status: 403,
      code: 'insufficient_scope',
    },
    {
      path: '/tool/execute_command',
      body: { arguments: { server: 'nowhere', command: 'id' } },
      token: fullToken,
      status: 404,
      code: 'unknown_host',
    },
    {
      path: '/shell',
      body: { host: 'web-1', command: 'rm -rf /' },
      token: fullToken,
      status: 403,
      code: 'denied_by_policy',
    },
  ])('answers $status to $body at $path', async ({ path, body, token, status, ...said }) => {
    const answer = await post(path, body, token);
    expect(answer.status).toBe(status);
    expect(answer.json).toMatchObject(said);
  });

  it('records calls, refusals too, as all others', async () => {
    await post('/shell', { host: 'web-1', command: 'echo on record' });
    await expect.poll(() => gateway.text('logs/audit.log')).toContain('echo on record');
    expect(gateway.text('logs/audit.log')).toContain('rm -rf /');
  });

  it('takes bodies of JSON alone, and no larger than all are', async () => {
    const headers = { authorization: `Bearer ${fullToken}`, 'content-type': 'text/plain' };
    const response = await fetch(`${listener.url}/shell`, { method: 'POST', headers, body: '{"command":"id"}' });
    expect(response.status).toBe(415);
    expect((await post('/shell', { command: 'x'.repeat(9 * 1024 * 1024) })).status).toBe(413);
  });

  it('describes itself, with how to authenticate, and names no server', async () => {
    const text = await (await fetch(`${listener.url}/openapi.json`)).text();
    expect(JSON.parse(text)).toMatchObject({
      openapi: '3.1.0',
      servers: [{ url: listener.url }],
      security: [{ bearer: [] }],
      components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } } },
      paths: {
        '/health': { get: { operationId: 'getHealth' } },
        '/shell': { post: { operationId: 'runShellCommand' } },
        '/tool/{name}': { post: { operationId: 'callTool' } },
      },
    });
    expect(text).not.toContain('web-1');
  });

  it('is not there unless it is switched on', async () => {
    const off = await listen({ ...gateway.config, port: 0, restBridge: false }, gateway.running, silentLog);
    try {
      const headers = { authorization: `Bearer ${fullToken}` };
      for (const path of ['/shell', '/tool/list_servers', '/tools/list_servers', '/openapi.json']) {
        const method = path === '/openapi.json' ? 'GET' : 'POST';
        expect((await fetch(`${off.url}${path}`, { method, headers })).status).toBe(404);
      }
    } finally {
      await off.close({ graceMs: 0 });
    }
  });
});
