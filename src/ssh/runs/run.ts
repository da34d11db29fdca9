import { setTimeout as sleep } from 'node:timers/promises';
import type { ClientChannel } from 'ssh2';
import { endCauseOf } from '../../base/ended-early.ts';
import { GatewayError } from '../../base/errors.ts';
import type { CommandRun, Exit, OutputSink, Stopped } from '../access.ts';
import type { CommandChannel } from './command-channel.ts';
import type { Connection } from '../connect/connection.ts';
import { unlessAborted } from '../deadline.ts';
import { keeperOf } from './keeper.ts';
import { MarkerCut } from './marker-cut.ts';
import { markCommand, newRunMark, type LoginShell, type RunMark } from './run-mark.ts';
import { linesOf, mustTakeVariables, readingVariables, type Variables } from './variables.ts';
import { sendSignal } from './signal.ts';
import { stopRun } from './stop.ts';

export interface RunRequest {
  readonly command: string;
  readonly timeoutMs: number;
  readonly output: OutputSink;
  /** Set in its shell, from its standard input. */
  readonly variables?: Variables | undefined;
  /** Aborts when the run must end: client gone, credential revoked, host removed, gateway draining. */
  readonly signal: AbortSignal;
}

/** After the exit status, how long a background child may hold the output open before we answer without it. */
const lingerMs = 1000;

/**
 * Runs a command to its end, or ends it: at its timeout or when the signal aborts, the whole process tree is stopped,
 * and we look whether it is gone. Until the command is sent, an abort just ends the call; from then on it may have run,
 * also while the host has not even answered.
 */
export async function runCommand(connection: Connection, request: RunRequest): Promise<CommandRun> {
  const run = await startRun(connection, request);
  return await run.end(await firstOf(run.watched.ended, request.timeoutMs, request.signal), request.signal);
}

/** A run that was sent to the host. */
export interface StartedRun {
  readonly watched: WatchedRun;
  /** Undefined where the login shell cannot set one. */
  readonly mark: RunMark | undefined;
  readonly shell: LoginShell;
  readonly startedAt: number;
  /** Ends it unless it has ended, and lets go of it. `signal` is what it was ended by. */
  end(cause: RunEnd, signal: AbortSignal): Promise<CommandRun>;
}

export async function startRun(
  connection: Connection,
  request: Pick<RunRequest, 'command' | 'output' | 'variables' | 'signal'>,
): Promise<StartedRun> {
  const { signal } = request;
  const keeper = keeperOf(connection);
  const marked = await unlessAborted(keeper.carriesMarks(), signal);
  const { variables } = request;
  if (variables) mustTakeVariables(marked, keeper.shell);
  const command = variables ? readingVariables(variables) + request.command : request.command;
  const mark = newRunMark();
  const startedAt = performance.now();
  if (marked) keeper.watch(mark);
  const session = await unlessAborted(connection.open(), signal, (late) => late.close()).catch((error: unknown) => {
    keeper.forget(mark);
    throw error;
  });
  const started = session.start(
    marked ? markCommand(mark, command, keeper.shell) : command,
    variables ? 'open' : 'closed',
  );
  // What may have been started is watched as long as nobody knows how it ended.
  started.catch((error: unknown) => {
    if (!(error instanceof GatewayError) || error.ran === 'not_started') keeper.forget(mark);
  });
  const watched = new WatchedRun(started, connection, {
    output: request.output,
    input: variables && linesOf(variables),
  });
  return {
    watched,
    mark: marked ? mark : undefined,
    shell: keeper.shell,
    startedAt,
    async end(cause, by) {
      const stopped = cause === 'ended' ? null : await stop(connection, watched, marked ? mark : undefined);
      const exit = await exitFor(cause, watched, by);
      watched.letGo();
      // What has ended by itself may have left something in the background on purpose.
      const hasEnded = stopped === null ? exit.kind !== 'disconnected' : stopped.state === 'confirmed';
      if (hasEnded) keeper.forget(mark);
      const durationMs = Math.round(performance.now() - startedAt);
      return { exit, stopped, durationMs, ...(watched.channel === undefined && { wasAnswered: false }) };
    },
  };
}

async function exitFor(cause: RunEnd, run: WatchedRun, signal: AbortSignal): Promise<Exit> {
  switch (cause) {
    case 'ended':
      return await run.ended;
    case 'timed_out':
      return { kind: 'timed_out' };
    case 'cancelled':
      return { kind: 'cancelled', by: endCauseOf(signal.reason) };
  }
}

export type RunEnd = 'ended' | 'timed_out' | 'cancelled';

interface RunStreams {
  readonly output: OutputSink;
  readonly input: string | undefined;
}

