import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { link, type ChainHead, type LooseRecord } from '../audit/link.ts';

/** Where a chain ends after an append, and the places of the records that were not written: their approval was used. */
export interface Appended {
  readonly head: ChainHead | undefined;
  readonly refused: ReadonlySet<number>;
}

/**
 * Appends records to the open audit.db with statements that are prepared once: every call waits for this, so there is
 * nothing between it and the disk.
 */
export class AuditAppender {
  readonly #file: DatabaseSync;
  readonly #begin: StatementSync;
  readonly #use: StatementSync;
  readonly #insert: StatementSync;
  readonly #commit: StatementSync;

  constructor(file: DatabaseSync) {
    this.#file = file;
    // Takes the write lock when the transaction begins: one that reads first could no longer write after another process did.
    this.#begin = file.prepare('begin immediate');
    this.#use = file.prepare('insert or ignore into used_approvals (approval_id, call_id) values (?, ?)');
    this.#insert = file.prepare(
      'insert into audit_records (chain, seq, call_id, kind, body, previous, hash) values (?, ?, ?, ?, ?, ?, ?)',
    );
    this.#commit = file.prepare('commit');
  }

  /** All that may be written behind `head`, or none; on disk when it returns. */
  append(head: ChainHead, records: readonly LooseRecord[]): Appended {
    this.#begin.run();
    try {
      const refused = new Set(records.flatMap((record, place) => (this.#mayBeWritten(record) ? [] : [place])));
      const linked = link(
        head,
        records.filter((_, place) => !refused.has(place)),
      );
      for (const { chain, seq, callId, kind, body, previous, hash } of linked) {
        this.#insert.run(chain, seq, callId, kind, body, previous, hash);
      }
      this.#commit.run();
      return { head: linked.at(-1) ?? head, refused };
    } catch (error) {
      // A failed commit may have rolled back already.
      if (this.#file.isTransaction) this.#file.exec('rollback');
      throw error;
    }
  }

  #mayBeWritten({ uses, callId }: LooseRecord): boolean {
    return uses === undefined || this.#use.run(uses, callId).changes === 1;
  }
}
