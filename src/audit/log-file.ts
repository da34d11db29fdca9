import { appendFile, mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { hasErrorCode } from '../base/error-code.ts';
import type { Log } from '../base/log.ts';
import type { OutcomeRecord } from './event.ts';

/** Lines are written together, this long after the first of them. */
const delayMs = 20;

/**
 * `audit.log`: one JSON line per outcome or refusal, with the first seed's field names.
 *
 * A convenience beside `audit.db`, which alone decides whether anything may run: when this file cannot be written, the
 * operator is told. It is opened anew for each batch of lines, so that log rotation by rename needs no signal.
 */
export class AuditLogFile {
  readonly #path: string;
  readonly #log: Log;
  #waiting: string[] = [];
  #writing: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  #problem: string | undefined;

  constructor({ path, log }: { readonly path: string; readonly log: Log }) {
    this.#path = path;
    this.#log = log;
  }

  append(record: OutcomeRecord): void {
    this.#waiting.push(`${JSON.stringify(toLine(record))}\n`);
    this.#timer ??= setTimeout(() => void this.#writeWaiting(), delayMs);
  }

  /** Undefined while lines can be written; else why not. */
  problem(): string | undefined {
    return this.#problem;
  }

  async close(): Promise<void> {
    await this.#writeWaiting();
  }

  #writeWaiting(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const lines = this.#waiting.join('');
    this.#waiting = [];
    this.#writing = this.#writing.then(() => this.#write(lines));
    return this.#writing;
  }

  async #write(lines: string): Promise<void> {
    if (lines === '') return;
    try {
      await appendFile(this.#path, lines, { mode: 0o600 }).catch(async (error: unknown) => {
        if (!hasErrorCode(error, 'ENOENT')) throw error;
        await mkdir(dirname(this.#path), { recursive: true, mode: 0o700 });
        await appendFile(this.#path, lines, { mode: 0o600 });
      });
      this.#problem = undefined;
    } catch (error) {
      if (this.#problem === undefined) this.#log.warn({ err: error }, 'audit.log cannot be written; audit.db goes on');
      this.#problem = 'audit.log cannot be written';
    }
  }
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
