import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { verifyRecords } from '../audit/verify.ts';
import { SqlAuditStore } from '../storage/audit-store.ts';
import { openDatabase } from '../storage/database.ts';
import { Failed } from './exit-code.ts';
import { openConfig, type CommonOptions } from './open-config.ts';
import { createScreen } from './screen.ts';

const busyTimeoutMs = 10_000;

/** Recomputes the audit chain. Fails when a record was changed, added or removed, and when there is no audit at all. */
export async function auditVerify(options: CommonOptions): Promise<void> {
  const screen = createScreen(options);
  const { config, log } = await openConfig(options);
  const path = join(config.dataDir, 'audit.db');
  if (!existsSync(path)) {
    const json = { ok: false, records: 0, first_bad: null, error: `${path} does not exist` };
    screen.show({ text: [`✗ ${path} does not exist`], json });
    throw new Failed('no audit');
  }
  await using database = await openDatabase(
    { kind: 'sqlite', path, durability: 'full', busyTimeoutMs },
    { areas: ['audit'], log },
  );
  const result = await verifyRecords(new SqlAuditStore(database.sql).records());
  const { records, first_bad: bad, open_calls: open } = result;
  const text = bad
    ? [`✗ ${path}: chain ${bad.chain}, record ${bad.seq}: ${bad.reason}`]
    : [`✓ ${records} records, every one as it was written. Calls without an outcome: ${open}`];
  screen.show({ text, json: result });
  if (!result.ok) throw new Failed('the audit does not verify');
}
