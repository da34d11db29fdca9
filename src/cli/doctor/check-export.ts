import type { Log } from '../../base/log.ts';
import { readCursor } from '../../audit/export/cursor.ts';
import type { SinkKind } from '../../audit/export/sink.ts';
import { exportCursor, openAuditRecords, type AuditRecords } from '../../compose-stores.ts';
import type { Config } from '../../config/load.ts';
import { ok, type Finding } from './finding.ts';

/** More wait in a moment of much work, or since the gateway was stopped. */
const manyRecords = 1_000;

/** Whether the audit is copied where it is to be. */
export async function checkExport(config: Config, log: Log): Promise<readonly Finding[]> {
  const kinds = configured(config);
  if (kinds.length === 0) return [];
  await using records = await openAuditRecords(config, log);
  if (records === undefined) return [];
  const findings: Finding[] = [];
  for (const kind of kinds) findings.push(await checkSink(kind, await readCursor(exportCursor(config, kind)), records));
  return findings;
}

function configured(config: Config): readonly SinkKind[] {
  const { auditExportFile: file, auditExportSyslog: syslog, auditExportWebhookUrl: webhook } = config;
  return Object.entries({ file, syslog, webhook }).flatMap(([kind, where]): readonly SinkKind[] =>
    where === undefined || (kind !== 'file' && kind !== 'syslog' && kind !== 'webhook') ? [] : [kind],
  );
}

async function checkSink(
  kind: SinkKind,
  { position }: { readonly position: number },
  records: AuditRecords,
): Promise<Finding> {
  const check = `audit export (${kind})`;
  const waiting = (await records.after(position, manyRecords)).length;
  if (waiting < manyRecords) return ok(check, waiting === 0 ? 'Every record is copied' : `${waiting} records wait`);
  const fix =
    'see the log for why: grep "could not be exported" mcp-ssh.log. They are copied once it can be done, and none is lost';
  return { check, level: 'warning', message: `${manyRecords} records or more wait to be copied`, fix };
}
