import { randomBytes } from 'node:crypto';
import { GatewayError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { HostId } from '../hosts/host.ts';
import type { PrincipalId } from '../identity/caller.ts';
import type { ReservationStore } from './reservations.ts';
import { hasEnded, type Job, type JobId, type JobState, type StreamBytes } from './job.ts';

/** The jobs of all callers. Implemented by `storage/`. */
export interface JobStore {
  /** Durable when resolved. */
  add(job: Job): Promise<void>;
  find(id: JobId): Promise<Job | undefined>;
  /** The newest first; everybody's where no owner is named. */
  ownedBy(owner: PrincipalId | undefined, limit: number): Promise<readonly Job[]>;
  countUnended(owner: PrincipalId): Promise<number>;
  /** Changes the state unless the job has ended: what was said first of an end stands. Gives the job as it is then. */
  advance(id: JobId, state: JobState, endedAt: number | null): Promise<Job | undefined>;
  /** Notes what was received of it before its host kept it, or to its end. */
  received(id: JobId, outputId: string | null, received: StreamBytes): Promise<void>;
  holdUntil(ids: readonly JobId[], until: number): Promise<void>;
  remove(ids: readonly JobId[]): Promise<void>;
  /** Forgets those that ended before a time, and of each caller's that have ended all but so many. */
  prune(endedBefore: number, maxEnded: number): Promise<void>;
  readonly reservations: ReservationStore;
  close(): Promise<void>;
}

export interface JobLimits {
  /** Of one caller, at the same time. */
  readonly maxUnended: number;
  /** How long a job may run where the call does not say. */
  readonly defaultTimeoutMs: number;
  /** How long one that has ended is kept. */
  readonly retentionMs: number;
}

/** The secrets that must not be shown, in bytes. Implemented by `audit/`. */
export interface SecretsInBytes {
  /** `at`, or the end of the secret that it stands in. */
  clearOf(bytes: Buffer, at: number): number;
  /** How many bytes at the end may be the beginning of a secret. */
  heldBack(bytes: Buffer): number;
  /** Takes them out of a stream. */
  filter(): { push(chunk: Buffer): Buffer; end(): Buffer };
}

export interface JobsOptions {
  /** Called when a store is first needed: a process that has no jobs opens none. */
  readonly openStore: () => Promise<JobStore>;
  readonly redact: (text: string) => string;
  readonly secrets: SecretsInBytes;
  readonly limits: JobLimits;
  /** Whether everybody's jobs may be seen: by the operator, at the command line. */
  readonly scope: 'own' | 'all';
  readonly log: Log;
}

export interface NewJob {
  readonly owner: PrincipalId;
  readonly host: HostId;
  readonly tool: string;
  readonly command: string;
  readonly mark: string;
  readonly timeoutMs: number;
  /** Under which its caller reserved it. */
  readonly key?: string | undefined;
}

export interface HeldPart {
  readonly offset: number;
  readonly data: Buffer;
  readonly sizeBytes: number;
}

/** A run that its host could not keep: it lives as long as we hold it. */
export interface HeldJob {
  /** A part of a stream, counted from the end where the offset is negative. */
  readonly read: (stream: 'stdout' | 'stderr', offset: number, maxBytes: number) => HeldPart;
  readonly cancel: () => void;
  /** Resolves once its end was noted. */
  readonly ended: Promise<void>;
}

const maxListed = 100;
/** Of one caller; of more, the oldest that have ended are forgotten. */
const maxKept = 1_000;
const holdMs = 30_000;
const renewMs = 10_000;
const idPattern = /^job_[0-9a-f]{32}$/;

/** Commands that outlive their calls, each for the principal whose call it was. */
export class Jobs implements AsyncDisposable {
  readonly limits: JobLimits;
  readonly secrets: SecretsInBytes;
  readonly #options: JobsOptions;
  readonly #held = new Map<JobId, HeldJob>();
  /** Who was seen to have as many under way as may be. */
  readonly #full = new Set<PrincipalId>();
  #renewal: NodeJS.Timeout | undefined;
  #store: Promise<JobStore> | undefined;

  constructor(options: JobsOptions) {
    this.#options = options;
    this.limits = options.limits;
    this.secrets = options.secrets;
  }

  /** Throws `busy` for who has too many under way. */
  async checkRoom(owner: PrincipalId): Promise<void> {
    const store = await this.#open();
    if ((await store.countUnended(owner)) < this.limits.maxUnended) return;
    const message =
      `You have ${this.limits.maxUnended} jobs under way, which is the most. Wait for one with get_job, or end one with ` +
      'cancel_job. A command whose timeout is no longer than its wait needs no room.';
    throw new GatewayError('busy', message);
  }

  /**
   * As `checkRoom`, before a command is started that becomes a job if it takes long. One that runs is not ended for a
   * number: it becomes a job beyond the limit, and no other is begun until there is room again.
   */
  async checkRoomToBecome(owner: PrincipalId): Promise<void> {
    if (!this.#full.has(owner)) return;
    await this.checkRoom(owner);
    this.#full.delete(owner);
  }

  /** Durable when resolved: a job that is not recorded is not started. */
  async record(asked: NewJob, state: JobState): Promise<Job> {
    const { timeoutMs, key, ...rest } = asked;
    const createdAt = Date.now();
    const job: Job = {
      ...rest,
      id: newJobId(),
      command: this.#options.redact(asked.command),
      createdAt,
      deadlineAt: createdAt + timeoutMs,
      state,
      endedAt: hasEnded({ state }) ? createdAt : null,
      heldUntil: null,
      outputId: null,
      received: { stdout: 0, stderr: 0 },
    };
    const store = await this.#open();
    await store.prune(createdAt - this.limits.retentionMs, maxKept);
    await store.add(job);
    if (key !== undefined) await store.reservations.note(job.owner, key, { jobId: job.id });
    // What cannot be counted is taken for too many, until it can.
    const unended = await store.countUnended(job.owner).catch(() => Infinity);
    if (unended >= this.limits.maxUnended) this.#full.add(job.owner);
    return job;
  }

  /** Absent, expired, somebody else's and not even an id all look the same. */
  async find(owner: PrincipalId, id: string): Promise<Job> {
    const job = isJobId(id) ? await (await this.#open()).find(id) : undefined;
    if (job && (job.owner === owner || this.#options.scope === 'all')) return job;
    throw new GatewayError('job_not_found', 'There is no job of yours with this id. get_job without an id lists them.');
  }

  /** The newest first. */
  async list(owner: PrincipalId): Promise<{ readonly jobs: readonly Job[]; readonly complete: boolean }> {
    const of = this.#options.scope === 'all' ? undefined : owner;
    const jobs = await (await this.#open()).ownedBy(of, maxListed + 1);
    return { jobs: jobs.slice(0, maxListed), complete: jobs.length <= maxListed };
  }

  /** Notes what was learnt of a job, and gives it as it is then: an end that was noted before stands. */
  async advance(job: Job, state: JobState): Promise<Job> {
    if (hasEnded(job)) return job;
    const endedAt = hasEnded({ state }) ? Date.now() : null;
    return (await (await this.#open()).advance(job.id, state, endedAt)) ?? { ...job, state, endedAt };
  }

  async received(job: Job, outputId: string | null, received: StreamBytes): Promise<Job> {
    await (await this.#open()).received(job.id, outputId, received);
    return { ...job, outputId, received };
  }

  /** Holds a run here; that we live is noted again and again, for others and those who come after us. */
  async hold(job: Job, held: HeldJob): Promise<void> {
    this.#held.set(job.id, held);
    this.#renewal ??= setInterval(() => void this.#renew(), renewMs).unref();
    void held.ended.finally(() => this.#held.delete(job.id));
    await (await this.#open()).holdUntil([job.id], Date.now() + holdMs);
  }

  heldHere(job: Job): HeldJob | undefined {
    return this.#held.get(job.id);
  }

  async reservations(): Promise<ReservationStore> {
    return (await this.#open()).reservations;
  }

  /** Forgets a job that certainly was not started. */
  async forget(job: Job): Promise<void> {
    await (await this.#open()).remove([job.id]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#renewal);
    for (const held of this.#held.values()) held.cancel();
    await Promise.allSettled([...this.#held.values()].map(({ ended }) => ended));
    await (await this.#store?.catch(() => undefined))?.close();
  }

  async #renew(): Promise<void> {
    try {
      await (await this.#open()).holdUntil([...this.#held.keys()], Date.now() + holdMs);
    } catch (error) {
      this.#options.log.warn({ err: error }, 'jobs that are held here cannot be noted to live');
    }
  }

  async #open(): Promise<JobStore> {
    this.#store ??= this.#options.openStore();
    try {
      return await this.#store;
    } catch (cause) {
      this.#store = undefined;
      const message = 'Jobs cannot be recorded at the moment, so none is started or read. Tell the operator.';
      throw new GatewayError('audit_unavailable', message, { cause });
    }
  }
}

/** 128 random bits: nobody finds somebody else's by guessing. */
function newJobId(): JobId {
  const id = `job_${randomBytes(16).toString('hex')}`;
  if (!isJobId(id)) throw new Error('an id that is none');
  return id;
}

export function isJobId(text: string): text is JobId {
  return idPattern.test(text);
}
