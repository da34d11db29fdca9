import { describe, expect, it } from 'vitest';
import { checkExport } from '../../../src/cli/doctor/check-export.ts';
import { silentLog } from '../../../src/base/log.ts';
import { loadConfig } from '../../../src/config/load.ts';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { anIntent } from '../../fixtures/audit-records.ts';
import { aWriterAtWork } from '../../fixtures/audit-writer.ts';

describe('what doctor says of an export', () => {
  it('is how much waits, and a warning where that is much', async () => {
    await using work = await aWriterAtWork();
    const environment = { DATA_DIR: work.folder, AUDIT_EXPORT_FILE: join(work.folder, 'copy.jsonl') };
    const config = await loadConfig({ use: 'operator', flags: {}, environment, workingDir: work.folder });
    const cursor = (position: number): void =>
      writeFileSync(join(work.folder, 'audit-export-file.json'), JSON.stringify({ position, hash: '' }));
    const check = 'audit export (file)';
    cursor(2);
    expect(await checkExport(config, silentLog)).toEqual([{ check, level: 'ok', message: 'Every record is copied' }]);
    cursor(1);
    expect(await checkExport(config, silentLog)).toEqual([{ check, level: 'ok', message: '1 records wait' }]);
    await Promise.all(Array.from({ length: 1_000 }, (_, n) => work.writer.append(anIntent(`call ${n}`))));
    expect(await checkExport(config, silentLog)).toMatchObject([{ check, level: 'warning' }]);
    const none = await loadConfig({
      use: 'operator',
      flags: {},
      environment: { DATA_DIR: work.folder },
      workingDir: work.folder,
    });
    expect(await checkExport(none, silentLog)).toEqual([]);
  });
});
