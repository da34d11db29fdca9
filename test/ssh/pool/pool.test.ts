import { execFileSync, spawn } from 'node:child_process';
import { createServer, type Socket } from 'node:net';
import { once } from 'node:events';
import { chmod, copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Secret } from '../../../src/base/secret.ts';
import { processesMentioning } from '../../fixtures/lingering.ts';
import { isRoot } from '../../fixtures/machine.ts';
import { aPool, runOn } from '../../fixtures/pool.ts';
import { hostId, startSshd } from '../../fixtures/sshd.ts';

const never = new AbortController().signal;

/** A TCP server that does with each connection what it is told. */
async function aListener(onConnection: (socket: Socket) => void) {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    onConnection(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** A real ssh-agent that holds these keys. */
async function anAgent(directory: string, keys: readonly string[]) {
  const socket = join(directory, 'agent.sock');
  const agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: ['ignore', 'pipe', 'ignore'] });
  await once(agent.stdout, 'data');
  for (const key of keys)
    execFileSync('ssh-add', ['-q', key], { env: { ...process.env, SSH_AUTH_SOCK: socket }, stdio: 'ignore' });
  return {
    socket,
    async [Symbol.asyncDispose]() {
      agent.kill();
      await once(agent, 'exit');
    },
  };
}

