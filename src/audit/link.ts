import { hashRecord } from './chain.ts';
import type { ChainedRecord } from './chain.ts';
import type { AuditRecord } from './event.ts';

/** A record that has no place in a chain yet. */
export interface LooseRecord extends Pick<ChainedRecord, 'callId' | 'kind' | 'body'> {
  /** The approval that the record uses up: it is written only if no other record has. */
  readonly uses?: string;
}

/** The last record of a chain, or seq 0 and the origin's hash where there is none. */
export type ChainHead = Pick<ChainedRecord, 'chain' | 'seq' | 'hash'>;

export function looseRecord(record: AuditRecord): LooseRecord {
  const callId = 'callId' in record ? record.callId : null;
  const uses = record.kind === 'intent' && record.approval ? { uses: record.approval.id } : {};
  return { callId, kind: record.kind, body: JSON.stringify(record), ...uses };
}

/** Puts records behind `head`, in their order. */
export function link(head: ChainHead, records: readonly LooseRecord[]): readonly ChainedRecord[] {
  let { seq, hash: previous } = head;
  return records.map(({ callId, kind, body }) => {
    seq += 1;
    const place = { chain: head.chain, seq, previous };
    const hash = hashRecord({ ...place, body });
    previous = hash;
    return { ...place, callId, kind, body, hash };
  });
}
