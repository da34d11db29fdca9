import { EndedEarly, endCauseOf, type EndCause } from '../base/ended-early.ts';
import type { Caller } from '../identity/caller.ts';
import type { ToolCall } from './gateway.ts';

/** When a call must end. Disposing lets go of the credential's signal, which outlives the call. */
export interface EndOfCall extends Disposable {
  /** Its reason is always an EndedEarly. */
  readonly signal: AbortSignal;
  /** Ends it from here. */
  readonly now: (cause: EndCause) => void;
}

/** Aborts when the client cancels or goes away, or when the caller's credential dies. */
export function endOf(call: ToolCall, caller: Caller): EndOfCall {
  const end = new AbortController();
  const revoked = (): void => end.abort(new EndedEarly('credential_revoked'));
  const cancelled = (): void => {
    // A revoked credential takes its McpSession with it, and that may come first.
    if (caller.revoked.aborted) revoked();
    else end.abort(new EndedEarly(endCauseOf(call.signal.reason)));
  };
  if (call.signal.aborted) cancelled();
  if (caller.revoked.aborted) revoked();
  call.signal.addEventListener('abort', cancelled);
  caller.revoked.addEventListener('abort', revoked);
  return {
    signal: end.signal,
    now: (cause) => end.abort(new EndedEarly(cause)),
    [Symbol.dispose]: () => {
      call.signal.removeEventListener('abort', cancelled);
      caller.revoked.removeEventListener('abort', revoked);
    },
  };
}
