import { randomUUID } from 'node:crypto';
import type { Log } from '../base/log.ts';
import type { OutcomeRecord } from './event.ts';
import type { AuditLogFile } from './log-file.ts';
import type { AuditWriter } from './trail.ts';

/** Refusals recorded one by one in a minute; the rest of the minute is counted. Guessing must not fill the disk. */
const singleRecords = 20;
const windowMs = 60_000;

/** Records requests whose credential nobody knows: they are refused at the door, before there is a call. */
export class RefusedLogins implements Disposable {
  readonly #parts: { readonly writer: AuditWriter; readonly logFile: AuditLogFile; readonly log: Log };
  #inWindow = 0;
  #window: NodeJS.Timeout | undefined;

  constructor(parts: { readonly writer: AuditWriter; readonly logFile: AuditLogFile; readonly log: Log }) {
    this.#parts = parts;
  }

  record(remoteAddress: string): void {
    this.#window ??= setTimeout(() => this.#endWindow(), windowMs).unref();
    this.#inWindow += 1;
    if (this.#inWindow <= singleRecords) this.#write({ remote_address: remoteAddress });
  }

  [Symbol.dispose](): void {
    if (this.#window !== undefined) this.#endWindow();
  }

  #endWindow(): void {
    clearTimeout(this.#window);
    this.#window = undefined;
    const uncounted = this.#inWindow - singleRecords;
    this.#inWindow = 0;
    if (uncounted > 0) this.#write({ more_refused: uncounted });
  }

  #write(metadata: Readonly<Record<string, unknown>>): void {
    const record: OutcomeRecord = {
      kind: 'refusal',
      callId: randomUUID(),
      at: new Date().toISOString(),
      tool: '',
      tokenName: null,
      principal: null,
      eventType: 'authentication',
      result: 'denied',
      serverName: null,
      command: null,
      exitCode: null,
      durationMs: 0,
      error: 'Invalid or disabled token',
      code: 'unauthenticated',
      metadata,
    };
    this.#parts.logFile.append(record);
    this.#parts.writer.note(record).catch((error: unknown) => {
      this.#parts.log.error({ err: error }, 'a refused login could not be recorded');
    });
  }
}
