import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { join } from 'node:path';
import { aGateway, serverEntry, type TestGateway } from '../fixtures/gateway.ts';
import { jobCalls } from '../fixtures/job-calls.ts';
import { processesMentioning } from '../fixtures/lingering.ts';
import { startSshd, type Sshd } from '../fixtures/sshd.ts';

let sshd: Sshd;
let gateway: TestGateway;
const { look, cancel, end } = jobCalls(() => gateway);
const run = async (command: string, more: object = {}) =>
  (await gateway.call('execute_command', { server: 'web-1', command, wait: 1, ...more })).json;

beforeAll(async () => {
  sshd = await startSshd();
  gateway = await aGateway(sshd);
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await sshd[Symbol.asyncDispose]();
});

describe('a command that has not ended by its wait limit', () => {
  it('is answered with a job, the output so far and a cursor', async () => {
    const started = await run('echo before; echo warn >&2; sleep 3; echo after; exit 3');
    expect(started).toMatchObject({
      success: true,
      status: 'running',
      exit_code: null,
      stdout: 'before\n',
      stderr: 'warn\n',
      cursor: '7.5',
      truncated: false,
      ran: 'ran',
    });
    const { job_id: id, cursor } = started;
    expect(await end(id, cursor)).toMatchObject({ status: 'exited', exit_code: 3, stdout: 'after\n', stderr: '' });
    expect(await end(id)).toMatchObject({ stdout: 'before\nafter\n', stderr: 'warn\n' });
    expect(await look(id, { pattern: 'after' })).toMatchObject({ match_count: 1, matches: [{ line: 2, offset: 7 }] });
  });

  it('is read across the border of what we received and what its host kept', async () => {
    const job = await run('seq 1 2000; echo err >&2; sleep 1.5; seq 2001 2500');
    await end(job['job_id']);
    const all = Array.from({ length: 2500 }, (_, n) => `${n + 1}\n`).join('');
    const read = { stdout: all, stderr: 'err\n', truncated: false, status: 'exited' };
    expect(await look(job['job_id'])).toMatchObject(read);
    const range = await look(job['job_id'], { offset: 8_800, length: 100 });
    // As far as no secret may have begun.
    expect(String(range['contents']).length).toBeGreaterThan(95);
    expect(all.slice(8_800, 8_900).startsWith(String(range['contents']))).toBe(true);
    const tail = await look(job['job_id'], { tail: 600 });
    expect(tail).toMatchObject({ stdout: all.slice(all.indexOf('1901\n')), stderr: 'err\n', truncated: false });
  });

  it('outlives the connection it was started on', async () => {
    const { job_id: id } = await run('sleep 1.5; echo survived; exit 4');
    sshd.dropConnections();
    expect(await end(id)).toMatchObject({ status: 'exited', exit_code: 4, stdout: 'survived\n' });
  });

  it('is cancelled with everything it started', async () => {
    const { job_id: id } = await run('sleep 300 & setsid sleep 301 & echo up; wait');
    expect(await cancel(id)).toMatchObject({ status: 'cancelled', stopped: { state: 'confirmed' } });
    expect(processesMentioning(sshd.mark).filter(({ commandLine }) => commandLine.includes('sleep 30'))).toEqual([]);
    expect(await look(id)).toMatchObject({ status: 'cancelled', stdout: 'up\n' });
  });

  it('is ended at its timeout, which is counted from its start', async () => {
    const { job_id: id } = await run('sleep 300', { timeout: 2 });
    expect(await end(id)).toMatchObject({ status: 'timed_out', stopped: { state: 'confirmed' } });
  });

  it('goes on here where its shell tells its host nothing of its end', async () => {
    const { job_id: id } = await run('echo one; exec sh -c "sleep 2; echo two; exit 5"');
    expect(await end(id)).toMatchObject({ status: 'exited', exit_code: 5, stdout: 'one\ntwo\n' });
    expect(await end(id, '4.0')).toMatchObject({ stdout: 'two\n' });
    const { job_id: other } = await run('exec sleep 300');
    expect(await cancel(other)).toMatchObject({ status: 'cancelled', stopped: { state: 'confirmed' } });
  });

  it('leaves no stopped process behind', async () => {
    const { job_id: id } = await run('sleep 301 & sleep 300');
    const stopped = processesMentioning(sshd.mark).filter(({ commandLine }) => commandLine.includes('sleep 30'));
    expect(stopped.length).toBeGreaterThanOrEqual(2);
    await cancel(id);
  });

  it.each([-1, 46, 1.5, 'soon'])('refuses to wait %j', async (wait) => {
    await expect(run('true', { wait })).rejects.toMatchObject({ code: 'invalid_input' });
  });

  it('leaves the exit status and the output of short ones as they are', async () => {
    expect(await run('exit 7')).toMatchObject({ exit_code: 7, stdout: '', stderr: '' });
    expect(await run('set -eux; false')).toMatchObject({ exit_code: 1, stderr: '+ false\n' });
    expect(await run('kill -TERM $$')).toMatchObject({ status: 'signalled', signal: 'SIGTERM', stderr: '' });
    expect(await run("trap 'echo bye' EXIT; echo hi")).toMatchObject({ exit_code: 0, stdout: 'hi\nbye\n' });
  });
});

describe('a command on many servers', () => {
  it('becomes a job on those where it has not ended by the wait limit', async () => {
    await using many = await aGateway(sshd, { servers: { 'web-2': serverEntry(sshd), 'web-3': serverEntry(sshd) } });
    const calls = jobCalls(() => many);
    const seen = join(sshd.directory, 'seen');
    // Two of three run on.
    const command = `mkdir ${seen} 2>/dev/null && exit 3; echo so far; sleep 2; echo end; exit 4`;
    const { json } = await many.call('execute_on_multiple', { servers: ['web-*'], command, wait: 1 });
    expect(json).toMatchObject({ success: false, summary: { total: 3, failed: 1, running: 2 } });
    const results = Object.values(json['results'] as Record<string, Record<string, unknown>>);
    const running = results.filter(({ status }) => status === 'running');
    expect(running).toHaveLength(2);
    for (const { job_id: id, cursor, stdout } of running) {
      expect(stdout).toBe('so far\n');
      expect(await calls.end(id, cursor)).toMatchObject({ status: 'exited', exit_code: 4, stdout: 'end\n' });
      expect(await calls.end(id)).toMatchObject({ stdout: 'so far\nend\n' });
    }
  });
});
