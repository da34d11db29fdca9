import type { HostId } from '../../hosts/host.ts';
import type { Action } from '../../policy/action.ts';
import type { Stopped } from '../access.ts';
import type { Connection } from '../connect/connection.ts';
import { newRunMark, runMarkOf, type RunMark } from '../runs/run-mark.ts';
import { stopRun } from '../runs/stop.ts';
import { readJob, type JobQuestion, type JobReport } from './read-job.ts';
import { startJob } from './start-job.ts';

/** A job as the host knows it. */
export interface JobPlace {
  readonly id: string;
  readonly host: HostId;
  readonly mark: string;
}

export interface StartOptions {
  readonly mark: string;
  /** Since it was recorded; in milliseconds since the epoch. */
  readonly deadlineAt: number;
}

/** Commands that outlive their calls, as far as one permit goes. */
export interface JobAccess {
  /** Starts the command on its own. Where this resolves, it was started. */
  startJob(host: HostId, command: string, options: StartOptions): Promise<void>;
  readJob(job: JobPlace, question: JobQuestion): Promise<JobReport>;
  /** Ends it with everything it started, and looks. */
  stopJob(job: JobPlace): Promise<Stopped>;
}

/** How the call's work reaches a host. */
export interface JobWay {
  /** Throws where the permit does not cover it. */
  readonly require: (action: Action) => void;
  readonly onHost: <T>(host: HostId, work: (connection: Connection, ends: AbortSignal) => Promise<T>) => Promise<T>;
}

export function newMark(): string {
  return newRunMark().value;
}

/** Every method refuses what the permit does not cover. */
export function jobAccess({ require, onHost }: JobWay): JobAccess {
  return {
    startJob: async (host, command, { mark, deadlineAt }) => {
      require({ kind: 'run_command', host, command });
      const job = { mark: runMarkOf(mark), command, timeoutMs: Math.max(1, deadlineAt - Date.now()) };
      await onHost(host, (connection, ends) => startJob(connection, job, ends));
    },
    readJob: async ({ id, host, mark }, question) => {
      require({ kind: 'read_job', host, job: id });
      return await onHost(host, (connection, ends) => readJob(connection, runMarkOf(mark), question, ends));
    },
    stopJob: async ({ id, host, mark }) => {
      require({ kind: 'cancel_job', host, job: id });
      const run: RunMark = runMarkOf(mark);
      return await onHost(host, (connection) => stopRun(connection, run));
    },
  };
}
