import { z } from 'zod';
import { parseJson } from './chain-start.ts';
import { toldBy, type ToldRecord } from './told-record.ts';

const intent = z.object({ kind: z.literal('intent'), at: z.string(), decision: z.string() });

/** What one name did, or had done to it. */
export interface Tally {
  readonly calls: number;
  readonly success: number;
  readonly failed: number;
  /** Denied or blocked: it did not run. */
  readonly refused: number;
  /** Cut off: nobody knows how it ended. */
  readonly unknown: number;
}

export interface AuditReport {
  /** Calls that ended, each server of a fleet call by itself. */
  readonly total: Tally;
  readonly callers: Readonly<Record<string, Tally>>;
  readonly servers: Readonly<Record<string, Tally>>;
  readonly tools: Readonly<Record<string, Tally>>;
  /** What policy said, of what ran. */
  readonly decisions: Readonly<Record<string, number>>;
  /** Why calls were refused: error codes. */
  readonly refusals: Readonly<Record<string, number>>;
  /** The rules that refused. */
  readonly rules: Readonly<Record<string, number>>;
  /** What became of questions to people. */
  readonly approvals: Readonly<Record<string, number>>;
  /** Calls that ran of tools that may delete or overwrite, by tool. */
  readonly destructive: Readonly<Record<string, number>>;
  /** Logins, changes of tokens, servers and locks, and what else is no call, by its event type. */
  readonly events: Readonly<Record<string, number>>;
}

export interface ReportOptions {
  readonly since: number | undefined;
  readonly until: number | undefined;
  /** Tools that may delete or overwrite. */
  readonly destructive: ReadonlySet<string>;
  /** All that are tools: records of other things name what they are about. */
  readonly tools: ReadonlySet<string>;
}

const approvalEvent = /^approval_/;

/** Sums up records, in any order. */
export class ReportMaker {
  readonly #options: ReportOptions;
  readonly #total = new Tallies();
  readonly #callers = new Tallies();
  readonly #servers = new Tallies();
  readonly #tools = new Tallies();
  readonly #decisions = new Counts();
  readonly #refusals = new Counts();
  readonly #rules = new Counts();
  readonly #approvals = new Counts();
  readonly #destructive = new Counts();
  readonly #events = new Counts();

  constructor(options: ReportOptions) {
    this.#options = options;
  }

  add(body: string): void {
    const told = toldBy(body);
    if (told) {
      if (this.#isMeant(told.at)) this.#addTold(told);
      return;
    }
    const { data } = intent.safeParse(parseJson(body));
    if (data && this.#isMeant(data.at)) this.#decisions.add(data.decision);
  }

  report(): AuditReport {
    return {
      total: this.#total.all()['all'] ?? nothing,
      callers: this.#callers.all(),
      servers: this.#servers.all(),
      tools: this.#tools.all(),
      decisions: this.#decisions.all(),
      refusals: this.#refusals.all(),
      rules: this.#rules.all(),
      approvals: this.#approvals.all(),
      destructive: this.#destructive.all(),
      events: this.#events.all(),
    };
  }

  #addTold(record: ToldRecord): void {
    const { eventType, result, code, tool, metadata } = record;
    // Refusals of a minute that were recorded as their number.
    const times = Number(metadata['more_refused'] ?? 1);
    const isRefused = result === 'denied' || result === 'blocked';
    if (approvalEvent.test(eventType)) this.#approvals.add(eventType.replace(approvalEvent, ''), times);
    if (!this.#options.tools.has(tool)) {
      if (!approvalEvent.test(eventType)) this.#events.add(eventType, times);
      return;
    }
    if (isRefused && code !== null) this.#refusals.add(code, times);
    if (isRefused && typeof metadata['rule'] === 'string') this.#rules.add(metadata['rule'], times);
    if (!isRefused && this.#options.destructive.has(tool)) this.#destructive.add(tool);
    this.#total.add('all', record, times);
    this.#callers.add(record.tokenName ?? 'nobody', record, times);
    this.#tools.add(tool, record, times);
    for (const server of serversOf(record)) this.#servers.add(server, record, times);
  }

  #isMeant(at: string): boolean {
    const { since = -Infinity, until = Infinity } = this.#options;
    const time = Date.parse(at);
    return time >= since && time <= until;
  }
}

function serversOf({ serverName, metadata }: ToldRecord): readonly string[] {
  const { servers } = metadata;
  if (Array.isArray(servers)) return servers.map(String);
  return serverName === null ? [] : [serverName];
}

const nothing: Tally = { calls: 0, success: 0, failed: 0, refused: 0, unknown: 0 };

class Tallies {
  readonly #tallies = new Map<string, Tally>();

  add(name: string, { result }: ToldRecord, times: number): void {
    const tally = this.#tallies.get(name) ?? nothing;
    const key = result === 'success' || result === 'failed' || result === 'unknown' ? result : 'refused';
    this.#tallies.set(name, { ...tally, calls: tally.calls + times, [key]: tally[key] + times });
  }

  /** The one with the most first. */
  all(): Readonly<Record<string, Tally>> {
    return Object.fromEntries([...this.#tallies].toSorted(([, a], [, b]) => b.calls - a.calls));
  }
}

class Counts {
  readonly #counts = new Map<string, number>();

  add(name: string, times = 1): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + times);
  }

  all(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#counts].toSorted(([, a], [, b]) => b - a));
  }
}
