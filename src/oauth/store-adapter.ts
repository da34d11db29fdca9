import { timingSafeEqual } from 'node:crypto';
import { errors, type Adapter, type StoredPayload } from 'oidc-provider';
import type { FoundRecord, OAuthStore } from './oauth-store.ts';
import { recordKey } from './record-key.ts';

/** A client that is not used for so long has to register again. */
const clientLifetimeMs = 90 * 24 * 3_600_000;
const dayMs = 24 * 3_600_000;

/** One model of the authorization server, over our store. */
export class StoreAdapter implements Adapter {
  readonly #model: string;
  readonly #store: OAuthStore;

  constructor(model: string, store: OAuthStore) {
    this.#model = model;
    this.#store = store;
  }

  async upsert(id: string, payload: StoredPayload, expiresInS: number | undefined): Promise<void> {
    const grantId = payload['grantId'];
    await this.#store.upsert({
      model: this.#model,
      key: recordKey(id),
      payload: withoutCredentials(this.#model, payload),
      grantId: typeof grantId === 'string' ? grantId : undefined,
      expiresAt: this.#expiry(expiresInS),
    });
  }

  async find(id: string): Promise<StoredPayload | undefined> {
    const found = await this.#store.find(this.#model, recordKey(id));
    if (found === undefined) return undefined;
    if (this.#model === 'Client') {
      await this.#keepClient(id, found);
      return found.payload;
    }
    const consumed = found.consumedAt && Math.floor(found.consumedAt.getTime() / 1000);
    return { ...found.payload, jti: id, ...(consumed !== undefined && { consumed }) };
  }

  /** Nobody stays signed in, so nothing is looked up by the id of a login. */
  async findByUid(): Promise<undefined> {}

  async findByUserCode(): Promise<undefined> {}

  /** Only one attempt may win: whoever comes second holds a copy, or somebody else does (RFC 9700, section 4.14). */
  async consume(id: string): Promise<void> {
    if (await this.#store.consume(this.#model, recordKey(id), new Date())) return;
    const found = await this.#store.find(this.#model, recordKey(id));
    const grantId = found?.payload['grantId'];
    if (typeof grantId === 'string') await this.#revokeAllOf(grantId);
    throw new errors.InvalidGrant('used already');
  }

  async destroy(id: string): Promise<void> {
    await this.#store.destroy(this.#model, recordKey(id));
  }

  async revokeByGrantId(grantId: string): Promise<void> {
    await this.#store.revokeByGrantId(this.#model, grantId);
  }

  async #revokeAllOf(grantId: string): Promise<void> {
    for (const model of ['AccessToken', 'RefreshToken', 'AuthorizationCode']) {
      await this.#store.revokeByGrantId(model, grantId);
    }
    await this.#store.destroy('Grant', recordKey(grantId));
  }

  #expiry(expiresInS: number | undefined): Date | undefined {
    if (this.#model === 'Client') return new Date(Date.now() + clientLifetimeMs);
    return expiresInS === undefined ? undefined : new Date(Date.now() + expiresInS * 1000);
  }

  /** At most once a day for each. */
  async #keepClient(id: string, { payload, expiresAt }: FoundRecord): Promise<void> {
    const leftMs = (expiresAt?.getTime() ?? Infinity) - Date.now();
    if (leftMs > clientLifetimeMs - dayMs) return;
    const renewed = { payload, grantId: undefined, expiresAt: this.#expiry(undefined) };
    await this.#store.upsert({ model: this.#model, key: recordKey(id), ...renewed });
  }
}

/**
 * The id of a token is the token itself: it is not kept. Of a client's secret only the hash is,
 * and of a browser's login not who it was, so that each consent is asked of whoever sits there.
 */
function withoutCredentials(model: string, payload: StoredPayload): StoredPayload {
  if (model === 'Client') {
    const secret = payload['client_secret'];
    return typeof secret === 'string' ? { ...payload, client_secret: clientSecretHash(secret) } : payload;
  }
  const { jti: _jti, ...rest } = payload;
  if (model !== 'Session') return rest;
  const { accountId: _accountId, authorizations: _authorizations, ...anonymous } = rest;
  return anonymous;
}

const hashPrefix = 'sha256:';

/** Client secrets have hundreds of random bits: a plain hash cannot be searched. */
function clientSecretHash(secret: string): string {
  return `${hashPrefix}${recordKey(secret)}`;
}

/** Whether a client presented its secret; that of a configured client is kept as it is. */
export function isClientSecret(kept: string, presented: string): boolean {
  const expected = kept.startsWith(hashPrefix) ? kept : clientSecretHash(kept);
  const [a, b] = [Buffer.from(expected), Buffer.from(clientSecretHash(presented))];
  return a.length === b.length && timingSafeEqual(a, b);
}
