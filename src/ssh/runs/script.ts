import type { Connection } from '../connect/connection.ts';
import { unlessAborted } from '../deadline.ts';
import { readAll } from './channel.ts';

const maxScriptBytes = 1024 * 1024;
const maxScriptMs = 30_000;

/** Runs a script of ours and returns its standard output. */
export async function runScript(connection: Connection, script: string, signal: AbortSignal): Promise<string> {
  const asked = connection.exec(script);
  const command = await unlessAborted(asked, signal, (late) => late.stream.destroy());
  const read = readAll(command, { maxBytes: maxScriptBytes, timeoutMs: maxScriptMs });
  const { stdout } = await unlessAborted(read, signal, () => undefined).finally(() => command.stream.destroy());
  connection.closed.throwIfAborted();
  return stdout.toString('utf8');
}
