import { constants, existsSync } from 'node:fs';
import { mkdir, open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import packageJson from '../package.json' with { type: 'json' };
import type { ApprovalStore } from './approvals/approval.ts';
import { Approvals, type ApprovalsParts } from './approvals/approvals.ts';
import { AuditLogFile } from './audit/log-file.ts';
import type { SinkKind } from './audit/export/sink.ts';
import type { AuditStore, AuditWatcher } from './audit/trail.ts';
import { GatewayError } from './base/errors.ts';
import type { Log } from './base/log.ts';
import { Sealing } from './base/sealing.ts';
import { shellWord } from './base/shell-word.ts';
import type { ChangeStore } from './changes/change.ts';
import { Changes } from './changes/changes.ts';
import { SealedFiles } from './changes/sealed-files.ts';
import type { Config } from './config/load.ts';
import type { BudgetStore } from './limits/budgets.ts';
import type { JobStore } from './jobs/jobs.ts';
import type { TokenUseStore } from './identity/token-use.ts';
import type { OAuthStore } from './oauth/oauth-store.ts';
import { openAuditWriter, type RecoveringAuditWriter } from './storage/audit-writer.ts';

export const { version } = packageJson;

const mebibyte = 1024 * 1024;

export interface OpenTrail extends AsyncDisposable {
  readonly writer: RecoveringAuditWriter;
  readonly logFile: AuditLogFile;
}

/** The audit trail of `config`, to be written. Throws `audit_unavailable` where there is no place for it. */
export async function openTrail(config: Config, log: Log, watcher?: AuditWatcher): Promise<OpenTrail> {
  const held = await heldDirectory(config.dataDir);
  const writer = openAuditWriter({ path: auditPath(config), version, log, watcher });
  const logFile = new AuditLogFile({ path: join(config.logsDir, 'audit.log'), log });
  return {
    writer,
    logFile,
    async [Symbol.asyncDispose]() {
      await writer.close();
      await logFile.close();
      await held.close();
    },
  };
}

/** Held open for as long as we run: whoever would put back a backup sees by it that somebody uses the directory. */
async function heldDirectory(path: string): Promise<FileHandle> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
    return await open(path, constants.O_RDONLY | constants.O_DIRECTORY);
  } catch (cause) {
    const message = `${path} cannot be made, and nothing is done that cannot be recorded there. Mend it, or set DATA_DIR.`;
    throw new GatewayError('audit_unavailable', message, { cause });
  }
}

/** The audit trail of `config`, to be read; undefined where there is none yet. The caller closes it. */
export async function openAuditRecords(config: Config, log: Log): Promise<AuditRecords | undefined> {
  const path = auditPath(config);
  if (!existsSync(path)) return undefined;
  const location = { kind: 'sqlite', path, durability: 'full', busyTimeoutMs: 10_000 } as const;
  // Loaded late: what serves calls has its audit trail in a thread.
  const [{ openDatabase }, { SqlAuditStore }] = await Promise.all([
    import('./storage/database.ts'),
    import('./storage/audit-store.ts'),
  ]);
  const database = await openDatabase(location, { areas: ['audit'], log });
  const store = new SqlAuditStore(database.sql);
  return {
    records: () => store.records(),
    cuts: () => store.cuts(),
    after: (position, limit) => store.after(position, limit),
    before: (position, limit) => store.before(position, limit),
    [Symbol.asyncDispose]: () => database.close(),
  };
}

export interface AuditRecords extends AsyncDisposable, Pick<AuditStore, 'records' | 'cuts' | 'after' | 'before'> {}

export function auditPath(config: Config): string {
  return join(config.dataDir, 'audit.db');
}

/** How far the audit has been copied to that place. */
export function exportCursor(config: Config, kind: SinkKind): string {
  return join(config.dataDir, `audit-export-${kind}.json`);
}

/** When each token was last used. The caller closes it. */
export async function openTokenUses(config: Config, log: Log): Promise<TokenUseStore> {
  // Loaded late: a stdio without tokens never needs it.
  const { openTokenUseStore, stateFile } = await import('./storage/token-use-store.ts');
  return openTokenUseStore({ location: stateFile(statePath(config)), log });
}

