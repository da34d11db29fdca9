import { connect } from 'node:net';
import { readFileSync } from 'node:fs';
import { once } from 'node:events';
import ssh2 from 'ssh2';
import { algorithms } from '../src/ssh/algorithms.ts';
import { markCommand, newRunMark } from '../src/ssh/run-mark.ts';
import type { Sshd } from '../test/fixtures/sshd.ts';
import type { Contender } from './contender.ts';

/** The SSH library alone, with TCP_NODELAY, sending the text that the gateway sends. */
export async function bareEngine(sshd: Sshd): Promise<Contender> {
  const client = new ssh2.Client();
  const sock = connect({ host: sshd.address, port: sshd.port, noDelay: true });
  client.connect({
    sock,
    username: sshd.user,
    privateKey: readFileSync(sshd.keyPath),
    algorithms,
    hostVerifier: () => true,
  });
  await once(client, 'ready');
  return {
    name: 'bare engine',
    run: (command) =>
      new Promise((resolve, reject) => {
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
      }),
    async [Symbol.asyncDispose]() {
      client.end();
    },
  };
}
