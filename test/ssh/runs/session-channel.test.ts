import ssh2, { type Client } from 'ssh2';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readAll } from '../../../src/ssh/runs/channel.ts';
import { openSession, type SessionChannel } from '../../../src/ssh/runs/session-channel.ts';
import { startSshd, type Sshd } from '../../fixtures/sshd.ts';

let sshd: Sshd;
let client: Client;

beforeAll(async () => {
  sshd = await startSshd({ maxSessions: 2 });
});

afterAll(() => sshd[Symbol.asyncDispose]());

async function logIn(): Promise<Client> {
  const { port, user: username, keyPath } = sshd;
  client = new ssh2.Client();
  client.on('error', () => undefined);
  client.connect({ host: '127.0.0.1', port, username, privateKey: readFileSync(keyPath), hostVerifier: () => true });
  await once(client, 'ready');
  return client;
}

async function outputOf(session: SessionChannel, text: string) {
  const outcome = await session.start(text);
  if (outcome.kind !== 'started') return outcome;
  const { stdout, status } = await readAll(outcome.command, { maxBytes: 1000, timeoutMs: 5000 });
  return { stdout: stdout.toString(), status };
}

describe('a session channel', () => {
  it('is open before anything is started on it, and takes one command', async () => {
    using client = disposable(await logIn());
    const session = await openSession(client);
    expect(session.isIdle).toBe(true);
    expect(await outputOf(session, 'echo out; exit 3')).toEqual({ stdout: 'out\n', status: 3 });
    expect(session.isIdle).toBe(false);
    expect(await session.start('echo twice')).toMatchObject({ kind: 'not_sent' });
  });

  it('is really opened ahead with this version of ssh2', async () => {
    using client = disposable(await logIn());
    await openSession(client);
    await expect
      .poll(() => sshd.log())
      .toMatch(/channel 0: new session \[server-session\]|channel 0: new \[server-session\]/);
  });

  it('is refused with a reason when the host allows no more', async () => {
    using client = disposable(await logIn());
    await openSession(client);
    await openSession(client);
    await expect(openSession(client)).rejects.toHaveProperty('reason', 2);
  });

  it('is opened by its command where ssh2 has no inner parts to open it ahead', async () => {
    using client = disposable(await logIn());
    const unknown = new Proxy(client, {
      has: (target, key) => key !== '_chanMgr' && key in target,
      get: (target, key) => {
        const value: unknown = Reflect.get(target, key, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    const session = await openSession(unknown);
    expect(await outputOf(session, 'echo late')).toEqual({ stdout: 'late\n', status: 0 });
  });

  it('takes no command once its connection is gone', async () => {
    using client = disposable(await logIn());
    const session = await openSession(client);
    client.destroy();
    await once(client, 'close');
    expect(await session.start('true')).toMatchObject({ kind: 'not_sent' });
  });

  it('does not know what became of a command whose connection broke before the answer', async () => {
    using client = disposable(await logIn());
    const session = await openSession(client);
    const started = session.start('true');
    client.destroy();
    expect(await started).toMatchObject({ kind: 'unknown' });
  });
});

function disposable(client: Client): Client & Disposable {
  return Object.assign(client, { [Symbol.dispose]: () => void client.destroy() });
}