/** The jobs of all callers. The caller closes it. */
export async function openJobs(config: Config, log: Log): Promise<JobStore> {
  const { openJobStore } = await import('./storage/job-store.ts');
  return await openJobStore({ kind: 'sqlite', path: statePath(config), durability: 'full', busyTimeoutMs: 50 }, log);
}

/** What callers have used of their daily budgets. The caller closes it. */
export async function openBudgets(config: Config, log: Log): Promise<BudgetStore> {
  // Loaded late: most gateways set none.
  const { openBudgetStore } = await import('./storage/budget-store.ts');
  return await openBudgetStore(
    { kind: 'sqlite', path: statePath(config), durability: 'normal', busyTimeoutMs: 50 },
    log,
  );
}

/** What was changed on the hosts. The caller closes it. */
async function openChanges(config: Config, log: Log): Promise<ChangeStore> {
  // Loaded late: most calls change nothing.
  const [{ openChangeStore }, { stateFile }] = await Promise.all([
    import('./storage/change-store.ts'),
    import('./storage/token-use-store.ts'),
  ]);
  return await openChangeStore(stateFile(statePath(config)), log);
}

/** What was changed, with what it was before. The caller disposes it. */
export function openChangesOf(config: Config, log: Log): Changes {
  const { dataDir, undoMaxFileMb, undoMaxTotalMb, undoDays, undoRequired } = config;
  return new Changes({
    openStore: () => openChanges(config, log),
    files: new SealedFiles({ directory: join(dataDir, 'changes'), keyFile: join(dataDir, 'changes.key') }),
    limits: {
      maxFileBytes: undoMaxFileMb * mebibyte,
      maxTotalBytes: undoMaxTotalMb * mebibyte,
      maxAgeMs: undoDays * 24 * 3_600_000,
      unkept: undoRequired ? 'refused' : 'made',
    },
    log,
  });
}

/** As it must be typed in another terminal, wherever that is and whatever its environment says. */
function approveCommand({ use, dataDir, environment }: Config): string {
  if (use !== 'stdio') return 'sallyport approvals approve';
  const place = environment()['DATA_DIR'] === undefined ? '' : `DATA_DIR=${shellWord(dataDir)} `;
  return `${place}sallyport approvals approve --personal`;
}

/** Questions to people, and their answers. Opens nothing before it is needed; the caller disposes it. */
export function openApprovals(
  config: Config,
  parts: Pick<ApprovalsParts, 'asking' | 'records' | 'log'> &
    Partial<Pick<ApprovalsParts, 'approveUrl' | 'onAsked' | 'onEnded'>>,
): Approvals {
  const openStore = async (): Promise<ApprovalStore> => {
    // Loaded late: most calls ask nobody.
    const [{ openApprovalStore }, { stateFile }] = await Promise.all([
      import('./storage/approval-store.ts'),
      import('./storage/token-use-store.ts'),
    ]);
    return await openApprovalStore(stateFile(statePath(config)), parts.log);
  };
  const sealing = new Sealing(join(config.dataDir, 'approvals.key'));
  return new Approvals({ approveUrl: () => undefined, ...parts, openStore, sealing, command: approveCommand(config) });
}

/** What the authorization server keeps. The caller closes it. */
export async function openOAuthRecords(config: Config, log: Log): Promise<OAuthStore> {
  const { openOAuthStore } = await import('./storage/oauth-store.ts');
  return await openOAuthStore({ kind: 'sqlite', path: statePath(config), durability: 'full', busyTimeoutMs: 250 }, log);
}

/** A copy of a store's file, as of one moment, while others write. */
export async function copyStore(from: string, to: string): Promise<void> {
  const { copyDatabase } = await import('./storage/copy-database.ts');
  await copyDatabase(from, to);
}

export function statePath(config: Config): string {
  return join(config.dataDir, 'state.db');
}
