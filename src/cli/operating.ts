import type { Command } from 'commander';
import type { AuditExportOptions } from './audit-export.ts';
import type { AuditReportOptions } from './audit-report.ts';
import type { AuditSearchOptions, AuditTailOptions } from './audit-read.ts';
import type { RestoreOptions } from './backup/restore.ts';
import { command } from './command.ts';
import type { CopyOptions } from './copy.ts';
import type { DoctorOptions } from './doctor/doctor.ts';
import type { HealthcheckOptions } from './healthcheck.ts';
import type { LockOptions, UnlockOptions } from './locks.ts';
import type { CommonOptions } from './open-config.ts';
import type { RunOnOptions } from './run-on.ts';

/** The commands of whoever keeps the gateway running. */
export function addOperating(program: Command): void {
  command(program, 'doctor', 'look for what is wrong with this set-up, and say how it is mended')
    .option('--offline', 'look at files alone: no server is logged in to')
    .action(async (options: DoctorOptions) => (await import('./doctor/doctor.ts')).doctor(options));
  command(program, 'healthcheck', 'ask the gateway that serves here whether it is alive')
    .option('--ready', 'whether it can serve calls at this moment')
    .action(async (options: HealthcheckOptions) => (await import('./healthcheck.ts')).healthcheck(options));
  addLocks(program);
  addBackup(program);
  addRunning(program);
  addAudit(program);
}

function addLocks(program: Command): void {
  const target = (verb: 'lock' | 'unlock', description: string): Command =>
    command(program, verb, description)
      .option('--caller <name>', 'whoever has a token of this name or address, over OAuth too')
      .option('--host <name>', 'a server, or a pattern such as web-*')
      .option('--label <name=value>', 'servers with this label')
      .option('--tag <name>', 'servers with this tag')
      .option('--all', 'everything');
  target('lock', 'refuse new calls and end what runs, jobs included, until it is unlocked')
    .option('--reason <text>', 'told to those who are refused')
    .option('--list', 'show what is locked')
    .action(async (options: LockOptions) => (await import('./locks.ts')).lock(options));
  target('unlock', 'take a lock off: with the options that set it')
    .option('--every', 'all locks')
    .action(async (options: UnlockOptions) => (await import('./locks.ts')).unlock(options));
}

function addBackup(program: Command): void {
  command(program, 'backup', 'copy configuration, keys and data into a new directory; the gateway may run meanwhile')
    .argument('<directory>')
    .action(async (directory: string, options: CommonOptions) =>
      (await import('./backup/backup.ts')).backup(directory, options),
    );
  command(program, 'restore', 'put them back; the gateway must not run')
    .argument('<directory>')
    .option('--replace', 'put aside what is there')
    .option('--yes', 'do not ask')
    .action(async (directory: string, options: RestoreOptions) =>
      (await import('./backup/restore.ts')).restore(directory, options),
    );
}

function addRunning(program: Command): void {
  command(program, 'run', 'run a command on servers, as a call of yours: recorded, and ended when you interrupt it')
    .argument('<selector>', 'names, patterns (web-*), tag:x, label=value, !x to leave out; by commas')
    .argument('<command...>', 'the command, after --')
    .option('--timeout <seconds>', 'for each server')
    .option('--max-parallel <count>', 'servers at a time')
    .option('--batch-size <share>', 'rolling: so many, or 25%, at a time')
    .option('--batch-pause <seconds>', 'between batches')
    .option('--canary <count>', 'so many first; go on only if all succeed')
    .option('--stop-on-errors <share>', 'start no more once so many, or 10%, failed')
    .option('--normalize', 'take answers as equal that differ in host names, addresses and times alone')
    .action(async (selector: string, words: readonly string[], options: RunOnOptions) =>
      (await import('./run-on.ts')).runOn(selector, words, options),
    );
  command(program, 'cp', 'copy a file or a directory from or to a server, or between two')
    .argument('<from>', 'a path here, or NAME:/path')
    .argument('<to>', 'its new path, name included')
    .option('--overwrite <when>', 'files that exist: never, if_changed or always (never)')
    .action(async (from: string, to: string, options: CopyOptions) =>
      (await import('./copy.ts')).copy(from, to, options),
    );
}

function addAudit(program: Command): void {
  const audit = program.command('audit').helpCommand(false).description('the record of what was done');
  command(audit, 'verify', 'check that no record was changed, added or removed').action(
    async (options: CommonOptions) => (await import('./audit-verify.ts')).auditVerify(options),
  );
  command(audit, 'tail', 'the newest records')
    .option('-n, --lines <count>', 'how many (20)')
    .option('-f, --follow', 'go on with what comes')
    .action(async (options: AuditTailOptions) => (await import('./audit-read.ts')).auditTail(options));
  command(audit, 'search', 'the newest records that are of what is asked for')
    .option('--caller <name>', 'name of a token, or a principal')
    .option('--server <name>')
    .option('--tool <name>')
    .option('--result <result>', 'success, failed, denied, blocked or unknown')
    .option('--call <id>', 'the id of one call')
    .option('--contains <text>', 'anywhere in the record')
    .option('--since <time>', '2026-01-31T08:00:00Z, or 30m, 2h, 3d ago')
    .option('--until <time>')
    .option('--limit <count>', 'how many (100)')
    .action(async (options: AuditSearchOptions) => (await import('./audit-read.ts')).auditSearch(options));
  command(audit, 'report', 'what was done, by caller, server and tool, and what was refused')
    .option('--since <time>', '2026-01-31T08:00:00Z, or 30m, 2h, 3d ago (7d)')
    .option('--until <time>')
    .action(async (options: AuditReportOptions) => (await import('./audit-report.ts')).auditReport(options));
  command(audit, 'export', 'the records as they are stored, a JSON line each, with their hashes')
    .option('--after <position>', 'only those after this position: the last one of the export before')
    .option('--output <file>', 'a new file, instead of standard output')
    .action(async (options: AuditExportOptions) => (await import('./audit-export.ts')).auditExport(options));
}
