import type { Log } from '../base/log.ts';
import { hashToken } from './token-entry.ts';

/** When each token was last used. Implemented by `storage/`. */
export interface TokenUseStore {
  /** Noted now, written soon: never delays and never fails a call. */
  touch(tokenHash: string, at: Date): void;
  /** When each was first seen, over all processes and starts; those that never were are seen at `now`. */
  firstSeen(tokenHashes: readonly string[], now: Date): Promise<ReadonlyMap<string, Date>>;
  /** By token hash, what is not yet written included. */
  lastUsed(): Promise<ReadonlyMap<string, Date>>;
  /** Writes what is noted, then closes. */
  close(): Promise<void>;
}

export interface TokenUsesOptions {
  /** Called at the first use of any token: a process that sees none opens no store. */
  readonly openStore: () => Promise<TokenUseStore>;
  readonly onFirstUse: (token: string) => void;
  readonly log: Log;
}

/** Notes the use of tokens, by their hashes. */
export class TokenUses implements AsyncDisposable {
  readonly #options: TokenUsesOptions;
  readonly #hashes = new Map<string, string>();
  /** For as long as they cannot be kept. */
  readonly #sightings = new Map<string, Date>();
  #store: Promise<TokenUseStore | undefined> | undefined;

  constructor(options: TokenUsesOptions) {
    this.#options = options;
  }

  /** To be called with valid tokens only: each is remembered. */
  note(token: string): void {
    const hash = this.#hashes.get(token) ?? this.#meet(token);
    this.#store ??= this.#open();
    void this.#store.then((store) => store?.touch(hash, new Date()));
  }

  /** When each was first seen; never fails: what cannot be kept is remembered as long as this process lives. */
  async firstSeen(tokenHashes: readonly string[]): Promise<ReadonlyMap<string, Date>> {
    const now = new Date();
    this.#store ??= this.#open();
    try {
      const kept = await (await this.#store)?.firstSeen(tokenHashes, now);
      if (kept !== undefined) return kept;
    } catch (error) {
      this.#options.log.warn(
        { err: error },
        'when tokens were first seen cannot be kept: they live longer than they should',
      );
    }
    for (const hash of tokenHashes) if (!this.#sightings.has(hash)) this.#sightings.set(hash, now);
    return this.#sightings;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await (await this.#store)?.close();
  }

  #meet(token: string): string {
    const hash = hashToken(token);
    this.#hashes.set(token, hash);
    this.#options.onFirstUse(token);
    return hash;
  }

  async #open(): Promise<TokenUseStore | undefined> {
    try {
      return await this.#options.openStore();
    } catch (error) {
      this.#options.log.warn({ err: error }, 'the last use of tokens cannot be noted');
      return undefined;
    }
  }
}
