import { GatewayError, type ErrorCode, type Ran } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { Caller } from '../identity/caller.ts';
import { commandTexts, isPathAction, type Action, type PathActionKind } from '../policy/action.ts';
import type { Approved } from '../policy/approved.ts';
import { decidingMatch, type Decision, type Evaluation } from '../policy/evaluate.ts';
import type { AuditResult, EventType, IntentRecord, OutcomeRecord } from './event.ts';
import type { BoundedRefusals } from './bounded-refusals.ts';
import type { AuditLogFile } from './log-file.ts';
import type { Redactor } from './redact.ts';
import { recordedActions, recordedHosts } from './recorded-actions.ts';
import type { AuditWriter } from './trail.ts';

/** Longest command that is repeated for every host of a call. */
const maxRepeatedCommand = 4_000;

export interface AuditParts {
  readonly writer: AuditWriter;
  readonly logFile: AuditLogFile;
  readonly redactor: Redactor;
  /** Takes the refusals of those who are over a limit. */
  readonly overLimit: BoundedRefusals;
  /** Told of every call that has ended. Must not throw. */
  readonly onEnded?: (call: EndedCall) => void;
  readonly log: Log;
}

/** A call in a few words, none of which are its caller's, but for the name of the tool. */
export interface EndedCall {
  readonly tool: string;
  /** What policy said, where it was asked. */
  readonly decision: Decision | undefined;
  readonly result: AuditResult;
  readonly code: string | null;
  readonly durationMs: number;
  readonly redactions: number;
}

export interface BegunCall {
  readonly id: string;
  readonly tool: string;
  readonly traceparent?: string;
}

/** What a finished call says of itself. */
export interface CallOutcome {
  readonly success: boolean;
  readonly exitCode?: number | null;
  readonly durationMs?: number;
  readonly metadata?: Readonly<Record<string, unknown>>;
  /** Where the call was about several hosts: each is recorded by itself, as if it had been a call of its own. */
  readonly hosts?: readonly HostOutcome[];
}

export interface HostOutcome {
  readonly host: string;
  readonly success: boolean;
  readonly exitCode: number | null;
  readonly durationMs: number;
  readonly ran: Ran;
  readonly error: string | null;
  readonly code: string | null;
  readonly metadata: Readonly<Record<string, unknown>>;
}

export class Audit {
  readonly #parts: AuditParts;

  constructor(parts: AuditParts) {
    this.#parts = parts;
  }

  begin(call: BegunCall): CallTrail {
    return new CallTrail(call, this.#parts);
  }
}

/** One call's record: intent before, outcome after, and a refusal as fully as a success. */
export class CallTrail {
  readonly #call: BegunCall;
  readonly #parts: AuditParts;
  readonly #startedAt = performance.now();
  #caller: Caller | undefined;
  #evaluation: Evaluation | undefined;
  #intended = false;

  constructor(call: BegunCall, parts: AuditParts) {
    this.#call = call;
    this.#parts = parts;
  }

  identified(caller: Caller): Caller {
    this.#caller = caller;
    return caller;
  }

  judged(evaluation: Evaluation): Evaluation {
    this.#evaluation = evaluation;
    return evaluation;
  }

  /**
   * Durable when resolved, and then the approval is used up. Throws `audit_unavailable`, or `approval_used` where another
   * call was faster: then nothing may run.
   */
  async recordIntent(approved?: Approved): Promise<void> {
    await this.#intend('intent', this.#evaluation, approved);
  }

  /** As `recordIntent`, for asking the host where a path leads before the call itself is judged on the answer. */
  async recordProbe(evaluation: Evaluation): Promise<void> {
    await this.#intend('probe', evaluation);
  }

