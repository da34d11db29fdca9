/** Stable codes: clients and scripts switch on them. */
export type ErrorCode =
  | 'unauthenticated'
  | 'insufficient_scope'
  | 'invalid_input'
  | 'unknown_tool'
  | 'unknown_host'
  | 'host_disabled'
  | 'host_not_allowed'
  | 'rate_limited'
  | 'locked'
  | 'busy'
  | 'cancelled'
  | 'rollout_stopped'
  | 'denied_by_policy'
  | 'approval_required'
  | 'approval_declined'
  | 'approval_expired'
  | 'approval_used'
  | 'approval_unavailable'
  | 'host_unreachable'
  | 'host_key_unknown'
  | 'host_key_mismatch'
  | 'host_login_refused'
  | 'host_permission_denied'
  | 'connection_lost'
  | 'sftp_unavailable'
  | 'unsupported_host'
  | 'service_not_found'
  | 'path_not_found'
  | 'path_not_permitted'
  | 'is_a_directory'
  | 'already_exists'
  | 'conflict'
  | 'redacted_text'
  | 'secret_unavailable'
  | 'disk_full'
  | 'too_large'
  | 'output_not_found'
  | 'job_not_found'
  | 'job_lost'
  | 'change_not_found'
  | 'change_not_kept'
  | 'audit_unavailable'
  | 'config_invalid'
  | 'internal';

/** Whether the thing asked for was started on a host before the failure. */
export type Ran = 'not_started' | 'ran' | 'may_have_run';

export interface GatewayErrorOptions {
  /** For the operator's log; never leaves the gateway. */
  readonly cause?: unknown;
  readonly ran?: Ran;
  /** Machine-readable facts that accompany the message, such as a fingerprint or a time to wait. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/**
 * A failure the caller or the operator can act on.
 *
 * The message is written for the agent: what happened, what to do next. It quotes no remote output and no secret.
 */
export class GatewayError extends Error {
  readonly code: ErrorCode;
  readonly ran: Ran;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, options: GatewayErrorOptions = {}) {
    super(message, { cause: options.cause });
    this.name = 'GatewayError';
    this.code = code;
    this.ran = options.ran ?? 'not_started';
    this.details = options.details ?? {};
  }
}
