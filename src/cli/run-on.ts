import { atMost } from '../base/at-most.ts';
import { GatewayError } from '../base/errors.ts';
import type { JsonObject } from '../tools/tool.ts';
import { Failed, UsageError } from './exit-code.ts';
import { openConfig, type CommonOptions } from './open-config.ts';
import { callAsTyped, openOperatorGateway, type OperatorGateway } from './operator-gateway.ts';
import { createScreen } from './screen.ts';
import { resultsOf, showRun, type Results } from './show-run.ts';
import { stopSignal } from './stop-signal.ts';

export interface RunOnOptions extends CommonOptions {
  readonly timeout?: string;
  readonly maxParallel?: string;
  readonly batchSize?: string;
  readonly batchPause?: string;
  readonly canary?: string;
  readonly stopOnErrors?: string;
  readonly normalize?: boolean;
}

/** The longest that the tool waits; what runs longer is a job by then, and is followed as one. */
const waitSeconds = 35;
/** More would keep agents that use the same gateway out of its slots. */
const followedAtOnce = 32;
/** Of a job's output, at a time. */
const followedBytes = 65_536;

/** Runs a command on the servers that a selector names, as any client's call is run, and stays until all have ended. */
export async function runOn(selector: string, words: readonly string[], options: RunOnOptions): Promise<void> {
  const screen = createScreen(options);
  const input = inputOf(selector, words, options);
  const stop = stopSignal();
  const { config, log } = await openConfig(options);
  await using gateway = await openOperatorGateway(config, { log });
  const report = (progress: string): void => void (process.stderr.isTTY && process.stderr.write(`${progress}\n`));
  const answer = await callAsTyped(gateway, { tool: 'execute_on_multiple', input }, { signal: stop, report });
  const results = await followed(gateway, resultsOf(answer), stop);
  const success = Object.values(results).every((result) => result['success'] === true);
  const json = { ...answer, success, results };
  showRun(screen, json);
  if (!success) throw new Failed('it did not succeed on every server');
}

function inputOf(selector: string, words: readonly string[], options: RunOnOptions): JsonObject {
  const number = (flag: string, text: string | undefined): number | undefined => {
    if (text === undefined) return undefined;
    if (!/^\d{1,9}$/.test(text)) throw new UsageError(`${flag} takes a number`);
    return Number(text);
  };
  const share = (text: string | undefined): number | string | undefined =>
    text !== undefined && /^\d+$/.test(text) ? Number(text) : text;
  const asked = {
    timeout: number('--timeout', options.timeout),
    max_parallel: number('--max-parallel', options.maxParallel),
    batch_size: share(options.batchSize),
    batch_pause: number('--batch-pause', options.batchPause),
    canary: number('--canary', options.canary),
    stop_on_errors: share(options.stopOnErrors),
    normalize: options.normalize,
  };
  const given = Object.entries(asked).filter(([, value]) => value !== undefined);
  const servers = selector.split(',').map((part) => part.trim());
  return { servers, command: words.join(' '), wait: waitSeconds, ...Object.fromEntries(given) };
}

/** The results, with what became of the runs that went on as jobs. */
async function followed(gateway: OperatorGateway, results: Results, stop: AbortSignal): Promise<Results> {
  const ended = new Map(Object.entries(results));
  const running = Object.entries(results).filter(([, { status }]) => status === 'running');
  await atMost(followedAtOnce, running, async ([host, { job_id: id }]) => {
    ended.set(host, await followJob(gateway, String(id), stop));
  });
  return Object.fromEntries(ended);
}

/** Until it has ended. Whoever interrupts us meant the command, not us: it is cancelled. */
async function followJob(gateway: OperatorGateway, id: string, stop: AbortSignal): Promise<JsonObject> {
  const written = { stdout: '', stderr: '' };
  let cursor: unknown;
  for (let isCancelled = false; ;) {
    try {
      if (stop.aborted && !isCancelled) {
        isCancelled = true;
        await gateway.call('cancel_job', { job_id: id });
      }
      const input = { job_id: id, wait: 45, length: followedBytes, ...(cursor !== undefined && { cursor }) };
      const state = await gateway.call('get_job', input, isCancelled ? {} : { signal: stop });
      written.stdout += String(state['stdout']);
      written.stderr += String(state['stderr']);
      cursor = state['cursor'];
      if (state['status'] !== 'running' && state['truncated'] !== true) return { ...state, ...written };
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      if (error.code === 'cancelled' && !isCancelled) continue;
      const { code, message } = error;
      const note = `${message} It went on as ${id}: sallyport jobs show ${id}`;
      return { success: false, status: 'disconnected', exit_code: null, code, ...written, stderr: note, job_id: id };
    }
  }
}
