import { toldBy, type ToldRecord } from '../audit/told-record.ts';
import type { Log } from '../base/log.ts';
import { OpenedWhenUsed } from '../base/opened-when-used.ts';
import type { RunningGateway } from '../compose.ts';
import { openAuditRecords, type AuditRecords } from '../compose-stores.ts';
import type { Config } from '../config/load.ts';
import type { Live, LiveCall, LiveHost, LiveJob, LiveLocks, LiveRecord } from '../console/live.ts';
import type { CallUnderWay } from '../gateway/calls-under-way.ts';
import { mayReach, mayReachAll, type Caller } from '../identity/caller.ts';
import type { LockTarget } from '../locks/lock.ts';
import { commandTexts, hostOf, isPathAction } from '../policy/action.ts';
import { standingOf } from '../ssh/pool/host-standing.ts';
import { lockedIn, setLock } from './live-locks.ts';

const maxRecords = 100;
/** Looked through for those that are for whoever looks on: half of all records are intents. */
const maxRead = 500;
const maxAbout = 2_000;
const maxRecordAbout = 200;

/** What goes on in this process and in the audit of all, for the page that shows it. */
export class LiveView implements Live, AsyncDisposable {
  readonly #config: Config;
  readonly #running: RunningGateway;
  readonly #records: OpenedWhenUsed<AuditRecords | undefined>;
  /** What was read last: many may look on, and each looks every second. */
  #newest: { readonly position: number; readonly told: readonly ToldRecord[] } = { position: 0, told: [] };

  constructor(config: Config, running: RunningGateway, log: Log) {
    this.#config = config;
    this.#running = running;
    this.#records = new OpenedWhenUsed(() => openAuditRecords(config, log));
  }

  calls(viewer: Caller): readonly LiveCall[] {
    return this.#callsFor(viewer).map((call) => this.#told(call));
  }

  async hosts(viewer: Caller): Promise<readonly LiveHost[]> {
    const states = this.#running.pool.states();
    const all = await this.#running.inventory.all();
    return all.flatMap(({ id, enabled }): readonly LiveHost[] => {
      if (!mayReach(viewer, id)) return [];
      const connections = states.get(id)?.connections ?? 0;
      return [{ name: id, state: standingOf({ id, enabled }, states), connections }];
    });
  }

  async records(viewer: Caller): Promise<readonly LiveRecord[]> {
    const told = await this.#newestRecords();
    return told
      .filter((record) => isFor(viewer, hostsIn(record)))
      .slice(0, maxRecords)
      .map(toldRecord);
  }

  /** What is to end ends also where that cannot be recorded. */
  async endCalls(by: Caller, which: Parameters<Live['endCalls']>[1]): Promise<number> {
    const { gateway } = this.#running;
    const theirs = new Set(this.#callsFor(by));
    const isMeant = (call: CallUnderWay): boolean => theirs.has(call) && (which === 'all' || call.id === which.id);
    const ended = gateway.calls.end(isMeant, 'ended_by_operator');
    if (ended.length > 0)
      this.#running.recordEndedCalls(
        ended.map(({ id }) => id),
        by,
      );
    return ended.length;
  }

  async jobs(viewer: Caller): Promise<readonly LiveJob[]> {
    const unended = await this.#running.gateway.jobs.unended();
    return unended.flatMap(({ id, host, command, createdAt }) =>
      mayReach(viewer, host) ? [{ id, host, command: command.slice(0, maxAbout), since: new Date(createdAt) }] : [],
    );
  }

  /** Not waited for: a host may take its time. */
  async endJob(by: Caller, id: string): Promise<void> {
    const change = { tool: 'end job', eventType: 'job', metadata: { operation: 'end job', job: id } } as const;
    await this.#running.recordedChange(change, by, async () => {
      void this.#running.endJobs((job) => job.id === id && mayReach(by, job.host));
    });
  }

  async locks(viewer: Caller): Promise<LiveLocks> {
    const lines = mayReachAll(viewer) ? this.#running.gateway.locks.describe() : [];
    return { lines, ...(await lockedIn(this.#config.locksFile)) };
  }

  async setLock(by: Caller, state: 'locked' | 'unlocked', on: Parameters<Live['setLock']>[2]): Promise<boolean> {
    const mayDo = on === 'all' ? mayReachAll(by) : mayReach(by, on.host);
    if (!mayDo) return false;
    const target: LockTarget = on === 'all' ? { kind: 'all' } : { kind: 'host', name: on.host };
    const tool = state === 'locked' ? 'lock' : 'unlock';
    const change = { tool, eventType: 'lock', metadata: { operation: tool, on: target } } as const;
    await this.#running.recordedChange(change, by, () =>
      setLock(this.#config.locksFile, { target, state, by: by.name }),
    );
    return true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await (await this.#records.ifOpen())?.[Symbol.asyncDispose]();
  }

  async #newestRecords(): Promise<readonly ToldRecord[]> {
    const records = await this.#records.get();
    const [last] = (await records?.before(Number.MAX_SAFE_INTEGER, 1)) ?? [];
    if (records === undefined || last === undefined) return [];
    if (last.position !== this.#newest.position) {
      const newest = await records.before(last.position + 1, maxRead);
      this.#newest = { position: last.position, told: newest.flatMap(({ body }) => toldBy(body) ?? []) };
    }
    return this.#newest.told;
  }

  #callsFor(viewer: Caller): readonly CallUnderWay[] {
    return this.#running.gateway.calls.all().filter((call) => isFor(viewer, hostsOf(call)));
  }

  #told(call: CallUnderWay): LiveCall {
    const { id, tool, caller, actions, since } = call;
    const about = actions.flatMap((action) => (isPathAction(action) ? [action.path] : commandTexts(action)))[0];
    const { redactor } = this.#running.gateway;
    return {
      id,
      tool,
      caller: caller.name,
      hosts: hostsOf(call),
      about: about === undefined ? undefined : redactor.redactText(about).slice(0, maxAbout),
      since,
    };
  }
}

function hostsOf({ actions }: CallUnderWay): readonly string[] {
  return [...new Set(actions.flatMap((action) => hostOf(action) ?? []))];
}

/** What is about no server, such as that somebody signed in, is for those who see all servers. */
function isFor(viewer: Caller, hosts: readonly string[]): boolean {
  return hosts.length === 0 ? mayReachAll(viewer) : hosts.every((host) => mayReach(viewer, host));
}

function hostsIn({ serverName, metadata }: ToldRecord): readonly string[] {
  const { servers } = metadata;
  if (Array.isArray(servers)) return servers.map(String);
  return serverName === null ? [] : [serverName];
}

function toldRecord(record: ToldRecord): LiveRecord {
  const { at, tokenName: caller, tool, command, result, code } = record;
  const about = command === null ? null : command.slice(0, maxRecordAbout);
  return { at, caller, tool, hosts: hostsIn(record), about, result, code };
}