describe('the connection pool', () => {
  it('shares one connection between the calls of one credential', async () => {
    await using sshd = await startSshd();
    await using pool = aPool();
    await Promise.all([1, 2, 3, 4].map(() => runOn(pool, sshd.host(), 'true')));
    expect(sshd.connections().length).toBe(1);
  });

  it('never lends a connection to a call with another credential', async () => {
    await using sshd = await startSshd();
    await using pool = aPool();
    const host = sshd.host();
    await runOn(pool, host, 'true');
    const noKey = {
      ...host,
      credentials: { ...host.credentials, keys: [{ path: '/nowhere/key', passphrase: undefined }] },
    };
    await expect(runOn(pool, noKey, 'true')).rejects.toMatchObject({ code: 'host_login_refused' });
    const otherSecret = { ...host.credentials, keys: [], password: new Secret('a wrong password') };
    await expect(runOn(pool, { ...host, credentials: otherSecret }, 'true')).rejects.toMatchObject({
      code: 'host_login_refused',
    });
  });

  it('names every credential it tried, when the host refuses the login', async () => {
    await using sshd = await startSshd();
    await using other = await startSshd();
    await using pool = aPool();
    const host = sshd.host();
    const wrong = {
      ...host,
      credentials: {
        keys: [{ path: other.keyPath, passphrase: undefined }],
        agent: '/nowhere/agent.sock',
        password: undefined,
      },
    };
    await expect(runOn(pool, wrong, 'true')).rejects.toThrow(
      `key ${other.keyPath}, agent /nowhere/agent.sock (not there)`,
    );
  });

  it('refuses a key that others can read, and says how to close it', async () => {
    await using sshd = await startSshd();
    await using pool = aPool();
    const open = join(sshd.directory, 'open_key');
    await copyFile(sshd.keyPath, open);
    await chmod(open, 0o644);
    const host = sshd.host({
      credentials: { keys: [{ path: open, passphrase: undefined }], agent: undefined, password: undefined },
    });
    await expect(runOn(pool, host, 'true')).rejects.toThrow(`chmod 600 ${open}`);
  });

  it.runIf(isRoot)('logs in with a password where the host has one configured', async () => {
    await using sshd = await startSshd({ login: 'ordinary', password: 'correct horse 7' });
    await using pool = aPool();
    const { credentials } = sshd.host();
    expect((await runOn(pool, sshd.host({ credentials: { ...credentials, keys: [] } }), 'id -un')).stdout).toBe(
      `${sshd.user}\n`,
    );
  });

  it('logs in with a key of the agent, and offers only those that it was limited to', async () => {
    await using sshd = await startSshd();
    await using other = await startSshd();
    await using agent = await anAgent(sshd.directory, [sshd.keyPath]);
    await using pool = aPool();
    const with_ = (agentKeys?: readonly string[]) =>
      sshd.host({ credentials: { keys: [], agent: agent.socket, agentKeys, password: undefined } });
    expect((await runOn(pool, with_(), 'echo in')).stdout).toBe('in\n');
    expect((await runOn(pool, with_([`${sshd.keyPath}.pub`]), 'echo in')).stdout).toBe('in\n');
    await expect(runOn(pool, with_([`${other.keyPath}.pub`]), 'true')).rejects.toMatchObject({
      code: 'host_login_refused',
    });
  });

  it.each(['ed25519', 'ecdsa', 'rsa'] as const)(
    'logs in with an %s key to a host with such a host key',
    async (type) => {
      await using sshd = await startSshd({ clientKey: type, hostKeys: [type] });
      await using pool = aPool();
      expect((await runOn(pool, sshd.host(), 'echo in')).stdout).toBe('in\n');
    },
  );

  it('sends nothing to a host whose key is not known', async () => {
    await using sshd = await startSshd();
    await using pool = aPool();
    const host = sshd.host({ knownHostsFiles: [join(sshd.directory, 'none')] });
    await expect(runOn(pool, host, 'true')).rejects.toMatchObject({ code: 'host_key_unknown' });
    expect(sshd.log()).not.toContain('userauth-request');
  });

  it('sends nothing to a host that shows another key than the known one', async () => {
    await using sshd = await startSshd();
    await using impostor = await startSshd();
    await using pool = aPool();
    const host = { ...sshd.host(), port: impostor.port, hostKeyAlias: '127.0.0.1', pinnedHostKeys: [] };
    const mixed = {
      ...host,
      knownHostsFiles: [impostor.knownHostsPath],
      pinnedHostKeys: [sshd.hostKeyLine.split(' ').slice(1).join(' ')],
    };
    await expect(runOn(pool, mixed, 'true')).rejects.toMatchObject({ code: 'host_key_mismatch' });
    expect(impostor.log()).not.toContain('userauth-request');
  });

  it('passes jump hosts, each verified under its own name, and shares them', async () => {
    await using bastion = await startSshd();
    await using inner = await startSshd();
    await using pool = aPool();
    const jump = bastion.host({ id: hostId('bastion') });
    const target = inner.host({ id: hostId('inner'), route: { kind: 'jump', hosts: [jump] } });
    const second = { ...target, id: hostId('inner-2') };
    expect((await runOn(pool, target, 'echo inner')).stdout).toBe('inner\n');
    expect((await runOn(pool, second, 'echo inner')).stdout).toBe('inner\n');
    expect(bastion.connections().length).toBe(1);
  });

  it('does not take the key of a jump host for that of its target', async () => {
    await using bastion = await startSshd();
    await using inner = await startSshd();
    await using pool = aPool();
    const jump = bastion.host({ id: hostId('bastion') });
    const target = inner.host({ knownHostsFiles: [bastion.knownHostsPath], route: { kind: 'jump', hosts: [jump] } });
    await expect(runOn(pool, target, 'true')).rejects.toMatchObject({ code: 'host_key_unknown' });
  });

  it('speaks through a proxy command', async () => {
    await using sshd = await startSshd();
    await using pool = aPool();
    const command = `'${process.execPath}' -e "const s=require('net').connect(${sshd.port},'127.0.0.1');process.stdin.pipe(s);s.pipe(process.stdout)"`;
    expect((await runOn(pool, sshd.host({ route: { kind: 'proxy_command', command } }), 'echo through')).stdout).toBe(
      'through\n',
    );
  });

  it('says host_unreachable for a port where nobody listens', async () => {
    const listener = await aListener(() => undefined);
    await listener[Symbol.asyncDispose]();
    await using sshd = await startSshd();
    await using pool = aPool();
    await expect(runOn(pool, sshd.host({ port: listener.port }), 'true')).rejects.toMatchObject({
      code: 'host_unreachable',
      ran: 'not_started',
    });
  });

  it.each<[string, (socket: Socket) => void]>([
    ['says nothing', () => undefined],
    ['hangs after its banner', (socket) => socket.write('SSH-2.0-hung\r\n')],
    [
      'never ends its banner',
      (socket) => {
        const more = () => socket.destroyed || socket.write('x\r\n'.repeat(1000), () => setImmediate(more));
        more();
      },
    ],
  ])('gives up in time on a host that %s', async (_what, behaviour) => {
    await using listener = await aListener(behaviour);
    await using sshd = await startSshd();
    await using pool = aPool({ connectTimeoutMs: 500 });
    await expect(runOn(pool, sshd.host({ port: listener.port }), 'true')).rejects.toMatchObject({
      code: 'host_unreachable',
    });
  });

  it('closes a connection that nobody has used for a while, and opens one again', async () => {
    await using sshd = await startSshd();
    await using pool = aPool({ idleCloseMs: 100 });
    await runOn(pool, sshd.host(), 'true');
    await expect.poll(() => sshd.connections().length).toBe(0);
    expect(pool.counts).toEqual({ connections: 0, alive: 0, waiting: 0 });
    expect((await runOn(pool, sshd.host(), 'echo back')).stdout).toBe('back\n');
  });

  it('ends what runs on a host that is removed, and its connection', async () => {
    await using sshd = await startSshd();
    await using pool = aPool();
    const running = runOn(pool, sshd.host(), 'sleep 351');
    await expect.poll(() => processesMentioning('sleep 351').length, { timeout: 10_000 }).toBeGreaterThan(0);
    pool.retire(new Set([hostId('web-1')]));
    expect(await running).toMatchObject({ exit: { kind: 'cancelled' }, stopped: { state: 'confirmed' } });
    await expect.poll(() => sshd.connections().length).toBe(0);
  });

  it('does not wait for a host that hangs when another caller gives up', async () => {
    await using listener = await aListener(() => undefined);
    await using sshd = await startSshd();
    await using pool = aPool();
    const caller = new AbortController();
    const waiting = runOn(pool, sshd.host({ port: listener.port }), 'true', { signal: caller.signal });
    caller.abort(new Error('gave up'));
    await expect(waiting).rejects.toThrow('gave up');
    expect((await runOn(pool, sshd.host(), 'echo other')).stdout).toBe('other\n');
    expect(never.aborted).toBe(false);
  });
});
