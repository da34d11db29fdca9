import { join } from 'node:path';
import { readCursor } from './audit/export/cursor.ts';
import { AuditExporter } from './audit/export/exporter.ts';
import { fileSink } from './audit/export/file-sink.ts';
import type { AuditSink } from './audit/export/sink.ts';
import { syslogSink } from './audit/export/syslog-sink.ts';
import { webhookSink } from './audit/export/webhook-sink.ts';
import { putAsideFiles } from './audit/log-file.ts';
import { AuditRetention } from './audit/retention.ts';
import type { Log } from './base/log.ts';
import { OpenedWhenUsed } from './base/opened-when-used.ts';
import type { Secret } from './base/secret.ts';
import { SignedWebhook } from './base/webhook/signed-webhook.ts';
import { exportCursor, openAuditRecords, version, type AuditRecords } from './compose-stores.ts';
import type { Config } from './config/load.ts';
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

/** What copies the audit elsewhere, one for each place that is configured. */
export interface AuditExports extends AsyncDisposable {
  readonly all: readonly AuditExporter[];
}

/** To be opened before the trail, and so closed after it, with its last records. */
export function openExports(config: Config, log: Log): AuditExports {
  const opened = new OpenedWhenUsed(() => openAuditRecords(config, log));
  const records = (): Promise<AuditRecords | undefined> => opened.get();
  const all = sinksOf(config).map(
    (sink) => new AuditExporter({ sink, cursorFile: exportCursor(config, sink.kind), records, log }),
  );
  return {
    all,
    async [Symbol.asyncDispose]() {
      await Promise.all(all.map((one) => one[Symbol.asyncDispose]()));
      await (await opened.ifOpen())?.[Symbol.asyncDispose]();
    },
  };
}

/** Undefined where the audit is kept for ever. To be closed before the writer is. */
export function openRetention(
  config: Config,
  {
    writer,
    exports,
    log,
  }: { readonly writer: RecoveringAuditWriter; readonly exports: AuditExports; readonly log: Log },
): AuditRetention | undefined {
  const { auditRetentionDays: days, logsDir, use } = config;
  if (days === undefined || use === 'operator') return undefined;
  const exportedTo = async (): Promise<number> => {
    const cursors = exports.all.map(({ kind }) => readCursor(exportCursor(config, kind)));
    return Math.min(Number.MAX_SAFE_INTEGER, ...(await Promise.all(cursors)).map(({ position }) => position));
  };
  const files = putAsideFiles(join(logsDir, 'audit.log'));
  return new AuditRetention({ keptMs: days * 24 * 3_600_000, cut: (old) => writer.cut(old), exportedTo, files, log });
}

function sinksOf(config: Config): readonly AuditSink[] {
  if (config.use === 'operator') return [];
  const { auditExportFile: file, auditExportSyslog: syslog, auditExportWebhookPrivate: isPrivate } = config;
  const { auditExportWebhookUrl: url, auditExportWebhookSecret: secret } = config;
  const reach = isPrivate ? 'also_private' : 'public';
  const privateSetting = 'AUDIT_EXPORT_WEBHOOK_PRIVATE';
  return [
    ...(file === undefined ? [] : [fileSink(file)]),
    ...(syslog === undefined ? [] : [syslogSink(syslog)]),
    ...(url && secret ? [webhookSink(new SignedWebhook({ url, secret, reach, privateSetting }))] : []),
  ];
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
