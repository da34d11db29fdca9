import { randomBytes, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentLog } from '../../src/base/log.ts';
import type { GatewayError } from '../../src/base/errors.ts';
import { composeGateway } from '../../src/compose.ts';
import { handleToolCall } from '../../src/gateway/handle-tool-call.ts';
import { aGateway, fullRights, fullToken, serverEntry, type TestGateway } from '../fixtures/gateway.ts';
import { startSshd, type Sshd } from '../fixtures/sshd.ts';

const otherToken = 'tok_a7c31e5b9d024f688e1b3d5f7a9c2e40';
const mebibyte = 1024 * 1024;
const day = 86_400;
let sshd: Sshd;
beforeAll(async () => {
  sshd = await startSshd();
});
afterAll(() => sshd[Symbol.asyncDispose]());

function withBudgets(environment: Readonly<Record<string, string>>, own: object = {}): Promise<TestGateway> {
  const servers = Object.fromEntries(['web-2', 'web-3'].map((name) => [name, serverEntry(sshd)]));
  const tokens = { [fullToken]: { ...fullRights, ...own }, [otherToken]: { ...fullRights, name: 'other' } };
  return aGateway(sshd, { environment, servers, tokens });
}
const run = (gateway: TestGateway, server = 'web-1', token = fullToken) =>
  gateway.call('execute_command', { server, command: 'true' }, { token });
const refusal = (call: Promise<unknown>): Promise<GatewayError> =>
  call.then(
    () => expect.unreachable('it ran'),
    (error: GatewayError) => error,
  );
const limited = { code: 'rate_limited', ran: 'not_started' };

