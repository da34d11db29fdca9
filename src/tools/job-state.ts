import { constants } from 'node:os';
import type { ErrorCode, Ran } from '../base/errors.ts';
import { hasEnded, isUnseen, type Job, type JobLoss, type JobState } from '../jobs/job.ts';
import type { Exit } from '../ssh/access.ts';
import type { JobReport } from '../ssh/jobs/read-job.ts';
import { explanation, stopCause } from './run-result.ts';
import type { JsonObject } from './tool.ts';

const signalNames = new Map(Object.entries(constants.signals).map(([name, number]) => [number, name]));

/** What the host says of a job, as what is known of it. */
export function stateOf(report: JobReport, job: Job): JobState {
  const { state } = report;
  switch (state.kind) {
    case 'running':
    case 'timed_out':
      return state;
    case 'lost':
      return state.reason === 'spool_gone' && (job.state.kind === 'starting' || isUnseen(job))
        ? { kind: 'lost', reason: 'never_seen' }
        : state;
    case 'ended': {
      // A shell's way to say that a signal ended what it waited for.
      const signal = signalNames.get(state.status - 128);
      return signal === undefined ? { kind: 'exited', status: state.status } : { kind: 'signalled', signal };
    }
  }
}

/** The keys of a run's result that say how it goes, or how it ended. */
export function describeState(job: Job): JsonObject {
  const { state } = job;
  const timeoutMs = job.deadlineAt - job.createdAt;
  const described = {
    success: !hasEnded(job) || (state.kind === 'exited' && state.status === 0),
    status: statusOf(state),
    exit_code: state.kind === 'exited' ? state.status : null,
    signal: state.kind === 'signalled' ? state.signal : null,
    stopped: 'stopped' in state ? state.stopped : null,
    stop_cause: null,
    ran: ranOf(state),
  };
  if (state.kind === 'lost') {
    const code: ErrorCode = 'job_lost';
    return { ...described, code, error: `job_lost: ${lossOf(state.reason)}` };
  }
  if (state.kind !== 'timed_out' && state.kind !== 'cancelled') return described;
  const exit: Exit = state.kind === 'timed_out' ? state : { ...state, by: state.by ?? 'cancelled' };
  const why = explanation({ server: job.host, timeoutMs }, exit, state.stopped);
  return { ...described, stop_cause: stopCause(exit), ...why };
}

function statusOf({ kind }: JobState): string {
  switch (kind) {
    case 'starting':
    case 'running':
      return 'running';
    case 'lost':
      return 'disconnected';
    case 'exited':
    case 'signalled':
    case 'timed_out':
    case 'cancelled':
      return kind;
  }
}

function ranOf(state: JobState): Ran {
  if (state.kind !== 'lost') return 'ran';
  return state.reason === 'never_seen' || state.reason === 'spool_gone' ? 'may_have_run' : 'ran';
}

function lossOf(reason: JobLoss): string {
  const look = 'Look at its effects before you run it again.';
  switch (reason) {
    case 'never_seen':
      return `its host knows nothing of it. It was probably never started. ${look}`;
    case 'spool_gone':
      return `what it kept on its host is gone, so how it ended is not known. ${look}`;
    case 'host_restarted':
      return `its host was restarted while it ran. What it wrote until then can be read. ${look}`;
    case 'no_exit_record':
      return `its process has ended without a word of how. What it wrote can be read. ${look}`;
    case 'gateway_ended':
      return `its host could not keep it, and the gateway that held it has ended. ${look}`;
  }
}

/** A job in a list. */
export function describeJob(job: Job): JsonObject {
  const { status, exit_code, signal } = describeState(job);
  return {
    job_id: job.id,
    server: job.host,
    command: job.command,
    status,
    exit_code,
    signal,
    ...timesOf(job),
  };
}

export function timesOf(job: Job): JsonObject {
  return {
    created_at: new Date(job.createdAt).toISOString(),
    ended_at: job.endedAt === null ? null : new Date(job.endedAt).toISOString(),
  };
}
