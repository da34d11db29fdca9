import { randomUUID } from 'node:crypto';
import type { Log } from '../base/log.ts';
import type { OutcomeRecord } from './event.ts';
import type { AuditLogFile } from './log-file.ts';
import type { AuditWriter } from './trail.ts';

export interface BoundedRefusalsOptions {
  readonly writer: AuditWriter;
  readonly logFile: AuditLogFile;
  readonly log: Log;
  /** Refusals of one source in a minute that are recorded one by one. */
  readonly single: number;
}

interface Window {
  readonly timer: NodeJS.Timeout;
  readonly first: OutcomeRecord;
  readonly count: number;
}

const windowMs = 60_000;
/** Sources told apart in a minute; any more share one window. */
const maxSources = 1_000;

/**
 * Records refusals that somebody can cause as often as they like: the first of each source in a minute one by one, the
 * rest of that minute as a number. Hammering must not fill the disk.
 */
export class BoundedRefusals implements Disposable {
  readonly #options: BoundedRefusalsOptions;
  readonly #windows = new Map<string, Window>();

  constructor(options: BoundedRefusalsOptions) {
    this.#options = options;
  }

  record(refusal: OutcomeRecord, source = refusal.principal ?? ''): void {
    const key = this.#windows.has(source) || this.#windows.size < maxSources ? source : '';
    const { timer, first, count } = this.#windows.get(key) ?? this.#newWindow(key, refusal);
    this.#windows.set(key, { timer, first, count: count + 1 });
    if (count < this.#options.single) this.#write(refusal);
  }

  [Symbol.dispose](): void {
    for (const key of this.#windows.keys()) this.#endWindow(key);
  }

  #newWindow(key: string, first: OutcomeRecord): Window {
    return { timer: setTimeout(() => this.#endWindow(key), windowMs).unref(), first, count: 0 };
  }

  #endWindow(key: string): void {
    const window = this.#windows.get(key);
    if (window === undefined) return;
    clearTimeout(window.timer);
    this.#windows.delete(key);
    const more = window.count - this.#options.single;
    if (more <= 0) return;
    const now = { callId: randomUUID(), at: new Date().toISOString() };
    this.#write({ ...window.first, ...now, metadata: { more_refused: more } });
  }

  #write(refusal: OutcomeRecord): void {
    const { writer, logFile, log } = this.#options;
    logFile.append(refusal);
    writer.note(refusal).catch((error: unknown) => {
      log.error({ err: error, event: refusal.eventType }, 'a refusal could not be recorded');
    });
  }
}