export class WatchedRun {
  /** How the command ended by itself. Rejects when it was not started, or nobody knows whether it was. */
  readonly ended: Promise<Exit>;
  readonly #started: Promise<CommandChannel>;
  #channel: ClientChannel | undefined;
  #letGo = false;
  readonly #output: OutputSink;
  readonly #input: string | undefined;
  #cuts: { readonly stdout: MarkerCut; readonly stderr: MarkerCut } | undefined;

  constructor(started: Promise<CommandChannel>, connection: Connection, { output, input }: RunStreams) {
    this.#started = started;
    this.#output = output;
    this.#input = input;
    this.ended = started.then((command) => this.#watch(command, connection));
    // Once the run is being stopped, nobody may be waiting for it.
    this.ended.catch(() => undefined);
  }

  /** Undefined as long as the host has not said that the command runs. */
  get channel(): ClientChannel | undefined {
    return this.#channel;
  }

  /** Resolves once both outputs have brought the marker, which is left out of them. */
  async brought(marker: string): Promise<void> {
    const found = { stdout: Promise.withResolvers<void>(), stderr: Promise.withResolvers<void>() };
    const cut = (stream: 'stdout' | 'stderr'): MarkerCut =>
      new MarkerCut(marker, (chunk) => this.#output[stream](chunk), found[stream].resolve);
    this.#cuts = { stdout: cut('stdout'), stderr: cut('stderr') };
    await Promise.all([found.stdout.promise, found.stderr.promise]);
  }

  /** Asks the host to close the channel; the command is left alone. */
  async close(): Promise<void> {
    (await this.#started).stream.close();
  }

  /** Output that still comes is thrown away, and the channel closed. */
  letGo(): void {
    this.#letGo = true;
    this.#started.then(
      ({ stream }) => abandon(stream),
      () => undefined,
    );
  }

  async #watch(command: CommandChannel, connection: Connection): Promise<Exit> {
    const { stream: channel } = command;
    this.#channel = channel;
    const { promise: ended, resolve } = Promise.withResolvers<Exit>();
    const gone = (): void => resolve(command.exit ?? { kind: 'disconnected' });
    if (!this.#letGo) {
      channel.on('data', (chunk: Buffer) => (this.#cuts ? this.#cuts.stdout.push(chunk) : this.#output.stdout(chunk)));
      channel.stderr.on('data', (chunk: Buffer) =>
        this.#cuts ? this.#cuts.stderr.push(chunk) : this.#output.stderr(chunk),
      );
    }
    command.onExit((exit) => setTimeout(resolve, lingerMs, exit).unref());
    channel.on('close', gone);
    channel.on('error', gone);
    connection.closed.addEventListener('abort', gone);
    // No standard input but that of ours: a command that reads it sees its end at once.
    channel.end(this.#input);
    return await ended.finally(() => connection.closed.removeEventListener('abort', gone));
  }
}

function abandon(channel: ClientChannel): void {
  for (const stream of [channel, channel.stderr]) {
    stream.removeAllListeners('data');
    stream.resume();
  }
  channel.close();
}

export async function firstOf(ended: Promise<Exit>, timeoutMs: number, signal: AbortSignal): Promise<RunEnd> {
  const { promise, resolve, reject } = Promise.withResolvers<RunEnd>();
  const timer = setTimeout(resolve, timeoutMs, 'timed_out');
  const onAbort = (): void => resolve('cancelled');
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  ended.then(() => resolve('ended'), reject);
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  }
}

async function stop(connection: Connection, run: WatchedRun, mark: RunMark | undefined): Promise<Stopped> {
  const { channel } = run;
  const exitSoon = (): Promise<Exit | undefined> =>
    Promise.race([run.ended.catch(() => undefined), sleep(lingerMs, undefined, { ref: false })]);
  if (mark === undefined) {
    if (channel) sendSignal(channel, 'KILL');
    await exitSoon();
    return { state: 'unsupported', pids: [] };
  }
  for (const signal of ['TERM', 'KILL'] as const) {
    const looked = await stopRun(connection, mark);
    if (looked.state !== 'confirmed') return looked;
    // A host that has not answered may yet start it.
    if (run.channel === undefined) return { state: 'unknown', pids: [] };
    // The channel of a run that is gone has ended; one that has not ended holds something that we did not see.
    const exit = await exitSoon();
    if (exit !== undefined) return exit.kind === 'disconnected' ? { state: 'unknown', pids: [] } : looked;
    // Of an ordinary account, the host ends also what bears no mark any longer. It is asked last: were the shell, which bears
    // it, ended before we have looked, what sudo started for it could not be found.
    sendSignal(run.channel, signal);
  }
  const exit = await exitSoon();
  return { state: exit === undefined ? 'still_running' : 'confirmed', pids: [] };
}
