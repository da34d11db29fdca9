import { GatewayError } from '../../base/errors.ts';
import type { HostId } from '../../hosts/host.ts';
import type { Action, BuiltAction, CommandAction } from '../../policy/action.ts';
import type { CommandRun, RunOptions, Stopped } from '../access.ts';
import type { Connection } from '../connect/connection.ts';
import { builtCommand } from '../runs/built-command.ts';
import { newRunMark, runMarkOf, type RunMark } from '../runs/run-mark.ts';
import { textToSend } from '../runs/text-to-send.ts';
import { stopRun } from '../runs/stop.ts';
import type { HostSpace } from './host-space.ts';
import { readJob, type JobQuestion, type JobReport } from './read-job.ts';
import { runOrKeep, type KeepRequest, type KeptRun } from './run-or-keep.ts';
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
  readonly space: HostSpace;
}

export interface KeepOptions extends RunOptions, Pick<KeepRequest, 'waitMs' | 'space' | 'begin'> {}

/** A run that goes on. */
export interface HeldRun extends KeptRun {
  /** How it ended, of one that is kept here. */
  readonly end: Promise<CommandRun | undefined>;
  /** Ends one that is kept here. */
  readonly endBy: AbortController;
}

/** Commands that outlive their calls, as far as one permit goes. */
export interface JobAccess {
  /** Starts the command on its own. Where this resolves, it was started. */
  startJob(host: HostId, command: string, options: StartOptions): Promise<void>;
  /** Runs the command to its end, or keeps it where it has not ended by the wait limit. */
  runOrKeep(host: HostId, command: string, options: KeepOptions): Promise<CommandRun | HeldRun>;
  /** As `runOrKeep`, the command that the action itself holds. */
  runBuiltOrKeep(action: BuiltAction, options: KeepOptions): Promise<CommandRun | HeldRun>;
  readJob(job: JobPlace, question: JobQuestion): Promise<JobReport>;
  /** Ends it with everything it started, and looks. */
  stopJob(job: JobPlace): Promise<Stopped>;
}

/** How the call's work reaches a host. */
export interface JobWay {
  /** Throws where the permit does not cover it. */
  readonly require: (action: Action) => void;
  /** The command as it was judged. Throws where the permit does not cover it. */
  readonly judged: (host: HostId, command: string) => CommandAction;
  readonly onHost: <T>(
    host: HostId,
    work: (connection: Connection, ends: AbortSignal) => Promise<T>,
    reachWithinMs?: number,
  ) => Promise<T>;
}

export function newMark(): string {
  return newRunMark().value;
}

/** Under these limits no file can be written, and a job's output is one. */
function noBackground(): GatewayError {
  const message =
    'Denied by policy: what this profile runs cannot begin in the background. Call it without `background`: what takes long ' +
    'becomes a job by itself.';
  return new GatewayError('denied_by_policy', message);
}

/** Every method refuses what the permit does not cover. */
export function jobAccess({ require, judged, onHost }: JobWay): JobAccess {
  const keep = async (
    host: HostId,
    asked: CommandAction | string,
    options: KeepOptions,
  ): Promise<CommandRun | HeldRun> => {
    const { promise: answer, resolve, reject } = Promise.withResolvers<CommandRun | HeldRun>();
    const end = onHost(
      host,
      async (connection, ends) => {
        const { text: command, ...shell } = await textToSend(connection, asked, ends);
        const request = { ...options, command, signal: ends };
        const run = await runOrKeep(connection, request, (kept, endBy) => resolve({ ...kept, end, endBy }));
        return run && { ...run, ...shell };
      },
      options.reachWithinMs,
    );
    // The connection is held until the run has ended, or its host has it.
    end.then((run) => run && resolve(run), reject);
    return await answer;
  };
  return {
    runOrKeep: async (host, command, options) => {
      return await keep(host, judged(host, command), options);
    },
    runBuiltOrKeep: async (action, options) => {
      require(action);
      return await keep(action.host, builtCommand(action), options);
    },
    startJob: async (host, command, { mark, deadlineAt, space }) => {
      const asked = judged(host, command);
      if (asked.limits === 'read_only') throw noBackground();
      const job = { mark: runMarkOf(mark), timeoutMs: Math.max(1, deadlineAt - Date.now()), space };
      await onHost(host, async (connection, ends) => {
        const { text } = await textToSend(connection, asked, ends);
        await startJob(connection, { ...job, command: text }, ends);
      });
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
