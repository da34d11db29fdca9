import { setTimeout as sleep } from 'node:timers/promises';
import { atMost } from '../src/base/at-most.ts';
import { auditFaults } from './audited.ts';
import { breakThings, type Strike } from './faults.ts';
import { halfFiles } from './files.ts';
import { kinds } from './kinds.ts';
import type { Answer, Calm, Plan } from './kind.ts';
import { processesOfCalls } from './orphans.ts';
import { Random } from '../test/fixtures/random.ts';
import type { World } from './world.ts';

export interface TrialOptions {
  readonly seed: number;
  readonly calls: number;
  /** No call is begun after so long. */
  readonly seconds: number;
  /** How many calls are under way at a time. */
  readonly atOnce?: number;
  readonly faults?: 'struck' | 'none';
  /** Once the calls have ended, with all that they started, and before the gateway is stopped. */
  readonly onCalm?: () => Promise<void>;
}

export interface Report {
  readonly calls: number;
  /** How they came back, and how often. */
  readonly answers: Readonly<Record<string, number>>;
  /** Calls that were not answered, though their clients waited: what came instead. */
  readonly lost: readonly string[];
  readonly strikes: readonly Strike[];
  readonly problems: readonly string[];
}

const usuallyAtOnce = 12;
/** Of what is looked at when all is over. */
const lookedAtOnce = 8;
const orphanMs = 5000;
/** What is left in the background is there for this long at least, from the call's end on. */
const stayingMs = 12_000;
/** A client that is gone is told nothing: the run's end is somewhere on the way down the ladder. */
const ladderMs = 5000;
/** What ended in the moment of a fault may have ended for us only, or for the host only. */
const unclearMs = 2000;

interface Call {
  readonly kind: string;
  readonly plan: Plan;
  answer?: Answer;
  /** When its run must have ended. */
  endedAt?: number;
}

/** Makes the calls while things break, and looks meanwhile and afterwards. */
export class Trial {
  readonly #world: World;
  readonly #options: TrialOptions;
  readonly #calls = new Map<number, Call>();
  readonly #problems: string[] = [];
  readonly #strikes: Strike[] = [];
  /** Calls that were looked at, and need not be again. */
  readonly #settled = new Set<number>();

  constructor(world: World, options: TrialOptions) {
    this.#world = world;
    this.#options = options;
  }

