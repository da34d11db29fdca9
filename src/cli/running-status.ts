import type { Log } from '../base/log.ts';
import type { RunningGateway } from '../compose.ts';
import { version } from '../compose-stores.ts';
import { hostStandings, standingOf } from '../ssh/pool/host-standing.ts';
import type { RunningStatus } from './status-socket.ts';

/** How the gateway in this process is doing. Names no host and no caller. */
export async function runningStatus(running: RunningGateway, url: string, log: Log): Promise<RunningStatus> {
  const { gateway, pool, inventory, exports } = running;
  const states = pool.states();
  const standings = (await inventory.all()).map((host) => standingOf(host, states));
  const { connections, waiting } = pool.counts;
  const countOf = async (list: Promise<readonly unknown[]>): Promise<number | null> =>
    await list.then(
      ({ length }) => length,
      (error: unknown) => {
        log.warn({ err: error }, 'status: the store cannot be read');
        return null;
      },
    );
  return {
    version,
    pid: process.pid,
    started_at: new Date(performance.timeOrigin).toISOString(),
    url,
    calls_running: gateway.calls.all().length,
    connections,
    waiting,
    hosts: Object.fromEntries(
      hostStandings.map((state) => [state, standings.filter((standing) => standing === state).length]),
    ),
    jobs_running: await countOf(gateway.jobs.unended()),
    approvals_pending: await countOf(gateway.approvals.pending()),
    locks: gateway.locks.count,
    audit_export: exports.map((one) => ({
      sink: one.kind,
      lag_s: Math.round(one.lagMs / 1000),
      problem: one.problem() ?? null,
    })),
    problems: [...running.problems()],
    warnings: [...(await running.warnings())],
  };
}

/** For people. */
export function statusLines(status: RunningStatus | undefined): readonly string[] {
  if (status === undefined) return ['No gateway serves on this DATA_DIR'];
  const { url, version: runs, pid, started_at: since, hosts, problems, warnings } = status;
  const servers = Object.entries(hosts).flatMap(([state, number]) => (number === 0 ? [] : [`${number} ${state}`]));
  return [
    `Serving: ${url} (version ${runs}, process ${pid}, up ${upFor(since)})`,
    `Calls running: ${status.calls_running}, connections: ${status.connections}, calls waiting for one: ${status.waiting}`,
    `Servers: ${servers.length === 0 ? 'none' : servers.join(', ')}`,
    `Jobs running: ${status.jobs_running ?? 'unknown'}, approvals pending: ${status.approvals_pending ?? 'unknown'}, locks: ${status.locks}`,
    ...status.audit_export.map(({ sink, lag_s: lag }) => `Audit export (${sink}): ${lag} s behind`),
    ...problems.map((problem) => `✗ ${problem}`),
    ...warnings.map((warning) => `! ${warning}`),
  ];
}

function upFor(since: string): string {
  const minutes = Math.max(0, Math.floor((Date.now() - Date.parse(since)) / 60_000));
  const [days, hours] = [Math.floor(minutes / 1440), Math.floor(minutes / 60) % 24];
  return [days > 0 ? `${days} d ` : '', minutes >= 60 ? `${hours} h ` : '', `${minutes % 60} min`].join('');
}
