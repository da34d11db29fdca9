import { open, type FileHandle } from 'node:fs/promises';
import { resolve } from 'node:path';
import { hasErrorCode } from '../base/error-code.ts';
import { GatewayError } from '../base/errors.ts';
import { escapeHiddenInJson } from '../base/untrusted-text.ts';
import { withRecords } from './audit-read.ts';
import { UsageError } from './exit-code.ts';
import type { CommonOptions } from './open-config.ts';
import { createScreen } from './screen.ts';

const rowsPerPage = 1_000;

export interface AuditExportOptions extends CommonOptions {
  readonly after?: string;
  readonly output?: string;
}

/**
 * The records as they are stored, a JSON line each, with all that is needed to recompute the chain. `position` of the
 * last line is where to go on: `--after` it, nothing is exported twice.
 */
export async function auditExport(options: AuditExportOptions): Promise<void> {
  const screen = createScreen(options);
  const { after = '0', output } = options;
  if (!/^\d{1,15}$/.test(after)) throw new UsageError('--after takes the position of a record');
  await withRecords(options, screen, async (records) => {
    if (screen.isJson && output === undefined) throw new UsageError('--json needs --output: the records are lines');
    await using target = output === undefined ? undefined : await newFile(resolve(output));
    let [place, count] = [Number(after), 0];
    for (;;) {
      const page = await records.after(place, rowsPerPage);
      const text = page.map((record) => `${escapeHiddenInJson(JSON.stringify(record))}\n`).join('');
      if (target) await target.appendFile(text);
      else process.stdout.write(text);
      place = page.at(-1)?.position ?? place;
      count += page.length;
      if (page.length < rowsPerPage) break;
    }
    await target?.sync();
    if (output === undefined) return;
    screen.show({
      text: [`✓ ${count} records in ${output}. Go on with --after ${place}`],
      json: { success: true, records: count, file: resolve(output), next_after: place },
    });
  });
}

/** Never over a file that is there: it may be the only copy of older records. */
async function newFile(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'ax', 0o600);
  } catch (error) {
    if (!hasErrorCode(error, 'EEXIST')) throw error;
    throw new GatewayError('already_exists', `${path} exists already. Name a file that does not.`);
  }
}
