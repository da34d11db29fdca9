import { escapeHiddenInJson } from '../../base/untrusted-text.ts';
import type { PlacedRecord } from '../chain.ts';

export const sinkKinds = ['file', 'syslog', 'webhook'] as const;
export type SinkKind = (typeof sinkKinds)[number];

/** Where records are copied to. */
export interface AuditSink {
  readonly kind: SinkKind;
  /**
   * Resolves once the other side has all of them, in their order. Throws `NotDelivered` otherwise: then it may have some,
   * and gets all of them again.
   */
  deliver(records: readonly PlacedRecord[], signal: AbortSignal): Promise<void>;
}

/** Why records could not be delivered, in our own words: they are shown to people. */
export class NotDelivered extends Error {
  constructor(why: string, cause?: unknown) {
    super(why, { cause });
    this.name = 'NotDelivered';
  }
}

/**
 * One record as JSON on one line: the record itself, with its place in the chain and its hash. Whoever has it elsewhere can
 * tell whether the chain on this machine is still the one that was written.
 */
export function exportedLine(record: PlacedRecord): string {
  const { body } = record;
  // The body is the JSON that was hashed: it is not parsed, so that nothing of it changes.
  return escapeHiddenInJson(`${placeJson(record).slice(0, -1)},"record":${body}}`);
}

/** The same without the record. */
export function placeJson({ position, chain, seq, previous, hash }: PlacedRecord): string {
  return JSON.stringify({ position, chain, seq, previous, hash });
}
