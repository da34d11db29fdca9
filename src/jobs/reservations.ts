import type { ProcessIdentity } from '../base/process-identity.ts';
import type { PrincipalId } from '../identity/caller.ts';
import type { JobId } from './job.ts';

/** A call that a caller wants made once, by the key he gave it. */
export interface Reservation {
  readonly owner: PrincipalId;
  readonly key: string;
  /** Of the arguments: the same key with others is another call. */
  readonly digest: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** The process that makes the call. */
  readonly holder: ProcessIdentity;
  /** The job that it became. */
  readonly jobId: JobId | null;
  /** What was answered, in JSON; null while it is under way, or where its process ended before it was answered. */
  readonly answer: string | null;
}

/** Implemented by `storage/`, durably, and alike for all processes. */
export interface ReservationStore {
  /** Undefined where it was made; else the one that was there before. Forgets those made before `expired`. */
  reserve(wanted: Reservation, expired: number): Promise<Reservation | undefined>;
  find(owner: PrincipalId, key: string): Promise<Reservation | undefined>;
  note(owner: PrincipalId, key: string, learnt: Partial<Pick<Reservation, 'jobId' | 'answer'>>): Promise<void>;
  release(owner: PrincipalId, key: string): Promise<void>;
}
