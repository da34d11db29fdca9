import { used } from '../approvals/refusals.ts';
import { GatewayError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { AuditRecord, OutcomeRecord } from '../audit/event.ts';
import { looseRecord } from '../audit/link.ts';
import type { ChainHead, LooseRecord } from '../audit/link.ts';
import type { AuditWatcher, AuditWriter } from '../audit/trail.ts';
import type { AuditAnswer, AuditRequest } from './audit-messages.ts';
import { AuditThread } from './audit-thread.ts';

const maxQueued = 10_000;
const maxBatch = 1_000;
const probeIntervalMs = 1_000;

/** How long a record that nobody waits for may wait for company. */
const noteDelayMs = 20;

/** So often a record that nobody waits for is tried again, each time after records could be written: then it is itself the cause. */
const maxAttempts = 5;

export interface RecoveringAuditWriter extends AuditWriter {
  /** Removes some of what is older than that, and was copied so far. True where there may be more. Rejects with `audit_unavailable`. */
  cut(retention: { readonly before: number; readonly exportedTo: number }): Promise<boolean>;
  /** Records that wait to be written. */
  waiting(): number;
  /** The last record of our chain that is on disk. */
  head(): ChainHead | undefined;
  /** Writes the outcome `unknown` for every call that was lost with its process, once over all processes, and returns them. */
  recover(): Promise<readonly OutcomeRecord[]>;
}

export interface AuditWriterOptions {
  /** Of audit.db. */
  readonly path: string;
  readonly version: string;
  readonly log: Log;
  readonly watcher?: AuditWatcher | undefined;
}

/** Costs nothing until the first record, probe or recovery. */
export function openAuditWriter(options: AuditWriterOptions): RecoveringAuditWriter {
  return new GroupCommitWriter(options);
}

interface Queued {
  readonly record: LooseRecord;
  readonly kind: 'awaited' | 'noted';
  /** Of this process's clock. */
  readonly since: number;
  /** How often it could not be written. */
  readonly failures: number;
  readonly resolve: () => void;
  readonly reject: (error: GatewayError) => void;
}

/** Commits at once when idle; what is appended while a commit runs forms the next one. */
class GroupCommitWriter implements RecoveringAuditWriter {
  readonly #thread: AuditThread;
  readonly #log: Log;
  readonly #watcher: AuditWatcher | undefined;
  readonly #queue: Queued[] = [];
  /** Outcomes that wait until records can be written again. One that was on disk after all is then there twice. */
  readonly #unwritten: Queued[] = [];
  #committing: Promise<void> | undefined;
  #noted: NodeJS.Timeout | undefined;
  #problem: string | undefined;
  #probe: NodeJS.Timeout | undefined;
  #closed: Promise<void> | undefined;
  #head: ChainHead | undefined;

  constructor({ path, version, log, watcher }: AuditWriterOptions) {
    this.#log = log;
    this.#watcher = watcher;
    this.#thread = new AuditThread({ path, version, warn: (text) => log.error(text) });
  }

  append(record: AuditRecord): Promise<void> {
    const appended = this.#enqueue(record, 'awaited');
    this.#commitNext();
    return appended;
  }

  note(record: AuditRecord): Promise<void> {
    const appended = this.#enqueue(record, 'noted');
    this.#noted ??= setTimeout(() => this.#commitNext(), noteDelayMs);
    return appended;
  }

  async recover(): Promise<readonly OutcomeRecord[]> {
    const answer = await this.#ask({ kind: 'recover' });
    switch (answer.kind) {
      case 'recovered':
        return answer.outcomes;
      case 'done':
      case 'cut':
        return [];
      case 'failed':
        throw unavailable(answer.reason);
    }
  }

  problem(): string | undefined {
    return this.#problem;
  }

  async cut(retention: { readonly before: number; readonly exportedTo: number }): Promise<boolean> {
    if (this.#closed) return false;
    const answer = await this.#ask({ kind: 'cut', ...retention });
    if (answer.kind === 'failed') throw unavailable(answer.reason);
    return answer.kind === 'cut' && answer.more;
  }

  waiting(): number {
    return this.#queue.length + this.#unwritten.length;
  }

  head(): ChainHead | undefined {
    return this.#head;
  }

  close(): Promise<void> {
    return (this.#closed ??= this.#close());
  }

  #enqueue(record: AuditRecord, kind: Queued['kind']): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#closed) throw unavailable('the gateway is closing');
      if (this.#queue.length >= maxQueued) throw unavailable(`${maxQueued} records wait for the disk`);
      this.#queue.push({ record: looseRecord(record), kind, since: performance.now(), failures: 0, resolve, reject });
    });
  }

  #commitNext(): void {
    clearTimeout(this.#noted);
    this.#noted = undefined;
    if (this.#committing || this.#queue.length === 0) return;
    this.#committing = this.#commit(this.#queue.splice(0, maxBatch)).finally(() => {
      this.#committing = undefined;
      this.#commitNext();
    });
  }

  async #commit(batch: readonly Queued[]): Promise<void> {
    const answer = await this.#ask({ kind: 'append', records: batch.map(({ record }) => record) });
    const refused = answer.kind === 'done' ? answer.refused : undefined;
    for (const [place, queued] of batch.entries()) {
      if (answer.kind === 'failed') this.#failed(queued, answer.reason);
      else if (refused?.has(place)) queued.reject(used(queued.record.uses ?? ''));
      else this.#written(queued);
    }
  }

  #written({ record, kind, since, resolve }: Queued): void {
    resolve();
    const waitedMs = kind === 'awaited' ? performance.now() - since : undefined;
    this.#watcher?.written({ kind: record.kind, waitedMs });
  }

  #failed(queued: Queued, reason: string): void {
    this.#watcher?.failed();
    const failures = queued.failures + 1;
    // Outcomes alone: each follows an intent on disk, so nobody can make more of them while nothing can be written.
    const isOutcome = queued.kind === 'noted' && queued.record.kind === 'outcome';
    const mayWait = isOutcome && !this.#closed && failures < maxAttempts;
    if (mayWait && this.#unwritten.length < maxQueued) this.#unwritten.push({ ...queued, failures });
    else queued.reject(unavailable(reason));
  }

  async #ask(request: AuditRequest): Promise<AuditAnswer> {
    const answer = await this.#thread.ask(request);
    if (answer.kind === 'failed') this.#broke(answer.reason);
    else this.#recovered();
    if (answer.kind === 'done' || answer.kind === 'cut') this.#head = answer.head;
    return answer;
  }

  #broke(reason: string): void {
    if (this.#problem !== reason)
      this.#log.error({ reason }, 'audit records cannot be written: nothing runs until they can');
    this.#problem = reason;
    if (this.#closed || this.#probe) return;
    this.#probe = setTimeout(() => {
      this.#probe = undefined;
      if (this.#problem !== undefined) void this.#ask({ kind: 'probe' });
    }, probeIntervalMs).unref();
  }

  #recovered(): void {
    if (this.#problem === undefined) return;
    this.#problem = undefined;
    this.#log.info('audit records can be written again');
    this.#queue.unshift(...this.#unwritten.splice(0));
    this.#commitNext();
  }

  async #close(): Promise<void> {
    clearTimeout(this.#probe);
    this.#queue.unshift(...this.#unwritten.splice(0));
    this.#commitNext();
    while (this.#committing) await this.#committing;
    await this.#thread.end();
  }
}

/** The reason names files of the gateway: it is for the operator alone. */
function unavailable(reason: string): GatewayError {
  const message =
    'The gateway cannot write its audit record, and runs nothing that it cannot record. ' +
    'Retry in a few seconds; if this stays, the operator finds the reason in the log and at /readyz.';
  return new GatewayError('audit_unavailable', message, { cause: new Error(reason) });
}
