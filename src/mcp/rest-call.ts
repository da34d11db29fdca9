import { randomUUID } from 'node:crypto';
import { inCall } from '../base/call-context.ts';
import { GatewayError, type ErrorCode } from '../base/errors.ts';
import type { ToolCall } from '../gateway/gateway.ts';
import type { Credential } from '../identity/authenticate.ts';
import type { JsonObject } from '../tools/tool.ts';
import type { McpServices } from './call-tool.ts';
import { LinkedSignal } from './linked-signal.ts';
import { failureOf } from './tool-result.ts';
import { whyEnded } from './why-ended.ts';

/** One call that came as plain HTTP. */
export interface RestCall {
  readonly tool: string;
  readonly arguments: JsonObject;
  readonly credential: Credential;
  /** Aborts when the client goes away. */
  readonly signal: AbortSignal;
}

export interface RestAnswer {
  readonly status: number;
  readonly json: JsonObject;
}

const longestToolName = 100;

/** Statuses of what went wrong; whatever else did, did so at the host or on the way to it. */
const statuses: Partial<Readonly<Record<ErrorCode, number>>> = {
  unauthenticated: 401,
  insufficient_scope: 403,
  host_not_allowed: 403,
  denied_by_policy: 403,
  approval_required: 403,
  approval_declined: 403,
  approval_expired: 403,
  approval_used: 403,
  approval_unavailable: 403,
  path_not_permitted: 403,
  unknown_tool: 404,
  unknown_host: 404,
  path_not_found: 404,
  output_not_found: 404,
  job_not_found: 404,
  change_not_found: 404,
  already_exists: 409,
  conflict: 409,
  too_large: 413,
  invalid_input: 422,
  rate_limited: 429,
  internal: 500,
  busy: 503,
  audit_unavailable: 503,
};

/** Through the same pipeline as every call of MCP, for clients that do not speak it. */
export async function restCall({ gateway, calls, log }: McpServices, call: RestCall): Promise<RestAnswer> {
  const tool = call.tool.slice(0, longestToolName);
  const id = randomUUID();
  using linked = new LinkedSignal([call.signal, calls.ending], whyEnded);
  try {
    const asked: ToolCall = {
      id,
      tool,
      arguments: call.arguments,
      credential: call.credential,
      signal: linked.signal,
      client: { name: 'rest', version: '1' },
    };
    const { json } = await inCall({ callId: id }, () => calls.track(gateway.handle(asked)));
    return { status: 200, json };
  } catch (error) {
    const known = gateway.tools.find(({ name }) => name === tool);
    const { structuredContent } = failureOf(
      error,
      { tool: known, name: tool, callId: id, arguments: call.arguments },
      log,
    );
    const status = error instanceof GatewayError ? (statuses[error.code] ?? 502) : 500;
    const isObject = typeof structuredContent === 'object' && structuredContent !== null;
    return { status, json: isObject ? { ...structuredContent } : {} };
  }
}
