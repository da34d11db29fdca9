import { randomBytes } from 'node:crypto';
import { GatewayError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { OpenedWhenUsed } from '../base/opened-when-used.ts';
import type { HostId } from '../hosts/host.ts';
import type { PrincipalId } from '../identity/caller.ts';
import type { ReservationStore } from './reservations.ts';
import { hasEnded, isUnseen, type Job, type JobId, type JobNews, type JobState } from './job.ts';

/** The jobs of all callers. Implemented by `storage/`. */
export interface JobStore {
  /** Durable when resolved. */
  add(job: Job): Promise<void>;
  find(id: JobId): Promise<Job | undefined>;
  /** The newest first; everybody's where no owner is named. */
  ownedBy(owner: PrincipalId | undefined, limit: number): Promise<readonly Job[]>;
  /** Those that are not known to have ended, and whose deadline is after a time. */
  countUnended(owner: PrincipalId, deadlineAfter: number): Promise<number>;
  /**
   * Changes it, unless it has ended, is held under another number, or, where that is said, is still held after a time.
   * Gives the job as it is then; undefined where it was not changed.
   */
  change(job: Pick<Job, 'id' | 'fence'>, change: JobChange, heldBefore?: number): Promise<Job | undefined>;
  remove(ids: readonly JobId[]): Promise<void>;
  /** Forgets those that ended before a time, and of each caller's that have ended all but so many. */
  prune(endedBefore: number, maxEnded: number): Promise<void>;
  readonly reservations: ReservationStore;
  close(): Promise<void>;
}

export type JobChange = JobNews & Partial<Pick<Job, 'endedAt' | 'fence'>>;

export interface JobLimits {
  /** Of one caller, at the same time. */
  readonly maxUnended: number;
  /** How long a job may run where the call does not say. */
  readonly defaultTimeoutMs: number;
  /** How long one that has ended is kept. */
  readonly retentionMs: number;
  /** What its host keeps of each of its streams. */
  readonly maxOutputBytes: number;
  /** What its host keeps in all of those that have ended. */
  readonly maxTotalBytes: number;
}

export interface JobsOptions {
  /** Called when a store is first needed: a process that has no jobs opens none. */
  readonly openStore: () => Promise<JobStore>;
  readonly redact: (text: string) => string;
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
/** Of everybody's, looked through for those that must end. */
const maxUnended = 100_000;
/** Of one caller; of more, the oldest that have ended are forgotten. */
const maxKept = 1_000;
/** What the end of a job may take, once its deadline has passed. */
const endingMs = 60_000;
const holdMs = 30_000;
const renewMs = 10_000;
const idPattern = /^job_[0-9a-f]{32}$/;

/** Commands that outlive their calls, each for the principal whose call it was. */
export class Jobs implements AsyncDisposable {
  readonly limits: JobLimits;
  readonly #options: JobsOptions;
  readonly #held = new Map<JobId, { readonly job: Job; readonly held: HeldJob }>();
  /** Who was seen to have more under way than may be. */
  readonly #beyond = new Set<PrincipalId>();
  #renewal: NodeJS.Timeout | undefined;
  readonly #store: OpenedWhenUsed<JobStore>;

  constructor(options: JobsOptions) {
    this.#options = options;
    this.#store = new OpenedWhenUsed(options.openStore);
    this.limits = options.limits;
  }

  /** Throws `busy` for who has as many under way as may be. */
  async checkRoom(owner: PrincipalId): Promise<void> {
    await this.#checkAtMost(this.limits.maxUnended - 1, owner);
  }

  /**
   * To be asked before a command is started that becomes a job if it takes long. One that runs is not ended for a number: it
   * becomes a job beyond the limit, and then nothing is begun until there is room again.
   */
  async checkRoomToBecome(owner: PrincipalId): Promise<void> {
    if (!this.#beyond.has(owner)) return;
    await this.#checkAtMost(this.limits.maxUnended, owner);
    this.#beyond.delete(owner);
  }

  /** Durable when resolved: a job that is not recorded is not started. It is held until it is told where it is kept. */
  async record(asked: NewJob): Promise<Job> {
    const { timeoutMs, key, ...rest } = asked;
    const createdAt = Date.now();
    const job: Job = {
      ...rest,
      id: newJobId(),
      command: this.#options.redact(asked.command),
      createdAt,
      deadlineAt: createdAt + timeoutMs,
      state: { kind: 'starting' },
      endedAt: null,
      heldUntil: createdAt + holdMs,
      fence: 1,
      outputId: null,
      received: { stdout: 0, stderr: 0 },
    };
    const store = await this.#open();
    await store.prune(createdAt - this.limits.retentionMs, maxKept);
    await store.add(job);
    if (key !== undefined) await store.reservations.note(job.owner, key, { jobId: job.id });
    // What cannot be counted is taken for too many, until it can.
    const unended = await this.#countUnended(job.owner).catch(() => Infinity);
    if (unended > this.limits.maxUnended) this.#beyond.add(job.owner);
    return job;
  }

  /** Absent, expired, somebody else's and not even an id all look the same. */
  async find(owner: PrincipalId, id: string): Promise<Job> {
    const job = isJobId(id) ? await (await this.#open()).find(id) : undefined;
    if (job && (job.owner === owner || this.#options.scope === 'all')) return job;
    throw new GatewayError('job_not_found', 'There is no job of yours with this id. get_job without an id lists them.');
  }

  /** Everybody's that have not ended, as far as is known. */
  async unended(): Promise<readonly Job[]> {
    const jobs = await (await this.#open()).ownedBy(undefined, maxUnended);
    return jobs.filter((job) => !hasEnded(job));
  }

  /** The newest first. */
  async list(owner: PrincipalId): Promise<{ readonly jobs: readonly Job[]; readonly complete: boolean }> {
    const of = this.#options.scope === 'all' ? undefined : owner;
    const jobs = await (await this.#open()).ownedBy(of, maxListed + 1);
    return { jobs: jobs.slice(0, maxListed), complete: jobs.length <= maxListed };
  }

  /**
   * Notes what was learnt of a job, and gives it as it is then: an end that was noted before stands, and who has lost it to
   * another process notes nothing.
   */
  async note(job: Job, learnt: JobNews): Promise<Job> {
    const { state } = learnt;
    if (isOver(job) || (state && isUnseen(job) && isUnseen({ state }))) return job;
    const endedAt = state && { endedAt: hasEnded({ state }) ? Date.now() : null };
    const store = await this.#open();
    return (await store.change(job, { ...learnt, ...endedAt })) ?? (await store.find(job.id)) ?? { ...job, ...learnt };
  }

  /** Says of a job that nobody holds any longer how it ended, and keeps who held it from saying otherwise. */
  async takeOver(job: Job, state: JobState): Promise<Job> {
    const now = Date.now();
    if (hasEnded(job) || (job.heldUntil ?? 0) > now) return job;
    const store = await this.#open();
    const change = { state, endedAt: now, fence: job.fence + 1 };
    return (await store.change(job, change, now)) ?? (await store.find(job.id)) ?? job;
  }

  /** Holds a run here; that we live is noted again and again, for others and those who come after us. */
  async hold(job: Job, held: HeldJob): Promise<void> {
    this.#held.set(job.id, { job, held });
    this.#renewal ??= setInterval(() => void this.#renew(), renewMs).unref();
    void held.ended.finally(() => this.#held.delete(job.id));
    await this.note(job, { state: { kind: 'running' }, heldUntil: Date.now() + holdMs });
  }

  heldHere(job: Job): HeldJob | undefined {
    return this.#held.get(job.id)?.held;
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
    const all = [...this.#held.values()].map(({ held }) => held);
    for (const held of all) held.cancel();
    await Promise.allSettled(all.map(({ ended }) => ended));
    await (await this.#store.ifOpen())?.close();
  }

  /** Whose deadline has passed has been ended by its host, though nobody has looked. */
  async #countUnended(owner: PrincipalId): Promise<number> {
    return await (await this.#open()).countUnended(owner, Date.now() - endingMs);
  }

  async #checkAtMost(most: number, owner: PrincipalId): Promise<void> {
    if ((await this.#countUnended(owner)) <= most) return;
    const message =
      `You have ${this.limits.maxUnended} jobs under way, which is the most. Wait for one with get_job, or end one with ` +
      'cancel_job. A command whose timeout is no longer than its wait needs no room.';
    throw new GatewayError('busy', message);
  }

  async #renew(): Promise<void> {
    try {
      const store = await this.#open();
      for (const { job, held } of this.#held.values()) {
        if (await store.change(job, { heldUntil: Date.now() + holdMs })) continue;
        this.#options.log.warn({ job: job.id }, 'a job that was held here was taken for lost, and is ended');
        held.cancel();
      }
    } catch (error) {
      this.#options.log.warn({ err: error }, 'jobs that are held here cannot be noted to live');
    }
  }

  async #open(): Promise<JobStore> {
    try {
      return await this.#store.get();
    } catch (cause) {
      const message = 'Jobs cannot be recorded at the moment, so none is started or read. Tell the operator.';
      throw new GatewayError('audit_unavailable', message, { cause });
    }
  }
}

/** Nothing more is to be learnt of it. */
export function isOver(job: Job): boolean {
  return hasEnded(job) && !isUnseen(job);
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
