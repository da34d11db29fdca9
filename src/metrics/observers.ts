import type { ApprovalEnd } from '../approvals/approvals.ts';
import type { EndedCall } from '../audit/call-trail.ts';
import type { AuditWatcher } from '../audit/trail.ts';
import type { ConnectAttempt } from '../ssh/pool/pool.ts';
import type { Metrics } from './metrics.ts';

/** What the parts of the gateway tell of themselves while they work. Each costs its call well under a microsecond. */
export interface Observers {
  readonly onCallEnded: (call: EndedCall) => void;
  readonly onConnect: (attempt: ConnectAttempt) => void;
  readonly onApprovalEnded: (end: ApprovalEnd) => void;
  readonly audit: AuditWatcher;
  /** Milliseconds since the epoch; 0 before the first. */
  readonly lastAuditWrite: () => number;
}

/** `toolNames`: a call may ask for any name, and only ours become labels. */
export function observersOf(metrics: Metrics, toolNames: ReadonlySet<string>): Observers {
  let lastAuditWrite = 0;
  return {
    onCallEnded: ({ tool, decision, result, code, durationMs, redactions }) => {
      const name = toolNames.has(tool) ? tool : 'other';
      metrics.count('sallyport_calls', [name, decision ?? 'none', result]);
      metrics.observe('sallyport_call_duration_seconds', [name], durationMs / 1000);
      if (code !== null) metrics.count('sallyport_call_errors', [code]);
      if (redactions > 0) metrics.count('sallyport_redactions', [], redactions);
    },
    onConnect: ({ result, durationMs }) => {
      metrics.count('sallyport_ssh_connects', [result]);
      if (result === 'connected') metrics.observe('sallyport_ssh_connect_duration_seconds', [], durationMs / 1000);
    },
    onApprovalEnded: (end) => metrics.count('sallyport_approvals', [end]),
    audit: {
      written: ({ kind, waitedMs }) => {
        lastAuditWrite = Date.now();
        metrics.count('sallyport_audit_records', [kind]);
        if (waitedMs !== undefined) {
          metrics.observe('sallyport_audit_write_duration_seconds', [], waitedMs / 1000);
        }
      },
      failed: () => metrics.count('sallyport_audit_failures'),
    },
    lastAuditWrite: () => lastAuditWrite,
  };
}
