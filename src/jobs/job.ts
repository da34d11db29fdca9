import type { Brand } from '../base/brand.ts';
import type { HostId } from '../hosts/host.ts';
import type { JobEnd, PrincipalId } from '../identity/caller.ts';

export type JobId = Brand<string, 'JobId'>;

/** What was seen on the host after a job was stopped. `confirmed` only after having looked. */
export interface JobStopped {
  readonly state: 'confirmed' | 'still_running' | 'unknown' | 'unsupported';
  readonly pids: readonly number[];
}

/** What is known of how a job goes. */
export type JobState =
  /** Recorded, and not known to have been started: the process that was to start it may have ended in between. */
  | { readonly kind: 'starting' }
  | { readonly kind: 'running' }
  | { readonly kind: 'exited'; readonly status: number }
  | { readonly kind: 'signalled'; readonly signal: string }
  | { readonly kind: 'timed_out'; readonly stopped: JobStopped }
  /** `by`: where it was not its caller. */
  | { readonly kind: 'cancelled'; readonly stopped: JobStopped; readonly by?: JobEnd | undefined }
  /** It cannot be found again, or has left no word of how it ended. */
  | { readonly kind: 'lost'; readonly reason: JobLoss };

export type JobLoss =
  /** It was never seen on the host: whether it was started is not known. */
  | 'never_seen'
  /** What it kept on the host is gone. */
  | 'spool_gone'
  | 'host_restarted'
  /** Its process ended, and how is not known. */
  | 'no_exit_record'
  /** It could not be kept on its host, and the gateway that held it has ended. */
  | 'gateway_ended';

/** Bytes of each stream. */
export interface StreamBytes {
  readonly stdout: number;
  readonly stderr: number;
}

/** A command that outlives its call. All times are milliseconds since the epoch. */
export interface Job {
  readonly id: JobId;
  readonly owner: PrincipalId;
  readonly host: HostId;
  /** The tool that started it. */
  readonly tool: string;
  /** Redacted. */
  readonly command: string;
  /** The mark of its run: by it, its processes and its directory are found on the host. */
  readonly mark: string;
  readonly createdAt: number;
  /** When it is ended if it has not ended by then. */
  readonly deadlineAt: number;
  readonly state: JobState;
  /** When we learnt that it had ended; null while it has not. */
  readonly endedAt: number | null;
  /**
   * Until when a gateway holds it, unless it says again: one that is starting, or that its host could not keep; null for one
   * that its host keeps.
   */
  readonly heldUntil: number | null;
  /** How often it has changed hands. Who held it under a lower number, and was thought to have ended, writes nothing of it. */
  readonly fence: number;
  /** Where what it wrote before it was kept on the host can be read; null where there is nothing of the kind. */
  readonly outputId: string | null;
  /** How much that is. What is kept on the host goes on from there. */
  readonly received: StreamBytes;
}

/** What was learnt of one. */
export type JobNews = Partial<Pick<Job, 'state' | 'heldUntil' | 'outputId' | 'received'>>;

export function hasEnded({ state }: Pick<Job, 'state'>): boolean {
  return state.kind !== 'starting' && state.kind !== 'running';
}

/** Nobody has seen it: where it shows itself after all, that counts. */
export function isUnseen({ state }: Pick<Job, 'state'>): boolean {
  return state.kind === 'lost' && state.reason === 'never_seen';
}
