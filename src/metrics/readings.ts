import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { AuditExporter } from '../audit/export/exporter.ts';
import type { Log } from '../base/log.ts';
import type { Gateway } from '../gateway/gateway.ts';
import { hostStandings, standingOf } from '../ssh/pool/host-standing.ts';
import type { ConnectionPool } from '../ssh/pool/pool.ts';
import type { Reading, Readings } from './metrics.ts';

export interface Observed {
  readonly gateway: Pick<Gateway, 'calls' | 'inventory' | 'jobs' | 'approvals' | 'locks'>;
  readonly pool: ConnectionPool;
  readonly audit: { problem(): string | undefined; waiting(): number };
  readonly exports: readonly Pick<AuditExporter, 'kind' | 'delivered' | 'failures' | 'lagMs'>[];
  /** Milliseconds since the epoch. */
  readonly lastAuditWrite: () => number;
  readonly version: string;
  readonly log: Log;
}

const loopResolutionMs = 20;

/** Looks at everything that is not counted. Until it is disposed it listens how late the event loop is. */
export class GatewayReadings implements Disposable {
  readonly #observed: Observed;
  readonly #delay = monitorEventLoopDelay({ resolution: loopResolutionMs });

  constructor(observed: Observed) {
    this.#observed = observed;
    this.#delay.enable();
  }

  async read(): Promise<Readings> {
    const { gateway, pool, audit, exports, lastAuditWrite, version } = this.#observed;
    const { alive, connections, waiting } = pool.counts;
    const { rss, heapUsed, heapTotal, external } = process.memoryUsage();
    return {
      sallyport_calls_running: only(gateway.calls.all().length),
      sallyport_connections: [of('open', alive), of('connecting', connections - alive)],
      sallyport_connection_waiting: only(waiting),
      sallyport_hosts: await this.#hosts(),
      sallyport_jobs: await this.#orNone('jobs', () => this.#jobs()),
      sallyport_approvals_pending: await this.#orNone('approvals', async () =>
        only((await gateway.approvals.pending()).length),
      ),
      sallyport_locks: only(gateway.locks.count),
      sallyport_locked: only(gateway.locks.holdsAll ? 1 : 0),
      sallyport_audit_queue: only(audit.waiting()),
      sallyport_audit_last_write_timestamp_seconds: only(lastAuditWrite() / 1000),
      sallyport_audit_writable: only(audit.problem() === undefined ? 1 : 0),
      sallyport_audit_exported: exports.map(({ kind, delivered }) => of(kind, delivered)),
      sallyport_audit_export_failures: exports.map(({ kind, failures }) => of(kind, failures)),
      sallyport_audit_export_lag_seconds: exports.map(({ kind, lagMs }) => of(kind, lagMs / 1000)),
      sallyport_process_start_time_seconds: only(performance.timeOrigin / 1000),
      sallyport_process_cpu_seconds: only(cpuSeconds()),
      sallyport_process_memory_bytes: [
        of('rss', rss),
        of('heap_used', heapUsed),
        of('heap_total', heapTotal),
        of('external', external),
      ],
      sallyport_event_loop_delay_seconds: this.#loopDelay(),
      sallyport_build: [{ labels: [version, process.version], value: 1 }],
    };
  }

  [Symbol.dispose](): void {
    this.#delay.disable();
  }

  async #hosts(): Promise<readonly Reading[]> {
    const { gateway, pool } = this.#observed;
    const states = pool.states();
    const standings = (await gateway.inventory.all()).map((host) => standingOf(host, states));
    return hostStandings.map((state) => of(state, standings.filter((one) => one === state).length));
  }

  async #jobs(): Promise<readonly Reading[]> {
    const jobs = await this.#observed.gateway.jobs.unended();
    return (['starting', 'running'] as const).map((kind) =>
      of(kind, jobs.filter(({ state }) => state.kind === kind).length),
    );
  }

  /** A store that does not answer leaves its own metric without a value, and no other. */
  async #orNone(what: string, read: () => Promise<readonly Reading[]>): Promise<readonly Reading[]> {
    try {
      return await read();
    } catch (error) {
      this.#observed.log.warn({ err: error }, `metrics: ${what} could not be counted`);
      return [];
    }
  }

  #loopDelay(): readonly Reading[] {
    // What is measured is the whole time from one look to the next.
    const seconds = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e9 - loopResolutionMs / 1e3);
    const readings = [
      of('0.5', seconds(this.#delay.percentile(50))),
      of('0.99', seconds(this.#delay.percentile(99))),
      of('1', seconds(this.#delay.max)),
    ];
    this.#delay.reset();
    return readings;
  }
}

function only(value: number): readonly Reading[] {
  return [{ labels: [], value }];
}

function of(label: string, value: number): Reading {
  return { labels: [label], value };
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
