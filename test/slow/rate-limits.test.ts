import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GatewayError } from '../../src/base/errors.ts';
import { aGateway, fullRights, fullToken, serverEntry, type GatewayOptions } from '../fixtures/gateway.ts';
import { startSshd, type Sshd } from '../fixtures/sshd.ts';

let sshd: Sshd;
beforeAll(async () => {
  sshd = await startSshd();
});
afterAll(() => sshd[Symbol.asyncDispose]());

const halfToken = 'tok_77aa5c3d4e5f60718293a4b5c6d7e8f9';
const tokens = { [fullToken]: fullRights, [halfToken]: { ...fullRights, name: 'half', rate_limit_multiplier: 0.5 } };
const echo = { server: 'web-1', command: 'echo hi' };
const limitedTo = (commands: number): GatewayOptions => ({
  security: { rate_limit: { commands_per_hour: commands }, forbidden_commands: ['mkfs'] },
  tokens,
});
const overLimit = expect.objectContaining({
  code: 'rate_limited',
  ran: 'not_started',
  details: expect.objectContaining({ retry_after_s: expect.any(Number), limit: expect.any(Number) }),
});

describe('the limit of commands', () => {
  it('refuses the one too many, runs none of it, and counts each token by its multiplier', async () => {
    await using gateway = await aGateway(sshd, limitedTo(2));
    const mark = join(gateway.directory, 'ran');
    await gateway.call('execute_command', echo);
    await gateway.call('get_system_info', { server: 'web-1' });
    await expect(gateway.call('execute_command', { ...echo, command: `touch ${mark}` })).rejects.toEqual(overLimit);
    expect(gateway.text('ran')).toBe('');
    await gateway.call('execute_command', echo, { token: halfToken });
    await expect(gateway.call('execute_command', echo, { token: halfToken })).rejects.toEqual(overLimit);
  });

  it('counts neither refused calls nor those that run no command', async () => {
    await using gateway = await aGateway(sshd, limitedTo(1));
    const file = join(gateway.directory, 'note');
    writeFileSync(file, 'text');
    await expect(gateway.call('execute_command', { ...echo, command: 'mkfs' })).rejects.toThrow('Forbidden');
    await expect(gateway.call('execute_command', { ...echo, server: 'nowhere' })).rejects.toThrow('not found');
    await expect(gateway.call('execute_command', { server: 'web-1' })).rejects.toThrow('command');
    await gateway.call('read_file', { server: 'web-1', file_path: file });
    await gateway.call('list_servers', {});
    await gateway.call('execute_command', echo);
    await expect(gateway.call('execute_command', echo)).rejects.toEqual(overLimit);
    await expect(gateway.call('execute_command', { ...echo, command: 'mkfs' })).rejects.toThrow('Forbidden');
  });

  it.each<{ what: string; options: GatewayOptions; most: number; after: string }>([
    {
      what: 'the block before the environment',
      options: { ...limitedTo(1), environment: { RATE_LIMIT_PER_HOUR: '3' } },
      most: 1,
      after: 'rate_limited',
    },
    {
      what: 'the environment where there is no block',
      options: { environment: { RATE_LIMIT_PER_HOUR: '1' } },
      most: 1,
      after: 'rate_limited',
    },
    { what: 'nothing where both are silent', options: {}, most: 2, after: 'ran' },
    {
      what: 'nothing where limits are off',
      options: { ...limitedTo(1), environment: { RATE_LIMIT_ENABLED: 'false' } },
      most: 2,
      after: 'ran',
    },
  ])('is that of $what', async ({ options, most, after }) => {
    await using gateway = await aGateway(sshd, options);
    for (let n = 0; n < most; n += 1) await gateway.call('execute_command', echo);
    const oneMore = gateway.call('execute_command', echo).then(
      () => 'ran',
      (error: GatewayError) => error.code,
    );
    expect(await oneMore).toBe(after);
  });

  it('follows an edit of servers.json within two seconds', async () => {
    await using gateway = await aGateway(sshd, limitedTo(1));
    await gateway.call('execute_command', echo);
    await expect(gateway.call('execute_command', echo)).rejects.toEqual(overLimit);
    const servers = { 'web-1': serverEntry(sshd) };
    await gateway.write('servers.json', { servers, security: { rate_limit: { commands_per_hour: 2 } } });
    const again = (): Promise<string> =>
      gateway.call('execute_command', echo).then(
        () => 'ran',
        () => 'refused',
      );
    await expect.poll(again, { timeout: 2_000, interval: 100 }).toBe('ran');
    await expect(gateway.call('execute_command', echo)).rejects.toEqual(overLimit);
  });

  it('outlives an edit of the token, and not its revocation', async () => {
    await using gateway = await aGateway(sshd, limitedTo(1));
    const said = (): Promise<string> =>
      gateway.call('execute_command', echo).then(
        () => 'ran',
        (error: Error) => error.message.slice(0, 12),
      );
    await gateway.call('execute_command', echo);
    await gateway.write('tokens.json', { tokens: { [fullToken]: { ...fullRights, permissions: ['read'] } } });
    await expect.poll(said, { timeout: 4_000 }).toBe('Permission d');
    await gateway.write('tokens.json', { tokens });
    await expect.poll(said, { timeout: 4_000 }).toBe('Rate limit e');
    await gateway.write('tokens.json', { tokens: { [halfToken]: fullRights } });
    await expect.poll(said, { timeout: 4_000 }).toBe('Invalid or d');
    await gateway.write('tokens.json', { tokens });
    await expect.poll(said, { timeout: 4_000 }).toBe('ran');
  });

  it('is recorded once a minute for each token, however often it is hit', async () => {
    await using gateway = await aGateway(sshd, limitedTo(1));
    await gateway.call('execute_command', echo);
    for (let n = 0; n < 200; n += 1) {
      await expect(gateway.call('execute_command', echo)).rejects.toEqual(overLimit);
    }
    for (let n = 0; n < 4; n += 1) {
      await expect(gateway.call('execute_command', echo, { token: halfToken })).rejects.toEqual(overLimit);
    }
    await gateway.running[Symbol.asyncDispose]();
    const lines = (await gateway.auditLog()).filter((line) => line['event_type'] === 'rate_limit_exceeded');
    expect(lines).toMatchObject([
      { token_name: 'full', result: 'denied', command: 'echo hi', metadata: { code: 'rate_limited' } },
      { token_name: 'half', result: 'denied' },
      { token_name: 'full', metadata: { more_refused: 199 } },
      { token_name: 'half', metadata: { more_refused: 3 } },
    ]);
  });
});
