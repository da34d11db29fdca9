import { GatewayError } from '../base/errors.ts';
import type { Caller } from '../identity/caller.ts';
import type { ToolCall } from './gateway.ts';

/** When a call must end. Disposing lets go of the credential's signal, which outlives the call. */
export interface EndOfCall extends Disposable {
  /** Its reason is always a GatewayError. */
  readonly signal: AbortSignal;
}

/** Aborts when the client cancels or goes away, or when the caller's credential dies. */
export function endOf(call: ToolCall, caller: Caller): EndOfCall {
  const end = new AbortController();
  const cancelled = (): void =>
    end.abort(
      new GatewayError('cancelled', 'The call was cancelled: its client went away, or the gateway is shutting down.'),
    );
  const revoked = (): void => {
    end.abort(new GatewayError('unauthenticated', 'The token was revoked or changed while the call was under way.'));
  };
  if (call.signal.aborted) cancelled();
  if (caller.revoked.aborted) revoked();
  call.signal.addEventListener('abort', cancelled);
  caller.revoked.addEventListener('abort', revoked);
  return {
    signal: end.signal,
    [Symbol.dispose]: () => {
      call.signal.removeEventListener('abort', cancelled);
      caller.revoked.removeEventListener('abort', revoked);
    },
  };
}
