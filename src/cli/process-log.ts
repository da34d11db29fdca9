import { join } from 'node:path';
import { Redactor } from '../audit/redact.ts';
import { LogLines } from '../base/log-lines.ts';
import { createLog, type Log } from '../base/log.ts';
import type { Config } from '../config/load.ts';

/** As in the first seed. */
const rotation = { maxBytes: 10 * 1024 * 1024, backups: 5 };

export interface ProcessLog extends AsyncDisposable {
  readonly log: Log;
  /** Takes the secrets it is told out of every line. */
  readonly redactor: Redactor;
}

/** The log of a process that serves: on standard error, and in the first seed's `mcp-ssh.log`, as far as that can be written. */
export function openProcessLog(config: Config): ProcessLog {
  const redactor = new Redactor();
  const clean = (line: string): string => redactor.redactText(line);
  const stderr = createLog(config.logLevel, { clean });
  const path = join(config.logsDir, 'mcp-ssh.log');
  const onProblem = (error: unknown): void => stderr.warn({ err: error }, `${path} cannot be written`);
  const file = new LogLines({ path, ...rotation, onProblem });
  const log = createLog(config.logLevel, { clean, copyTo: file });
  for (const warning of config.warnings) log.warn(warning);
  return { log, redactor, [Symbol.asyncDispose]: () => file[Symbol.asyncDispose]() };
}
