import type { HostId } from '../hosts/host.ts';
import type { Job, JobState } from '../jobs/job.ts';
import type { CollectedOutput, OutputCollector } from '../outputs/collector.ts';
import type { BuiltAction } from '../policy/action.ts';
import type { CommandRun } from '../ssh/access.ts';
import type { HeldRun, KeepOptions } from '../ssh/jobs/job-access.ts';
import { cursorText } from './job-cursor.ts';
import { describeState, timesOf } from './job-state.ts';
import { usualWaitSeconds } from './parameters.ts';
import type { JsonObject, ToolContext } from './tool.ts';

interface Asked {
  readonly tool: string;
  readonly host: HostId;
  /** As a person would type it. */
  readonly command: string;
  readonly timeoutMs: number;
  /** Seconds until an answer. */
  readonly wait: number | undefined;
  readonly reachWithinMs?: number;
}

/** A command that became a job, with what it wrote until then. */
export interface BegunJob {
  readonly job: Job;
  readonly durationMs: number;
  readonly soFar: Omit<CollectedOutput, 'outputId'> & { readonly outputId: string | null };
}

/**
 * Runs a command. What has not ended by the wait limit becomes a job, which is recorded before it is kept. The output is
 * the caller's where the command has ended.
 */
export async function runOrJob(
  asked: Asked,
  { caller, jobs, log, key }: ToolContext,
  {
    start,
    output,
  }: {
    readonly start: (options: KeepOptions) => Promise<CommandRun | HeldRun>;
    readonly output: OutputCollector;
  },
): Promise<CommandRun | BegunJob> {
  const { tool, host, command, timeoutMs, wait = usualWaitSeconds, ...reach } = asked;
  const keep = { space: jobs.limits };
  let begun: Job | undefined;
  const begin = async (mark: string): Promise<void> => {
    begun = await jobs.record({ owner: caller.principal, host, tool, command, mark, timeoutMs, key });
  };
  const runs = async (): Promise<CommandRun | HeldRun> => {
    if (wait * 1000 < timeoutMs) await jobs.checkRoomToBecome(caller.principal);
    return await start({ timeoutMs, waitMs: wait * 1000, ...keep, output, begin, ...reach });
  };
  const run = await runs().catch((error: unknown) => {
    output[Symbol.dispose]();
    throw error;
  });
  if (!('kept' in run)) return run;
  if (!begun) throw new Error('a run was kept that is no job');
  const { durationMs } = run;
  if (run.kept === 'on_host') {
    const soFar = output.finish({ keep: 'always' });
    const received = { stdout: soFar.stdoutBytes, stderr: soFar.stderrBytes };
    const kept = { state: { kind: 'running' }, heldUntil: null, outputId: soFar.outputId, received } as const;
    return { job: await jobs.note(begun, kept), durationMs, soFar };
  }
  const soFar = { ...output.soFar(), outputId: null };
  const job = begun;
  const cancel = (): void => run.endBy.abort();
  caller.revoked.addEventListener('abort', cancel, { once: true });
  const ended = run.end
    .then(async (end) => {
      const { outputId, stdoutBytes, stderrBytes } = output.finish({ keep: 'always' });
      const received = { stdout: stdoutBytes, stderr: stderrBytes };
      const state: JobState = end ? endOf(end) : { kind: 'lost', reason: 'no_exit_record' };
      await jobs.note(job, { state, outputId, received });
    })
    .catch((error: unknown) => log.error({ err: error, job: job.id }, 'the end of a job could not be noted'))
    .finally(() => {
      caller.revoked.removeEventListener('abort', cancel);
      output[Symbol.dispose]();
    });
  const size = (stream: 'stdout' | 'stderr'): number => output.soFar()[`${stream}Bytes`];
  const read = (stream: 'stdout' | 'stderr', offset: number, maxBytes: number) => {
    const sizeBytes = size(stream);
    const from = offset < 0 ? Math.max(0, sizeBytes + offset) : Math.min(offset, sizeBytes);
    return { offset: from, data: output.read(stream, from, maxBytes), sizeBytes };
  };
  await jobs.hold(job, { read, cancel, ended });
  return { job, durationMs, soFar };
}

/** As `runOrJob`, the command that the action itself holds. */
export async function runBuiltOrJob(
  action: BuiltAction,
  asked: Pick<Asked, 'tool' | 'timeoutMs' | 'wait'>,
  context: ToolContext,
  output: OutputCollector,
): Promise<CommandRun | BegunJob> {
  const start = (options: KeepOptions): Promise<CommandRun | HeldRun> => context.hosts.runBuiltOrKeep(action, options);
  const { host, plain } = action;
  return await runOrJob({ ...asked, host, command: plain[0] ?? '' }, context, { start, output });
}

function endOf({ exit, stopped }: CommandRun): JobState {
  const looked = stopped ?? { state: 'unknown', pids: [] };
  switch (exit.kind) {
    case 'exited':
    case 'signalled':
      return exit;
    case 'timed_out':
      return { kind: 'timed_out', stopped: looked };
    case 'cancelled':
      return { kind: 'cancelled', stopped: looked };
    case 'disconnected':
      return { kind: 'lost', reason: 'no_exit_record' };
  }
}

/** The keys of a run's result, of one that goes on. */
export function jobResult({ job, durationMs, soFar }: BegunJob): JsonObject {
  return {
    ...describeState(job),
    server: job.host,
    command: job.command,
    stdout: soFar.stdout,
    stderr: soFar.stderr,
    duration_ms: durationMs,
    job_id: job.id,
    cursor: cursorText({ stdout: soFar.stdoutBytes, stderr: soFar.stderrBytes }),
    truncated: soFar.truncated,
    output_id: soFar.truncated ? soFar.outputId : null,
    ...timesOf(job),
    hint: `It goes on. get_job {"job_id": "${job.id}"} with the cursor tells what comes.`,
  };
}

export function jobRecord({ job }: BegunJob): JsonObject {
  return { status: 'running', job_id: job.id };
}
