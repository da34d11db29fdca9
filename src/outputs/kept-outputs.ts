import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { RE2JS } from 're2js';
import { GatewayError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { PrincipalId } from '../identity/caller.ts';
import { Catalogue, type KeptOutput } from './catalogue.ts';
import { OutputCollector, type ByteFilter } from './collector.ts';
import { factsFile, isOutputId, openStream, readFacts, type OutputFacts } from './output-file.ts';
import { prune } from './retention.ts';
import { searchLines, type SearchLimits, type SearchResult } from './search.ts';
import { ByteBudget, Spool, type StreamName } from './spool.ts';

const mebibyte = 1024 * 1024;
const hourMs = 3_600_000;
const pruneEveryMs = hourMs / 6;

export const defaultOutputLimits = {
  /** Of stdout and stderr together, in an answer. */
  inlineBytes: 16_384,
  /** Zero: nothing is kept. */
  maxOutputBytes: 64 * mebibyte,
  maxTotalBytes: 1024 * mebibyte,
  maxAgeMs: 24 * hourMs,
};
export type OutputLimits = Readonly<typeof defaultOutputLimits>;

export interface KeptOutputsOptions {
  /** Made, and kept to ourselves, when it is opened. Several processes may share it. */
  readonly directory: string;
  readonly log: Log;
  /** What every stream passes before it is shown or kept. */
  readonly filter: () => ByteFilter;
  readonly limits?: Partial<OutputLimits>;
}

export interface OutputRange {
  readonly data: Buffer;
  /** Bytes of the stream that were kept. */
  readonly sizeBytes: number;
  /** Bytes the command wrote to the stream. */
  readonly writtenBytes: number;
}

/** Outputs too long for an answer, kept on disk for a day, each for the principal whose command made it. */
export class KeptOutputs implements AsyncDisposable {
  readonly #directory: string;
  readonly #log: Log;
  readonly #filter: () => ByteFilter;
  readonly #limits: OutputLimits;
  readonly #catalogue: Catalogue;
  /** Of the outputs that are being written. */
  readonly #budget: ByteBudget;
  readonly #timer: NodeJS.Timeout;
  #pruning: Promise<void> = Promise.resolve();
  #unprunedBytes = 0;

  constructor({ directory, log, filter, limits }: KeptOutputsOptions) {
    this.#directory = directory;
    this.#log = log;
    this.#filter = filter;
    this.#limits = { ...defaultOutputLimits, ...limits };
    this.#catalogue = new Catalogue(directory);
    this.#budget = new ByteBudget(this.#limits.maxTotalBytes);
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    chmodSync(directory, 0o700);
    this.#timer = setInterval(() => void this.prune(), pruneEveryMs).unref();
    void this.prune();
  }

  /** Bytes of output in an answer. */
  get inlineBytes(): number {
    return this.#limits.inlineBytes;
  }

  /** Takes the output of one command of `owner`'s. The caller disposes it. */
  collect(owner: PrincipalId, inlineBytes = this.#limits.inlineBytes): OutputCollector {
    const shelf = {
      open: () => this.#open(),
      keep: (spool: Spool, bytes: OutputFacts['bytes']) => this.#keep(spool, { owner, bytes }),
      discard: (spool: Spool) => this.#discard(spool),
    };
    return new OutputCollector(inlineBytes, shelf, this.#filter);
  }

  /** All that is kept for `owner`, the newest first. */
  async list(owner: PrincipalId): Promise<readonly KeptOutput[]> {
    const notBefore = Date.now() - this.#limits.maxAgeMs;
    const own = (await this.#catalogue.all()).filter((output) => output.owner === owner && output.at >= notBefore);
    return own.sort((a, b) => b.at - a.at);
  }

  /** A range of one stream; beyond its end, nothing. Rejects with `output_not_found` for all but its owner. */
  async readRange(
    owner: PrincipalId,
    id: string,
    range: { readonly stream: StreamName; readonly offset: number; readonly maxBytes: number },
  ): Promise<OutputRange> {
    const { file, facts } = await this.#openFor(owner, id, range.stream);
    await using _file = file;
    const { size } = await file.stat();
    const data = Buffer.alloc(Math.max(0, Math.min(range.maxBytes, size - range.offset)));
    const { bytesRead } = await file.read(data, 0, data.length, range.offset);
    const writtenBytes = facts.bytes[range.stream];
    return { data: data.subarray(0, bytesRead), sizeBytes: size, writtenBytes };
  }

  /** The lines of one stream that match. Rejects with `output_not_found` for all but its owner. */
  async search(
    owner: PrincipalId,
    id: string,
    query: { readonly stream: StreamName; readonly pattern: RE2JS; readonly limits: SearchLimits },
  ): Promise<SearchResult> {
    const { file } = await this.#openFor(owner, id, query.stream);
    await using _file = file;
    const chunks: AsyncIterable<Buffer> = file.createReadStream({ autoClose: false });
    return await searchLines(chunks, query.pattern, query.limits);
  }

  /** Removes what is too old or too much. Never rejects: what cannot be removed is logged and tried again. */
  prune(): Promise<void> {
    const { maxAgeMs, maxTotalBytes } = this.#limits;
    this.#unprunedBytes = 0;
    this.#pruning = this.#pruning
      .then(() => prune(this.#directory, { notBefore: Date.now() - maxAgeMs, maxBytes: maxTotalBytes }))
      .catch((error: unknown) => this.#log.warn({ err: error }, 'cannot remove old outputs'));
    return this.#pruning;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    await this.#pruning;
  }

  #open(): Spool | undefined {
    const id = `out_${randomBytes(16).toString('hex')}`;
    const { maxOutputBytes } = this.#limits;
    if (maxOutputBytes === 0) return undefined;
    try {
      return new Spool(this.#directory, id, { maxBytes: maxOutputBytes, shared: this.#budget, log: this.#log });
    } catch (error) {
      this.#log.warn({ err: error }, 'cannot keep an output');
      return undefined;
    }
  }

  #keep(spool: Spool, facts: OutputFacts): boolean {
    spool.close();
    try {
      writeFileSync(join(spool.directory, factsFile), JSON.stringify(facts), { flag: 'wx', mode: 0o600 });
    } catch (error) {
      this.#log.warn({ err: error }, 'cannot keep an output');
      return false;
    }
    this.#unprunedBytes += spool.kept('stdout') + spool.kept('stderr');
    if (this.#unprunedBytes > this.#limits.maxTotalBytes / 16) void this.prune();
    return true;
  }

  #discard(spool: Spool): void {
    spool.close();
    try {
      rmSync(spool.directory, { recursive: true, force: true });
    } catch (error) {
      this.#log.warn({ err: error, directory: spool.directory }, 'cannot remove an output');
    }
  }

  /** Absent, somebody else's, expired and not even an id all look the same. */
  async #openFor(
    owner: PrincipalId,
    id: string,
    stream: StreamName,
  ): Promise<{ file: FileHandle; facts: OutputFacts }> {
    const directory = join(this.#directory, isOutputId(id) ? id : 'none');
    const facts = await readFacts(directory);
    const mayRead = facts?.owner === owner && facts.at >= Date.now() - this.#limits.maxAgeMs;
    const file = mayRead ? await openStream(directory, stream) : undefined;
    if (facts && file) return { file, facts };
    const message = 'No output is kept under this id. Outputs are kept for a day; run the command again for a new one.';
    throw new GatewayError('output_not_found', message);
  }
}
