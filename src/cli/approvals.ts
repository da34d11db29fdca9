import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { userInfo } from 'node:os';
import type { Approvals, Deciding } from '../approvals/approvals.ts';
import { approvalStates, type Approval } from '../approvals/approval.ts';
import { approvalText, radius } from '../approvals/approval-text.ts';
import { hasErrorCode } from '../base/error-code.ts';
import { GatewayError } from '../base/errors.ts';
import { openApprovals, openTrail } from '../compose-stores.ts';
import type { Config } from '../config/load.ts';
import { principalId } from '../identity/principal.ts';
import { UsageError } from './exit-code.ts';
import { openConfig, type CommonOptions } from './open-config.ts';
import { createScreen, table } from './screen.ts';
import { confirmsAtTerminal } from './terminal-code.ts';

export interface ApprovalsOptions extends CommonOptions {
  /** Those of `sallyport stdio`. */
  readonly personal?: boolean;
}

export interface ApprovalsListOptions extends ApprovalsOptions {
  readonly all?: boolean;
}

export interface DecideOptions extends ApprovalsOptions {
  readonly reason?: string;
}

/** What waits for a person; with `--all`, what was decided and what has ended too. */
export async function approvalsList(options: ApprovalsListOptions): Promise<void> {
  const screen = createScreen(options);
  await using open = await openOwnApprovals(options);
  const listed = await open.approvals.list(options.all === true ? approvalStates : ['pending']);
  const rows = listed.map(({ id, question, requester, limit, state }) => [
    id,
    state,
    requester.name,
    question.tool,
    radius(question),
    limit.until.toISOString(),
  ]);
  const header = ['Approval', 'State', 'Asked by', 'Tool', 'Where', 'Expires'];
  const text = rows.length === 0 ? ['Nothing waits for a person'] : table('Approvals', header, rows);
  screen.show({ text, json: { approvals: listed.map(asJson) } });
}

export async function approvalsShow(id: string, options: ApprovalsOptions): Promise<void> {
  const screen = createScreen(options);
  await using open = await openOwnApprovals(options);
  const approval = await found(open.approvals, id);
  screen.show({ text: approvalText(approval), json: asJson(approval) });
}

/** Shows the question at the terminal, and takes the answer of whoever sits there. */
export async function approvalsDecide(
  decision: Deciding['decision'],
  id: string | undefined,
  options: DecideOptions,
): Promise<void> {
  const screen = createScreen(options);
  await using open = await openOwnApprovals(options);
  const asked = await found(open.approvals, id ?? (await onlyPending(open.approvals)));
  if (asked.state !== 'pending') throw tooLate(asked.state);
  const what = decision === 'approve' ? 'It runs once, as it is shown here.' : 'It does not run.';
  if (!(await confirmsAtTerminal([...approvalText(asked), '', what]))) {
    throw new GatewayError('invalid_input', 'That was not the code. Nothing was decided.');
  }
  const { username } = userInfo();
  const by = { principal: principalId('local', username), name: `local:${username}`, channel: 'terminal' } as const;
  const decided = await open.approvals.decide(asked.id, { by, decision, reason: options.reason });
  if (decided.kind !== 'decided') {
    throw tooLate(decided.kind === 'unknown' ? 'gone' : decided.approval.state);
  }
  const { approval } = decided;
  screen.show({ text: [`✓ ${approval.id} ${approval.state}`], json: { success: true, ...asJson(approval) } });
}

function tooLate(state: string): GatewayError {
  return new GatewayError('conflict', `The approval is ${state}: there is nothing to decide any more`);
}

async function onlyPending(approvals: Approvals): Promise<string> {
  const [first, ...more] = await approvals.pending();
  if (first === undefined) throw new GatewayError('invalid_input', 'Nothing waits for a person');
  if (more.length === 0) return first.id;
  throw new UsageError(`${more.length + 1} questions wait: name one of them. See sallyport approvals list`);
}

async function found(approvals: Approvals, id: string): Promise<Approval> {
  const approval = await approvals.find(id);
  if (approval !== undefined) return approval;
  throw new GatewayError('invalid_input', `There is no approval '${id}'. See sallyport approvals list --all`);
}

function asJson({ id, state, requester, question, limit, decision }: Approval): object {
  return {
    approval_id: id,
    state,
    asked_by: requester.name,
    asked_at: limit.from.toISOString(),
    expires_at: limit.until.toISOString(),
    ...question,
    ...(decision && {
      decided_by: decision.name,
      decided_at: decision.at.toISOString(),
      channel: decision.channel,
      ...(decision.reason !== undefined && { decision_reason: decision.reason }),
    }),
  };
}

async function openOwnApprovals(
  options: ApprovalsOptions,
): Promise<AsyncDisposable & { readonly approvals: Approvals }> {
  const { config, log } = await openPlaces(options);
  await requireOwner(config);
  await using stack = new AsyncDisposableStack();
  const trail = stack.use(await openTrail(config, log));
  const approvals = stack.use(openApprovals(config, { asking: 'on', records: trail, log }));
  const open = stack.move();
  return { approvals, [Symbol.asyncDispose]: () => open.disposeAsync() };
}

/** Where there is no gateway for a team here, those of the agents of this user are meant. */
async function openPlaces(options: ApprovalsOptions): ReturnType<typeof openConfig> {
  if (options.personal === true) return await openConfig(options, 'stdio');
  const here = await openConfig(options);
  const isHere = options.configDir !== undefined || existsSync(here.config.dataDir);
  return isHere ? here : await openConfig(options, 'stdio');
}

/** The questions are those of the gateway on this DATA_DIR: whoever owns that answers them here, and nobody else. */
async function requireOwner({ dataDir }: Config): Promise<void> {
  try {
    const { uid } = await stat(dataDir);
    if (uid === process.getuid?.()) return;
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT')) return;
    throw error;
  }
  const message = `${dataDir} belongs to another user: only that user answers the questions of this gateway`;
  throw new GatewayError('insufficient_scope', message);
}
