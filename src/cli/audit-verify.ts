import { verifyRecords } from '../audit/verify.ts';
import { auditPath, openAuditRecords } from '../compose-stores.ts';
import { Failed } from './exit-code.ts';
import { openConfig, type CommonOptions } from './open-config.ts';
import { createScreen } from './screen.ts';

/** Recomputes the audit chain. Fails when a record was changed, added or removed, and when there is no audit at all. */
export async function auditVerify(options: CommonOptions): Promise<void> {
  const screen = createScreen(options);
  const { config, log } = await openConfig(options);
  const path = auditPath(config);
  await using audit = await openAuditRecords(config, log);
  if (audit === undefined) {
    const json = { ok: false, records: 0, first_bad: null, error: `${path} does not exist` };
    screen.show({ text: [`✗ ${path} does not exist`], json });
    throw new Failed('no audit');
  }
  const result = await verifyRecords(audit.records());
  const { records, first_bad: bad, open_calls: open } = result;
  const text = bad
    ? [`✗ ${path}: chain ${bad.chain}, record ${bad.seq}: ${bad.reason}`]
    : [`✓ ${records} records, every one as it was written. Calls without an outcome: ${open}`];
  screen.show({ text, json: result });
  if (!result.ok) throw new Failed('the audit does not verify');
}
