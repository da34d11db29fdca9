import type { Log } from './base/log.ts';
import type { Secret } from './base/secret.ts';
import { version } from './compose-stores.ts';
import { Metrics } from './metrics/metrics.ts';
import { observersOf, type Observers } from './metrics/observers.ts';
import { openMetricsType } from './metrics/open-metrics.ts';
import { GatewayReadings, type Observed } from './metrics/readings.ts';
import type { Tool } from './tools/tool.ts';
import type { RecoveringAuditWriter } from './storage/audit-writer.ts';

/** Who looks on: what the parts tell, and where it can be read. */
export interface Observation {
  readonly metrics: Metrics;
  readonly observers: Observers;
}

export function openObservation(tools: readonly Tool[]): Observation {
  const metrics = new Metrics();
  return { metrics, observers: observersOf(metrics, new Set(tools.map(({ name }) => name))) };
}

/** The figures, for whoever brings `token`. */
export interface ServedMetrics extends Disposable {
  readonly token: Secret;
  readonly contentType: string;
  readonly text: () => Promise<string>;
}

/** Undefined where nobody may read them: then nothing is measured that costs anything between calls. */
export function serveMetrics(
  token: Secret | undefined,
  { metrics, observers }: Observation,
  parts: Omit<Observed, 'lastAuditWrite' | 'version'>,
): ServedMetrics | undefined {
  if (token === undefined) return undefined;
  const readings = new GatewayReadings({ ...parts, lastAuditWrite: observers.lastAuditWrite, version });
  return {
    token,
    contentType: openMetricsType,
    text: async () => metrics.text(await readings.read()),
    [Symbol.dispose]: () => readings[Symbol.dispose](),
  };
}

/** Calls whose process died under them are recorded once as `unknown`, and the operator is told. */
export async function reportLostCalls(writer: RecoveringAuditWriter, log: Log): Promise<void> {
  try {
    for (const { callId, tool, serverName, command, at } of await writer.recover()) {
      log.warn(
        { callId, tool, serverName, command, at },
        'a call was lost with its process: nobody knows how it ended',
      );
    }
  } catch (error) {
    log.error({ err: error }, 'calls of earlier processes could not be looked up');
  }
}
