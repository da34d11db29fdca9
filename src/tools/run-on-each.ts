import { createHash } from 'node:crypto';
import { atMost } from '../base/at-most.ts';
import { GatewayError } from '../base/errors.ts';
import type { HostId } from '../hosts/host.ts';
import type { OutputCollector } from '../outputs/collector.ts';
import type { CommandRun } from '../ssh/access.ts';
import type { ToolContext } from './tool.ts';

/** More wait for a place; each gives its place up at its own deadline at the latest. */
const maxAtOnce = 256;
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
}

/** Runs the command on all hosts at once. None waits for another; that one fails in any way is its own result. */
export async function runOnEach(
  asked: { readonly hosts: readonly HostId[]; readonly command: string; readonly timeoutMs: number },
  { caller, hosts, outputs, log }: ToolContext,
): Promise<readonly HostRun[] & Disposable> {
  const { command, timeoutMs } = asked;
  const share = Math.floor(maxHeldBytes / asked.hosts.length);
  const heldBytes = Math.min(outputs.inlineBytes, Math.max(minHeldBytes, share));
  const runs = await atMost(maxAtOnce, asked.hosts, async (host): Promise<HostRun> => {
    const output = outputs.collect(caller.principal, heldBytes);
    const digests = { stdout: createHash('sha256'), stderr: createHash('sha256') };
    const sink = {
      stdout: (chunk: Buffer) => {
        digests.stdout.update(chunk);
        output.stdout(chunk);
      },
      stderr: (chunk: Buffer) => {
        digests.stderr.update(chunk);
        output.stderr(chunk);
      },
    };
    const options = { timeoutMs, reachWithinMs: timeoutMs, output: sink };
    const result = await hosts.run(host, command, options).catch((error: unknown) => {
      if (error instanceof GatewayError) return error;
      log.error({ err: error, host }, 'a command on one host of several failed for a reason of ours');
      const message = `Internal error. Whether it ran on ${host} is not known: look before you try again.`;
      return new GatewayError('internal', message, { ran: 'may_have_run' });
    });
    return { host, result, output, digest: `${digests.stdout.digest('hex')} ${digests.stderr.digest('hex')}` };
  });
  const dispose = (): void => {
    for (const { output } of runs) output[Symbol.dispose]();
  };
  return Object.assign([...runs], { [Symbol.dispose]: dispose });
}
