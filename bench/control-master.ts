import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Sshd } from '../test/fixtures/sshd.ts';
import type { Contender } from './contender.ts';

const execute = promisify(execFile);

/** The OpenSSH client, once a command, over a connection that stays open. */
export async function controlMaster(sshd: Sshd): Promise<Contender> {
  const socket = join(sshd.directory, 'control');
  const options = ['-S', socket, '-p', String(sshd.port), '-i', sshd.keyPath, '-F', '/dev/null'];
  const known = ['-o', `UserKnownHostsFile=${sshd.knownHostsPath}`, '-o', 'IdentitiesOnly=yes', '-o', 'BatchMode=yes'];
  const where = `${sshd.user}@${sshd.address}`;
  await execute('ssh', [...options, ...known, '-M', '-f', '-N', where]);
  return {
    name: 'ssh over ControlMaster',
    run: async (command) => (await execute('ssh', [...options, where, command])).stdout,
    async [Symbol.asyncDispose]() {
      await execute('ssh', [...options, '-O', 'exit', where]);
    },
  };
}
