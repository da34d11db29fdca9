import { chmodSync, copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aGateway, fullRights, fullToken, type TestGateway } from '../fixtures/gateway.ts';
import { needsRoot } from '../fixtures/machine.ts';
import { startSshd, type Sshd } from '../fixtures/sshd.ts';
import { asked } from '../tools/asked.ts';

const almostToken = 'tok_4d3c2b1a0f9e8d7c6b5a493827161504';
const allowed = {
  SALLYPORT_TOOLSETS: 'ssh-mcp-server',
  SSH_ALLOW_ADHOC_HOSTS: 'true',
  SSH_ALLOW_PASSWORD_ARGUMENTS: 'true',
};

let sshd: Sshd;
let gateway: TestGateway;

beforeAll(async () => {
  sshd = await startSshd();
  gateway = await aGateway(sshd, {
    // The only configured server is elsewhere: the sshd is known by its host key alone.
    servers: { 'web-1': { host: '192.0.2.1', user: 'deploy', ssh_key_path: '/nowhere' } },
    tokens: {
      [fullToken]: fullRights,
      [almostToken]: { ...fullRights, name: 'almost', allowed_servers: ['a*', '*:*', '1*', '*1', '**'] },
    },
    environment: allowed,
  });
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await sshd[Symbol.asyncDispose]();
});

const there = () => ({
  host: sshd.address,
  port: sshd.port,
  username: sshd.user,
  private_key_path: sshd.keyPath,
  command: 'echo hi',
});

