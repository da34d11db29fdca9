import type { Connection } from '../connect/connection.ts';
import { unlessAborted } from '../deadline.ts';
import { readAll } from '../runs/channel.ts';
import { answerMark } from './spool.ts';

export interface Answer {
  /** Of the line that the script begins its answer with. */
  readonly words: readonly string[];
  /** What follows that line. */
  readonly rest: Buffer;
}

/** Runs one of our scripts about a job. Whatever the login shell said before the answer is passed over. */
export async function askAboutJob(
  connection: Connection,
  text: string,
  limits: { readonly maxBytes: number; readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<Answer> {
  const { signal } = limits;
  const command = await unlessAborted(connection.exec(text), signal, (late) => late.stream.destroy());
  const read = readAll(command, limits);
  const { stdout } = await unlessAborted(read, signal, () => undefined).finally(() => command.stream.destroy());
  connection.closed.throwIfAborted();
  return answerIn(stdout);
}

function answerIn(bytes: Buffer): Answer {
  const start = bytes.indexOf(`${answerMark} `);
  const end = start === -1 ? -1 : bytes.indexOf('\n', start);
  if (end === -1) return { words: [], rest: Buffer.alloc(0) };
  const words = bytes
    .toString('latin1', start + answerMark.length + 1, end)
    .trim()
    .split(' ');
  return { words, rest: bytes.subarray(end + 1) };
}
