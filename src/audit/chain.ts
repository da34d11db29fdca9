import { createHash } from 'node:crypto';

/** One row of the audit store: a record's exact bytes and its place in the hash chain of the process that wrote it. */
export interface ChainedRecord {
  /** Random id of the chain; one per process, so that processes never wait for each other's hashes. */
  readonly chain: string;
  /** 1 for the chain's first record, then without gaps. */
  readonly seq: number;
  readonly callId: string | null;
  readonly kind: string;
  /** JSON text of the record, exactly as hashed. */
  readonly body: string;
  /** Hash of the record before, or 64 zeros for the first. */
  readonly previous: string;
  /** Lower-case hex SHA-256 over chain, seq, previous and body. */
  readonly hash: string;
}

/** A record, with its place in the order of writing over all chains: larger is later. */
export interface PlacedRecord extends ChainedRecord {
  readonly position: number;
}

export const chainOrigin = '0'.repeat(64);

export function hashRecord(record: Pick<ChainedRecord, 'chain' | 'seq' | 'previous' | 'body'>): string {
  return createHash('sha256')
    .update(`${record.chain}\n${record.seq}\n${record.previous}\n${record.body}`)
    .digest('hex');
}
