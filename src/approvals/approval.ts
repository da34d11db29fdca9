import { randomBytes } from 'node:crypto';
import type { PersonId, PrincipalId } from '../identity/caller.ts';
import type { TimeLimit } from './boot-clock.ts';
import type { Question } from './question.ts';

/** `consumed`: what was approved was begun. `withdrawn`: what it was asked under is no longer so. */
export const approvalStates = ['pending', 'approved', 'declined', 'expired', 'consumed', 'withdrawn'] as const;
export type ApprovalState = (typeof approvalStates)[number];

/** Where a person decides. `client`: at the client that made the call. `terminal`: whoever owns the gateway's files. */
export const approvalChannels = ['client', 'terminal', 'web'] as const;
export type ApprovalChannel = (typeof approvalChannels)[number];

export interface Approver {
  readonly principal: PrincipalId;
  readonly name: string;
  readonly personId?: PersonId | undefined;
  readonly channel: ApprovalChannel;
}

export interface ApprovalDecision extends Approver {
  readonly at: Date;
  readonly reason: string | undefined;
}

/** A question to a person, and its outcome. */
export interface Approval {
  /** 192 random bits: it cannot be guessed, and knowing it allows nothing. */
  readonly id: string;
  /** Of everything that would run: what it stands for is that, to the byte. */
  readonly planHash: string;
  readonly requester: { readonly principal: PrincipalId; readonly name: string };
  readonly policyVersion: string;
  readonly question: Question;
  readonly limit: TimeLimit;
  readonly state: ApprovalState;
  readonly decision: ApprovalDecision | undefined;
}

const idPattern = /^apr_[\w-]{32}$/;

export function newApprovalId(): string {
  return `apr_${randomBytes(24).toString('base64url')}`;
}

export function isApprovalId(text: string): boolean {
  return idPattern.test(text);
}

/** The approvals of all callers, shared by every process. Implemented by `storage/`. */
export interface ApprovalStore {
  /**
   * Adds it, unless the same plan of the same requester is pending already, or so many of the requester's are. All
   * processes at once: one of them adds.
   */
  open(approval: Approval, limits: { readonly maxPending: number }): Promise<OpenedApproval>;
  find(id: string): Promise<Approval | undefined>;
  /** The newest for that plan. */
  latest(requester: PrincipalId, planHash: string): Promise<Approval | undefined>;
  /** The oldest first, unless told. */
  list(states: readonly ApprovalState[], limit: number, order?: 'newest_first'): Promise<readonly Approval[]>;
  /** Moves it on; false where it is in another state by then, and stays there. */
  advance(id: string, step: ApprovalStep): Promise<boolean>;
  /** Forgets what was asked before then. */
  prune(askedBefore: Date): Promise<void>;
  close(): Promise<void>;
}

export interface ApprovalStep {
  readonly from: ApprovalState;
  readonly to: ApprovalState;
  readonly decision?: ApprovalDecision;
}

export type OpenedApproval =
  | { readonly kind: 'opened' | 'known'; readonly approval: Approval }
  | { readonly kind: 'too_many' };
