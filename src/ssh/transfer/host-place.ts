import { createHash } from 'node:crypto';
import { posix } from 'node:path';
import { GatewayError } from '../../base/errors.ts';
import { shellWord } from '../../base/shell-word.ts';
import type { OutputSink } from '../access.ts';
import type { Connection } from '../connect/connection.ts';
import { mustBeRegular, mustLeadToItself, typeOf } from '../files/file-checks.ts';
import { readChunks, writeChunks } from '../files/file-chunks.ts';
import { fileError, statusOf } from '../files/file-error.ts';
import { entriesWithin, type DirectoryLimits } from '../files/list-directory.ts';
import { statusCode, type Attributes } from '../files/sftp-packets.ts';
import type { Sftp } from '../files/sftp.ts';
import { runCommand } from '../runs/run.ts';
import { readSections, sectionScript } from '../runs/sections.ts';
import {
  factsOf,
  type FileFacts,
  type Place,
  type PlacedEntry,
  type SourceFile,
  type UnfinishedFile,
} from './place.ts';

const limits: DirectoryLimits = { entries: 100_000, nameBytes: 32 * 1024 * 1024, ms: 30_000 };
/** Up to this size a file is read back over SFTP: that takes less time than to start a program. */
const readBackBytes = 1024 * 1024;
/** A host is given so long to hash a file, and more for a large one. */
const hashMs = 60_000;
const leastHashBytesPerMs = 10_000;
/** What we say ourselves before anything is asked for. */
const refusals: ReadonlySet<string> = new Set(['already_exists', 'path_not_permitted']);
const maxAnswerBytes = 64 * 1024;

/** openssl(1) uses what the processor has for it; sha256sum(1) need not. */
const hashBody = [
  'p=$1; n=$2',
  'sum() { if command -v openssl >/dev/null; then openssl dgst -sha256 -r; else sha256sum; fi; }',
  'first() { head -c "$n" "$p" | sum; }',
  'section hash first',
].join('; ');

/** A host's files over one call's SFTP. What is large the host hashes itself, where it can. */
export class HostPlace implements Place {
  readonly name: string;
  readonly #sftp: Sftp;
  readonly #connection: Connection;
  readonly #ends: AbortSignal;
  #ourUid: Promise<number | undefined> | undefined;

  constructor(sftp: Sftp, connection: Connection, ends: AbortSignal) {
    this.name = sftp.channel.host;
    this.#sftp = sftp;
    this.#connection = connection;
    this.#ends = ends;
  }

  shown(path: string): string {
    return path;
  }

