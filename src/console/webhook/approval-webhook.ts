import { setTimeout as sleep } from 'node:timers/promises';
import type { Approval } from '../../approvals/approval.ts';
import type { Log } from '../../base/log.ts';
import { AddressRefused, isLoopbackName, type AddressReach } from '../../base/outbound-address.ts';
import type { Secret } from '../../base/secret.ts';
import { post } from './post.ts';
import { signatureHeaders } from './sign.ts';

export interface ApprovalWebhookOptions {
  readonly url: URL;
  readonly secret: Secret;
  /** `also_private`: the operator says that it may be in a private network. */
  readonly reach: 'public' | 'also_private';
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
  readonly #reach: ReadonlySet<AddressReach>;
  readonly #underWay = new Set<Promise<void>>();
  readonly #end = new AbortController();

  constructor(options: ApprovalWebhookOptions) {
    this.#options = options;
    this.#timing = options.timing ?? usualTiming;
    const isLoopback = isLoopbackName(options.url.hostname);
    this.#reach = new Set<AddressReach>([
      'public',
      ...(isLoopback ? (['loopback'] as const) : []),
      ...(options.reach === 'also_private' ? (['private', 'loopback'] as const) : []),
    ]);
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
    const until = approval.limit.until.getTime();
    for (let waitMs = this.#timing.firstWaitMs; !this.#end.signal.aborted; waitMs *= 2) {
      const why = await this.#attempt(approval.id, body);
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

  /** Undefined once it is told; else why not, in our own words. */
  async #attempt(id: string, body: string): Promise<string | undefined> {
    const { url, secret } = this.#options;
    const headers = signatureHeaders({ id, at: new Date(), body }, secret);
    const { timeoutMs } = this.#timing;
    try {
      const status = await post({ url, body, headers, reach: this.#reach, timeoutMs, signal: this.#end.signal });
      return status >= 200 && status < 300 ? undefined : `it answered ${status}`;
    } catch (error) {
      if (error instanceof AddressRefused) return `${error.message}; see APPROVAL_WEBHOOK_PRIVATE`;
      return whyNot(error);
    }
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

function whyNot(error: unknown): string {
  if (!(error instanceof Error)) return 'it could not be reached';
  const { cause } = error;
  if (cause instanceof Error && cause.name === 'TimeoutError') return 'it did not answer in time';
  return 'code' in error ? String(error.code) : 'it could not be reached';
}