describe('a host that only the arguments describe', () => {
  it('is used as any other, and is on record', async () => {
    const { structured } = await asked(gateway, 'ssh_execute', there());
    expect(structured).toMatchObject({ stdout: 'hi', host: sshd.address });
    expect((await gateway.auditLog()).at(-1)).toMatchObject({
      server_name: expect.stringMatching(/^ad-hoc:.*@127\.0\.0\.1:\d+#1$/),
      command: 'echo hi',
      result: 'success',
    });
    expect((await asked(gateway, 'ssh_close_connection', { ...there() })).text).toBe(
      `Connection to ${sshd.address} closed.`,
    );
  });

  it('is bound by the rules on paths', async () => {
    const { structured } = await asked(gateway, 'ssh_read_file', { ...there(), path: '/etc/../etc/shadow' });
    expect(structured).toMatchObject({ code: 'path_not_permitted' });
  });

  it('is out of reach of a token for less than all servers, however its patterns match', async () => {
    const { text, structured } = await asked(gateway, 'ssh_execute', there(), { token: almostToken });
    expect(structured).toMatchObject({ code: 'unknown_host' });
    expect(text).toMatch(/^Error: Server not found: 127\.0\.0\.1/);
  });

  it('must have a known host key', async () => {
    const { text, structured } = await asked(gateway, 'ssh_execute', { ...there(), host: 'localhost' });
    expect(structured).toMatchObject({ code: 'host_key_unknown', ran: 'not_started' });
    expect(text).toMatch(/put the key into \S+known_hosts\./);
  });

  it('cannot be reached by the name that the record has', async () => {
    const { server_name: id } =
      (await gateway.auditLog()).find(({ server_name: name }) => String(name).startsWith('ad-hoc')) ?? {};
    const { structured } = await asked(gateway, 'ssh_execute', { host: id, command: 'id' });
    expect(structured).toMatchObject({ code: 'invalid_input' });
  });

  it.each<{ what: string; key: () => string; says: RegExp }>([
    { what: 'is absent', key: () => '/no/such/key', says: /file not found/ },
    { what: 'others may read', key: () => aKey(0o644), says: /readable by others: chmod 600/ },
    { what: 'is none', key: () => aFile('secret of the operator'), says: /not a usable private key|not a private key/ },
    { what: 'is a directory', key: () => sshd.directory, says: /file not found/ },
  ])('refuses a key that $what, and quotes nothing of it', async ({ key, says }) => {
    const { text, structured } = await asked(gateway, 'ssh_execute', { ...there(), private_key_path: key() });
    expect(structured).toMatchObject({ code: 'host_login_refused', ran: 'not_started' });
    expect(text).toMatch(/^Error: Cannot load private key from \S+\. Check the path and passphrase\./);
    expect(text).toMatch(says);
    expect(text).not.toContain('secret of');
  });

  it('is given up on after connect_timeout', async () => {
    const startedAt = performance.now();
    const silent = { ...there(), host: '192.0.2.77', port: 22, connect_timeout: 1 };
    const { structured } = await asked(gateway, 'ssh_execute', silent);
    expect(structured).toMatchObject({ code: 'host_unreachable', ran: 'not_started' });
    expect(performance.now() - startedAt).toBeLessThan(8_000);
  });

  it('is refused where the operator has not let it be', async () => {
    await using strict = await aGateway(sshd, { environment: { SALLYPORT_TOOLSETS: 'ssh-mcp-server' } });
    const { command, host, username } = there();
    expect((await asked(strict, 'ssh_execute', { command, host, username })).structured).toMatchObject({
      stdout: 'hi',
    });
    for (const more of [{ username: 'other' }, { port: 1 }, { private_key_path: '/etc/hostname' }]) {
      const { structured } = await asked(strict, 'ssh_execute', { command, host, ...more });
      expect(structured).toMatchObject({ code: 'host_not_allowed', ran: 'not_started' });
    }
    const elsewhere = await asked(strict, 'ssh_execute', { command, host: '192.0.2.5', username });
    expect(elsewhere.structured).toMatchObject({ code: 'unknown_host' });
  });
});

describe('a password among the arguments', () => {
  it(...needsRoot('logs in, and is in no result, no record and no error'), async () => {
    const password = 'hunter2-and-more';
    await using other = await startSshd({ login: 'ordinary', password });
    await using open = await aGateway(other, {
      servers: { 'web-1': { host: '192.0.2.1', user: 'deploy', ssh_key_path: '/nowhere' } },
      environment: allowed,
    });
    const input = { host: other.address, port: other.port, username: other.user, password };
    const used = await asked(open, 'ssh_execute', {
      ...input,
      command: `echo ${password}; printf %s ${password} | base64`,
    });
    expect(used.structured).toMatchObject({ exit_code: 0, stdout: '[redacted]\n[redacted]' });
    const wrong = await asked(open, 'ssh_execute', { ...input, password: 'wrong-password', command: 'id' });
    expect(wrong.structured).toMatchObject({ code: 'host_login_refused' });
    await open.auditLog();
    const records = [open.text('logs/audit.log'), readFileSync(join(open.directory, 'data/audit.db'), 'latin1')];
    for (const text of [used.text, wrong.text, ...records]) {
      expect(text).not.toContain(password);
      expect(text).not.toContain('wrong-password');
    }
  });

  it('is refused where the operator has not let it be, and nothing is compared with it', async () => {
    await using strict = await aGateway(sshd, {
      environment: { SALLYPORT_TOOLSETS: 'ssh-mcp-server', SSH_ALLOW_ADHOC_HOSTS: 'true' },
    });
    for (const secret of [{ password: 'hunter2-and-more' }, { passphrase: 'hunter2-and-more' }]) {
      const { text, structured } = await asked(strict, 'ssh_execute', { ...there(), ...secret });
      expect(structured).toMatchObject({ code: 'host_not_allowed', ran: 'not_started' });
      expect(text).toMatch(/^Error: Secrets are not taken as arguments/);
      expect(text).not.toContain('hunter2');
    }
  });
});

function aKey(mode: number): string {
  const path = join(gateway.directory, 'key');
  copyFileSync(sshd.keyPath, path);
  chmodSync(path, mode);
  return path;
}

function aFile(text: string): string {
  const path = join(gateway.directory, 'no-key');
  writeFileSync(path, text, { mode: 0o600 });
  return path;
}
