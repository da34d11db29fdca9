import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { AuditLogFile } from '../../src/audit/log-file.ts';
import { BoundedRefusals } from '../../src/audit/bounded-refusals.ts';
import { refusedLogin, refusedRequest } from '../../src/audit/event-record.ts';
import { silentLog } from '../../src/base/log.ts';
import { openAuditWriter } from '../../src/storage/audit-writer.ts';
import type { PrincipalId } from '../../src/identity/caller.ts';
import { aCaller } from '../fixtures/callers.ts';
import { temporaryFolder } from '../fixtures/temporary-folder.ts';

describe('requests with a token that nobody knows', () => {
  it('are recorded one by one at first, and counted when somebody guesses', async () => {
    using folder = temporaryFolder();
    const writer = openAuditWriter({ path: join(folder.path, 'audit.db'), version: '0', log: silentLog });
    const logFile = new AuditLogFile({ path: join(folder.path, 'logs/audit.log'), log: silentLog });
    const refused = new BoundedRefusals({ writer, logFile, log: silentLog, single: 20 });
    for (let n = 0; n < 1000; n += 1) refused.record(refusedLogin('192.0.2.7'));
    refused[Symbol.dispose]();
    await logFile.close();
    await writer.close();
    const lines = readFileSync(join(folder.path, 'logs/audit.log'), 'utf8').trim().split('\n');
    const records = lines.map((line) => JSON.parse(line) as { metadata: Record<string, unknown> });
    expect(records.length).toBe(21);
    expect(records[0]).toMatchObject({
      event_type: 'authentication',
      result: 'denied',
      token_name: null,
      metadata: { remote_address: '192.0.2.7', code: 'unauthenticated' },
    });
    expect(records.at(-1)).toMatchObject({ metadata: { more_refused: 980 } });
  });
});

describe('requests over the limit', () => {
  it('are recorded for each principal, those of very many principals together', async () => {
    using folder = temporaryFolder();
    const writer = openAuditWriter({ path: join(folder.path, 'audit.db'), version: '0', log: silentLog });
    const logFile = new AuditLogFile({ path: join(folder.path, 'audit.log'), log: silentLog });
    const refused = new BoundedRefusals({ writer, logFile, log: silentLog, single: 1 });
    for (let n = 0; n < 3_000; n += 1) {
      const principal = `token:${n % 1_500}` as PrincipalId;
      refused.record(refusedRequest(aCaller({ principal, name: `t${n % 1_500}` }), 'Rate limit exceeded'));
    }
    refused[Symbol.dispose]();
    await logFile.close();
    await writer.close();
    const lines = readFileSync(join(folder.path, 'audit.log'), 'utf8').trim().split('\n');
    const records = lines.map(
      (line) => JSON.parse(line) as { token_name: string; metadata: { more_refused?: number } },
    );
    expect(records.filter(({ token_name: name }) => name === 't0')).toMatchObject([
      {},
      { metadata: { more_refused: 1 } },
    ]);
    expect(records).toHaveLength(2_002);
    expect(records.reduce((sum, { metadata }) => sum + (metadata.more_refused ?? 1), 0)).toBe(3_000);
  });
});

describe('audit.log', () => {
  it('says that it cannot be written, and goes on by itself when it can', async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, 'file/audit.log');
    const { writeFileSync, rmSync } = await import('node:fs');
    writeFileSync(join(folder.path, 'file'), 'in the way');
    const writer = openAuditWriter({ path: join(folder.path, 'audit.db'), version: '0', log: silentLog });
    const logFile = new AuditLogFile({ path, log: silentLog });
    const refused = new BoundedRefusals({ writer, logFile, log: silentLog, single: 20 });
    refused.record(refusedLogin('192.0.2.7'));
    await expect.poll(() => logFile.problem()).toBe('audit.log cannot be written');
    rmSync(join(folder.path, 'file'));
    refused.record(refusedLogin('192.0.2.8'));
    await expect.poll(() => logFile.problem()).toBeUndefined();
    expect(readFileSync(path, 'utf8')).toContain('192.0.2.8');
    refused[Symbol.dispose]();
    await writer.close();
  });
});
