import type { Log } from '../base/log.ts';
import { expiryAfter, type ApiToken, type TokenHash } from './token-entry.ts';

/** When each token was first seen: now, for those that never were. */
export type FirstSeen = (hashes: readonly TokenHash[]) => Promise<ReadonlyMap<string, Date>>;

export interface Lifetime {
  /** How long a token without `expires_at` lives; undefined: for ever. */
  readonly expiryHours?: number | undefined;
  /** For tokens that do not say when they were created. */
  readonly firstSeen?: FirstSeen | undefined;
}

/** Tokens that are bound to a lifetime and do not say when it began: it began when they were first seen. */
export async function withFirstSight(
  tokens: ReadonlyMap<TokenHash, ApiToken>,
  { expiryHours, firstSeen }: Lifetime,
): Promise<ReadonlyMap<TokenHash, ApiToken>> {
  const undated = [...tokens.values()].filter((token) => token.expiresAt === undefined).map(({ hash }) => hash);
  if (expiryHours === undefined || firstSeen === undefined || undated.length === 0) return tokens;
  const seen = await firstSeen(undated);
  const dated = [...tokens].map(([hash, token]): readonly [TokenHash, ApiToken] => {
    const at = token.expiresAt === undefined ? seen.get(hash) : undefined;
    return [hash, at === undefined ? token : { ...token, expiresAt: expiryAfter(at, expiryHours) }];
  });
  return new Map(dated);
}

const dayMs = 24 * 3_600_000;
const noticeMs = 30 * dayMs;

/** What to tell of a token that ends within 30 days, or has ended. */
export function expiryNotice({ name, enabled, expiresAt }: ApiToken): string | undefined {
  if (!enabled || expiresAt === undefined) return undefined;
  const leftMs = expiresAt.getTime() - Date.now();
  if (leftMs > noticeMs) return undefined;
  return `Token '${name}' ${leftMs <= 0 ? 'expired' : 'expires'} on ${expiresAt.toISOString()}`;
}

/** Logs the notice of each token once a day, however often it is asked to look. */
export class ExpiryNotices implements Disposable {
  readonly #log: Log;
  readonly #timer: NodeJS.Timeout;
  #tokens: readonly ApiToken[] = [];
  #saidAt: ReadonlyMap<TokenHash, number> = new Map();

  constructor(log: Log) {
    this.#log = log;
    this.#timer = setInterval(() => this.#look(), dayMs / 24).unref();
  }

  watch(tokens: Iterable<ApiToken>): void {
    this.#tokens = [...tokens];
    this.#look();
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const saidAt = new Map<TokenHash, number>();
    for (const token of this.#tokens) {
      const notice = expiryNotice(token);
      if (notice === undefined) continue;
      const before = this.#saidAt.get(token.hash);
      const isDue = before === undefined || Date.now() - before >= dayMs;
      if (isDue) this.#log.warn(notice);
      saidAt.set(token.hash, isDue ? Date.now() : before);
    }
    this.#saidAt = saidAt;
  }
}
