import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentLog } from '../../src/base/log.ts';
import { thisProcess } from '../../src/base/process-identity.ts';
import { composeGateway, type RunningGateway } from '../../src/compose.ts';
import { handleToolCall } from '../../src/gateway/handle-tool-call.ts';
import { openJobStore } from '../../src/storage/job-store.ts';
import { aGateway, fullRights, fullToken, type TestGateway } from '../fixtures/gateway.ts';
import { jobCalls } from '../fixtures/job-calls.ts';
import { startSshd, type Sshd } from '../fixtures/sshd.ts';

const otherToken = 'tok_3c9f5b7e31b84d26a1c3e5f7b9d80246';
let sshd: Sshd;
let gateway: TestGateway;
let second: RunningGateway;
const { end, look } = jobCalls(() => gateway);

beforeAll(async () => {
  sshd = await startSshd();
  const tokens = { [fullToken]: fullRights, [otherToken]: { ...fullRights, name: 'other' } };
  const environment = { SALLYPORT_TOOLSETS: 'core,ssh-mcp-server', SALLYPORT_PROFILE: 'admin' };
  gateway = await aGateway(sshd, { tokens, environment });
  second = await composeGateway(gateway.config, { log: silentLog });
});
afterAll(async () => {
  await second[Symbol.asyncDispose]();
  await gateway[Symbol.asyncDispose]();
  await sshd[Symbol.asyncDispose]();
});

/** Every start of the command adds a line. */
const counted = (name: string, then: string) => `echo once >>${join(sshd.directory, name)}; ${then}`;
const count = (name: string) => readFileSync(join(sshd.directory, name), 'utf8').split('\n').length - 1;
const input = (command: string, idempotency_key: string, more: object = {}) => {
  return { server: 'web-1', command, idempotency_key, ...more };
};
const atSecond = (asked: object) => {
  const credential = { kind: 'bearer', token: fullToken } as const;
  const call = { id: randomUUID(), tool: 'execute_command', arguments: asked, credential, client: undefined };
  return handleToolCall({ ...call, signal: new AbortController().signal }, second.gateway);
};

describe('a call with an idempotency key', () => {
  it('is made once of 50 at the same time, over two processes, and all get its answer', async () => {
    const asked = input(counted('fifty', 'sleep 1; echo done; exit 3'), 'fifty');
    const calls = Array.from({ length: 50 }, (_, n) =>
      n % 2 === 0 ? gateway.call('execute_command', asked) : atSecond(asked),
    );
    const answers = await Promise.all(calls);
    expect(count('fifty')).toBe(1);
    for (const { json } of answers) {
      expect(json).toMatchObject({ exit_code: 3, stdout: 'done\n', command: asked.command, status: 'exited' });
    }
    expect(answers.filter(({ json }) => json['repeated'] === true)).toHaveLength(49);
  });

  it('is one job in the background', async () => {
    const asked = input(counted('job', 'sleep 1; exit 4'), 'job', { background: true });
    const answers = await Promise.all([1, 2, 3].map(() => gateway.call('execute_command', asked)));
    const ids = new Set(answers.map(({ json }) => json['job_id']));
    expect(ids.size).toBe(1);
    expect(await end([...ids][0])).toMatchObject({ exit_code: 4 });
    expect(count('job')).toBe(1);
  });

  it('that became a job is that job when it is made again', async () => {
    const asked = input(counted('slow', 'sleep 1.5; exit 5'), 'slow', { wait: 1 });
    const first = await gateway.call('execute_command', asked);
    const again = await gateway.call('execute_command', asked);
    expect(again.json).toMatchObject({ job_id: first.json['job_id'], repeated: true });
    expect(await end(first.json['job_id'])).toMatchObject({ exit_code: 5 });
    expect(count('slow')).toBe(1);
  });

  it('with other arguments is refused', async () => {
    await gateway.call('execute_command', input('true', 'same'));
    for (const asked of [input('false', 'same'), input('true', 'same', { timeout: 5 })]) {
      const refused = { code: 'conflict', ran: 'not_started' };
      await expect(gateway.call('execute_command', asked)).rejects.toMatchObject(refused);
    }
    expect((await gateway.call('execute_command', input('true', 'same', { wait: 3 }))).json['repeated']).toBe(true);
  });

  it('of another caller is another call', async () => {
    const asked = input(counted('two', 'true'), 'two');
    await gateway.call('execute_command', asked);
    await gateway.call('execute_command', asked, { token: otherToken });
    expect(count('two')).toBe(2);
  });

  it('that certainly was not started can be made again', async () => {
    await sshd.kill();
    const asked = input(counted('down', 'true'), 'down');
    await expect(gateway.call('execute_command', asked)).rejects.toMatchObject({ ran: 'not_started' });
    await sshd.start();
    expect((await gateway.call('execute_command', asked)).json).toMatchObject({ exit_code: 0 });
    expect(count('down')).toBe(1);
  });

  it('is not made again when its process died before it answered', async () => {
    const location = { kind: 'sqlite', path: join(gateway.directory, 'data/state.db'), durability: 'full' } as const;
    const store = await openJobStore({ ...location, busyTimeoutMs: 50 }, silentLog);
    const asked = input('true', 'before');
    await gateway.call('execute_command', asked);
    const { principal: known } = gateway.running.gateway.authenticate({ kind: 'bearer', token: fullToken });
    const done = await store.reservations.find(known, 'before');
    if (!done) throw new Error('no reservation');
    const dead = { ...done, holder: { ...thisProcess(), startTicks: '1' }, answer: null };
    await store.reservations.reserve({ ...dead, key: 'died' }, 0);
    const died = gateway.call('execute_command', input('true', 'died'));
    await expect(died).rejects.toMatchObject({ code: 'job_lost', ran: 'may_have_run' });
    const job = await gateway.call('execute_command', input('echo hi', 'bg', { background: true }));
    await store.reservations.note(known, 'bg', { answer: null });
    const again = await gateway.call('execute_command', input('echo hi', 'bg', { background: true, wait: 0 }));
    expect(again.json).toMatchObject({ job_id: job.json['job_id'], repeated: true });
    expect(await look(job.json['job_id'])).toMatchObject({ stdout: 'hi\n' });
    await store.close();
  });
});

