import { shellWord } from '../../base/shell-word.ts';
import type { Connection } from '../connect/connection.ts';
import { readAll } from '../runs/channel.ts';

const limits = { maxBytes: 4096, timeoutMs: 5_000 };
const probe = '[ -e /sys/fs/selinux/enforce ] || selinuxenabled && echo labels';
/** By connection: whether the host labels its files. */
const answers = new WeakMap<Connection, Promise<boolean>>();

/**
 * Gives a new file the SELinux label of the one that it will replace, on hosts that have labels; SFTP cannot. Where that
 * fails, the new file has the label that its directory gives.
 */
export async function keepLabel(connection: Connection, from: string, to: string): Promise<'kept' | 'lost'> {
  const asked = answers.get(connection) ?? hasLabels(connection);
  answers.set(connection, asked);
  if (!(await asked)) return 'kept';
  const words = ['exec', 'chcon', `--reference=${from}`, '--', to].map(shellWord).join(' ');
  const { status } = await ask(connection, words);
  return status === 0 ? 'kept' : 'lost';
}

/** A host that takes no commands is taken for one without labels. */
async function hasLabels(connection: Connection): Promise<boolean> {
  const { stdout } = await ask(connection, `exec sh -c ${shellWord(`{ ${probe}; } 2>/dev/null`)}`);
  return stdout.toString('latin1').includes('labels');
}

async function ask(connection: Connection, command: string): Promise<{ stdout: Buffer; status: number | null }> {
  try {
    return await readAll(await connection.control(command), limits);
  } catch {
    // If the connection is gone, the write says so; if only the question failed, the file is none the worse.
    return { stdout: Buffer.alloc(0), status: null };
  }
}
