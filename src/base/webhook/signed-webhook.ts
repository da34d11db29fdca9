import { AddressRefused, isLoopbackName, type AddressReach } from '../outbound-address.ts';
import type { Secret } from '../secret.ts';
import { post } from './post.ts';
import { signatureHeaders } from './sign.ts';

export interface SignedWebhookOptions {
  readonly url: URL;
  readonly secret: Secret;
  /** `also_private`: the operator says that it may be in a private network. */
  readonly reach: 'public' | 'also_private';
  /** The setting that would allow private networks. */
  readonly privateSetting: string;
}

/** Where an operator wants to be told something: signed as Standard Webhooks say, and to an address that may be connected to. */
export class SignedWebhook {
  readonly #options: SignedWebhookOptions;
  readonly #reach: ReadonlySet<AddressReach>;

  constructor(options: SignedWebhookOptions) {
    this.#options = options;
    const isLoopback = isLoopbackName(options.url.hostname);
    this.#reach = new Set<AddressReach>([
      'public',
      ...(isLoopback ? (['loopback'] as const) : []),
      ...(options.reach === 'also_private' ? (['private', 'loopback'] as const) : []),
    ]);
  }

  /** Posts once. Undefined once it is told; else why not, in our own words. */
  async tell(
    { id, body }: { readonly id: string; readonly body: string },
    { timeoutMs, signal }: { readonly timeoutMs: number; readonly signal: AbortSignal },
  ): Promise<string | undefined> {
    const { url, secret, privateSetting } = this.#options;
    const headers = signatureHeaders({ id, at: new Date(), body }, secret);
    try {
      const status = await post({ url, body, headers, reach: this.#reach, timeoutMs, signal });
      return status >= 200 && status < 300 ? undefined : `it answered ${status}`;
    } catch (error) {
      if (error instanceof AddressRefused) return `${error.message}; see ${privateSetting}`;
      return whyNot(error);
    }
  }
}

function whyNot(error: unknown): string {
  if (!(error instanceof Error)) return 'it could not be reached';
  const { cause } = error;
  if (cause instanceof Error && cause.name === 'TimeoutError') return 'it did not answer in time';
  return 'code' in error ? String(error.code) : 'it could not be reached';
}
