import { existsSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Secret } from '../../src/base/secret.ts';
import { composeGateway } from '../../src/compose.ts';
import { silentLog } from '../../src/base/log.ts';
import { handleToolCall } from '../../src/gateway/handle-tool-call.ts';
import { aGateway, fullRights, fullToken, type TestGateway } from '../fixtures/gateway.ts';
import { jobCalls } from '../fixtures/job-calls.ts';
import { processesMentioning, signalAll } from '../fixtures/lingering.ts';
import { startSshd, type Sshd } from '../fixtures/sshd.ts';

const otherToken = 'tok_3c9f5b7e31b84d26a1c3e5f7b9d80246';
const secret = 'hunter2-and-more-of-it';

let sshd: Sshd;
let gateway: TestGateway;
const { start, look, cancel, end } = jobCalls(() => gateway);

beforeAll(async () => {
  sshd = await startSshd();
  const tokens = { [fullToken]: fullRights, [otherToken]: { ...fullRights, name: 'other' } };
  gateway = await aGateway(sshd, { tokens, environment: { SALLYPORT_JOBS_PER_CALLER: '3' } });
  gateway.running.gateway.redactor.add(new Secret(secret));
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await sshd[Symbol.asyncDispose]();
});

const spools = () => join(sshd.directory, 'state/sallyport/jobs');
const newestSpool = (before: readonly string[]) =>
  join(spools(), readdirSync(spools()).find((name) => !before.includes(name)) ?? 'none');

/** A job that was looked at once, and its directory on the host. */
async function startedWithSpool(command: string) {
  const before = existsSync(spools()) ? readdirSync(spools()) : [];
  const { job_id: id } = await start(command);
  return { id, spool: newestSpool(before) };
}