  async lookAt(path: string): Promise<FileFacts | undefined> {
    try {
      return described(await this.#sftp.lstat(path));
    } catch (error) {
      if (statusOf(error) === statusCode.noSuchFile) return undefined;
      throw error;
    }
  }

  async *entries(path: string): AsyncIterable<PlacedEntry | 'limit'> {
    const handle = await this.#sftp.opendir(path);
    try {
      await mustLeadToItself(this.#sftp, path);
      for await (const entry of entriesWithin(this.#sftp, handle, limits)) {
        yield entry === 'limit' ? entry : { name: entry.name, facts: described(entry.attributes) };
      }
    } finally {
      void this.#sftp.close(handle);
    }
  }

  async openSource(path: string): Promise<SourceFile> {
    const sftp = this.#sftp;
    // Opening a pipe could hang the server for all.
    mustBeRegular(await sftp.lstat(path), path);
    const handle = await sftp.open(path, 'read');
    const close = async (): Promise<void> => void sftp.close(handle);
    try {
      const [attributes] = await Promise.all([sftp.fstat(handle), mustLeadToItself(sftp, path)]);
      mustBeRegular(attributes, path);
      const facts = described(attributes);
      const { sizeBytes } = facts;
      return {
        facts,
        chunks: (offset) => readChunks(sftp, handle, { offset, length: sizeBytes - offset, sizeBytes }),
        isUnchanged: async () => {
          const now = described(await sftp.fstat(handle));
          return now.sizeBytes === sizeBytes && now.modified === facts.modified;
        },
        [Symbol.asyncDispose]: close,
      };
    } catch (error) {
      await close();
      throw error;
    }
  }

  async create(path: string): Promise<UnfinishedFile> {
    return this.#unfinished(await this.#sftp.open(path, 'createAndCheck', 0o600));
  }

  async resume(path: string): Promise<UnfinishedFile> {
    const handle = await this.#sftp.open(path, 'updateAndCheck');
    const file = this.#unfinished(handle);
    try {
      mustBeRegular(await this.#sftp.fstat(handle), path);
      await mustLeadToItself(this.#sftp, path);
      return file;
    } catch (error) {
      await file[Symbol.asyncDispose]();
      throw error;
    }
  }

  async isOurs({ uid }: FileFacts): Promise<boolean> {
    this.#ourUid ??= this.#sftp.realpath('.').then(async (home) => (await this.#sftp.lstat(home)).owner?.uid);
    return uid !== undefined && uid === (await this.#ourUid);
  }

  async hash(path: string, bytes: number): Promise<string> {
    const own = bytes <= readBackBytes ? undefined : await this.#hashThere(path, bytes);
    if (own !== undefined) return own;
    await using file = await this.openSource(path);
    return await hashOf(file.chunks(0), bytes);
  }

  async giveName(from: string, to: string, existing: 'replace' | 'keep'): Promise<void> {
    await mustLeadToItself(this.#sftp, posix.dirname(to));
    this.#sftp.changesBegin();
    if (existing === 'keep') await this.#nameIfFree(from, to);
    else if (this.#sftp.canReplace) await this.#sftp.replace(from, to);
    else {
      await this.#sftp.unlink(to);
      await this.#sftp.renameToFreeName(from, to);
    }
  }

  async #nameIfFree(from: string, to: string): Promise<void> {
    try {
      await this.#sftp.renameToFreeName(from, to);
    } catch (error) {
      if (statusOf(error) !== statusCode.failure || !(await this.lookAt(to))) throw error;
      throw new GatewayError('already_exists', `${to} on ${this.name} was made meanwhile, and is left alone.`, {
        cause: error,
      });
    }
  }

  async remove(path: string): Promise<void> {
    await this.#sftp.unlink(path);
  }

  async makeDirectory(path: string, mode: number): Promise<void> {
    this.#sftp.changesBegin();
    await this.#sftp.mkdir(path, mode);
  }

  readLink(path: string): Promise<string> {
    return this.#sftp.readlink(path);
  }

  async makeLink(path: string, target: string): Promise<void> {
    this.#sftp.changesBegin();
    await this.#sftp.symlink(path, target);
  }

  async freeBytes(directory: string): Promise<number | undefined> {
    return await this.#sftp.freeBytes(directory).catch(() => undefined);
  }

  isRefusal(error: unknown): boolean {
    return statusOf(error) !== undefined || (error instanceof GatewayError && refusals.has(error.code));
  }

  explained(path: string, error: unknown): unknown {
    return fileError(this.#sftp, path, error);
  }

  #unfinished(handle: Buffer): UnfinishedFile {
    const sftp = this.#sftp;
    return {
      write: async (source, offset) => {
        await writeChunks(sftp, handle, source, offset);
      },
      hashBack: (bytes) => hashOf(readChunks(sftp, handle, { offset: 0, length: bytes, sizeBytes: bytes }), bytes),
      setMode: (mode) => sftp.fsetstat(handle, { mode }),
      sync: () => sftp.fsync(handle),
      [Symbol.asyncDispose]: () => sftp.close(handle),
    };
  }

  /** Undefined where the host has no such programs, or runs none for us. */
  async #hashThere(path: string, bytes: number): Promise<string | undefined> {
    const command = sectionScript(hashBody, [shellWord(path), String(bytes)]);
    const answer: Buffer[] = [];
    let room = maxAnswerBytes;
    const output: OutputSink = {
      stdout: (chunk) => {
        if (room > 0) answer.push(chunk.subarray(0, room));
        room -= chunk.length;
      },
      stderr: () => undefined,
    };
    const timeoutMs = hashMs + Math.ceil(bytes / leastHashBytesPerMs);
    try {
      await runCommand(this.#connection, { command, timeoutMs, output, signal: this.#ends });
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
    }
    this.#ends.throwIfAborted();
    const [line = ''] = readSections(Buffer.concat(answer).toString()).get('hash')?.lines ?? [];
    return /^([0-9a-f]{64})\b/.exec(line)?.[1];
  }
}

/** As far as there are so many. */
async function hashOf(chunks: AsyncIterable<Buffer>, bytes: number): Promise<string> {
  const hash = createHash('sha256');
  let left = bytes;
  for await (const chunk of chunks) {
    hash.update(chunk.subarray(0, left));
    left -= chunk.length;
    if (left <= 0) break;
  }
  return hash.digest('hex');
}

function described(attributes: Attributes): FileFacts {
  return factsOf(typeOf(attributes), attributes);
}
