import { GatewayError } from '../base/errors.ts';
import type { HostId } from '../hosts/host.ts';
import type { ShownOutput } from './fleet-outputs.ts';
import type { AnswerGroup } from './fold-runs.ts';
import { isSuccess, type HostRun } from './run-on-each.ts';
import { jobRecord, jobResult } from './run-or-job.ts';
import { howItEnded, ranOf, stopRecord } from './run-result.ts';
import type { HostOutcome, JsonObject } from './tool.ts';

/** The seed's five keys, and what else there is to say. */
export function resultOf(run: HostRun, output: ShownOutput | undefined, timeoutMs: number): JsonObject {
  const { host, result } = run;
  if (result instanceof GatewayError) {
    return {
      success: false,
      exit_code: result.ran === 'not_started' ? -1 : null,
      stdout: '',
      stderr: result.message,
      duration_ms: 0,
      status: statusOf(result),
      ran: result.ran,
      code: result.code,
    };
  }
  if ('job' in result) {
    const { server: _server, command: _command, hint: _hint, output_id: outputId, ...going } = jobResult(result);
    return { ...going, ...(outputId !== null && { output_id: outputId }) };
  }
  const { signal, stopped, stop_cause: stopCause, ...ended } = howItEnded({ server: host, timeoutMs }, result);
  return {
    success: isSuccess(run),
    exit_code: result.exit.kind === 'exited' ? result.exit.status : null,
    stdout: output?.stdout ?? '',
    stderr: output?.stderr ?? '',
    duration_ms: result.durationMs,
    ...ended,
    ...(signal !== null && { signal }),
    ...(stopped !== null && { stopped, stop_cause: stopCause }),
    ...(output?.truncated && { truncated: true }),
    ...(output?.sameAs !== undefined && { same_as: output.sameAs }),
    ...(output?.outputId && { output_id: output.outputId }),
  };
}

export function describeGroup({ runs }: AnswerGroup): JsonObject {
  const hosts: readonly HostId[] = runs.map(({ host }) => host);
  const { result } = runs[0];
  if (result instanceof GatewayError) {
    return { hosts, count: hosts.length, success: false, status: statusOf(result), code: result.code };
  }
  if ('job' in result) return { hosts, count: hosts.length, success: true, status: 'running', exit_code: null };
  const { exit } = result;
  const exitCode = exit.kind === 'exited' ? exit.status : null;
  return { hosts, count: hosts.length, success: exitCode === 0, status: exit.kind, exit_code: exitCode };
}

/** What is recorded of one host. */
export function outcomeOf(run: HostRun, output: ShownOutput | undefined): HostOutcome {
  const { host, result } = run;
  if (result instanceof GatewayError) {
    const { ran, message, code } = result;
    const none = { success: false, exitCode: null, durationMs: 0 };
    return { host, ...none, ran, error: message, code, metadata: { status: statusOf(result) } };
  }
  const { durationMs } = result;
  if ('job' in result) {
    const going = { success: true, exitCode: null, durationMs, error: null, code: null };
    return { host, ...going, ran: 'ran', metadata: jobRecord(result) };
  }
  const { exit } = result;
  return {
    host,
    success: isSuccess(run),
    exitCode: exit.kind === 'exited' ? exit.status : null,
    durationMs,
    ran: ranOf(result),
    error: null,
    code: null,
    metadata: {
      status: exit.kind,
      ...output?.metadata,
      ...(output?.outputId && { output_id: output.outputId }),
      ...stopRecord(result),
    },
  };
}

function statusOf(error: GatewayError): string {
  if (error.code === 'cancelled') return 'cancelled';
  return error.ran === 'not_started' ? 'not_started' : 'disconnected';
}
