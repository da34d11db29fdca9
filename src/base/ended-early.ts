import { GatewayError, type ErrorCode } from './errors.ts';

/** Why we end what is under way. */
export type EndCause =
  | 'cancelled'
  | 'client_gone'
  | 'credential_revoked'
  | 'host_changed'
  | 'ended_by_operator'
  | 'locked'
  | 'draining';

const meanings: Readonly<Record<EndCause, { readonly code: ErrorCode; readonly message: string }>> = {
  cancelled: { code: 'cancelled', message: 'The call was cancelled by its client.' },
  client_gone: { code: 'cancelled', message: 'The client went away while the call was under way.' },
  credential_revoked: {
    code: 'unauthenticated',
    message: 'The token was revoked or changed while the call was under way.',
  },
  host_changed: {
    code: 'cancelled',
    message: 'The server was removed, disabled or changed while the call was under way.',
  },
  ended_by_operator: {
    code: 'cancelled',
    message: 'An operator ended this call. Do not make it again: ask the user first.',
  },
  locked: {
    code: 'locked',
    message: 'An operator locked this while it was under way. Do not make the call again: an operator must unlock it.',
  },
  draining: { code: 'cancelled', message: 'The gateway is shutting down. Try again in a moment.' },
};

/** The reason of a signal that ends work. */
export class EndedEarly extends GatewayError {
  readonly endCause: EndCause;

  constructor(endCause: EndCause, message?: string) {
    const meaning = meanings[endCause];
    super(meaning.code, message ?? meaning.message, { details: { stop_cause: endCause } });
    this.name = 'EndedEarly';
    this.endCause = endCause;
  }
}

/** What a signal's reason says; nobody but the client aborts without saying why. */
export function endCauseOf(reason: unknown): EndCause {
  return reason instanceof EndedEarly ? reason.endCause : 'cancelled';
}
