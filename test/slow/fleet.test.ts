import { createServer } from 'node:net';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openAuditRecords } from '../../src/compose-stores.ts';
import { silentLog } from '../../src/base/log.ts';
import { aGateway, fullRights, fullToken, serverEntry, type TestGateway } from '../fixtures/gateway.ts';
import { processesMentioning } from '../fixtures/lingering.ts';
import { isRoot } from '../fixtures/machine.ts';
import { startSshd, type Sshd } from '../fixtures/sshd.ts';

const webToken = 'tok_3c9f5b7e31b84d26a1c3e5f7b9d80246';
const webRights = { name: 'web', permissions: ['execute'], allowed_servers: ['web-*'] };

let sshd: Sshd;
let gateway: TestGateway;
const serverOn = (port: number | undefined, more: object = {}) => ({ ...serverEntry(sshd), port, ...more });

beforeAll(async () => {
  // A hundred logins at once are a lot for two processors: with a shell that starts fast, where we may choose it.
  sshd = await startSshd({ ports: 100, ...(isRoot && { login: 'ordinary', shell: '/bin/sh' }) });
  const many = Object.fromEntries(
    sshd.ports.map((port, at) => [`node-${String(at).padStart(3, '0')}`, serverOn(port)]),
  );
  const servers = {
    'web-2': serverOn(sshd.ports[1], { tags: ['web'] }),
    'db-1': serverOn(sshd.ports[2], { labels: { env: 'prod' } }),
    'web-off': serverOn(sshd.ports[3], { enabled: false }),
    ...many,
  };
  const tokens = { [fullToken]: fullRights, [webToken]: webRights };
  gateway = await aGateway(sshd, { servers, tokens });
}, 60_000);
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await sshd[Symbol.asyncDispose]();
});

const fleet = (input: object, options: { token?: string; signal?: AbortSignal } = {}) =>
  gateway.call('execute_on_multiple', { command: 'echo "$SSH_CONNECTION" | cut -d" " -f4', ...input }, options);
const resultsOf = ({ json }: Awaited<ReturnType<typeof fleet>>) =>
  json['results'] as Readonly<Record<string, { stdout: string; status: string; code?: string; ran: string }>>;

