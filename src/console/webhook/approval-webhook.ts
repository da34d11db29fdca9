import { setTimeout as sleep } from 'node:timers/promises';
import type { Approval } from '../../approvals/approval.ts';
import type { Log } from '../../base/log.ts';
import { SignedWebhook, type SignedWebhookOptions } from '../../base/webhook/signed-webhook.ts';

export interface ApprovalWebhookOptions extends Omit<SignedWebhookOptions, 'privateSetting'> {
  /** The page where it is decided. */
  readonly approveUrl: (id: string) => string | undefined;
  /** Whether it still waits for a person. */
  readonly isPending: (id: string) => Promise<boolean>;
  readonly log: Log;
  readonly timing?: WebhookTiming;
}

export interface WebhookTiming {
  readonly timeoutMs: number;
  /** Before the second attempt; doubled for each that follows. */
  readonly firstWaitMs: number;
  readonly longestWaitMs: number;
}

const usualTiming: WebhookTiming = { timeoutMs: 10_000, firstWaitMs: 2_000, longestWaitMs: 60_000 };
/** On their way at the same time. More are not told: they stand on the page. */
const maxUnderWay = 100;
const maxHosts = 50;

/**
 * Tells a program of the operator's that a person is waited for, without a word of what would be run: who gets it, or
 * reads it on the way, can decide nothing. Tried again for as long as it waits.
 */
export class ApprovalWebhook implements AsyncDisposable {
  readonly #options: ApprovalWebhookOptions;
  readonly #timing: WebhookTiming;
  readonly #webhook: SignedWebhook;
  readonly #underWay = new Set<Promise<void>>();
  readonly #end = new AbortController();

  constructor(options: ApprovalWebhookOptions) {
    this.#options = options;
    this.#timing = options.timing ?? usualTiming;
    this.#webhook = new SignedWebhook({ ...options, privateSetting: 'APPROVAL_WEBHOOK_PRIVATE' });
  }

  /** Never waits and never throws. */
  tell(approval: Approval): void {
    const { log } = this.#options;
    if (this.#underWay.size >= maxUnderWay) {
      log.warn({ approval: approval.id }, 'the approval webhook has too much to tell: this approval is left out');
      return;
    }
    const delivery = this.#deliver(approval).catch((error: unknown) => {
      log.error({ err: error, approval: approval.id }, 'the approval webhook failed for a reason of ours');
    });
    this.#underWay.add(delivery);
    void delivery.finally(() => this.#underWay.delete(delivery));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end.abort();
    await Promise.all(this.#underWay);
  }

  async #deliver(approval: Approval): Promise<void> {
    const { log, isPending } = this.#options;
    const body = JSON.stringify(this.#messageOf(approval));
    const { timeoutMs } = this.#timing;
    const until = approval.limit.until.getTime();
    for (let waitMs = this.#timing.firstWaitMs; !this.#end.signal.aborted; waitMs *= 2) {
      const why = await this.#webhook.tell({ id: approval.id, body }, { timeoutMs, signal: this.#end.signal });
      if (why === undefined || this.#end.signal.aborted) return;
      log.warn({ approval: approval.id }, `the approval webhook was not told: ${why}`);
      const nextMs = Math.min(waitMs, this.#timing.longestWaitMs);
      if (Date.now() + nextMs >= until) break;
      // That the process ends ends the waiting, no more.
      await sleep(nextMs, undefined, { signal: this.#end.signal }).catch(() => undefined);
      // Where that cannot be told, one message too many is better than none.
      if (!(await isPending(approval.id).catch(() => true))) return;
    }
    if (!this.#end.signal.aborted)
      log.error({ approval: approval.id }, 'the approval webhook was never told of an approval');
  }

  #messageOf({ id, question, requester, limit }: Approval): object {
    return {
      type: 'approval.requested',
      approval_id: id,
      hosts: question.hosts.slice(0, maxHosts).map(({ name }) => name),
      host_count: question.hosts.length,
      rule: question.rule,
      requester: requester.name,
      expires_at: limit.until.toISOString(),
      url: this.#options.approveUrl(id) ?? null,
    };
  }
}
