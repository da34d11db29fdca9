import type { OutcomeRecord } from '../audit/event.ts';
import type { ChainHead, LooseRecord } from '../audit/link.ts';

/** What the audit worker is told at its start. */
export interface AuditWorkerData {
  readonly path: string;
  /** Ours, for the start of the chain. */
  readonly version: string;
}

/** What the gateway asks of its audit worker; each is answered once, in order. */
export type AuditRequest =
  | { readonly kind: 'append'; readonly records: readonly LooseRecord[] }
  /** Make sure that records can be written. */
  | { readonly kind: 'probe' }
  /** Settle the calls of processes that ended in the middle of them. */
  | { readonly kind: 'recover' }
  /** Remove some of what is older than that, and has been copied so far. */
  | { readonly kind: 'cut'; readonly before: number; readonly exportedTo: number }
  | { readonly kind: 'close' };

export type AuditAnswer =
  /** With the last record of the chain that is on disk, and the places of records that were not written: their approval was used. */
  | { readonly kind: 'done'; readonly head: ChainHead | undefined; readonly refused?: ReadonlySet<number> }
  /** Whether there may be more to remove. */
  | { readonly kind: 'cut'; readonly more: boolean; readonly head: ChainHead | undefined }
  | { readonly kind: 'recovered'; readonly outcomes: readonly OutcomeRecord[] }
  /** Nothing of the request can be relied on. The reason is for the operator. */
  | { readonly kind: 'failed'; readonly reason: string };

export interface NumberedRequest {
  readonly id: number;
  readonly request: AuditRequest;
}

export type WorkerMessage =
  | { readonly kind: 'answer'; readonly id: number; readonly answer: AuditAnswer }
  | { readonly kind: 'warning'; readonly text: string };
