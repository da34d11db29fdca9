import { randomUUID } from 'node:crypto';
import type { InputRequiredResult } from '@modelcontextprotocol/server';
import { z } from 'zod';
import { ApprovalRequired } from '../approvals/refusals.ts';
import type { ToolCall } from '../gateway/gateway.ts';
import type { ToolOutput } from '../tools/tool.ts';
import type { McpGateway } from './call-tool.ts';
import { badRequestState, type ClientAnswer, type PersonAtClient } from './person-at-client.ts';

/** How long a call that names its approval waits for a decision where it does not say (`wait`), in seconds. */
const defaultWaitS = 20;
const maxWaitS = 45;
/** Kept back of the time to answer for a tool that cannot be told how much of it is left. */
const waitWithoutWordS = 10;

export type ThroughPerson =
  | { readonly kind: 'output'; readonly output: ToolOutput }
  /** The client asks, and makes the call again. */
  | { readonly kind: 'ask'; readonly question: InputRequiredResult; readonly required: ApprovalRequired };

/**
 * Makes a call; where a person must approve it, has the one at the client asked, or waits for one elsewhere if the call
 * says what it waits for.
 *
 * While a person thinks, no call is under way in the gateway. What is then made again is a call of its own, judged anew.
 */
export async function throughPerson(
  call: ToolCall,
  person: PersonAtClient,
  gateway: McpGateway,
): Promise<ThroughPerson> {
  try {
    return await made(await withBrought(call, person, gateway), gateway);
  } catch (error) {
    if (!(error instanceof ApprovalRequired)) throw error;
    const { id } = error.approval;
    const isDismissed = person.brought?.answer === 'dismissed';
    using asking = error.clientMayConfirm && !isDismissed ? gateway.approvals.atClients.begin(id) : undefined;
    if (asking) {
      const question = await person.questionFor(error.approval, () => gateway.approvals.states.seal(error.approval));
      if (question) return { kind: 'ask', question, required: error };
      const answer = await askedOrDecided(call, error, { person, gateway });
      if (answer === 'dismissed') throw error;
      if (answer !== undefined) return await made(again(call, { id, answer: known(answer) }), gateway);
    }
    if (namedBy(call) !== id) throw error;
    const startedMs = performance.now();
    const patience = { timeoutMs: patienceMs(call, gateway), signal: call.signal };
    const decided = await gateway.approvals.untilDecided(id, patience);
    if (decided?.state === 'pending' || call.signal.aborted) throw error;
    const rest = withTimeLeft(call, gateway, performance.now() - startedMs);
    return await made(again(rest, { id, answer: undefined }), gateway);
  }
}

async function made(call: ToolCall, gateway: McpGateway): Promise<ThroughPerson> {
  return { kind: 'output', output: await gateway.handle(call) };
}

/** With the answer that the client brings to a question of ours. Throws where that was never our question to this caller. */
async function withBrought(call: ToolCall, { brought }: PersonAtClient, gateway: McpGateway): Promise<ToolCall> {
  if (!brought) return call;
  const { principal } = gateway.authenticate(call.credential);
  const id = await gateway.approvals.states.open(brought.state, { principal, tool: call.tool });
  if (id === undefined) throw badRequestState();
  return { ...call, approval: { id, answer: known(brought.answer) } };
}

/** What the person at the client says, or `elsewhere` where somebody else was faster; undefined where he cannot be asked. */
async function askedOrDecided(
  { signal, report }: ToolCall,
  { approval }: ApprovalRequired,
  { person, gateway }: { readonly person: PersonAtClient; readonly gateway: McpGateway },
): Promise<ClientAnswer | 'elsewhere' | undefined> {
  const over = new AbortController();
  const either = AbortSignal.any([signal, over.signal]);
  const asked = person.ask(approval, either);
  if (asked === undefined) return undefined;
  report?.(() => 'waiting for a person to decide');
  try {
    const timeoutMs = Math.max(0, approval.limit.until.getTime() - Date.now());
    const decided = gateway.approvals
      .untilDecided(approval.id, { timeoutMs, signal: either })
      .then((now) => (now?.state === 'pending' ? asked : 'elsewhere'));
    return await Promise.race([asked, decided]);
  } finally {
    over.abort();
  }
}

function known(answer: ClientAnswer | 'elsewhere'): 'accepted' | 'declined' | undefined {
  return answer === 'accepted' || answer === 'declined' ? answer : undefined;
}

const words = z.looseObject({ wait: z.unknown(), approval_id: z.unknown() });

function namedBy({ arguments: given }: ToolCall): unknown {
  return words.safeParse(given).data?.approval_id;
}

/** How long the call may be waited with: as long as it says, and less where the tool itself could not be told of it. */
function patienceMs(call: ToolCall, gateway: McpGateway): number {
  const said = saidWaitS(call);
  return 1_000 * (takesWait(call, gateway) ? said : Math.min(said, waitWithoutWordS));
}

function saidWaitS({ arguments: given }: ToolCall): number {
  const said = Number(words.safeParse(given).data?.wait ?? defaultWaitS);
  return Number.isFinite(said) ? Math.min(maxWaitS, Math.max(0, said)) : defaultWaitS;
}

function takesWait({ tool: name }: ToolCall, { tools }: McpGateway): boolean {
  const schema = tools.find((tool) => tool.name === name)?.inputSchema;
  return z.looseObject({ properties: z.looseObject({ wait: z.looseObject({}) }) }).safeParse(schema).success;
}

/** The same once more, answered when the first would have been. */
function withTimeLeft(call: ToolCall, gateway: McpGateway, waitedMs: number): ToolCall {
  const given = words.safeParse(call.arguments).data;
  if (given === undefined || !takesWait(call, gateway)) return call;
  return { ...call, arguments: { ...given, wait: Math.max(1, Math.floor(saidWaitS(call) - waitedMs / 1_000)) } };
}

/** A call of its own. */
function again(call: ToolCall, approval: NonNullable<ToolCall['approval']>): ToolCall {
  return { ...call, id: randomUUID(), approval };
}