describe('a command on many servers', () => {
  it('runs on a hundred, each once, and answers in their order', async () => {
    const answer = await fleet({ servers: ['node-*'], timeout: 60, wait: 45 });
    expect(answer.json).toMatchObject({ success: true, summary: { total: 100, succeeded: 100, failed: 0 } });
    expect(Object.values(resultsOf(answer)).map(({ stdout }) => Number(stdout))).toEqual(sshd.ports);
  }, 60_000);

  it('reaches only what the caller may, and says what was left out', async () => {
    const answer = await fleet({ servers: ['*', 'db-1', 'web-9', 'web-off'] }, { token: webToken });
    expect(Object.keys(resultsOf(answer))).toEqual(['web-1', 'web-2']);
    expect(answer.json['skipped']).toMatchObject([
      { server: 'db-1', code: 'host_not_allowed' },
      { server: 'web-9', code: 'unknown_host' },
      { server: 'web-off', code: 'host_disabled' },
    ]);
    const first = async () => (await gateway.auditLog()).find((line) => line['token_name'] === 'web');
    await expect.poll(first).toMatchObject({
      metadata: { skipped: ['db-1: host_not_allowed', 'web-9: unknown_host', 'web-off: host_disabled'] },
    });
  });

  it('is refused, on record, when nothing is left to run on', async () => {
    const call = fleet({ servers: ['db-1', 'node-*'], command: 'id' }, { token: webToken });
    await expect(call).rejects.toMatchObject({ code: 'host_not_allowed', ran: 'not_started' });
    await expect
      .poll(async () => (await gateway.auditLog()).at(-1))
      .toMatchObject({
        event_type: 'command_denied',
        result: 'denied',
        metadata: { command: 'id', skipped: [{ server: 'db-1' }, { server: 'node-*' }] },
      });
  });

  it('is recorded for each server, by one intent that names them all', async () => {
    await fleet({ servers: ['env=prod', 'tag:web'], command: '[ "$SSH_CONNECTION" ]; exit 4' });
    const lines = (await gateway.auditLog()).slice(-2);
    expect(lines).toMatchObject([
      { server_name: 'web-2', event_type: 'command_execution', result: 'failed', exit_code: 4 },
      { server_name: 'db-1', event_type: 'command_execution', result: 'failed', exit_code: 4 },
    ]);
    const [{ call_id: callId }] = lines.map((line) => line['metadata']) as [{ call_id: string }];
    await using audit = await openAuditRecords(gateway.config, silentLog);
    const bodies: unknown[] = [];
    for await (const { callId: id, body } of audit?.records() ?? []) if (id === callId) bodies.push(JSON.parse(body));
    const [intent, ...outcomes] = bodies;
    expect(intent).toMatchObject({ kind: 'intent', actions: [{ kind: 'run_command', hosts: ['web-2', 'db-1'] }] });
    expect(outcomes).toMatchObject([{ serverName: 'web-2' }, { serverName: 'db-1' }]);
  });

  it('is refused as a whole when a rule refuses it, and names all servers in one record', async () => {
    await using strict = await aGateway(sshd, {
      servers: { 'web-2': serverOn(sshd.ports[1]) },
      security: { forbidden_commands: ['reboot'] },
    });
    const call = strict.call('execute_on_multiple', { servers: ['*'], command: 'reboot' });
    await expect(call).rejects.toMatchObject({ code: 'denied_by_policy' });
    const [line] = await strict.auditLog();
    expect(line).toMatchObject({ result: 'blocked', command: 'reboot', metadata: { servers: ['web-1', 'web-2'] } });
    expect(line).not.toHaveProperty('server_name');
  });

  it('waits for a server that does not answer no longer than that one was given', async () => {
    const silent = createServer(() => undefined).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as { port: number };
    await using small = await aGateway(sshd, { servers: { dead: serverOn(port), gone: serverOn(1) } });
    const startedAt = performance.now();
    const answer = await small.call('execute_on_multiple', { servers: ['*'], command: 'echo here', timeout: 3 });
    expect(performance.now() - startedAt).toBeLessThan(9_000);
    expect(resultsOf(answer)).toMatchObject({
      'web-1': { stdout: 'here\n', status: 'exited' },
      dead: { code: 'host_unreachable', exit_code: -1, ran: 'not_started' },
      gone: { code: 'host_unreachable', exit_code: -1, ran: 'not_started' },
    });
    expect((await small.auditLog()).at(-1)).toMatchObject({ server_name: 'gone', result: 'failed' });
    silent.close();
  }, 30_000);

  it('is ended on all of them when its client goes', async () => {
    const client = new AbortController();
    const running = () =>
      processesMentioning(sshd.mark).filter(({ commandLine }) => commandLine.startsWith('sleep 619')).length;
    const call = fleet({ servers: ['node-00?'], command: 'sleep 619' }, { signal: client.signal });
    await expect.poll(running, { timeout: 15_000 }).toBe(10);
    client.abort();
    const answer = await call;
    expect(answer.json['summary']).toEqual({ total: 10, succeeded: 0, failed: 10 });
    const stopped = { status: 'cancelled', stopped: { state: 'confirmed' } };
    expect(Object.values(resultsOf(answer))).toMatchObject(Array.from({ length: 10 }, () => stopped));
    expect(running()).toBe(0);
  }, 30_000);

  it('becomes a job on each server where it has not ended by the wait limit', async () => {
    const startedAt = performance.now();
    const command = `echo begun; case $SSH_CONNECTION in *" ${sshd.ports[3]}") sleep 6 ;; esac; echo ended`;
    const answer = await fleet({ servers: ['node-00?'], command, wait: 2 });
    expect(performance.now() - startedAt).toBeLessThan(15_000);
    expect(answer.json).toMatchObject({
      success: true,
      summary: { total: 10, succeeded: 10, failed: 0, running: 1 },
      overview: '9 of 10 answered alike; 1 still running',
      skipped: [],
    });
    const going = resultsOf(answer)['node-003'] as unknown as { job_id: string; cursor: string };
    expect(going).toMatchObject({ success: true, status: 'running', exit_code: null, stdout: 'begun\n', stderr: '' });
    expect(resultsOf(answer)['node-004']).toMatchObject({ status: 'exited', stdout: 'begun\nended\n' });
    const { job_id, cursor } = going;
    const job = async () => (await gateway.call('get_job', { job_id, cursor })).json;
    await expect.poll(job, { timeout: 15_000 }).toMatchObject({ status: 'exited', exit_code: 0, stdout: 'ended\n' });
  }, 40_000);

  it('counts as many commands as there are servers', async () => {
    await using limited = await aGateway(sshd, {
      servers: { 'web-2': serverOn(sshd.ports[1]) },
      security: { rate_limit: { commands_per_hour: 3 } },
    });
    const call = () => limited.call('execute_on_multiple', { servers: ['*'], command: 'true' });
    expect((await call()).json['success']).toBe(true);
    await expect(call()).rejects.toMatchObject({ code: 'rate_limited' });
  });
});
