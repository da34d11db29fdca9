import type { CutChain } from './chain-cut.ts';
import type { AuditRecord } from './event.ts';
import type { ChainedRecord, PlacedRecord } from './chain.ts';

/** Appends records to this process's chain. */
export interface AuditWriter {
  /**
   * Resolves when the record is on disk. Rejects with `audit_unavailable` when that could not be had, and with
   * `approval_used` when the approval that it names has let another call run: then it is not written.
   */
  append(record: AuditRecord): Promise<void>;
  /**
   * As `append`, but for a record nobody waits for: it is written with the next one, or some milliseconds later. Back-to-back
   * calls then cost one write each, not two. An outcome that cannot be written is kept until records can be.
   */
  note(record: AuditRecord): Promise<void>;
  /** Undefined while records can be written; else why not. */
  problem(): string | undefined;
  /** Writes what is queued, then closes. */
  close(): Promise<void>;
}

/** Told what becomes of records. Must not throw. */
export interface AuditWatcher {
  /** `waitedMs`: how long somebody waited for it; undefined where nobody did. */
  readonly written: (record: { readonly kind: string; readonly waitedMs: number | undefined }) => void;
  readonly failed: () => void;
}

/** Where chained records are kept: append-only. Implemented by `storage/`. */
export interface AuditStore {
  /** All or none, durable when resolved. */
  append(records: readonly ChainedRecord[]): Promise<void>;
  /** Uses up an approval for a call, for good. False where that was done before. */
  use(approvalId: string, callId: string): Promise<boolean>;
  /** The first record of a chain: its start. */
  first(chain: string): Promise<ChainedRecord | undefined>;
  /** The last record of a chain. */
  head(chain: string): Promise<Pick<ChainedRecord, 'seq' | 'hash'> | undefined>;
  /** The last record of every chain, latest chain first, at most `limit`. */
  heads(limit: number): Promise<readonly Pick<ChainedRecord, 'chain' | 'seq' | 'hash'>[]>;
  /** Every record, chain by chain, the chain that started last first, in order of seq: one state of the store. */
  records(): AsyncIterable<ChainedRecord>;
  /** Chains that were removed for their age, as far as what is left needs to know. */
  cuts(): Promise<readonly CutChain[]>;
  /** Those that were written after that place, in the order of writing; at most `limit`. */
  after(position: number, limit: number): Promise<readonly PlacedRecord[]>;
  /** Those that were written before that place, the last one first; at most `limit`. */
  before(position: number, limit: number): Promise<readonly PlacedRecord[]>;
  /** Intents and probes of calls for which no outcome or refusal was written, in the order they were written. */
  openIntents(): Promise<readonly ChainedRecord[]>;
}
