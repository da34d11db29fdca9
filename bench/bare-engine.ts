import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import ssh2 from 'ssh2';
import { algorithms } from '../src/ssh/connect/algorithms.ts';
import { markCommand, newRunMark } from '../src/ssh/runs/run-mark.ts';
import type { Sshd } from '../test/fixtures/sshd.ts';
import type { Contender } from './contender.ts';

/** The SSH library alone, with TCP_NODELAY, sending the text that the gateway sends. */
export async function bareEngine(sshd: Sshd, port = sshd.port): Promise<Contender> {
  const client = await connectBare(sshd, port);
  return {
    name: 'bare engine',
    run: (command) => runBare(client, command),
    async [Symbol.asyncDispose]() {
      client.end();
    },
  };
}

export async function connectBare(sshd: Sshd, port: number): Promise<ssh2.Client> {
  const client = new ssh2.Client();
  const sock = connect({ host: sshd.address, port, noDelay: true });
  const privateKey = readFileSync(sshd.keyPath);
  client.connect({ sock, username: sshd.user, privateKey, algorithms, hostVerifier: () => true });
  await once(client, 'ready');
  return client;
}

/** The command's standard output. */
export function runBare(client: ssh2.Client, command: string): Promise<string> {
  return new Promise((resolve, reject) => {
    client.exec(markCommand(newRunMark(), command), (error, channel) => {
      if (error) {
        reject(error);
        return;
      }
      let output = '';
      channel.on('data', (chunk: Buffer) => (output += chunk.toString()));
      channel.stderr.resume();
      channel.on('close', () => resolve(output));
      channel.end();
    });
  });
}
