import { setTimeout as sleep } from 'node:timers/promises';
import { GatewayError } from '../../base/errors.ts';
import { withFileLock } from '../../base/file-lock.ts';
import type { Log } from '../../base/log.ts';
import type { PlacedRecord } from '../chain.ts';
import { recordTime } from '../record-time.ts';
import type { AuditStore } from '../trail.ts';
import { atTheBeginning, readCursor, writeCursor } from './cursor.ts';
import { NotDelivered, type AuditSink, type SinkKind } from './sink.ts';

export type ExportedRecords = Pick<AuditStore, 'after' | 'before'>;

export interface ExporterOptions {
  readonly sink: AuditSink;
  /** Shared by all processes on the audit. */
  readonly cursorFile: string;
  /** Undefined as long as there is no audit. */
  readonly records: () => Promise<ExportedRecords | undefined>;
  readonly log: Log;
  readonly timing?: ExportTiming;
}

export interface ExportTiming {
  readonly lookEveryMs: number;
  readonly longestWaitMs: number;
  /** For the last records, when the process ends. */
  readonly lastMs: number;
}

const usualTiming: ExportTiming = { lookEveryMs: 1_000, longestWaitMs: 60_000, lastMs: 3_000 };
const maxRecords = 200;
const maxBytes = 1024 * 1024;
/** Behind by so much, it is told of as a problem. */
const lateMs = 60_000;

/**
 * Copies every audit record to one place outside, in order, at least once, beside the calls: none waits for it. Processes
 * on one audit take turns, and go on where the last one came to.
 */
export class AuditExporter implements AsyncDisposable {
  readonly kind: SinkKind;
  readonly #options: ExporterOptions;
  readonly #timing: ExportTiming;
  readonly #end = new AbortController();
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;
  #delivered = 0;
  #failures = 0;
  #oldestWaiting: number | undefined;
  #problem: string | undefined;
  #isChecked = false;

  constructor(options: ExporterOptions) {
    this.#options = options;
    this.#timing = options.timing ?? usualTiming;
    this.kind = options.sink.kind;
    this.#running = this.#run();
  }

  /** Records that this process has delivered. */
  get delivered(): number {
    return this.#delivered;
  }

  /** Attempts of this process that failed. */
  get failures(): number {
    return this.#failures;
  }

  /** How long the oldest record that was not delivered has waited. */
  get lagMs(): number {
    return this.#oldestWaiting === undefined ? 0 : Math.max(0, Date.now() - this.#oldestWaiting);
  }

  /** Undefined while all is well; else what is wrong, without names of the other side. */
  problem(): string | undefined {
    if (this.#problem === undefined && this.lagMs < lateMs) return undefined;
    const why = this.#problem === undefined ? '' : `: ${this.#problem}`;
    return `the audit export (${this.kind}) is ${Math.round(this.lagMs / 1000)} s behind${why}`;
  }

  /** Makes a last attempt at what is waiting. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    const timer = setTimeout(() => this.#end.abort(), this.#timing.lastMs);
    await this.#running;
    clearTimeout(timer);
  }

  async #run(): Promise<void> {
    let waitMs = this.#timing.lookEveryMs;
    for (let isLast = false; !isLast;) {
      isLast = this.#stop.signal.aborted;
      const came = await this.#attempt();
      if (came === 'delivered' && !this.#end.signal.aborted) {
        isLast = false;
        continue;
      }
      if (isLast) return;
      waitMs = came === 'failed' ? Math.min(waitMs * 2, this.#timing.longestWaitMs) : this.#timing.lookEveryMs;
      // That the process ends ends the waiting, no more.
      await sleep(waitMs, undefined, { signal: this.#stop.signal, ref: false }).catch(() => undefined);
    }
  }

  /** Never rejects. */
  async #attempt(): Promise<'delivered' | 'nothing' | 'failed'> {
    try {
      return (await this.#round()) ? 'delivered' : 'nothing';
    } catch (error) {
      if (error instanceof GatewayError && error.code === 'busy') return 'nothing';
      this.#failed(error);
      return 'failed';
    }
  }

  async #round(): Promise<boolean> {
    const records = await this.#options.records();
    if (records === undefined || this.#end.signal.aborted) return false;
    const { cursorFile } = this.#options;
    if (!this.#isChecked) await this.#startOverIfOther(records);
    const [waiting] = await records.after((await readCursor(cursorFile)).position, 1);
    this.#oldestWaiting = waiting && recordTime(waiting.body);
    if (waiting === undefined) {
      this.#problem = undefined;
      return false;
    }
    return await withFileLock(cursorFile, async (file) => {
      // Another process may have been faster.
      const { position } = await readCursor(file);
      const page = atMost(await records.after(position, maxRecords));
      const last = page.at(-1);
      if (last === undefined) return false;
      await this.#options.sink.deliver(page, this.#end.signal);
      await writeCursor(file, { position: last.position, hash: last.hash });
      this.#delivered += page.length;
      this.#problem = undefined;
      return true;
    });
  }

  /** An audit that is not the one we read in before, such as an older backup, is delivered from its start. */
  async #startOverIfOther(records: ExportedRecords): Promise<void> {
    const { cursorFile, log } = this.#options;
    await withFileLock(cursorFile, async (file) => {
      const { position, hash } = await readCursor(file);
      const [newest] = await records.before(Number.MAX_SAFE_INTEGER, 1);
      const [last] = await records.before(position + 1, 1);
      const isOther = (newest?.position ?? 0) < position || (last?.position === position && last.hash !== hash);
      if (!isOther) return;
      log.warn({ sink: this.kind }, 'the audit is not the one that was exported before: all of it is exported');
      await writeCursor(file, atTheBeginning);
    });
    this.#isChecked = true;
  }

  #failed(error: unknown): void {
    if (this.#end.signal.aborted) return;
    this.#failures += 1;
    const why =
      error instanceof NotDelivered ? error.message : 'the records could not be read, or their cursor written';
    if (this.#problem !== why) {
      this.#options.log.warn({ sink: this.kind, err: error }, `the audit could not be exported: ${why}`);
    }
    this.#problem = why;
  }
}

function atMost(page: readonly PlacedRecord[]): readonly PlacedRecord[] {
  let bytes = 0;
  const end = page.findIndex(({ body }) => (bytes += body.length) > maxBytes);
  return end === -1 ? page : page.slice(0, Math.max(1, end));
}
