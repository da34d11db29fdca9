import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Secret } from '../../src/base/secret.ts';
import { callOverHttp } from '../../src/cli/self-call.ts';
import type { JsonObject } from '../../src/tools/tool.ts';
import { fullRights, fullToken } from '../fixtures/gateway.ts';
import { anInstallation, type Installation, type Served } from '../fixtures/installation.ts';
import { jobCalls } from '../fixtures/job-calls.ts';
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

const callsTo = (served: Served) =>
  jobCalls(() => ({
    call: async (tool, input) => {
      const json = await callOverHttp(`${served.url}/mcp`, new Secret(fullToken), {
        tool,
        input: { ...Object(input) },
      });
      return { json, outcome: { success: true } };
    },
  }));

describe('a gateway that is killed', () => {
  it('finds its jobs again, running and ended, with all they wrote; what was no job is ended', async () => {
    const first = await installation.serve();
    const run = (command: string, more: object): Promise<JsonObject> => {
      const input = { server: 'web-1', command, ...more };
      return callOverHttp(`${first.url}/mcp`, new Secret(fullToken), { tool: 'execute_command', input });
    };
    const stop = join(sshd.directory, 'stop');
    const lines = `i=0; until [ -e ${stop} ]; do i=$((i+1)); echo "line $i"; sleep 0.2; done; exit 3`;
    const [adopted, background, short] = await Promise.all([
      run(lines, { wait: 1 }),
      run(lines, { background: true }),
      run('echo soon; exit 4', { background: true }),
    ]);
    const plain = run('sleep 299', {}).catch(() => undefined);
    await expect
      .poll(() => processesMentioning(sshd.mark).some(({ commandLine }) => commandLine.includes('sleep 299')))
      .toBe(true);
    await sleep(300);
    const killed = once(first.process, 'exit');
    first.process.kill('SIGKILL');
    await killed;
    await plain;
    await using second = await installation.serve();
    const { look, end } = callsTo(second);
    expect(await look(short['job_id'])).toMatchObject({ status: 'exited', exit_code: 4, stdout: 'soon\n' });
    expect(await look(background['job_id'], { wait: 0 })).toMatchObject({ status: 'running' });
    writeFileSync(stop, '');
    for (const { job_id: id } of [adopted, background]) {
      const ended = await end(id);
      expect(ended).toMatchObject({ status: 'exited', exit_code: 3 });
      const written = String(ended['stdout']).split('\n').slice(0, -1);
      expect(written).toEqual(written.map((_, i) => `line ${i + 1}`));
      expect(written.length).toBeGreaterThan(5);
    }
    const isGone = () => processesMentioning(sshd.mark).every(({ commandLine }) => !commandLine.includes('sleep 299'));
    await expect.poll(isGone).toBe(true);
  }, 60_000);

  it('shows the operator everybody’s jobs, and ends one for him', async () => {
    await using served = await installation.serve();
    const { start, look } = callsTo(served);
    const { job_id: id } = await start('echo here; sleep 298');
    const listed = await installation.sallyport('jobs', 'list', '--json');
    expect(JSON.parse(listed.stdout)).toHaveProperty(
      'jobs.0',
      expect.objectContaining({ job_id: id, status: 'running' }),
    );
    expect((await installation.sallyport('jobs', 'show', String(id))).stdout).toMatch(/status: running[^]*here/);
    const cancelled = await installation.sallyport('jobs', 'cancel', String(id));
    expect(cancelled).toMatchObject({ status: 0, stdout: expect.stringContaining('status: cancelled') });
    expect(await look(id)).toMatchObject({ status: 'cancelled' });
  }, 30_000);
});
