import { eventRecord } from '../audit/event-record.ts';
import type { EventType } from '../audit/event.ts';
import type { AuditLogFile } from '../audit/log-file.ts';
import { recordedChange } from '../audit/recorded-change.ts';
import type { AuditWriter } from '../audit/trail.ts';
import type { Log } from '../base/log.ts';
import type { Approval, ApprovalDecision } from './approval.ts';

export interface ApprovalRecords {
  readonly writer: AuditWriter;
  readonly logFile: AuditLogFile;
  readonly log: Log;
}

/** Somebody else decided first, or the time was over. */
class Overtaken extends Error {}

/**
 * A decision is on record before it counts, and what became of it after. False where it came too late.
 *
 * Throws `audit_unavailable`, and then nothing was decided.
 */
export async function recordDecision(
  approval: Approval,
  { records, by }: { readonly records: ApprovalRecords; readonly by: ApprovalDecision },
  decide: () => Promise<boolean>,
): Promise<boolean> {
  const isApproval = approval.state === 'approved';
  const change = {
    tool: isApproval ? 'approvals approve' : 'approvals deny',
    ...noteOf(approval, isApproval ? 'approval_granted' : 'approval_denied'),
  };
  try {
    await recordedChange(change, { ...records, by }, async () => {
      if (!(await decide())) throw new Overtaken();
    });
    return true;
  } catch (error) {
    if (error instanceof Overtaken) return false;
    throw error;
  }
}

/** An end that nobody decided. Never rejects: it has ended, recorded or not. */
export async function recordEnd(approval: Approval, { writer, logFile, log }: ApprovalRecords): Promise<void> {
  const { requester, state } = approval;
  const record = eventRecord({
    kind: 'refusal',
    result: 'denied',
    tokenName: requester.name,
    principal: requester.principal,
    ...noteOf(approval, state === 'withdrawn' ? 'approval_withdrawn' : 'approval_expired'),
  });
  logFile.append(record);
  try {
    await writer.append(record);
  } catch (error) {
    log.error({ err: error, approval: approval.id }, 'the end of an approval could not be recorded');
  }
}

function noteOf({ id, question, requester, decision }: Approval, eventType: EventType) {
  const servers = question.hosts.map(({ name }) => name);
  const [server] = servers;
  return {
    eventType,
    ...(server !== undefined && servers.length === 1 && { serverName: server }),
    metadata: {
      approval_id: id,
      asked_for: question.tool,
      asked_by: requester.name,
      rule: question.rule,
      ...(servers.length > 1 && { servers }),
      ...(decision && { channel: decision.channel }),
      ...(decision?.reason !== undefined && { reason: decision.reason }),
    },
  };
}
