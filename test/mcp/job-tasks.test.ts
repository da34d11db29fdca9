import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { fullRights, fullToken } from '../fixtures/gateway.ts';
import { anInstallation, type Installation, type Served } from '../fixtures/installation.ts';
import { startSshd, type Sshd } from '../fixtures/sshd.ts';

const otherToken = 'tok_3c9f5b7e31b84d26a1c3e5f7b9d80246';
const revision = '2026-07-28';
const answer = z.object({
  result: z.record(z.string(), z.unknown()).optional(),
  error: z.object({ code: z.number(), message: z.string() }).optional(),
});

let sshd: Sshd;
let installation: Installation;
let served: Served;

beforeAll(async () => {
  sshd = await startSshd();
  const tokens = { [fullToken]: fullRights, [otherToken]: { ...fullRights, name: 'other' } };
  installation = anInstallation(sshd, { 'tokens.json': { tokens } });
  served = await installation.serve();
});
afterAll(async () => {
  await installation[Symbol.asyncDispose]();
  await sshd[Symbol.asyncDispose]();
});

interface Asking {
  readonly knowsTasks?: boolean;
  readonly token?: string;
}

/** One request of the modern era. */
async function ask(
  method: string,
  params: { name?: string; taskId?: string; [key: string]: unknown },
  as: Asking = {},
) {
  const { knowsTasks = true, token = fullToken } = as;
  const capabilities = knowsTasks ? { extensions: { 'io.modelcontextprotocol/tasks': {} } } : {};
  const meta = {
    'io.modelcontextprotocol/protocolVersion': revision,
    'io.modelcontextprotocol/clientInfo': { name: 'test', version: '1' },
    'io.modelcontextprotocol/clientCapabilities': capabilities,
  };
  const response = await fetch(`${served.url}/mcp`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': revision,
      'mcp-method': method,
      'mcp-name': params.name ?? params.taskId ?? '',
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: { ...params, _meta: meta } }),
  });
  return answer.parse(await response.json());
}

const start = (command: string, as?: Asking) =>
  ask('tools/call', { name: 'execute_command', arguments: { server: 'web-1', command, background: true } }, as);
const statusOf = async (taskId: string) => (await ask('tasks/get', { taskId })).result?.['status'];

describe('a job, to a client that knows tasks', () => {
  it('is a task, and its result that of the job', async () => {
    const { result } = await start('echo done; exit 3');
    expect(result).toMatchObject({ resultType: 'task', status: 'working', taskId: expect.stringMatching(/^job_/) });
    const taskId = String(result?.['taskId']);
    await expect.poll(() => statusOf(taskId)).toBe('completed');
    const structuredContent = { job_id: taskId, exit_code: 3, stdout: 'done\n', status: 'exited' };
    expect((await ask('tasks/get', { taskId })).result).toMatchObject({
      resultType: 'complete',
      taskId,
      result: { isError: false, structuredContent },
    });
  });

  it('is cancelled with everything it started', async () => {
    const { result } = await start('sleep 300');
    const taskId = String(result?.['taskId']);
    expect((await ask('tasks/cancel', { taskId })).result).toMatchObject({ resultType: 'complete' });
    expect(await statusOf(taskId)).toBe('cancelled');
  });

  it('is nobody else’s, and looks to others as one that never was', async () => {
    const { result } = await start('sleep 1');
    const taskId = String(result?.['taskId']);
    const refused = { error: { code: -32_602, message: 'Unknown task' } };
    expect(await ask('tasks/get', { taskId }, { token: otherToken })).toEqual(refused);
    expect(await ask('tasks/cancel', { taskId: 'job_none' }, { token: otherToken })).toEqual(refused);
  });

  it('is an ordinary answer to a client that does not', async () => {
    const { result } = await start('true', { knowsTasks: false });
    expect(result).toMatchObject({ structuredContent: { status: 'running', job_id: expect.any(String) } });
    expect(result).not.toHaveProperty('taskId');
    const asked = await ask('tasks/get', { taskId: 'job_none' }, { knowsTasks: false });
    expect(asked).toMatchObject({ error: { code: -32_021 } });
  });
});