describe('a daily budget', () => {
  it('of commands counts those of all processes, and says which it is and when there is enough again', async () => {
    await using gateway = await withBudgets({ RATE_LIMIT_PER_DAY: '3' });
    await using second = await composeGateway(gateway.config, { log: silentLog });
    await run(gateway);
    await run(gateway);
    const elsewhere = (command: string) => {
      const credential = { kind: 'bearer', token: fullToken } as const;
      const input = { id: randomUUID(), tool: 'execute_command', arguments: { server: 'web-1', command } };
      const { signal } = new AbortController();
      return handleToolCall({ ...input, credential, signal, client: undefined }, second.gateway);
    };
    await elsewhere('true');
    const error = await refusal(run(gateway));
    expect(error).toMatchObject({
      ...limited,
      message: expect.stringMatching(/3 of 3 commands in 24 hours.*again at 20\d\d-/),
      details: { budget: 'commands', limit: 3, used: 3, needed: 1, window_s: day, renews_at: expect.any(String) },
    });
    const retry = Number(error.details['retry_after_s']);
    expect(retry).toBeGreaterThan(day - 60);
    expect(retry).toBeLessThan(day + 660);
    expect(await refusal(elsewhere('true'))).toMatchObject(limited);
    expect((await run(gateway, 'web-1', otherToken)).json).toMatchObject({ success: true });
    expect((await gateway.call('list_directory', { server: 'web-1', path: '/' })).json).toMatchObject({
      success: true,
    });
  });

  it('of servers counts each once, and all of a fleet or none', async () => {
    await using gateway = await withBudgets({ RATE_LIMIT_SERVERS_PER_DAY: '2' });
    for (const server of ['web-1', 'web-2', 'web-1', 'web-2']) await run(gateway, server);
    const fleet = gateway.call('execute_on_multiple', { servers: ['*'], command: 'true' });
    expect(await refusal(fleet)).toMatchObject({
      ...limited,
      details: { budget: 'servers', limit: 2, used: 2, needed: 1 },
    });
    expect(await refusal(gateway.call('read_file', { server: 'web-3', file_path: '/etc/hostname' }))).toMatchObject(
      limited,
    );
    expect((await run(gateway, 'web-2')).json).toMatchObject({ success: true });
  });

  it('of bytes refuses what would write more, before it is written', async () => {
    await using gateway = await withBudgets({ RATE_LIMIT_MB_PER_DAY: '1' });
    const write = (name: string, contents: string) =>
      gateway.call('write_file', { server: 'web-1', file_path: join(sshd.directory, name), contents });
    await write('first', 'x'.repeat(600_000));
    expect(await refusal(write('second', 'x'.repeat(600_000)))).toMatchObject({
      ...limited,
      details: { budget: 'bytes', limit: mebibyte, used: 600_000, needed: 600_000 },
    });
    expect(existsSync(join(sshd.directory, 'second'))).toBe(false);
    await expect(write('none/at/all', 'x'.repeat(400_000))).rejects.toMatchObject({ ran: 'not_started' });
    expect((await write('third', 'x'.repeat(400_000))).json).toMatchObject({ success: true });
  });

  it.each([
    ['one large file', [9 * mebibyte]],
    ['many small files', Array.from({ length: 12 }, () => mebibyte - 1)],
  ])('of bytes stops a transfer of %s where it ends, and gives back what was not moved', async (what, sizes) => {
    await using gateway = await withBudgets({ RATE_LIMIT_MB_PER_DAY: '6' });
    const from = join(sshd.directory, `from ${what}`);
    mkdirSync(from);
    for (const [index, size] of sizes.entries()) writeFileSync(join(from, String(index)), randomBytes(size));
    const to_path = join(sshd.directory, `to ${what}`);
    const ends = { from_server: 'web-1', to_server: 'web-2' };
    const whole = gateway.call('transfer_file', { ...ends, from_path: from, to_path });
    expect(await refusal(whole)).toMatchObject({
      code: 'rate_limited',
      details: { budget: 'bytes', limit: 6 * mebibyte },
    });
    const used = await refusal(whole).then(({ details }) => Number(details['used']));
    expect(used).toBeLessThanOrEqual(6 * mebibyte);
    const rest = 6 * mebibyte - used;
    const small = join(sshd.directory, `small ${what}`);
    writeFileSync(small, randomBytes(Math.max(0, rest)));
    const last = gateway.call('transfer_file', { ...ends, from_path: small, to_path: `${small} copy` });
    expect((await last).json).toMatchObject({ success: true });
    expect(readFileSync(`${small} copy`).equals(readFileSync(small))).toBe(true);
  });

  it('is that of the token where it has one of its own', async () => {
    const own = { commands_per_day: 1, servers_per_day: 5, mb_per_day: 0, rate_limit_multiplier: 9 };
    await using gateway = await withBudgets({ RATE_LIMIT_PER_DAY: '100' }, own);
    await run(gateway);
    expect(await refusal(run(gateway))).toMatchObject({ ...limited, details: { budget: 'commands', limit: 1 } });
    const file_path = join(sshd.directory, 'never');
    const write = gateway.call('write_file', { server: 'web-1', file_path, contents: 'x' });
    expect(await refusal(write)).toMatchObject({ ...limited, message: expect.stringContaining('never fits') });
    for (const _ of [1, 2]) expect((await run(gateway, 'web-1', otherToken)).json).toMatchObject({ success: true });
  });

  it('is none where nothing says so, or where limits are off', async () => {
    for (const environment of [{}, { RATE_LIMIT_PER_DAY: '1', RATE_LIMIT_ENABLED: 'false' }]) {
      await using gateway = await withBudgets(environment);
      for (const _ of [1, 2, 3]) expect((await run(gateway)).json).toMatchObject({ success: true });
    }
  });

  it('lets nothing run where it cannot be counted', async () => {
    await using gateway = await withBudgets({ RATE_LIMIT_PER_DAY: '9' });
    writeFileSync(join(gateway.directory, 'data/state.db'), 'no database');
    await expect(run(gateway)).rejects.toMatchObject({ code: 'audit_unavailable', ran: 'not_started' });
  });
});