describe('any call that changes something, with an idempotency key,', () => {
  const twice = async (tool: string, asked: object): Promise<readonly Record<string, unknown>[]> => {
    const keyed = { ...asked, idempotency_key: `twice ${tool}` };
    const first = await gateway.call(tool, keyed);
    const again = await gateway.call(tool, keyed);
    expect([first.json['repeated'], again.json['repeated'], again.text]).toEqual([undefined, true, first.text]);
    return [first.json, again.json];
  };
  const at = (name: string): string => join(sshd.directory, name);

  it('writes a file once: what somebody wrote meanwhile stays', async () => {
    const asked = { server: 'web-1', file_path: at('written'), contents: 'ours', idempotency_key: 'write' };
    const first = await gateway.call('write_file', asked);
    writeFileSync(at('written'), 'theirs');
    const again = await gateway.call('write_file', asked);
    expect(again.json).toEqual({ ...first.json, repeated: true });
    expect(readFileSync(at('written'), 'utf8')).toBe('theirs');
  });

  it('edits a file once, and tells the same change again', async () => {
    writeFileSync(at('edited'), 'a\nb\n');
    const [first, again] = await twice('edit_file', {
      server: 'web-1',
      file_path: at('edited'),
      old_text: 'b',
      new_text: 'b\nb',
    });
    expect(again).toEqual({ ...first, repeated: true });
    expect(readFileSync(at('edited'), 'utf8')).toBe('a\nb\nb\n');
  });

  it('runs once on each of many servers', async () => {
    const [first, again] = await twice('execute_on_multiple', { servers: ['*'], command: counted('fleet', 'echo hi') });
    expect(again).toEqual({ ...first, repeated: true });
    expect(count('fleet')).toBe(1);
  });

  it('transfers once', async () => {
    writeFileSync(at('large'), 'x'.repeat(100_000));
    mkdirSync(at('there'));
    await twice('transfer_file', {
      from_server: 'web-1',
      from_path: at('large'),
      to_server: 'web-1',
      to_path: at('there/copy'),
    });
    expect(readdirSync(at('there'))).toEqual(['copy']);
  });

  it('runs once also by the tools of the second seed, with the same text', async () => {
    await twice('ssh_execute', { host: 'web-1', command: counted('seed', 'echo hi') });
    expect(count('seed')).toBe(1);
  });

  it('can be made again where it was refused before anything began', async () => {
    const asked = { server: 'web-1', file_path: at('none/at/all'), contents: 'x', idempotency_key: 'refused' };
    const refused = gateway.call('write_file', asked);
    await expect(refused).rejects.toMatchObject({ ran: 'not_started' });
    mkdirSync(at('none/at'), { recursive: true });
    expect((await gateway.call('write_file', asked)).json).toMatchObject({ success: true });
  });

  it.each(['', 'x'.repeat(201), 7, 'a\nb', ['a']])('is refused with %j, which is none', async (idempotency_key) => {
    const asked = { server: 'web-1', file_path: at('keyless'), contents: 'x', idempotency_key };
    await expect(gateway.call('write_file', asked)).rejects.toMatchObject({ code: 'invalid_input' });
    expect(readdirSync(sshd.directory)).not.toContain('keyless');
  });
});