describe('a job in the background', () => {
  it('answers at once, and tells its output and exit code later', async () => {
    const started = await start('echo out; echo err >&2; sleep 1; echo end; exit 3');
    expect(started).toMatchObject({ success: true, status: 'running', exit_code: null, cursor: '0.0', ran: 'ran' });
    const ended = { success: false, status: 'exited', exit_code: 3, stdout: 'out\nend\n', stderr: 'err\n' };
    expect(await end(started['job_id'])).toMatchObject(ended);
    expect(await look(started['job_id'])).toMatchObject(ended);
  });

  it('runs the text as the login shell does, whatever is in it, with its standard input closed', async () => {
    const text = `printf '%s|' 'a"b' \\! "$SHLVL" "$(umask)" é; cat; [ -t 0 ] || echo no terminal\n: last`;
    const plain = await gateway.call('execute_command', { server: 'web-1', command: text });
    const { job_id } = await start(text);
    expect(await end(job_id)).toMatchObject({ exit_code: 0, stdout: plain.json['stdout'] });
  });

  it('reports the signal that ended it', async () => {
    const { job_id } = await start('kill -TERM $$');
    expect(await end(job_id)).toMatchObject({
      success: false,
      status: 'signalled',
      signal: 'SIGTERM',
      exit_code: null,
    });
  });

  it('is cancelled with everything it started, and keeps what it wrote', async () => {
    const { job_id } = await start('sleep 300 & setsid sleep 301 & echo up; wait');
    await look(job_id, { cursor: '0.0' });
    const cancelled = { success: true, status: 'cancelled', stopped: { state: 'confirmed' } };
    expect(await cancel(job_id)).toMatchObject(cancelled);
    expect(processesMentioning(sshd.mark).filter(({ commandLine }) => commandLine.includes('sleep 30'))).toEqual([]);
    expect(await look(job_id)).toMatchObject({ success: false, status: 'cancelled', stdout: 'up\n' });
    expect(await cancel(job_id)).toMatchObject(cancelled);
  });

  it('that has ended stays as it ended when it is cancelled', async () => {
    const { job_id } = await start('exit 4');
    await end(job_id);
    expect(await cancel(job_id)).toMatchObject({ success: true, status: 'exited', exit_code: 4 });
  });

  it('is ended by its host at its deadline', async () => {
    const { job_id } = await start('echo begun; sleep 300', { timeout: 1 });
    const ended = { status: 'timed_out', stdout: 'begun\n', stopped: { state: 'confirmed' } };
    expect(await end(job_id)).toMatchObject(ended);
  });

  it('gives back every byte by its cursor, and no half of a character', async () => {
    const { job_id } = await start('i=0; while [ $i -lt 4000 ]; do echo "$i é€😀"; i=$((i+1)); done');
    const whole = Array.from({ length: 4_000 }, (_, i) => `${i} é€😀\n`).join('');
    expect((await end(job_id))['stdout']).toBe(whole);
    const middle = await look(job_id, { offset: 1_001, length: 100 });
    const at = Number(middle['offset']);
    expect(
      Buffer.from(whole)
        .subarray(at, at + Buffer.byteLength(String(middle['contents'])))
        .toString(),
    ).toBe(middle['contents']);
    expect(middle).toMatchObject({ truncated: true, size_bytes: Buffer.byteLength(whole), stream: 'stdout' });
    expect(await look(job_id, { tail: 2 })).toMatchObject({ stdout: '3998 é€😀\n3999 é€😀\n' });
    const found = await look(job_id, { pattern: '^77 ' });
    expect(found).toMatchObject({ match_count: 1, matches: [{ line: 78, text: '77 é€😀' }] });
  });

  it('shows no part of a secret, wherever it is cut', async () => {
    const { job_id } = await start(`echo before; printf %s ${secret.slice(0, 9)}; sleep 1.5; echo ${secret.slice(9)}`);
    const first = await look(job_id, { cursor: '0.0' });
    expect(first['stdout']).toBe('before\n');
    expect(await end(job_id, first['cursor'])).toMatchObject({ stdout: '[redacted]\n' });
    for (let offset = 7; offset < 7 + secret.length; offset += 1) {
      const { contents } = await look(job_id, { offset, length: 4 });
      expect(['', '\n', '[redacted]', '[redacted]\n']).toContain(contents);
    }
    expect(await look(job_id, { pattern: 'hunter' })).toMatchObject({ match_count: 0 });
  }, 30_000);

  it('is found again by a gateway that was started anew', async () => {
    const { job_id } = await start('echo one; sleep 1; echo two; exit 5');
    await using second = await composeGateway(gateway.config, { log: silentLog });
    const credential = { kind: 'bearer', token: fullToken } as const;
    const signal = new AbortController().signal;
    const call = { id: 'again', tool: 'get_job', credential, signal, client: undefined };
    const again = jobCalls(() => ({
      call: (tool, input) => handleToolCall({ ...call, tool, arguments: input }, second.gateway),
    }));
    expect(await again.end(job_id)).toMatchObject({ status: 'exited', exit_code: 5, stdout: 'one\ntwo\n' });
  });
});

describe('a job that is lost', () => {
  it('says that its directory is gone', async () => {
    const { id, spool } = await startedWithSpool('sleep 60');
    rmSync(spool, { recursive: true });
    const { json, isError } = await gateway.call('get_job', { job_id: id });
    expect({ ...json, isError }).toMatchObject({
      success: false,
      isError: true,
      code: 'job_lost',
      status: 'disconnected',
    });
    expect(json['error']).toMatch(/^job_lost: .*before you run it again/);
  });

  it('says that its process has ended without a word, with what it wrote', async () => {
    const { id, spool } = await startedWithSpool('echo here; sleep 60');
    signalAll(processesMentioning(spool.slice(-12)), 'SIGKILL');
    const left = processesMentioning(sshd.mark).filter(({ commandLine }) => commandLine.includes('sleep 60'));
    signalAll(left, 'SIGKILL');
    expect(await look(id)).toMatchObject({ code: 'job_lost', stdout: 'here\n', ran: 'ran' });
  });

  it('says that its host was restarted', async () => {
    const { id, spool } = await startedWithSpool('echo here; sleep 60');
    writeFileSync(join(spool, 'info'), '1 2 00000000-another-boot\n');
    expect(await look(id)).toMatchObject({ code: 'job_lost', error: expect.stringContaining('restarted') });
  });

  it('is not mistaken for a process that has its number now', async () => {
    const { id, spool } = await startedWithSpool('sleep 60');
    writeFileSync(join(spool, 'info'), `${process.pid} 1 -\n`);
    expect(await look(id)).toMatchObject({ code: 'job_lost' });
  });
});