  /** Never throws: what has run has run, and an agent told otherwise would run it again. */
  recordOutcome(outcome: CallOutcome, { isError, json }: { readonly isError?: boolean; readonly json: object }): void {
    const failed: AuditResult = isError && 'ran' in json && json.ran === 'may_have_run' ? 'unknown' : 'failed';
    const result = outcome.success ? 'success' : failed;
    const code = isError && 'code' in json && typeof json.code === 'string' ? json.code : null;
    this.#tell({ result, code, redactions: Number(outcome.metadata?.['redactions'] ?? 0) });
    if (outcome.hosts) {
      // What was said of the whole call is said once.
      for (const [index, one] of outcome.hosts.entries()) this.#endOfHost(one, index === 0 ? outcome.metadata : {});
      return;
    }
    this.#end({
      result,
      exitCode: outcome.exitCode ?? null,
      durationMs: outcome.durationMs ?? this.#elapsedMs(),
      error: null,
      code: null,
      metadata: outcome.metadata ?? {},
    });
  }

  /** Never throws. */
  recordFailure(error: unknown): void {
    const known = error instanceof GatewayError ? error : undefined;
    const result = known ? resultOf(known) : 'unknown';
    this.#tell({ result, code: known?.code ?? 'internal', redactions: 0 });
    this.#end({
      result,
      exitCode: null,
      durationMs: this.#elapsedMs(),
      error: known?.message ?? 'internal error',
      code: known?.code ?? 'internal',
      metadata: known?.details ?? {},
    });
  }

  #endOfHost({ host, success, ran, metadata, ...end }: HostOutcome, ofCall: CallOutcome['metadata']): void {
    const failed: AuditResult = ran === 'may_have_run' ? 'unknown' : 'failed';
    const result = success ? 'success' : failed;
    this.#end({ ...end, result, serverName: host, metadata: { ...ofCall, ...metadata } });
  }

  async #intend(kind: IntentRecord['kind'], evaluation: Evaluation | undefined, approved?: Approved): Promise<void> {
    const record: IntentRecord = {
      ...this.#common(),
      kind,
      decision: evaluation?.decision ?? 'deny',
      rule: (evaluation && decidingMatch(evaluation)?.rule) ?? null,
      policy: evaluation?.policyVersion ?? null,
      actions: recordedActions(evaluation?.actions ?? []),
      ...(approved && { approval: approved.approval }),
      ...this.#trace(),
    };
    await this.#parts.writer.append(this.#clean(record));
    this.#intended = true;
  }

  #end(end: End): void {
    const actions = this.#evaluation?.actions ?? [];
    const command = actions.flatMap(commandTexts)[0] ?? null;
    const servers = end.serverName === undefined ? recordedHosts(actions) : [end.serverName];
    const rule = (this.#evaluation && decidingMatch(this.#evaluation)?.rule) ?? null;
    const record: OutcomeRecord = this.#clean({
      ...this.#common(),
      kind: this.#intended ? 'outcome' : 'refusal',
      eventType: eventTypeOf(actions, end.code),
      command: end.serverName === undefined ? command : clip(command),
      ...end,
      serverName: servers.length > 1 ? null : (servers[0] ?? null),
      metadata: {
        tool: this.#call.tool,
        ...this.#trace(),
        ...(servers.length > 1 && { servers }),
        ...(rule !== null && { rule }),
        ...(this.#evaluation && { policy: this.#evaluation.policyVersion }),
        ...fileMetadata(actions),
        ...end.metadata,
      },
    });
    if (record.kind === 'refusal' && record.code === 'rate_limited') {
      this.#parts.overLimit.record(record);
      return;
    }
    this.#parts.logFile.append(record);
    this.#parts.writer.note(record).catch((error: unknown) => {
      this.#parts.log.error({ err: error, callId: this.#call.id }, 'an outcome could not be recorded');
    });
  }

  #common() {
    return {
      callId: this.#call.id,
      at: new Date().toISOString(),
      tool: this.#call.tool,
      tokenName: this.#caller?.name ?? null,
      principal: this.#caller?.principal ?? null,
    };
  }

  #trace(): { readonly traceparent?: string } {
    const { traceparent } = this.#call;
    return traceparent === undefined ? {} : { traceparent };
  }

  #clean<T extends IntentRecord | OutcomeRecord>(record: T): T {
    return this.#parts.redactor.redactOutput(record).output;
  }

  #tell(end: Pick<EndedCall, 'result' | 'code' | 'redactions'>): void {
    const durationMs = performance.now() - this.#startedAt;
    this.#parts.onEnded?.({ tool: this.#call.tool, decision: this.#evaluation?.decision, durationMs, ...end });
  }

  #elapsedMs(): number {
    return Math.round(performance.now() - this.#startedAt);
  }
}

