import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import ssh2 from 'ssh2';
import { describe, expect, it } from 'vitest';
import type { Host } from '../../../src/hosts/host.ts';
import { readAll } from '../../../src/ssh/runs/channel.ts';
import { generateEd25519 } from '../../../src/ssh/openssh-key.ts';
import { passwordHostAt } from '../../fixtures/hostile-host.ts';
import { aPool, runOn } from '../../fixtures/pool.ts';

/** An SSH server that sends everything about a command in one piece: that it runs, its output, its exit and the end. */
async function aHostThatAnswersInOnePiece(status: number): Promise<{ host: Host } & AsyncDisposable> {
  const { privateText, publicLine } = generateEd25519('host');
  const sockets = new Set<Socket>();
  const ssh = new ssh2.Server({ hostKeys: [privateText] }, (client) => {
    client.on('error', () => client.end());
    client.on('authentication', (attempt) => attempt.accept());
    client.on('session', (accept) => {
      accept().on('exec', (run) => {
        const socket = [...sockets].at(-1);
        socket?.cork();
        const channel = run();
        channel.write('out\n');
        channel.exit(status);
        channel.end();
        setImmediate(() => socket?.uncork());
      });
    });
  });
  const listener = createServer((socket) => {
    sockets.add(socket);
    ssh.injectSocket(socket);
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const address = listener.address();
  if (typeof address !== 'object' || address === null) throw new Error('no port');
  const host = passwordHostAt('web-1', address.port, publicLine);
  return {
    host,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      listener.close();
      await once(listener, 'close');
    },
  };
}

describe('a command whose exit comes in one piece with the word that it runs', () => {
  it('has that exit status', async () => {
    await using server = await aHostThatAnswersInOnePiece(3);
    await using pool = aPool();
    const ran = await runOn(pool, server.host, 'anything');
    expect(ran).toMatchObject({ exit: { kind: 'exited', status: 3 }, stdout: 'out\n' });
  });

  it('has it too when it is one of our own commands', async () => {
    await using server = await aHostThatAnswersInOnePiece(4);
    await using pool = aPool();
    using lease = await pool.lease(server.host, { caller: 'somebody', signal: new AbortController().signal });
    const answer = await readAll(await lease.connection.exec('anything'), { maxBytes: 100, timeoutMs: 5000 });
    expect(answer).toEqual({ stdout: Buffer.from('out\n'), status: 4 });
  });
});
