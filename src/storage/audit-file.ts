import { randomBytes } from 'node:crypto';
import { sql as raw, type Kysely } from 'kysely';
import { chainOrigin } from '../audit/chain.ts';
import type { OutcomeRecord } from '../audit/event.ts';
import { link, looseRecord } from '../audit/link.ts';
import type { ChainHead, LooseRecord } from '../audit/link.ts';
import { thisProcess } from '../base/process-identity.ts';
import { outcomesOfLostCalls } from '../audit/recover.ts';
import type { AuditStore } from '../audit/trail.ts';
import { cutOldChains, removeSome, type Retention } from './audit-retention.ts';
import type { Schema } from './schema.ts';
import { AuditAppender, type Appended } from './audit-appender.ts';
import { SqlAuditStore } from './audit-store.ts';
import type { Database } from './database.ts';
import { migrate } from './migrations.ts';
import { openSqlite } from './sqlite.ts';
import { WatchedFiles } from './watched-files.ts';

const busyTimeoutMs = 3_000;
const maxSeals = 64;
/** Well below the day that records are kept at the least: nobody removes a chain that is being written. */
const longestChainMs = 12 * 3_600_000;

interface OpenFile {
  readonly database: Database;
  readonly appender: AuditAppender;
  readonly files: WatchedFiles;
}

export interface AuditFileOptions {
  readonly path: string;
  readonly version: string;
  /** Told when records that were acknowledged are not in the file any more. */
  readonly warn: (text: string) => void;
}

/**
 * This process's chain in an SQLite file. One operation at a time; each is on disk when it resolves.
 *
 * After a failure the file is opened again, and our place in it read from it, before anything more is written: what is
 * there decides, not what we believe.
 */
export class AuditFile {
  readonly #options: AuditFileOptions;
  #open: OpenFile | undefined;
  #head: ChainHead | undefined;
  /** Whether the head was read or written since the file was opened. */
  #headIsCurrent = false;
  /** Of our chain: epoch milliseconds. */
  #startedAt = 0;

  constructor(options: AuditFileOptions) {
    this.#options = options;
  }

  /** Our last record that is known to be on disk. */
  get head(): ChainHead | undefined {
    return this.#head;
  }

  /** Gives the places of the records that were not written: the approval that they use was used. */
  async append(records: readonly LooseRecord[]): Promise<ReadonlySet<number>> {
    this.#leaveOldChain();
    const head = this.#headIsCurrent ? this.#head : undefined;
    if (!head) return await this.#extend((store) => usable(store, records));
    const appended = await this.#attempt(async ({ appender }): Promise<Appended> => appender.append(head, records));
    this.#head = appended.head;
    return appended.refused;
  }

  /** Writes an outcome for every call that was lost with its process. */
  async recover(): Promise<readonly OutcomeRecord[]> {
    return await this.#extend(async (store) => {
      const outcomes = await outcomesOfLostCalls(store, thisProcess(), new Date());
      return { records: outcomes.map(looseRecord), result: outcomes };
    });
  }

  /** Removes some of what is too old, once that is on record. True where there may be more. */
  async cut({ before, exportedTo }: Omit<Retention, 'own'>): Promise<boolean> {
    const hasRemoved = await this.#attempt(({ database }) => database.exclusively(removeSome));
    if (hasRemoved) return true;
    return await this.#extend(async (_, sql) => {
      const record = await cutOldChains(sql, { before, exportedTo, own: this.#head?.chain });
      return { records: record ? [record] : [], result: record !== undefined };
    });
  }

  /** Writes durably, without leaving a trace: the header keeps the value it has. */
  async probe(): Promise<void> {
    await this.#attempt(async ({ database }) => writeHeader(database));
  }

  async close(): Promise<void> {
    const open = this.#open;
    this.#open = undefined;
    this.#headIsCurrent = false;
    await open?.database.close();
  }

  /** So that what is old can be removed chain by chain, the one that a process writes must not grow old with it. */
  #leaveOldChain(): void {
    const age = Date.now() - this.#startedAt;
    // The clock may have been set back.
    if (this.#head === undefined || (age >= 0 && age < longestChainMs)) return;
    this.#head = undefined;
    this.#headIsCurrent = false;
  }

  async #extend<T>(
    work: (
      store: AuditStore,
      sql: Kysely<Schema>,
    ) => Promise<{ readonly records: readonly LooseRecord[]; readonly result: T }>,
  ): Promise<T> {
    const { result, head } = await this.#attempt(({ database }) =>
      database.exclusively(async (sql) => {
        const store = new SqlAuditStore(sql);
        const { records, result } = await work(store, sql);
        return { result, head: records.length > 0 ? await this.#write(store, records) : undefined };
      }),
    );
    if (head) {
      this.#head = head;
      this.#headIsCurrent = true;
    }
    return result;
  }

  async #write(store: AuditStore, records: readonly LooseRecord[]): Promise<ChainHead | undefined> {
    const place = await this.#place(store);
    const linked = place ? link(place, records) : link(newChain(), [await this.#chainStart(store), ...records]);
    await store.append(linked);
    return linked.at(-1);
  }

  /** Undefined where we have no chain in this file, or one that lacks what we know was written. */
  async #place(store: AuditStore): Promise<ChainHead | undefined> {
    const head = this.#head;
    if (!head || this.#headIsCurrent) return head;
    const stored = await store.head(head.chain);
    if (stored && stored.seq >= head.seq) return { chain: head.chain, ...stored };
    const held = stored ? `ends at record ${stored.seq}` : 'is gone';
    this.#options.warn(`${this.#options.path} was replaced: our chain ${head.chain} of ${head.seq} records ${held}`);
    return undefined;
  }

  async #chainStart(store: AuditStore): Promise<LooseRecord> {
    const { version } = this.#options;
    this.#startedAt = Date.now();
    const seals = await store.heads(maxSeals);
    return looseRecord({ kind: 'chain_start', at: new Date().toISOString(), version, ...thisProcess(), seals });
  }

  async #attempt<T>(work: (open: OpenFile) => Promise<T>): Promise<T> {
    try {
      const open = (this.#open ??= await openFile(this.#options.path));
      open.files.assertUnchanged();
      const result = await work(open);
      // What was written to a file that has lost its name meanwhile is not on record.
      open.files.assertUnchanged();
      return result;
    } catch (error) {
      await this.close();
      throw error;
    }
  }
}

async function usable(
  store: AuditStore,
  all: readonly LooseRecord[],
): Promise<{ readonly records: readonly LooseRecord[]; readonly result: ReadonlySet<number> }> {
  const refused = new Set<number>();
  for (const [place, { uses, callId }] of all.entries()) {
    if (uses !== undefined && !(await store.use(uses, callId ?? ''))) refused.add(place);
  }
  return { records: all.filter((_, place) => !refused.has(place)), result: refused };
}

async function openFile(path: string): Promise<OpenFile> {
  const database = await openSqlite({ kind: 'sqlite', path, durability: 'full', busyTimeoutMs });
  try {
    await migrate(database, 'audit');
    await writeHeader(database);
    return { database, appender: new AuditAppender(database.file), files: new WatchedFiles(path) };
  } catch (error) {
    await database.close();
    throw error;
  }
}

async function writeHeader(database: Database): Promise<void> {
  await database.exclusively(async (sql) => {
    await raw`pragma user_version = 0`.execute(sql);
  });
}

function newChain(): ChainHead {
  return { chain: randomBytes(16).toString('hex'), seq: 0, hash: chainOrigin };
}
