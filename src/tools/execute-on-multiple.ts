import { z } from 'zod';
import { GatewayError } from '../base/errors.ts';
import type { HostId } from '../hosts/host.ts';
import type { Selection } from '../hosts/selector.ts';
import { foldRuns, overviewOf, type AnswerGroup } from './fold-runs.ts';
import { showOutputs, type ShownOutput } from './fleet-outputs.ts';
import { commandText, commandTimeout, serverSelectors } from './parameters.ts';
import { runOnEach, type HostRun } from './run-on-each.ts';
import { howItEnded } from './run-result.ts';
import { defineTool, type HostOutcome, type JsonObject } from './tool.ts';

/** Of a command that ran nowhere, so much is recorded. */
const maxRecordedCommand = 4_000;

export const executeOnMultiple = defineTool({
  name: 'execute_on_multiple',
  title: 'Run a command on many servers',
  description:
    'Runs one shell command on many servers at the same time. Returns for each server exit_code, stdout, stderr and ' +
    'status under `results`; `groups` folds equal answers, those that differ first. success is true only if all ' +
    'succeeded. Long outputs are cut, or shown once: same_as names the server that wrote the same; read_output has ' +
    'the whole. Servers that were not run on are under `skipped`.',
  scope: 'execute',
  readOnly: false,
  destructive: true,
  idempotent: false,
  input: z.object({
    servers: serverSelectors.describe('Names, patterns (web-*), tag:x, label=value; !x leaves out'),
    command: commandText.describe('As you would type it in a shell'),
    timeout: commandTimeout.describe('Seconds for each server; by default what the operator set, or 300'),
  }),
  selectors: ({ servers }) => servers,
  actions: ({ command }, selection) => {
    if (selection.hosts.length === 0) throw noneSelected(selection, command);
    return selection.hosts.map((host) => ({ kind: 'run_command', host, command }));
  },
  echo: ({ command }) => ({ command }),
  async run({ command, timeout }, context, { hosts, skipped }) {
    const timeoutMs = timeout === undefined ? context.settings.defaultCommandTimeoutMs : timeout * 1000;
    using runs = await runOnEach({ hosts, command, timeoutMs }, context);
    const groups = foldRuns(runs);
    const shown = showOutputs(runs, groups, context.outputs.inlineBytes);
    const results = runs.map((run) => [run.host, resultOf(run, shown.get(run.host), timeoutMs)] as const);
    const succeeded = runs.filter(isSuccess).length;
    const failed = runs.length - succeeded;
    const isCut = results.some(([, { truncated }]) => truncated === true);
    const json = {
      success: failed === 0,
      command,
      overview: overviewOf(groups, skipped.length),
      summary: { total: runs.length, succeeded, failed },
      groups: groups.map(describeGroup),
      results: Object.fromEntries(results),
      skipped,
      truncated: isCut,
      ...(isCut && {
        hint: 'read_output with the output_id of a server, or of the one named by same_as, has the whole.',
      }),
    };
    const metadata = {
      ...(skipped.length > 0 && { skipped: skipped.map(({ server, code }) => `${server}: ${code}`) }),
    };
    const outcomes = runs.map((run) => outcomeOf(run, shown.get(run.host)));
    const isError = groups.every(({ answered }) => !answered);
    return { json, isError, outcome: { success: failed === 0, metadata, hosts: outcomes } };
  },
});

function noneSelected({ skipped }: Selection, command: string): GatewayError {
  const reasons = skipped.slice(0, 5).map(({ error }) => ` ${error}.`);
  const message = `No accessible servers found.${reasons.join('')} See list_servers for those you may use.`;
  const details = { skipped, command: command.slice(0, maxRecordedCommand) };
  return new GatewayError(skipped[0]?.code ?? 'unknown_host', message, { details });
}

function isSuccess({ result }: HostRun): boolean {
  return !(result instanceof GatewayError) && result.exit.kind === 'exited' && result.exit.status === 0;
}

/** The seed's five keys, and what else there is to say. */
function resultOf(run: HostRun, output: ShownOutput | undefined, timeoutMs: number): JsonObject {
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
  const { signal, stopped, ...ended } = howItEnded({ server: host, timeoutMs }, result);
  return {
    success: isSuccess(run),
    exit_code: result.exit.kind === 'exited' ? result.exit.status : null,
    stdout: output?.stdout ?? '',
    stderr: output?.stderr ?? '',
    duration_ms: result.durationMs,
    ...ended,
    ...(signal !== null && { signal }),
    ...(stopped !== null && { stopped }),
    ...(output?.truncated && { truncated: true }),
    ...(output?.sameAs !== undefined && { same_as: output.sameAs }),
    ...(output?.outputId && { output_id: output.outputId }),
  };
}

function statusOf(error: GatewayError): string {
  if (error.code === 'cancelled') return 'cancelled';
  return error.ran === 'not_started' ? 'not_started' : 'disconnected';
}

function describeGroup({ runs }: AnswerGroup): JsonObject {
  const hosts: readonly HostId[] = runs.map(({ host }) => host);
  const { result } = runs[0];
  if (result instanceof GatewayError) {
    return { hosts, count: hosts.length, success: false, status: statusOf(result), code: result.code };
  }
  const { exit } = result;
  const exitCode = exit.kind === 'exited' ? exit.status : null;
  return { hosts, count: hosts.length, success: exitCode === 0, status: exit.kind, exit_code: exitCode };
}

function outcomeOf(run: HostRun, output: ShownOutput | undefined): HostOutcome {
  const { host, result } = run;
  if (result instanceof GatewayError) {
    const { ran, message, code } = result;
    const none = { success: false, exitCode: null, durationMs: 0 };
    return { host, ...none, ran, error: message, code, metadata: { status: statusOf(result) } };
  }
  const { exit, stopped, durationMs } = result;
  return {
    host,
    success: isSuccess(run),
    exitCode: exit.kind === 'exited' ? exit.status : null,
    durationMs,
    ran: exit.kind === 'disconnected' ? 'may_have_run' : 'ran',
    error: null,
    code: null,
    metadata: {
      status: exit.kind,
      ...output?.metadata,
      ...(output?.outputId && { output_id: output.outputId }),
      ...(stopped && { stopped: stopped.state }),
    },
  };
}
