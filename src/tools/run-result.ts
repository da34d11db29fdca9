import type { EndCause } from '../base/ended-early.ts';
import type { ErrorCode, Ran } from '../base/errors.ts';
import type { HostId } from '../hosts/host.ts';
import type { CollectedOutput } from '../outputs/collector.ts';
import type { CommandRun, Exit, Stopped } from '../ssh/access.ts';
import type { JsonObject, ToolOutput } from './tool.ts';

interface Asked {
  readonly server: HostId;
  readonly command: string;
  readonly timeoutMs: number;
}

/** What a run looks like to the caller: the seed's keys, and how it ended. */
export function runResult(asked: Asked, run: CommandRun, output: CollectedOutput): ToolOutput {
  const { exit, durationMs } = run;
  const success = exit.kind === 'exited' && exit.status === 0;
  const exitCode = exit.kind === 'exited' ? exit.status : null;
  const json = {
    success,
    server: asked.server,
    command: asked.command,
    exit_code: exitCode,
    stdout: output.stdout,
    stderr: output.stderr,
    duration_ms: durationMs,
    job_id: null,
    cursor: null,
    truncated: output.truncated,
    output_id: output.outputId,
    ...howItEnded(asked, run),
  };
  const metadata = {
    status: exit.kind,
    stdout_length: output.stdoutBytes,
    stderr_length: output.stderrBytes,
    output_id: output.outputId,
    ...(output.redactions > 0 && { redactions: output.redactions }),
    ...stopRecord(run),
    ...(run.shell !== undefined && { shell: run.shell }),
  };
  return { json, isError: exit.kind === 'disconnected', outcome: { success, exitCode, durationMs, metadata } };
}

/** How a run ended, and what its exit code does not say of that. */
export function howItEnded(asked: Omit<Asked, 'command'>, run: CommandRun): JsonObject {
  const { exit, stopped } = run;
  return {
    status: exit.kind,
    signal: exit.kind === 'signalled' ? exit.signal : null,
    stopped,
    stop_cause: stopCause(exit),
    ran: ranOf(run),
    ...explanation(asked, exit, stopped),
  };
}

/** Whether it was started, as far as the host said. */
export function ranOf({ exit, wasAnswered }: CommandRun): Ran {
  return exit.kind === 'disconnected' || wasAnswered === false ? 'may_have_run' : 'ran';
}

/** Why we ended it; null where it ended by itself, or nobody knows. */
export function stopCause(exit: Exit): EndCause | 'timed_out' | null {
  if (exit.kind === 'timed_out') return exit.kind;
  return exit.kind === 'cancelled' ? exit.by : null;
}

/** What is recorded of a run that was stopped. */
export function stopRecord({ exit, stopped }: CommandRun): JsonObject {
  if (stopped === null) return {};
  const { state, pids } = stopped;
  return { stopped: state, stop_cause: stopCause(exit), ...(pids.length > 0 && { pids }) };
}

/** What the keys alone do not say to somebody who must decide what to do next. */
export function explanation(
  asked: { readonly server: string; readonly timeoutMs: number },
  exit: Exit,
  stopped: Stopped | null,
): { readonly code?: ErrorCode; readonly error?: string } {
  switch (exit.kind) {
    case 'exited':
    case 'signalled':
      return {};
    case 'timed_out': {
      const advice = 'Give a longer timeout, or start it in the background.';
      return { error: `Not finished after ${asked.timeoutMs / 1000} s. ${stateOf(stopped)} ${advice}` };
    }
    case 'cancelled':
      return { error: `Ended before it was finished, ${reasons[exit.by]}. ${stateOf(stopped)}` };
    case 'disconnected': {
      const advice = 'It may have run, and may still run: look at its effects before running it again.';
      return { code: 'connection_lost', error: `connection_lost: the connection to ${asked.server} broke. ${advice}` };
    }
  }
}

const reasons: Readonly<Record<EndCause, string>> = {
  cancelled: 'for its client cancelled it',
  client_gone: 'for its client went away',
  credential_revoked: 'for the token was revoked or changed',
  host_changed: 'for the server was removed, disabled or changed',
  ended_by_operator: 'for an operator ended it: ask the user before it is run again',
  locked: 'for an operator locked it: ask the user before it is run again',
  draining: 'for the gateway is shutting down',
};

function stateOf(stopped: Stopped | null): string {
  switch (stopped?.state) {
    case 'confirmed':
      return 'Its processes were stopped.';
    case 'still_running':
      return `Processes of it still run: ${stopped.pids.join(', ')}.`;
    case 'unknown':
    case 'unsupported':
    case undefined:
      return 'Whether its processes ended is not known.';
  }
}
