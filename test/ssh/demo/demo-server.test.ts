import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect as connectTcp } from 'node:net';
import { join } from 'node:path';
import ssh2, { type ParsedKey } from 'ssh2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Demo, ask, exec } from '../../fixtures/demo.ts';
import { newMark, processesMentioning } from '../../fixtures/lingering.ts';
import { run } from '../../fixtures/run.ts';
import { generateKey, type GeneratedKey } from '../../fixtures/ssh-keys.ts';

let demo: Demo;
/** A key that may not log in. */
let otherKey: GeneratedKey;

beforeAll(async () => {
  demo = await Demo.start();
  otherKey = await generateKey(join(demo.directory, 'other'));
});

afterAll(async () => {
  await demo[Symbol.asyncDispose]();
});

describe('the demo server', () => {
  it('lets the one key in and shows the host key it was given', async () => {
    expect(await demo.remote('echo in')).toMatchObject({ status: 0, stdout: 'in\n', stderr: '' });
    expect(demo.server.hostKey.toString('base64')).toBe(demo.hostKey.publicLine.split(' ')[1]);
  });

  it('refuses every other key, and every password', async () => {
    const login = ['-i', otherKey.path, '-p', String(demo.server.port), 'demo@127.0.0.1'];
    const other = await run('ssh', [...demo.options, ...login, 'id']);
    expect(other).toMatchObject({ status: 255, stdout: '' });
    expect(other.stderr).toContain('Permission denied (publickey)');
    const client = new ssh2.Client();
    client.connect({ host: '127.0.0.1', port: demo.server.port, username: 'demo', password: '' });
    await expect(once(client, 'ready')).rejects.toThrow('authentication methods failed');
  });

  it('refuses the right key with a signature that another key made', async () => {
    const client = new ssh2.Client();
    const right = await readKey(demo.clientKey.path);
    const wrong = await readKey(otherKey.path);
    const forged: ParsedKey = Object.create(right, { sign: { value: wrong.sign.bind(wrong) } });
    // ssh2 takes parsed keys too; its types do not say so.
    const method = { type: 'publickey' as const, username: 'demo', key: forged as unknown as string };
    client.connect({ host: '127.0.0.1', port: demo.server.port, username: 'demo', authHandler: [method] });
    await expect(once(client, 'ready')).rejects.toThrow('authentication methods failed');
  });

  it('ends a connection that goes on guessing', async () => {
    const client = new ssh2.Client();
    const attempts = Array.from({ length: 20 }, (_, n) => ({
      type: 'password' as const,
      username: 'demo',
      password: `${n}`,
    }));
    client.connect({ host: '127.0.0.1', port: demo.server.port, username: 'demo', authHandler: attempts });
    const errors: string[] = [];
    client.on('error', (error) => errors.push(error.message));
    await once(client, 'close');
    expect(errors).not.toContain('All configured authentication methods failed');
  });

  it('offers no shell, no terminal and no forwarding', async () => {
    expect((await demo.ssh(['demo@127.0.0.1'])).status).toBe(255);
    expect((await demo.ssh(['-tt', 'demo@127.0.0.1', 'true'])).stderr).toContain('PTY allocation request failed');
    const client = await demo.login();
    const forward = ask((done) => client.forwardOut('127.0.0.1', 1, '127.0.0.1', demo.server.port, done));
    await expect(forward).rejects.toThrow('Channel open failure');
    const listening = ask((done) => client.forwardIn('127.0.0.1', 0, done));
    await expect(listening).rejects.toThrow('Unable to bind');
    client.destroy();
  });

  it('takes 32 connections at a time and no more', async () => {
    await using crowded = await Demo.start();
    const sockets = Array.from({ length: 40 }, () => connectTcp(crowded.server.port, '127.0.0.1'));
    const greeted = sockets.map((socket) => {
      socket.on('error', () => socket.destroy());
      return new Promise((resolve) => {
        socket.once('data', () => resolve(true));
        socket.once('close', () => resolve(false));
      });
    });
    const results = await Promise.all(greeted);
    for (const socket of sockets) socket.destroy();
    expect(results.filter(Boolean)).toHaveLength(32);
  });

  it('opens 64 channels on a connection and no more', async () => {
    const client = await demo.login();
    const channels = await Promise.allSettled(Array.from({ length: 70 }, () => exec(client, 'cat')));
    expect(channels.filter(({ status }) => status === 'fulfilled')).toHaveLength(64);
    client.destroy();
  });

  it('ends every connection and every command when it is closed', async () => {
    const mark = newMark();
    await using closing = await Demo.start();
    const { port } = closing.server;
    const client = await closing.login();
    const channel = await exec(client, `export ${mark}=1; echo up; sleep 300`);
    await once(channel, 'data');
    const ended = once(client, 'close');
    client.on('error', () => undefined);
    await closing.server.close();
    await ended;
    expect(processesMentioning(mark)).toEqual([]);
    await expect(once(connectTcp(port, '127.0.0.1'), 'connect')).rejects.toThrow('ECONNREFUSED');
  });
});

async function readKey(path: string): Promise<ParsedKey> {
  const key = ssh2.utils.parseKey(await readFile(path));
  if (key instanceof Error) throw key;
  return key;
}
