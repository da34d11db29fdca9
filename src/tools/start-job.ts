import { GatewayError } from '../base/errors.ts';
import type { HostId } from '../hosts/host.ts';
import type { Job } from '../jobs/job.ts';
import { newMark } from '../ssh/jobs/job-access.ts';
import { cursorText } from './job-cursor.ts';
import { describeState, timesOf } from './job-state.ts';
import type { ToolContext, ToolOutput } from './tool.ts';

interface BackgroundCommand {
  readonly server: HostId;
  readonly command: string;
  readonly timeoutMs: number;
  readonly tool?: string;
}

/** Starts a command that outlives the call, and answers at once. It is recorded before the host hears of it. */
export async function startInBackground(
  { server, command, timeoutMs, tool = 'execute_command' }: BackgroundCommand,
  { caller, hosts, jobs, key }: ToolContext,
): Promise<ToolOutput> {
  const startedAt = performance.now();
  await jobs.checkRoom(caller.principal);
  const asked = { owner: caller.principal, host: server, tool, command, mark: newMark(), timeoutMs, key };
  const job = await jobs.record(asked);
  try {
    await hosts.startJob(server, command, { ...job, space: jobs.limits });
  } catch (error) {
    if (error instanceof GatewayError && error.ran === 'not_started') await jobs.forget(job);
    else throw withJob(error, job);
    throw error;
  }
  const running = await jobs.note(job, { state: { kind: 'running' }, heldUntil: null });
  const json = {
    ...describeState(running),
    server,
    command,
    stdout: '',
    stderr: '',
    duration_ms: Math.round(performance.now() - startedAt),
    job_id: job.id,
    cursor: cursorText({ stdout: 0, stderr: 0 }),
    truncated: false,
    output_id: null,
    ...timesOf(running),
  };
  return { json, outcome: { success: true, metadata: { status: 'running', job_id: job.id } } };
}

/** Whether it was started is not known: the job tells. */
function withJob(error: unknown, job: Job): unknown {
  if (!(error instanceof GatewayError)) return error;
  const message = `${error.message} get_job with ${job.id} says whether it was started.`;
  return new GatewayError(error.code, message, {
    cause: error,
    ran: error.ran,
    details: { ...error.details, job_id: job.id },
  });
}
