import { shellWord } from '../../base/shell-word.ts';
import type { Connection } from '../connect/connection.ts';
import { unlessAborted } from '../deadline.ts';
import { readAll } from '../runs/channel.ts';

/** So long a write waits for this, at most: a host that hangs must not hold it up. */
const timeoutMs = 3_000;
const limits = { maxBytes: 4096, timeoutMs };
const probe = '[ -e /sys/fs/selinux/enforce ] || selinuxenabled && echo labels';
/** By connection: whether the host labels its files. */
const answers = new WeakMap<Connection, Promise<boolean>>();

/**
 * Gives a new file the SELinux label of the one that it will replace, on hosts that have labels; SFTP cannot. Where that
 * fails, the new file has the label that its directory gives.
 */
export async function keepLabel(
  connection: Connection,
  signal: AbortSignal,
  { from, to }: { readonly from: string; readonly to: string },
): Promise<'kept' | 'lost'> {
  const asked = answers.get(connection) ?? hasLabels(connection);
  answers.set(connection, asked);
  if (!(await unlessAborted(asked, signal))) return 'kept';
  const words = ['exec', 'chcon', `--reference=${from}`, '--', to].map(shellWord).join(' ');
  const { status } = await unlessAborted(ask(connection, words), signal);
  return status === 0 ? 'kept' : 'lost';
}

/** A host that takes no commands is taken for one without labels. */
async function hasLabels(connection: Connection): Promise<boolean> {
  const { stdout } = await ask(connection, `exec sh -c ${shellWord(`{ ${probe}; } 2>/dev/null`)}`);
  return stdout.toString('latin1').includes('labels');
}

async function ask(connection: Connection, command: string): Promise<{ stdout: Buffer; status: number | null }> {
  try {
    const control = connection.control(command);
    const started = await unlessAborted(control, AbortSignal.timeout(timeoutMs), (late) => late.stream.destroy());
    return await readAll(started, limits);
  } catch {
    // If the connection is gone, the write says so; if only the question failed, the file is none the worse.
    return { stdout: Buffer.alloc(0), status: null };
  }
}
