import type { SignedWebhook } from '../../base/webhook/signed-webhook.ts';
import { exportedLine, NotDelivered, type AuditSink } from './sink.ts';

const timeoutMs = 15_000;

/** Posts records, many at a time. The same records have the same message id, by which a receiver tells what it has already. */
export function webhookSink(webhook: SignedWebhook): AuditSink {
  return {
    kind: 'webhook',
    async deliver(records, signal) {
      const id = `audit-${records.at(0)?.position ?? 0}-${records.at(-1)?.position ?? 0}`;
      const body = `{"type":"audit.records","records":[${records.map(exportedLine).join(',')}]}`;
      const why = await webhook.tell({ id, body }, { timeoutMs, signal });
      if (why !== undefined) throw new NotDelivered(why);
    },
  };
}