  async run(): Promise<Report> {
    const { seed, seconds, atOnce = usuallyAtOnce, faults = 'struck' } = this.#options;
    const plans = new Random(seed);
    const ends = new AbortController();
    const note = (strike: Strike): void => void this.#strikes.push(strike);
    const strikes = new Random(seed + 1);
    const breaking = faults === 'struck' ? breakThings(this.#world, strikes, { ends: ends.signal, note }) : undefined;
    const looking = this.#lookOn(ends.signal);
    const until = performance.now() + seconds * 1000;
    await Promise.all(Array.from({ length: atOnce }, () => this.#work(plans, until)));
    ends.abort();
    await Promise.all([breaking, looking]);
    await this.#lookAfterwards();
    const answers: Record<string, number> = {};
    for (const { answer } of this.#calls.values()) {
      const how = nameOf(answer);
      answers[how] = (answers[how] ?? 0) + 1;
    }
    const isLost = ({ plan, answer }: Call): boolean => answer?.kind !== 'result' && plan.cancelAfterMs === undefined;
    const lost = [...this.#calls.values()].filter(isLost).map(({ kind, answer }) => `${kind}: ${insteadOf(answer)}`);
    return { calls: this.#calls.size, answers, lost, strikes: this.#strikes, problems: this.#problems };
  }

  async #work(plans: Random, until: number): Promise<void> {
    while (this.#calls.size < this.#options.calls && performance.now() < until) {
      const n = this.#calls.size + 1;
      const kind = plans.weighted(kinds);
      const plan = kind.plan(n, plans, this.#world);
      const call: Call = { kind: kind.name, plan };
      this.#calls.set(n, call);
      await this.#make(n, call);
    }
  }

  async #make(n: number, call: Call): Promise<void> {
    const { plan } = call;
    const client = new AbortController();
    const timer = plan.cancelAfterMs === undefined ? undefined : setTimeout(() => client.abort(), plan.cancelAfterMs);
    call.answer = await this.#world.gateway.call(plan.tool, plan.arguments, client.signal);
    clearTimeout(timer);
    call.endedAt = performance.now() + (client.signal.aborted ? ladderMs : 0);
    for (const fault of plan.faults?.(call.answer) ?? []) this.#problem(n, fault);
    call.answer = withoutContents(call.answer);
  }

  /** Looks for orphans and half files, while the calls go on and for some time after. */
  async #lookOn(ends: AbortSignal): Promise<void> {
    while (!ends.aborted) {
      await sleep(500);
      this.#look();
    }
  }

  #look(): void {
    const now = performance.now();
    const running = Map.groupBy(processesOfCalls(this.#world.tag), ({ call }) => call);
    for (const [n, { plan, answer, endedAt }] of this.#calls) {
      if (!answer || endedAt === undefined || now - endedAt < orphanMs || this.#settled.has(n)) continue;
      this.#settled.add(n);
      const [orphan] = running.get(n) ?? [];
      const stays = plan.stays?.(answer) ?? 'never';
      const isSeenInTime = now - endedAt < stayingMs;
      if (stays === 'surely' && orphan === undefined && isSeenInTime && !this.#wasDisturbed(endedAt)) {
        this.#problem(n, 'what it left in the background on purpose was ended');
      } else if (stays === 'never' && orphan) {
        const { pid, commandLine } = orphan;
        const shown = commandLine.slice(0, 200);
        this.#problem(n, `${Math.round(now - endedAt)} ms after its end process ${pid} runs: ${shown}`);
      }
    }
    for (const name of halfFiles(this.#world.directory)) this.#problems.push(`${name} is no whole version`);
  }

  #wasDisturbed(endedAt: number): boolean {
    return this.#strikes.some(({ at }) => Math.abs(at - endedAt) < unclearMs);
  }

  async #lookAfterwards(): Promise<void> {
    const { gateway } = this.#world;
    const settled = new AbortController();
    setTimeout(() => settled.abort(), ladderMs + orphanMs + 1000);
    await this.#lookOn(settled.signal);
    await this.#options.onCalm?.();
    const ask: Calm['ask'] = (tool, args) => gateway.call(tool, args, new AbortController().signal);
    await atMost(lookedAtOnce, [...this.#calls], async ([n, { plan, answer, endedAt = 0 }]) => {
      if (!answer || !plan.afterwards) return;
      const calm = { ask, wasDisturbed: this.#wasDisturbed(endedAt) };
      for (const fault of await plan.afterwards(answer, calm)) this.#problem(n, fault);
    });
    await gateway.stop('SIGTERM');
    // What an earlier process lost is reported at a start.
    await gateway.begin();
    await sleep(1000);
    await gateway.stop('SIGTERM');
    const executions = this.#world.executions();
    for (const [place, times] of executions) {
      if (times > 1) this.#problems.push(`call:port ${place} ran ${times} times`);
    }
    const byCall = Map.groupBy(executions.keys(), (place) => Number(place.split(':')[0]));
    for (const [n, { plan, answer }] of this.#calls) {
      const times = byCall.get(n)?.length ?? 0;
      const { least, most } = plan.executions(answer ?? { kind: 'none' });
      if (times < least || times > most) this.#problem(n, `ran ${times} times, and says ${least} to ${most}`);
    }
    this.#problems.push(...(await auditFaults(this.#world, new Set(byCall.keys()))));
  }

  #problem(n: number, what: string): void {
    const { kind, answer } = this.#calls.get(n) ?? {};
    const shown = answer?.kind === 'result' ? { ...answer.json, command: undefined } : answer?.kind;
    this.#problems.push(`call ${n} (${kind}): ${what}; answer ${JSON.stringify(shown)?.slice(0, 600)}`);
  }
}

/** What was read is looked at once; kept of every call, it would fill the memory. */
function withoutContents(answer: Answer): Answer {
  if (answer.kind !== 'result') return answer;
  const { contents: _contents, ...json } = answer.json;
  return { kind: 'result', json };
}

function insteadOf(answer: Answer | undefined): string {
  return answer?.kind === 'refused' ? answer.why : 'nothing';
}

function nameOf(answer: Answer | undefined): string {
  if (answer?.kind !== 'result') return answer?.kind ?? 'none';
  const { status, code, success } = answer.json;
  const word = status ?? code;
  if (typeof word === 'string') return word;
  return success === true ? 'done' : 'failed';
}
