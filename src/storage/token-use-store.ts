import type { Log } from '../base/log.ts';
import { OpenedWhenUsed } from '../base/opened-when-used.ts';
import type { TokenUseStore } from '../identity/token-use.ts';
import { openDatabase } from './database.ts';
import type { Database, DatabaseLocation } from './database.ts';

const writeDelayMs = 2_000;
/** The state database is written by the event loop's thread: a locked file may hold it up only this long. */
const busyTimeoutMs = 50;
const rowsPerInsert = 500;

export interface TokenUseStoreOptions {
  readonly location: DatabaseLocation;
  readonly log: Log;
}

/** The location of state.db. */
export function stateFile(path: string): DatabaseLocation {
  return { kind: 'sqlite', path, durability: 'normal', busyTimeoutMs };
}

/** Opens its database when there is something to write or to read. */
export function openTokenUseStore(options: TokenUseStoreOptions): TokenUseStore {
  return new SqlTokenUseStore(options);
}

class SqlTokenUseStore implements TokenUseStore {
  readonly #options: TokenUseStoreOptions;
  /** The latest use of each token since the last write. */
  #noted = new Map<string, Date>();
  readonly #database: OpenedWhenUsed<Database>;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();
  #isFailing = false;
  #closed: Promise<void> | undefined;

  constructor(options: TokenUseStoreOptions) {
    this.#options = options;
    const { location, log } = options;
    this.#database = new OpenedWhenUsed(() => openDatabase(location, { areas: ['state'], log }));
  }

  touch(tokenHash: string, at: Date): void {
    if (this.#closed) return;
    keepLatest(this.#noted, tokenHash, at);
    this.#timer ??= this.#writeSoon();
  }

  async firstSeen(tokenHashes: readonly string[], now: Date): Promise<ReadonlyMap<string, Date>> {
    const { sql } = await this.#database.get();
    const seen = new Map<string, Date>();
    for (const hashes of inTurns(tokenHashes)) {
      await sql
        .insertInto('token_first_seen')
        .values(hashes.map((token_hash) => ({ token_hash, first_seen_at: now.getTime() })))
        .onConflict((conflict) => conflict.column('token_hash').doNothing())
        .execute();
      const rows = await sql.selectFrom('token_first_seen').selectAll().where('token_hash', 'in', hashes).execute();
      for (const row of rows) seen.set(row.token_hash, new Date(row.first_seen_at));
    }
    return seen;
  }

  async lastUsed(): Promise<ReadonlyMap<string, Date>> {
    const { sql } = await this.#database.get();
    const rows = await sql.selectFrom('token_use').select(['token_hash', 'last_used_at']).execute();
    const uses = new Map(rows.map((row) => [row.token_hash, new Date(row.last_used_at)]));
    for (const [tokenHash, at] of this.#noted) keepLatest(uses, tokenHash, at);
    return uses;
  }

  close(): Promise<void> {
    return (this.#closed ??= this.#close());
  }

  #writeSoon(): NodeJS.Timeout {
    return setTimeout(() => {
      this.#timer = undefined;
      this.#writing = this.#writing.then(() => this.#write());
    }, writeDelayMs).unref();
  }

  /** What cannot be written is noted again and tried with the next use. */
  async #write(): Promise<void> {
    const uses = this.#noted;
    this.#noted = new Map();
    try {
      await writeUses(await this.#database.get(), uses);
      this.#isFailing = false;
    } catch (error) {
      for (const [tokenHash, at] of uses) keepLatest(this.#noted, tokenHash, at);
      if (!this.#isFailing) this.#options.log.warn({ err: error }, 'the last use of tokens cannot be written');
      this.#isFailing = true;
    }
  }

  async #close(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#writing;
    if (this.#noted.size > 0) await this.#write();
    const database = await this.#database.ifOpen();
    await database?.close();
  }
}

function keepLatest(uses: Map<string, Date>, tokenHash: string, at: Date): void {
  const known = uses.get(tokenHash);
  if (!known || known < at) uses.set(tokenHash, at);
}

/** Several processes write: the latest use wins. In one order of keys, so that they cannot deadlock. */
async function writeUses({ sql }: Database, uses: ReadonlyMap<string, Date>): Promise<void> {
  const rows = [...uses]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([token_hash, at]) => ({ token_hash, last_used_at: at.getTime() }));
  for (let start = 0; start < rows.length; start += rowsPerInsert) {
    await sql
      .insertInto('token_use')
      .values(rows.slice(start, start + rowsPerInsert))
      .onConflict((conflict) =>
        conflict
          .column('token_hash')
          .doUpdateSet((row) => ({ last_used_at: row.ref('excluded.last_used_at') }))
          .whereRef('excluded.last_used_at', '>', 'token_use.last_used_at'),
      )
      .execute();
  }
}

/** As many as one statement takes. In one order, so that several processes cannot deadlock. */
function* inTurns(tokenHashes: readonly string[]): Generator<readonly string[]> {
  const sorted = [...new Set(tokenHashes)].sort();
  for (let start = 0; start < sorted.length; start += rowsPerInsert) yield sorted.slice(start, start + rowsPerInsert);
}
