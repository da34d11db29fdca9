/** When each token was last used. Implemented by `storage/`. */
export interface TokenUseStore {
  /** Noted now, written soon: never delays and never fails a call. */
  touch(tokenHash: string, at: Date): void;
  /** By token hash, what is not yet written included. */
  lastUsed(): Promise<ReadonlyMap<string, Date>>;
  /** Writes what is noted, then closes. */
  close(): Promise<void>;
}
