import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aGateway, type TestGateway } from '../fixtures/gateway.ts';
import { jobCalls } from '../fixtures/job-calls.ts';
import { startSshd, type Sshd } from '../fixtures/sshd.ts';

const mebibyte = 1024 * 1024;
let sshd: Sshd;
let gateway: TestGateway;
const { start, look, end } = jobCalls(() => gateway);

beforeAll(async () => {
  sshd = await startSshd();
  const environment = { SALLYPORT_JOB_OUTPUT_MAX_MB: '1', SALLYPORT_JOB_HOST_MAX_MB: '4' };
  gateway = await aGateway(sshd, { environment });
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await sshd[Symbol.asyncDispose]();
});

/** Where jobs keep what they leave behind. */
const spools = () => join(sshd.directory, 'state/sallyport/jobs');
const spoolsSince = (before: ReadonlySet<string>) =>
  readdirSync(spools())
    .filter((name) => !before.has(name))
    .map((name) => join(spools(), name));
const spoolsThere = () => new Set(existsSync(spools()) ? readdirSync(spools()) : []);

/** Three megabytes, then a pause long enough to be looked at, then the end. */
const flood = 'head -c 3145728 /dev/zero | tr "\\0" x; echo err >&2; sleep 2; echo last; exit 4';

describe('a job that writes more than its host keeps', () => {
  it('goes on, and keeps the first part', async () => {
    const before = spoolsThere();
    const { job_id } = await start(flood);
    const ended = await end(job_id);
    expect(ended).toMatchObject({ status: 'exited', exit_code: 4 });
    expect(ended['omitted_bytes']).toEqual({ stdout: 3 * mebibyte + 5 - mebibyte, stderr: 0 });
    expect(ended).toMatchObject({ stdout_bytes: mebibyte, truncated: false, stderr: 'err\n' });
    expect(ended['stdout'] === 'x'.repeat(mebibyte)).toBe(true);
    const [spool = ''] = spoolsSince(before);
    expect(statSync(join(spool, 'out')).size).toBe(mebibyte);
    expect(readFileSync(join(spool, 'exit'), 'utf8')).toBe('status 4\n');
  });

  it('that was handed over is cut as well', async () => {
    const command = `sleep 1.5; ${flood}`;
    const { json } = await gateway.call('execute_command', { server: 'web-1', command, wait: 1 });
    const ended = await end(json['job_id'], json['cursor']);
    expect(ended).toMatchObject({
      exit_code: 4,
      stdout_bytes: mebibyte,
      stderr: 'err\n',
      omitted_bytes: { stderr: 0 },
    });
    const range = await look(json['job_id'], { offset: mebibyte - 10, length: 100 });
    expect(range).toMatchObject({ contents: 'xxxxxxxxxx', next_offset: null, size_bytes: mebibyte });
    expect(range['omitted_bytes']).toMatchObject({ stdout: expect.any(Number) });
  });

  it('takes no more of the disk while it runs', async () => {
    const before = spoolsThere();
    const { job_id } = await start(
      'i=0; while [ $i -lt 15 ]; do head -c 300000 /dev/zero; sleep 0.2; i=$((i+1)); done',
    );
    await end(job_id, '0.0').catch(() => undefined);
    const [spool = ''] = spoolsSince(before);
    expect(statSync(join(spool, 'out')).blocks * 512).toBeLessThanOrEqual(mebibyte + 4096);
    expect(Number(readFileSync(join(spool, 'out.bytes'), 'utf8'))).toBe(4_500_000);
  });
});

describe('what jobs left behind', () => {
  it('is cleared away, the oldest that ended first, where it is too much in all', async () => {
    rmSync(spools(), { recursive: true });
    const left = (name: string, mb: number, age: number): string => {
      const path = join(spools(), name.repeat(24));
      mkdirSync(path, { recursive: true });
      writeFileSync(join(path, 'out'), Buffer.alloc(mb * mebibyte, 'x'));
      if (age > 0) writeFileSync(join(path, 'exit'), 'status 0\n');
      const at = Date.now() / 1000 - age * 60;
      utimesSync(path, at, at);
      return path;
    };
    const [oldest, running, old, late] = [left('a', 3, 50), left('b', 1, 0), left('c', 2, 40), left('d', 1, 30)];
    const { job_id } = await start('echo new; sleep 1');
    expect(await end(job_id)).toMatchObject({ exit_code: 0, stdout: 'new\n' });
    await expect
      .poll(() => [oldest, running, old, late].map((path) => existsSync(path)))
      .toEqual([false, true, false, true]);
  });
});
