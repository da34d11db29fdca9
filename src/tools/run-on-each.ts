import { GatewayError } from '../base/errors.ts';
import type { HostId } from '../hosts/host.ts';
import type { OutputCollector } from '../outputs/collector.ts';
import type { CommandRun } from '../ssh/access.ts';
import { hostNamesPattern, Likeness, normalised } from './likeness.ts';
import { rollOut, type RolloutOptions } from './rollout.ts';
import type { ToolContext } from './tool.ts';

/** What the outputs of all hosts together may hold in memory, a few times over, before they go to disk. */
const maxHeldBytes = 4 * 1024 * 1024;
const minHeldBytes = 2_048;

/** What became of the command on one host. */
export interface HostRun {
  readonly host: HostId;
  readonly result: CommandRun | GatewayError;
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
  const begun: OutputCollector[] = [];
  const dispose = (): void => {
    for (const output of begun) output[Symbol.dispose]();
  };
  const heldBytes = Math.max(minHeldBytes, Math.floor(maxHeldBytes / hosts.length));
  const collect = (): OutputCollector => {
    const { caller, outputs } = context;
    const output = outputs.collect(caller.principal, Math.min(outputs.inlineBytes, heldBytes));
    begun.push(output);
    return output;
  };
  let ended = 0;
  const { results, stoppedBy } = await rollOut(hosts, rollout, {
    on: async (host) => {
      const run = await runOn(host, asked, collect(), context);
      ended += 1;
      const count = `${ended} of ${hosts.length}`;
      context.report(() => `${count}: ${host} ${inShort(run)}`);
      return run;
    },
    isFailure: (run) => !isSuccess(run),
    signal: context.signal,
  });
  const runs = hosts.map((host): HostRun => {
    const found = results.get(host);
    return found ?? { host, result: notStarted(host, stoppedBy), output: collect(), digest: '', likeness: '' };
  });
  return Object.assign(runs, { [Symbol.dispose]: dispose });
}

export function isSuccess({ result }: HostRun): boolean {
  return !(result instanceof GatewayError) && result.exit.kind === 'exited' && result.exit.status === 0;
}

async function runOn(
  host: HostId,
  { command, timeoutMs, alike }: FleetCommand,
  output: OutputCollector,
  { hosts, inventory, facts, log }: ToolContext,
): Promise<HostRun> {
  const equal = { stdout: new Likeness(), stderr: new Likeness() };
  const change = alike === 'equal' ? undefined : await linesWithout(host, { inventory, facts });
  const like = change && { stdout: new Likeness(change), stderr: new Likeness(change) };
  const take = (stream: 'stdout' | 'stderr') => (chunk: Buffer) => {
    equal[stream].update(chunk);
    like?.[stream].update(chunk);
    output[stream](chunk);
  };
  const sink = { stdout: take('stdout'), stderr: take('stderr') };
  const options = { timeoutMs, reachWithinMs: timeoutMs, output: sink };
  const result = await hosts.run(host, command, options).catch((error: unknown) => {
    if (error instanceof GatewayError) return error;
    log.error({ err: error, host }, 'a command on one host of several failed for a reason of ours');
    const message = `Internal error. Whether it ran on ${host} is not known: look before you try again.`;
    return new GatewayError('internal', message, { ran: 'may_have_run' });
  });
  const digestOf = ({ stdout, stderr }: typeof equal): string => `${stdout.digest()} ${stderr.digest()}`;
  const digest = digestOf(equal);
  return { host, result, output, digest, likeness: like ? digestOf(like) : digest };
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

function notStarted(host: HostId, why: 'canary' | 'errors' | undefined): GatewayError {
  const reason = why === 'canary' ? 'it failed on the first servers' : 'it failed on too many others';
  return new GatewayError('rollout_stopped', `Not started on ${host}: ${reason}. Look at those first.`);
}

/** With the first line that was written, which is the host's: the whole is redacted and made harmless on its way out. */
function inShort({ result, output }: HostRun): string {
  if (result instanceof GatewayError) return result.code;
  const { exit, durationMs } = result;
  const ended = exit.kind === 'exited' ? `exited ${exit.status}` : exit.kind;
  const [line = ''] = output.beginning(120).split('\n');
  return `${ended} after ${durationMs} ms${line === '' ? '' : `: ${line}`}`;
}
