import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { ChainedRecord } from '../audit/chain.ts';

/**
 * Appends records to the open audit.db with statements that are prepared once: every call waits for this, so there is
 * nothing between it and the disk.
 */
export class AuditAppender {
  readonly #file: DatabaseSync;
  readonly #begin: StatementSync;
  readonly #insert: StatementSync;
  readonly #commit: StatementSync;

  constructor(file: DatabaseSync) {
    this.#file = file;
    // Takes the write lock when the transaction begins: one that reads first could no longer write after another process did.
    this.#begin = file.prepare('begin immediate');
    this.#insert = file.prepare(
      'insert into audit_records (chain, seq, call_id, kind, body, previous, hash) values (?, ?, ?, ?, ?, ?, ?)',
    );
    this.#commit = file.prepare('commit');
  }

  /** All or none, on disk when it returns. */
  append(records: readonly ChainedRecord[]): void {
    this.#begin.run();
    try {
      for (const { chain, seq, callId, kind, body, previous, hash } of records) {
        this.#insert.run(chain, seq, callId, kind, body, previous, hash);
      }
      this.#commit.run();
    } catch (error) {
      // A failed commit may have rolled back already.
      if (this.#file.isTransaction) this.#file.exec('rollback');
      throw error;
    }
  }
}
