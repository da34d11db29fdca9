import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Secret } from '../../src/base/secret.ts';
import { callOverHttp } from '../../src/cli/self-call.ts';
import type { JsonObject } from '../../src/tools/tool.ts';
import { fullRights, fullToken } from '../fixtures/gateway.ts';
import { anInstallation, type Installation, type Served } from '../fixtures/installation.ts';
import { processesMentioning } from '../fixtures/lingering.ts';
import { startSshd, type Sshd } from '../fixtures/sshd.ts';

let sshd: Sshd;
let installation: Installation;
beforeAll(async () => {
  sshd = await startSshd();
  installation = anInstallation(sshd, { 'tokens.json': { tokens: { [fullToken]: fullRights } } });
});
afterAll(async () => {
  await installation[Symbol.asyncDispose]();
  await sshd[Symbol.asyncDispose]();
});

const callTo = (served: Served, tool: string, input: JsonObject): Promise<JsonObject> =>
  callOverHttp(`${served.url}/mcp`, new Secret(fullToken), { tool, input });

describe('a gateway that stalls while it holds a job', () => {
  it('says nothing of it, and ends it, once another one has taken it for lost', async () => {
    await using stalled = await installation.serve();
    await using other = await installation.serve();
    // A command that takes the place of its shell: its host cannot say how it ends, so the gateway holds it.
    const input = { server: 'web-1', command: 'echo held; exec sleep 293', wait: 1 };
    const { job_id } = await callTo(stalled, 'execute_command', input);
    const isThere = () => processesMentioning(sshd.mark).some(({ commandLine }) => commandLine === 'sleep 293');
    expect(await callTo(other, 'get_job', { job_id, wait: 0 })).toMatchObject({ status: 'running' });

    stalled.process.kill('SIGSTOP');
    await sleep(32_000);
    expect(isThere()).toBe(true);
    const lost = { success: false, code: 'job_lost', status: 'disconnected' };
    expect(await callTo(other, 'get_job', { job_id, wait: 0 })).toMatchObject(lost);
    stalled.process.kill('SIGCONT');
    await expect.poll(isThere, { timeout: 40_000 }).toBe(false);
    expect(await callTo(stalled, 'get_job', { job_id, wait: 0 })).toMatchObject(lost);
    expect(await callTo(other, 'get_job', { job_id, wait: 0 })).toMatchObject(lost);
  });
});
