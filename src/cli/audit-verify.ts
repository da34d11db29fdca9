import { cutsByChain } from '../audit/chain-cut.ts';
import { verifyRecords, type Verification } from '../audit/verify.ts';
import { auditPath, openAuditRecords, type AuditRecords } from '../compose-stores.ts';
import { Failed } from './exit-code.ts';
import { openConfig, type CommonOptions } from './open-config.ts';
import { createScreen } from './screen.ts';

async function verify(audit: AuditRecords): Promise<Verification> {
  return await verifyRecords(audit.records(), cutsByChain(await audit.cuts()));
}

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
  const looked = await verify(audit);
  // Where chains were removed for their age between two looks, one of them was too early.
  const result = looked.ok ? looked : await verify(audit);
  const { records, first_bad: bad, open_calls: open } = result;
  const text = bad
    ? [`✗ ${path}: chain ${bad.chain}, record ${bad.seq}: ${bad.reason}`]
    : [`✓ ${records} records, every one as it was written. Calls without an outcome: ${open}`];
  screen.show({ text, json: result });
  if (!result.ok) throw new Failed('the audit does not verify');
}
