import { LogLines } from '../base/log-lines.ts';
import { escapeHiddenInJson } from '../base/untrusted-text.ts';
import type { Log } from '../base/log.ts';
import type { OutcomeRecord } from './event.ts';

/** As in the first seed. */
const rotation = { maxBytes: 10 * 1024 * 1024, backups: 10 };

/**
 * `audit.log`: one JSON line per outcome or refusal, with the first seed's field names.
 *
 * A convenience beside `audit.db`, which alone decides whether anything may run: when this file cannot be written, the
 * operator is told.
 */
export class AuditLogFile {
  readonly #lines: LogLines;

  constructor({ path, log }: { readonly path: string; readonly log: Log }) {
    const onProblem = (error: unknown): void =>
      log.warn({ err: error }, 'audit.log cannot be written; audit.db goes on');
    this.#lines = new LogLines({ path, ...rotation, onProblem });
  }

  append(record: OutcomeRecord): void {
    this.#lines.append(`${escapeHiddenInJson(JSON.stringify(toLine(record)))}\n`);
  }

  /** Undefined while lines can be written; else why not. */
  problem(): string | undefined {
    return this.#lines.isFailing ? 'audit.log cannot be written' : undefined;
  }

  async close(): Promise<void> {
    await this.#lines[Symbol.asyncDispose]();
  }
}

/** Where the lines are that were put aside. */
export function putAsideFiles(path: string): readonly string[] {
  return Array.from({ length: rotation.backups }, (_, place) => `${path}.${place + 1}`);
}

function toLine(record: OutcomeRecord): object {
  return {
    timestamp: record.at,
    event_type: record.eventType,
    token_name: record.tokenName,
    ...(record.serverName !== null && { server_name: record.serverName }),
    ...(record.command !== null && { command: record.command }),
    result: record.result,
    ...(record.exitCode !== null && { exit_code: record.exitCode }),
    duration_ms: record.durationMs,
    ...(record.error !== null && { error: record.error }),
    metadata: { ...record.metadata, call_id: record.callId, ...(record.code !== null && { code: record.code }) },
  };
}
