import { z } from 'zod';
import { GatewayError } from '../base/errors.ts';
import type { Selection } from '../hosts/selector.ts';
import { describeGroup, outcomeOf, resultOf } from './fleet-result.ts';
import { textForScreen } from './fleet-text.ts';
import { foldRuns, overviewOf } from './fold-runs.ts';
import { showOutputs } from './fleet-outputs.ts';
import {
  answerWait,
  commandText,
  commandTimeout,
  flag,
  hostShare,
  serverSelectors,
  usualWaitSeconds,
  wholeNumber,
} from './parameters.ts';
import { mostAtOnce, type RolloutOptions } from './rollout.ts';
import { isSuccess, runOnEach, type HostRun } from './run-on-each.ts';
import { defineTool } from './tool.ts';
import { withVariables } from '../secrets/reference.ts';

/** A server may take the rest of the 45 seconds to be reached. */
const mostWaitSeconds = 35;
/** Of a command that ran nowhere, so much is recorded. */
const maxRecordedCommand = 4_000;

const input = z.object({
  servers: serverSelectors.describe('Names, patterns (web-*), tag:x, label=value; !x leaves out'),
  command: commandText.describe('As you would type it in a shell'),
  timeout: commandTimeout.describe('Seconds for each server'),
  wait: answerWait.optional().describe('Seconds until it becomes jobs'),
  max_parallel: wholeNumber(1, mostAtOnce).optional().describe('Servers at a time'),
  batch_size: hostShare.optional().describe('Rolling: so many, or "25%", at a time'),
  batch_pause: wholeNumber(0, 3_600).default(0).describe('Seconds between batches'),
  canary: wholeNumber(1, 1_000).optional().describe('So many first; go on only if all succeed'),
  stop_on_errors: hostShare.optional().describe('Start no more once so many, or "10%", failed'),
  normalize: flag.default(false).describe('Fold what differs only in host names, IPs, times'),
});

export const executeOnMultiple = defineTool({
  name: 'execute_on_multiple',
  title: 'Run a command on many servers',
  description:
    'Runs a command on many servers at once, or rolling. `results` has exit_code, stdout, stderr and status of ' +
    'each; `groups` folds equal answers, odd ones first. Long outputs are cut, or shown once: same_as names ' +
    'who wrote the same; read_output has the whole. `skipped` names servers that were not run on.',
  scope: 'execute',
  readOnly: false,
  needs: 'shell',
  destructive: true,
  idempotent: false,
  input,
  selectors: ({ servers }) => servers,
  actions: ({ command }, selection) => {
    if (selection.hosts.length === 0) throw noneSelected(selection, command);
    return selection.hosts.map((host) => ({ kind: 'run_command', host, command: withVariables(command) }));
  },
  echo: ({ command }) => ({ command }),
  async run({ command, timeout, wait = usualWaitSeconds, normalize, ...asked }, context, { hosts, skipped: leftOut }) {
    const timeoutMs = timeout === undefined ? context.settings.defaultCommandTimeoutMs : timeout * 1000;
    const alike = normalize ? 'normalised' : 'equal';
    const waitMs = Math.min(wait, mostWaitSeconds) * 1000;
    using runs = await runOnEach({ hosts, command, timeoutMs, waitMs, alike, rollout: rolloutOf(asked) }, context);
    const groups = foldRuns(runs);
    const shown = showOutputs(runs, groups, context.outputs.inlineBytes);
    const results = runs.map((run) => [run.host, resultOf(run, shown.get(run.host), timeoutMs)] as const);
    const succeeded = runs.filter(isSuccess).length;
    const notStarted = runs.flatMap(notStartedBy);
    const running = runs.filter(({ result }) => 'job' in result).length;
    const failed = runs.length - succeeded;
    const isCut = results.some(([, { truncated }]) => truncated === true);
    const skipped = [...leftOut, ...notStarted];
    const json = {
      success: failed === 0,
      command,
      overview: overviewOf(groups, leftOut.length),
      summary: {
        total: runs.length,
        succeeded,
        failed,
        ...(running > 0 && { running }),
        ...(notStarted.length > 0 && { not_started: notStarted.length }),
      },
      groups: groups.map(describeGroup),
      results: Object.fromEntries(results),
      skipped,
      ...(normalize && { normalized: true }),
      truncated: isCut,
      ...(running > 0 && { next: 'What is running goes on: get_job with the job_id of each server tells how.' }),
      ...(isCut && {
        hint: 'read_output with the output_id of a server, or of the one named by same_as, has the whole.',
      }),
    };
    const metadata = {
      ...(leftOut.length > 0 && { skipped: leftOut.map(({ server, code }) => `${server}: ${code}`) }),
    };
    const outcomes = runs.map((run) => outcomeOf(run, shown.get(run.host)));
    const isError = groups.every(({ answered }) => !answered);
    const { text } = textForScreen(json, () => context.outputs.collect(context.caller.principal));
    const outcome = { success: failed === 0, metadata, hosts: outcomes };
    return { json, ...(text !== undefined && { text }), isError, outcome };
  },
});

function rolloutOf(
  asked: Omit<z.output<typeof input>, 'servers' | 'command' | 'timeout' | 'wait' | 'normalize'>,
): RolloutOptions {
  return {
    maxParallel: asked.max_parallel,
    batchSize: asked.batch_size,
    pauseMs: asked.batch_pause * 1000,
    canary: asked.canary,
    stopOnErrors: asked.stop_on_errors,
  };
}

function noneSelected({ skipped }: Selection, command: string): GatewayError {
  const reasons = skipped.slice(0, 5).map(({ error }) => ` ${error}.`);
  const message = `No accessible servers found.${reasons.join('')} See list_servers for those you may use.`;
  const details = { skipped, command: command.slice(0, maxRecordedCommand) };
  return new GatewayError(skipped[0]?.code ?? 'unknown_host', message, { details });
}

function notStartedBy({ host, result }: HostRun): Selection['skipped'] {
  if (!(result instanceof GatewayError) || result.code !== 'rollout_stopped') return [];
  return [{ server: host, code: result.code, error: result.message }];
}