/** Of a command that went to many hosts, each host's record has the beginning; the intent has the whole. */
function clip(command: string | null): string | null {
  if (command === null || command.length <= maxRepeatedCommand) return command;
  return `${command.slice(0, maxRepeatedCommand)}… (${command.length} characters)`;
}

/** What `#end` is told; without a host, it is about those of the actions. */
type End = Pick<OutcomeRecord, 'result' | 'exitCode' | 'durationMs' | 'error' | 'code' | 'metadata'> & {
  readonly serverName?: string;
};

function resultOf(error: GatewayError): AuditResult {
  if (error.ran === 'may_have_run') return 'unknown';
  if (error.code === 'denied_by_policy' || error.code === 'path_not_permitted') return 'blocked';
  return deniedCodes.has(error.code) ? 'denied' : 'failed';
}

const deniedCodes: ReadonlySet<ErrorCode> = new Set([
  'unauthenticated',
  'insufficient_scope',
  'host_not_allowed',
  'rate_limited',
  'locked',
  'approval_required',
  'approval_declined',
  'approval_expired',
  'approval_used',
  'approval_unavailable',
]);

/** The first seed's event types: a command that did not run is `command_denied`, whatever kept it from running. */
function eventTypeOf(actions: readonly Action[], code: string | null): EventType {
  if (code === 'unauthenticated') return 'authentication';
  if (code === 'rate_limited') return 'rate_limit_exceeded';
  if (code === 'approval_required') return 'approval_requested';
  const action = actions[0];
  switch (action?.kind) {
    case 'read_path':
    case 'write_path':
    case 'list_path':
    case 'sudo_read_path':
    case 'sudo_write_path':
    case 'sudo_list_path':
    case 'resolve_path':
    case 'sudo_resolve_path':
    case 'find_rotated_logs':
    case 'read_gateway_file':
    case 'write_gateway_file':
    case 'list_kept_outputs':
    case 'list_changes':
    case 'read_kept_output':
      return 'file_operation';
    case 'close_connection':
      return 'ssh_connection';
    case 'list_jobs':
    case 'read_job':
    case 'cancel_job':
      return 'job';
    case 'run_command':
    case 'gather_facts':
    case 'find_package_manager':
    case 'identify_host':
    case 'explain_command':
    case 'check_service':
    case 'manage_service':
    case 'install_package':
    case 'read_journal':
    case 'list_hosts':
    case undefined:
      return code === null ? 'command_execution' : 'command_denied';
  }
}

function fileMetadata(actions: readonly Action[]): object {
  const action = actions.find(isAboutPath);
  if (!action) return {};
  const [, sudo, operation] = /^(sudo_)?([a-z]+)_path$/.exec(action.kind) ?? [];
  const by = sudo === undefined ? {} : { sudo: true };
  return { operation, ...by, file_path: action.path, ...('resolved' in action && { resolved_path: action.resolved }) };
}

type AboutPath = Extract<Action, { readonly kind: PathActionKind | 'resolve_path' | 'sudo_resolve_path' }>;

function isAboutPath(action: Action): action is AboutPath {
  return isPathAction(action) || action.kind === 'resolve_path' || action.kind === 'sudo_resolve_path';
}
