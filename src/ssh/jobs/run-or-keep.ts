import { GatewayError } from '../../base/errors.ts';
import type { CommandRun, OutputSink } from '../access.ts';
import type { Connection } from '../connect/connection.ts';
import { firstOf, startRun } from '../runs/run.ts';
import type { Variables } from '../runs/variables.ts';
import { adoptRun } from './adopt-run.ts';
import type { HostSpace } from './host-space.ts';

export interface KeepRequest {
  readonly command: string;
  readonly timeoutMs: number;
  /** How long until it is kept, where it has not ended. */
  readonly waitMs: number;
  readonly space: HostSpace;
  readonly output: OutputSink;
  readonly variables?: Variables | undefined;
  readonly signal: AbortSignal;
  /** Called before it is kept, with its mark where it has one. Rejects where it must not be: then it is ended. */
  readonly begin: (mark: string) => Promise<void>;
}

/** A run that goes on. */
export interface KeptRun {
  /** `on_host`: without us. `here`: as long as we hold it. */
  readonly kept: 'on_host' | 'here';
  readonly durationMs: number;
}

/**
 * Runs a command to its end, or keeps it: what has not ended by the wait limit goes on as a job. `kept` is told then; one
 * that is kept here has its end when this resolves.
 */
export async function runOrKeep(
  connection: Connection,
  request: KeepRequest,
  kept: (run: KeptRun, endBy: AbortController) => void,
): Promise<CommandRun | undefined> {
  const { signal, timeoutMs, waitMs } = request;
  const run = await startRun(connection, request);
  const cause = await firstOf(run.watched.ended, Math.min(waitMs, timeoutMs), signal);
  if (cause !== 'timed_out' || waitMs >= timeoutMs) return await run.end(cause, signal);
  try {
    await request.begin(run.mark?.value ?? '');
  } catch (error) {
    await run.end('timed_out', signal);
    throw onceStarted(error);
  }
  const leftMs = timeoutMs - waitMs;
  const isOnHost = await adoptRun(connection, run, { leftMs, space: request.space });
  const endBy = new AbortController();
  kept({ kept: isOnHost ? 'on_host' : 'here', durationMs: Math.round(performance.now() - run.startedAt) }, endBy);
  if (isOnHost) return undefined;
  const ends = AbortSignal.any([signal, endBy.signal]);
  return await run.end(await firstOf(run.watched.ended, leftMs, ends), ends);
}

/** The refusal speaks of what was to be kept; the command has run until now. */
function onceStarted(error: unknown): unknown {
  if (!(error instanceof GatewayError)) return error;
  const message = `${error.message} The command ran until it was to become a job, and was ended then.`;
  return new GatewayError(error.code, message, { cause: error, ran: 'ran' });
}
