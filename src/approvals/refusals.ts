import { GatewayError } from '../base/errors.ts';
import { allowingHint, ruleOf, whyAsked } from '../policy/settle.ts';
import { decidingMatch, type Evaluation } from '../policy/evaluate.ts';
import type { Approval } from './approval.ts';

/** A call must wait for a person. Carries the question, for whoever can put it to the person at the client. */
export class ApprovalRequired extends GatewayError {
  readonly approval: Approval;
  /** Whether policy takes the word of the person at the client. */
  readonly clientMayConfirm: boolean;

  constructor(asked: AskedApproval) {
    const { approval, evaluation, approveUrl, command, clientMayConfirm } = asked;
    const match = decidingMatch(evaluation);
    const expires = approval.limit.until.toISOString();
    const where = approveUrl === undefined ? '' : ` at ${approveUrl}, or`;
    const message =
      `${whyAsked(match)}. Nothing has run. Tell the user that a person must decide${where} with: ` +
      `${command} ${approval.id}. Then make this very call again (it can wait: give approval_id); ` +
      `any change in it asks anew. The question ends at ${expires}.${allowingHint(match)}`;
    const details = {
      approval_id: approval.id,
      ...(approveUrl !== undefined && { approve_url: approveUrl }),
      expires_at: expires,
      ...ruleOf(match),
    };
    super('approval_required', message, { details });
    this.name = 'ApprovalRequired';
    this.approval = approval;
    this.clientMayConfirm = clientMayConfirm;
  }
}

export interface AskedApproval {
  readonly approval: Approval;
  readonly evaluation: Evaluation;
  readonly approveUrl: string | undefined;
  /** What is typed to approve, but for the id. */
  readonly command: string;
  readonly clientMayConfirm: boolean;
}

export function declined({ id, decision, limit, question }: Approval): GatewayError {
  const message =
    'A person declined this. Nothing has run. Do not try to get the same done in another way: ask the user what to do. ' +
    `The same call is not asked about again before ${limit.until.toISOString()}.`;
  const details = { approval_id: id, rule: question.rule, ...(decision?.reason && { reason: decision.reason }) };
  return new GatewayError('approval_declined', message, { details });
}

/** The question has ended, with its time or with what it was asked under. */
export function ended({ id, state, question }: Approval): GatewayError {
  const why =
    state === 'withdrawn' ? 'was withdrawn: the policy or the caller has changed, or a lock was set' : 'ended';
  const message = `The approval ${why} before it was used. Nothing has run. To ask anew, call again without approval_id.`;
  return new GatewayError('approval_expired', message, { details: { approval_id: id, rule: question.rule } });
}

export function used(approvalId: string): GatewayError {
  const message =
    'This approval was used: it lets one call run, once, and that call was begun. This one has run nothing. ' +
    'Look at what the other did; to do it again, call without approval_id, and a person is asked anew.';
  return new GatewayError('approval_used', message, { details: { approval_id: approvalId } });
}

export function tooManyPending(maxPending: number): GatewayError {
  const message =
    `${maxPending} questions of this caller wait for a person already. Nothing has run. ` +
    'Wait until some are decided, or have ended, before you ask for more.';
  return new GatewayError('busy', message, { details: { retry_after_s: 60 } });
}

/** Whatever keeps us from asking is no reason to let anything run. */
export function notReached(cause: unknown): GatewayError {
  const message =
    'A person must approve this, and the gateway cannot reach its record of approvals. Nothing has run. ' +
    'Call again in a few seconds; if this stays, the operator finds the reason in the log.';
  return new GatewayError('approval_unavailable', message, { cause });
}
