import { setTimeout as sleep } from 'node:timers/promises';
import type { CommandRun, Exit, OutputSink, Stopped } from './access.ts';
import type { CommandChannel } from './command-channel.ts';
import type { Connection } from './connection.ts';
import { carriesMarks, markCommand, newRunMark, type RunMark } from './run-mark.ts';
import { sendSignal } from './signal.ts';
import { stopRun } from './stop.ts';

export interface RunRequest {
  readonly command: string;
  readonly timeoutMs: number;
  readonly output: OutputSink;
  /** Aborts when the run must end: client gone, credential revoked, host removed, gateway draining. */
  readonly signal: AbortSignal;
}

/** After the exit status, how long a background child may hold the output open before we answer without it. */
const lingerMs = 1000;

/**
 * Runs a command to its end, or ends it: at its timeout or when the signal aborts, the whole process tree is stopped,
 * and we look whether it is gone.
 */
export async function runCommand(connection: Connection, request: RunRequest): Promise<CommandRun> {
  const marked = await carriesMarks(connection);
  const mark = newRunMark();
  const startedAt = performance.now();
  request.signal.throwIfAborted();
  const command = await connection.exec(marked ? markCommand(mark, request.command) : request.command);
  const end = watchEnd(command, connection, request.output);
  const cause = await firstOf(end.ended, request.timeoutMs, request.signal);
  const stopped = cause === 'ended' ? null : await stop(connection, command, end, marked ? mark : undefined);
  const exit: Exit = cause === 'ended' ? await end.ended : { kind: cause };
  end.letGo();
  return { exit, stopped, durationMs: Math.round(performance.now() - startedAt) };
}

interface End {
  /** How the command ended by itself; settles once and never rejects. */
  readonly ended: Promise<Exit>;
  /** Output that still comes is thrown away, and the channel closed. */
  letGo(): void;
}

function watchEnd(command: CommandChannel, connection: Connection, output: OutputSink): End {
  const channel = command.stream;
  channel.on('data', (chunk: Buffer) => output.stdout(chunk));
  channel.stderr.on('data', (chunk: Buffer) => output.stderr(chunk));
  const { promise: ended, resolve } = Promise.withResolvers<Exit>();
  const gone = (): void => resolve(command.exit ?? { kind: 'disconnected' });
  command.onExit((exit) => setTimeout(resolve, lingerMs, exit).unref());
  channel.on('close', gone);
  channel.on('error', gone);
  connection.closed.addEventListener('abort', gone);
  // No standard input: a command that reads it sees its end at once.
  channel.end();
  const letGo = (): void => {
    connection.closed.removeEventListener('abort', gone);
    for (const stream of [channel, channel.stderr]) {
      stream.removeAllListeners('data');
      stream.resume();
    }
    channel.close();
  };
  return { ended, letGo };
}

async function firstOf(
  ended: Promise<Exit>,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<'ended' | 'timed_out' | 'cancelled'> {
  const { promise, resolve } = Promise.withResolvers<'ended' | 'timed_out' | 'cancelled'>();
  const timer = setTimeout(resolve, timeoutMs, 'timed_out');
  const onAbort = (): void => resolve('cancelled');
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  void ended.then(() => resolve('ended'));
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  }
}

async function stop(
  connection: Connection,
  { stream }: CommandChannel,
  end: End,
  mark: RunMark | undefined,
): Promise<Stopped> {
  if (mark === undefined) {
    sendSignal(stream, 'KILL');
    await Promise.race([end.ended, sleep(lingerMs, undefined, { ref: false })]);
    return { state: 'unsupported', pids: [] };
  }
  sendSignal(stream, 'TERM');
  const looked = await stopRun(connection, mark);
  const exit = await Promise.race([end.ended, sleep(lingerMs, undefined, { ref: false })]);
  // The channel of a run that is gone has ended; one that has not ended holds something we cannot see.
  if (looked.state === 'confirmed' && exit === undefined) return { state: 'still_running', pids: [] };
  if (looked.state === 'confirmed' && exit?.kind === 'disconnected') return { state: 'unknown', pids: [] };
  return looked;
}
