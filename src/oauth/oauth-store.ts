/** One thing that the authorization server keeps. */
export interface OAuthRecord {
  /** What it is, such as `AccessToken`. */
  readonly model: string;
  /** Recognises it and does not lead back to what was presented. */
  readonly key: string;
  readonly payload: Readonly<Record<string, unknown>>;
  /** The consent that it comes from. */
  readonly grantId: string | undefined;
  /** Undefined: for ever. */
  readonly expiresAt: Date | undefined;
}

export interface FoundRecord {
  readonly payload: Readonly<Record<string, unknown>>;
  readonly expiresAt: Date | undefined;
  readonly consumedAt: Date | undefined;
}

/** What the authorization server keeps, over all processes and starts. Implemented by `storage/`. */
export interface OAuthStore {
  /** Replaces what has the same model and key; that something was consumed stays. */
  upsert(record: OAuthRecord): Promise<void>;
  /** Undefined also for what has expired. */
  find(model: string, key: string): Promise<FoundRecord | undefined>;
  /** True for exactly one of any number of attempts, wherever they are made. */
  consume(model: string, key: string, at: Date): Promise<boolean>;
  destroy(model: string, key: string): Promise<void>;
  revokeByGrantId(model: string, grantId: string): Promise<void>;
  /** Which of these are there and have not expired. */
  present(model: string, keys: readonly string[]): Promise<ReadonlySet<string>>;
  count(model: string): Promise<number>;
  removeExpired(): Promise<void>;
  close(): Promise<void>;
}
