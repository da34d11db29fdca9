import { GatewayError } from '../base/errors.ts';
import type { HostId } from '../hosts/host.ts';
import type { CollectedOutput, ShowOptions } from '../outputs/collector.ts';
import { leaderOf, shareOut, type AnswerGroup } from './fold-runs.ts';
import type { HostRun } from './run-on-each.ts';
import type { JsonObject } from './tool.ts';

/** Less than this is shown again rather than referred to. */
const smallBytes = 64;
/** From here on there is room for the exact call that reads on, in place of what is missing. */
const roomForCallBytes = 1_000;

export interface ShownOutput extends Pick<CollectedOutput, 'stdout' | 'stderr' | 'truncated' | 'outputId'> {
  /** The host that wrote the same, and whose output is shown. */
  readonly sameAs: HostId | undefined;
  readonly metadata: JsonObject;
}

/**
 * The outputs of all hosts in so many bytes together.
 *
 * Everything, where it fits. Else equal outputs are shown once, and what is still too long is cut in the middle, the
 * longest first, and kept.
 */
export function showOutputs(
  runs: readonly HostRun[],
  groups: readonly AnswerGroup[],
  inlineBytes: number,
): ReadonlyMap<HostId, ShownOutput> {
  const needs = new Map(runs.map((run) => [run, run.output.measure()]));
  const needOf = (run: HostRun): number => needs.get(run) ?? 0;
  const fits = runs.reduce((sum, run) => sum + needOf(run), 0) <= inlineBytes;
  const leaders = leaderOf(groups);
  const refersTo = (run: HostRun): HostRun | undefined => {
    const leader = leaders.get(run.host);
    const isAlone = leader === run || run.result instanceof GatewayError;
    return fits || isAlone || needOf(run) <= smallBytes ? undefined : leader;
  };
  const own = runs.filter((run) => refersTo(run) === undefined);
  const shares = shareOut(own.map(needOf), inlineBytes);
  const shown = new Map(own.map((run, at) => [run.host, show(run, shares[at] ?? 0)]));
  for (const run of runs) {
    const leader = refersTo(run);
    const same = leader && shown.get(leader.host);
    if (same) shown.set(run.host, leader.digest === run.digest ? refer(same, leader.host) : keepLike(run, leader.host));
  }
  return shown;
}

function show({ output }: HostRun, inlineBytes: number): ShownOutput {
  const short: ShowOptions['describe'] = (_stream, { bytes }, kept) =>
    `[… ${bytes} bytes omitted${kept === undefined ? ', not kept' : ''} …]`;
  const describe = inlineBytes < roomForCallBytes ? { describe: short } : {};
  const { stdoutBytes, stderrBytes, redactions, ...texts } = output.finish({ inlineBytes, ...describe });
  const lengths = { stdout_length: stdoutBytes, stderr_length: stderrBytes };
  return { ...texts, sameAs: undefined, metadata: { ...lengths, ...(redactions > 0 && { redactions }) } };
}

function refer({ stdout, stderr, metadata }: ShownOutput, host: HostId): ShownOutput {
  const instead = (text: string): string => (text === '' ? '' : `[… the same as ${host} …]`);
  return { stdout: instead(stdout), stderr: instead(stderr), truncated: true, outputId: null, sameAs: host, metadata };
}

/** Output that is like another's, but not equal: it is kept, for nothing else has it. */
function keepLike(run: HostRun, host: HostId): ShownOutput {
  const { stdout, stderr, outputId, ...kept } = show(run, 0);
  const where = outputId === null ? '' : `; read_output {"output_id": "${outputId}"}`;
  const instead = (text: string): string => (text === '' ? '' : `[… like ${host}${where} …]`);
  return { ...kept, stdout: instead(stdout), stderr: instead(stderr), truncated: true, outputId, sameAs: host };
}
