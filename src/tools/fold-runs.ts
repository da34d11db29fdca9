import { GatewayError } from '../base/errors.ts';
import type { HostId } from '../hosts/host.ts';
import type { HostRun } from './run-on-each.ts';

/** Hosts that gave the same answer: ended alike and wrote what counts as the same. Those that gave none are one group for each reason. */
export interface AnswerGroup {
  /** In their order; the first is the one whose output is shown where not all can be. */
  readonly runs: readonly [HostRun, ...HostRun[]];
  readonly answered: boolean;
}

/** Groups of equal answers, the smallest first: what differs is what is looked for. */
export function foldRuns(runs: readonly HostRun[]): readonly AnswerGroup[] {
  const groups = [...Map.groupBy(runs, answerOf).values()].flatMap(([first, ...rest]): readonly AnswerGroup[] =>
    first === undefined ? [] : [{ runs: [first, ...rest], answered: !(first.result instanceof GatewayError) }],
  );
  return groups.toSorted((a, b) => a.runs.length - b.runs.length);
}

function answerOf({ result, likeness }: HostRun): string {
  if (result instanceof GatewayError) return JSON.stringify([result.code, result.ran]);
  if ('job' in result) return 'running';
  return JSON.stringify([result.exit, result.stopped?.state, likeness]);
}

function isRunning({ runs }: AnswerGroup): boolean {
  return 'job' in runs[0].result;
}

/** The groups in a sentence. */
export function overviewOf(groups: readonly AnswerGroup[], skipped: number): string {
  const count = (some: readonly AnswerGroup[]): number => some.reduce((sum, { runs }) => sum + runs.length, 0);
  const running = groups.filter(isRunning);
  const answered = groups.filter((group) => group.answered && !isRunning(group));
  const largest = answered.at(-1)?.runs.length ?? 0;
  const total = count(groups);
  const differ = count(answered) - largest;
  const silent = total - count(answered) - count(running);
  const parts = [
    ...(largest > 0 ? [`${largest} of ${total} answered alike`] : []),
    ...(differ > 0 ? [`${differ} otherwise`] : []),
    ...(running.length > 0 ? [`${count(running)} still running`] : []),
    ...(silent > 0 ? [`${silent} not at all`] : []),
    ...(skipped > 0 ? [`${skipped} skipped`] : []),
  ];
  return parts.join('; ');
}

/** The smallest number of bytes for each that, given to all, comes to the budget; none gets more than it needs. */
export function shareOut(needs: readonly number[], budget: number): readonly number[] {
  const shares = needs.map(() => 0);
  const rising = [...needs.entries()].toSorted(([, a], [, b]) => a - b);
  let left = budget;
  for (const [at, [index, need]] of rising.entries()) {
    const share = Math.min(need, Math.floor(left / (rising.length - at)));
    shares[index] = share;
    left -= share;
  }
  return shares;
}

export function leaderOf(groups: readonly AnswerGroup[]): ReadonlyMap<HostId, HostRun> {
  return new Map(groups.flatMap(({ runs }) => runs.map(({ host }) => [host, runs[0]] as const)));
}