describe('what a job left on its host', () => {
  it('is cleared away when a later job starts, once it is old', async () => {
    const { id, spool } = await startedWithSpool('true');
    await end(id);
    const { id: recent, spool: recentSpool } = await startedWithSpool('true');
    await end(recent);
    const longAgo = new Date(Date.now() - 10 * 86_400_000);
    utimesSync(join(spool, 'exit'), longAgo, longAgo);
    await end((await start('sleep 0.5'))['job_id']);
    expect([existsSync(spool), existsSync(recentSpool)]).toEqual([false, true]);
    expect(await look(id)).toMatchObject({ status: 'exited', exit_code: 0 });
  });
});

describe('jobs of a caller', () => {
  it('are nobody else’s: theirs look as those that never were', async () => {
    const { job_id } = await start('echo mine');
    const nobody = `job_${'0'.repeat(32)}`;
    for (const tool of ['get_job', 'cancel_job']) {
      const refusals: unknown[] = [];
      for (const id of [job_id, nobody, '../../etc/passwd', 'x']) {
        const refused = gateway.call(tool, { job_id: id }, { token: otherToken });
        refusals.push(await refused.catch((error: unknown) => error));
      }
      expect(new Set(refusals.map(String)).size).toBe(1);
      expect(refusals[0]).toMatchObject({ code: 'job_not_found', ran: 'not_started' });
    }
    const { json } = await gateway.call('get_job', {}, { token: otherToken });
    expect(json).toEqual({ success: true, jobs: [], truncated: false });
    await end(job_id);
  });

  it('are listed, the newest first, with how they go', async () => {
    const { job_id } = await start(`echo ${secret}`);
    await end(job_id);
    const { json } = await gateway.call('get_job', {});
    const listed = { job_id, server: 'web-1', command: 'echo [redacted]', status: 'exited', exit_code: 0 };
    expect(json).toMatchObject({ success: true, jobs: expect.arrayContaining([expect.objectContaining(listed)]) });
    expect(json['jobs']).toHaveProperty('0.job_id', job_id);
  });

  it('are limited in number', async () => {
    const ids = [];
    for (let n = 0; n < 3; n += 1) ids.push((await start('sleep 60'))['job_id']);
    await expect(start('sleep 60')).rejects.toMatchObject({ code: 'busy', ran: 'not_started' });
    // One that runs is not ended for it: it becomes a job, and nothing else is begun that may become one.
    const command = 'sleep 2; echo ended by itself';
    const { json } = await gateway.call('execute_command', { server: 'web-1', command, wait: 1 });
    expect(json).toMatchObject({ success: true, status: 'running' });
    const further = gateway.call('execute_command', { server: 'web-1', command: 'true' });
    await expect(further).rejects.toMatchObject({ code: 'busy', ran: 'not_started' });
    const short = await gateway.call('execute_command', { server: 'web-1', command: 'echo short', timeout: 5 });
    expect(short.json).toMatchObject({ stdout: 'short\n' });
    expect(await end(json['job_id'])).toMatchObject({ exit_code: 0, stdout: 'ended by itself\n' });
    for (const id of ids) await cancel(id);
    const again = await gateway.call('execute_command', { server: 'web-1', command: 'echo again' });
    expect(again.json).toMatchObject({ stdout: 'again\n' });
  });

  it('cannot be read by who may no longer use the host', async () => {
    const { job_id } = await start('echo mine');
    await end(job_id);
    const listed = { ...fullRights, allowed_servers: ['db-*'] };
    await gateway.write('tokens.json', { tokens: { [fullToken]: listed } });
    await expect.poll(() => look(job_id).catch((error: unknown) => error)).toMatchObject({ code: 'host_not_allowed' });
  });
});
