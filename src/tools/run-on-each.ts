import { GatewayError } from '../base/errors.ts';
import type { HostId } from '../hosts/host.ts';
import type { OutputCollector } from '../outputs/collector.ts';
import type { CommandRun } from '../ssh/access.ts';
import { hostNamesPattern, Likeness, normalised } from './likeness.ts';
import type { KeepOptions } from '../ssh/jobs/job-access.ts';
import { runOrJob, type BegunJob } from './run-or-job.ts';
import { rollOut, type RolloutOptions } from './rollout.ts';
import type { ToolContext } from './tool.ts';
import { withVariables } from '../secrets/reference.ts';

/** What the outputs of all hosts together may hold in memory, a few times over, before they go to disk. */
const maxHeldBytes = 4 * 1024 * 1024;
const minHeldBytes = 2_048;

/** What became of the command on one host. */
export interface HostRun {
  readonly host: HostId;
  readonly result: CommandRun | BegunJob | GatewayError;
  readonly output: OutputCollector;
  /** Equal when both streams are, byte by byte. */
  readonly digest: string;
  /** Equal when both streams are but for what was not to count. */
  readonly likeness: string;
}

export interface FleetCommand {
  readonly hosts: readonly HostId[];
  readonly command: string;
  /** For each host. */
  readonly timeoutMs: number;
  /** Until the answer is due: what runs then becomes a job, and no other host is started. */
  readonly waitMs: number;
  readonly rollout: RolloutOptions;
  /** What counts as the same output. */
  readonly alike: 'equal' | 'normalised';
}

/**
 * Runs the command on all hosts, as the rollout says. None waits for another; that one fails in any way is its own
 * result, and so is that it was not started. Each is reported as it ends.
 */
export async function runOnEach(asked: FleetCommand, context: ToolContext): Promise<readonly HostRun[] & Disposable> {
  const { hosts, rollout } = asked;
  const begun = new Set<OutputCollector>();
  const answerBy = performance.now() + asked.waitMs;
  const leftMs = (): number => answerBy - performance.now();
  const dispose = (): void => {
    for (const output of begun) output[Symbol.dispose]();
  };
  const heldBytes = Math.max(minHeldBytes, Math.floor(maxHeldBytes / hosts.length));
  const collect = (): OutputCollector => {
    const { caller, outputs } = context;
    const output = outputs.collect(caller.principal, Math.min(outputs.inlineBytes, heldBytes));
    begun.add(output);
    return output;
  };
  let ended = 0;
  const { results, stoppedBy } = await rollOut(hosts, rollout, {
    on: async (host) => {
      const output = collect();
      const run = await runOn(host, { ...asked, waitMs: leftMs() }, { output, context });
      // A job keeps its output, and one that failed has given it back.
      if (run.output !== output) begun.delete(output);
      ended += 1;
      const count = `${ended} of ${hosts.length}`;
      context.report(() => `${count}: ${host} ${inShort(run)}`);
      return run;
    },
    isFailure: (run) => !isSuccess(run),
    leftMs,
    signal: context.signal,
  });
  const runs = hosts.map((host): HostRun => {
    const found = results.get(host);
    return found ?? { host, result: notStarted(host, stoppedBy), output: collect(), digest: '', likeness: '' };
  });
  return Object.assign(runs, { [Symbol.dispose]: dispose });
}

export function isSuccess({ result }: HostRun): boolean {
  if (result instanceof GatewayError) return false;
  return 'job' in result || (result.exit.kind === 'exited' && result.exit.status === 0);
}

async function runOn(
  host: HostId,
  { command, timeoutMs, waitMs, alike }: FleetCommand,
  { output, context }: { readonly output: OutputCollector; readonly context: ToolContext },
): Promise<HostRun> {
  const { caller, outputs, hosts, inventory, facts, log } = context;
  const equal = { stdout: new Likeness(), stderr: new Likeness() };
  const change = alike === 'equal' ? undefined : await linesWithout(host, { inventory, facts });
  const like = change && { stdout: new Likeness(change), stderr: new Likeness(change) };
  const take = (stream: 'stdout' | 'stderr') => (chunk: Buffer) => {
    equal[stream].update(chunk);
    like?.[stream].update(chunk);
    output[stream](chunk);
  };
  const sink = { stdout: take('stdout'), stderr: take('stderr') };
  const meant = {
    tool: 'execute_on_multiple',
    host,
    command,
    timeoutMs,
    wait: waitMs / 1000,
    reachWithinMs: timeoutMs,
  };
  const start = async (options: KeepOptions) => {
    const variables = await context.ownSecrets.forCommand(host, command);
    return await hosts.runOrKeep(host, withVariables(command), { ...options, output: sink, variables });
  };
  // No one job is what the call became.
  const result = await runOrJob(meant, { ...context, key: undefined }, { start, output }).catch((error: unknown) => {
    if (error instanceof GatewayError) return error;
    log.error({ err: error, host }, 'a command on one host of several failed for a reason of ours');
    const message = `Internal error. Whether it ran on ${host} is not known: look before you try again.`;
    return new GatewayError('internal', message, { ran: 'may_have_run' });
  });
  const digestOf = ({ stdout, stderr }: typeof equal): string => `${stdout.digest()} ${stderr.digest()}`;
  const digest = digestOf(equal);
  const isOver = result instanceof GatewayError || 'job' in result;
  const shown = isOver ? outputs.collect(caller.principal, 0) : output;
  return { host, result, output: shown, digest, likeness: like ? digestOf(like) : digest };
}

/** By which names a host may call itself is known as far as the inventory says, and the host where it was asked before. */
async function linesWithout(
  host: HostId,
  { inventory, facts }: Pick<ToolContext, 'inventory' | 'facts'>,
): Promise<(line: string) => string> {
  // Where it cannot be found, the run itself says why.
  const address = (await inventory.find(host).catch(() => undefined))?.address ?? host;
  const names = [host, address, ...facts.hostNames(host)].flatMap((name) => [
    name,
    /^[\d.]+$/.test(name) ? name : (name.split('.')[0] ?? name),
  ]);
  const pattern = hostNamesPattern(names);
  return (line) => normalised(line, pattern);
}

function notStarted(host: HostId, why: keyof typeof reasons | undefined): GatewayError {
  return new GatewayError('rollout_stopped', `Not started on ${host}: ${reasons[why ?? 'errors']}`);
}

const reasons = {
  canary: 'it failed on the first servers. Look at those first.',
  errors: 'it failed on too many others. Look at those first.',
  time: 'the answer was due. Call again with the servers that are left.',
} as const;

/** With the first line that was written, which is the host's: the whole is redacted and made harmless on its way out. */
function inShort({ result, output }: HostRun): string {
  if (result instanceof GatewayError) return result.code;
  if ('job' in result) return `goes on as ${result.job.id}`;
  const { exit, durationMs } = result;
  const ended = exit.kind === 'exited' ? `exited ${exit.status}` : exit.kind;
  const [line = ''] = output.beginning(120).split('\n');
  return `${ended} after ${durationMs} ms${line === '' ? '' : `: ${line}`}`;
}
