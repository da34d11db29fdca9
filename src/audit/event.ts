import type { ProcessIdentity } from '../base/process-identity.ts';
import type { ApprovalNote } from '../policy/approved.ts';
import type { Decision } from '../policy/evaluate.ts';
import type { CutChain } from './chain-cut.ts';
import type { RecordedAction } from './recorded-actions.ts';

/** The first seed's event types, and ours. */
export const eventTypes = [
  'command_execution',
  'command_denied',
  'file_operation',
  'ssh_connection',
  'authentication',
  'rate_limit_exceeded',
  'server_added',
  'server_removed',
  'token_created',
  'token_revoked',
  'job',
  'lock',
  'approval_requested',
  'approval_granted',
  'approval_denied',
  'approval_expired',
  'approval_withdrawn',
] as const;
export type EventType = (typeof eventTypes)[number];

export type AuditResult = 'success' | 'failed' | 'denied' | 'blocked' | 'unknown';

interface Common {
  /** Groups the records of one tool call. */
  readonly callId: string;
  /** UTC, ISO 8601 with milliseconds. */
  readonly at: string;
  readonly tool: string;
  readonly tokenName: string | null;
  readonly principal: string | null;
}

/** What an operator changes, as its outcome will say it. */
export interface ChangeNote {
  readonly eventType: EventType;
  readonly serverName?: string;
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** Written, durably, before anything reaches a host or is changed. `probe` is the same for the question where a path leads. */
export interface IntentRecord extends Common {
  readonly kind: 'intent' | 'probe';
  readonly decision: Decision;
  readonly rule: string | null;
  /** Version of the policy that decided. */
  readonly policy?: string | null;
  readonly actions: readonly RecordedAction[];
  /** Where the caller's client traces it. */
  readonly traceparent?: string;
  /** Who let it run, where policy asked: the approval is used up with this record, and with no other. */
  readonly approval?: ApprovalNote;
  /** Where it is a change that is meant, not a call. */
  readonly change?: ChangeNote;
}

/** Written after: what became of an intent, or a refusal that never had one. */
export interface OutcomeRecord extends Common {
  readonly kind: 'outcome' | 'refusal';
  readonly eventType: EventType;
  readonly result: AuditResult;
  readonly serverName: string | null;
  readonly command: string | null;
  readonly exitCode: number | null;
  readonly durationMs: number;
  readonly error: string | null;
  readonly code: string | null;
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** The first record of a chain: which process writes it, and the heads of earlier chains that it seals. */
export interface ChainStartRecord extends ProcessIdentity {
  readonly kind: 'chain_start';
  readonly at: string;
  readonly version: string;
  readonly seals: readonly { readonly chain: string; readonly seq: number; readonly hash: string }[];
}

/** Chains that are removed for their age, as each ended: what is left can be verified without them. */
export interface ChainCutRecord {
  readonly kind: 'chain_cut';
  readonly at: string;
  /** When what was removed was too old: older than this. */
  readonly before: string;
  readonly cuts: readonly CutChain[];
}

export type AuditRecord = IntentRecord | OutcomeRecord | ChainStartRecord | ChainCutRecord;
