import type { Connection } from '../connect/connection.ts';

/** A connection in use. Disposing gives it back; it does not close it. */
export interface Lease extends Disposable {
  readonly connection: Connection;
  /** Aborts when the host was removed, disabled or changed under the call. */
  readonly gone: AbortSignal;
}
