import { rm, stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { hasErrorCode } from '../base/error-code.ts';
import type { Log } from '../base/log.ts';

export interface AuditRetentionOptions {
  readonly keptMs: number;
  /** Removes some of what is older. True where there may be more. */
  readonly cut: (old: { readonly before: number; readonly exportedTo: number }) => Promise<boolean>;
  /** The last position that has been copied wherever it is to be. */
  readonly exportedTo: () => Promise<number>;
  /** Files of lines that were put aside, which need not be there. */
  readonly files: readonly string[];
  readonly log: Log;
  readonly firstMs?: number;
}

const everyMs = 3_600_000;
/** Between two steps, so that calls which wait to be recorded come in between. */
const pauseMs = 50;

/** Removes what is older than the audit is kept: soon after the start, and every hour. Fails no call. */
export class AuditRetention implements AsyncDisposable {
  readonly #options: AuditRetentionOptions;
  readonly #end = new AbortController();
  #timer: NodeJS.Timeout;
  #removing: Promise<void> = Promise.resolve();

  constructor(options: AuditRetentionOptions) {
    this.#options = options;
    this.#timer = setTimeout(() => this.#start(), options.firstMs ?? 10_000).unref();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end.abort();
    clearTimeout(this.#timer);
    await this.#removing;
  }

  #start(): void {
    this.#timer = setTimeout(() => this.#start(), everyMs).unref();
    this.#removing = this.#remove().catch((error: unknown) => {
      this.#options.log.warn({ err: error }, 'old audit records could not be removed; it is tried again in an hour');
    });
  }

  async #remove(): Promise<void> {
    const { keptMs, cut, exportedTo, files } = this.#options;
    const before = Date.now() - keptMs;
    for (const file of files) await removeOld(file, before);
    const old = { before, exportedTo: await exportedTo() };
    while (!this.#end.signal.aborted && (await cut(old))) {
      await sleep(pauseMs, undefined, { ref: false });
    }
  }
}

async function removeOld(file: string, before: number): Promise<void> {
  try {
    if ((await stat(file)).mtimeMs < before) await rm(file);
  } catch (error) {
    if (!hasErrorCode(error, 'ENOENT')) throw error;
  }
}
