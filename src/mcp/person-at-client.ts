import {
  CLIENT_CAPABILITIES_META_KEY,
  inputRequired,
  inputResponse,
  ProtocolError,
  type InputRequiredResult,
  type Server,
  type ServerContext,
} from '@modelcontextprotocol/server';
import { z } from 'zod';
import type { Approval } from '../approvals/approval.ts';
import { approvalText } from '../approvals/approval-text.ts';
import { rpcCodes } from './json-rpc.ts';
import { readsStreams } from './progress.ts';

/** What the person at the client said. `dismissed`: the question was closed, or could not be put. */
export type ClientAnswer = 'accepted' | 'declined' | 'dismissed';

/** Where the answers are in what the client sends back. */
const questionKey = 'approve';
/** A person must have seen all of it: what is longer is not put to a client. */
const maxMessageBytes = 16_384;
/** There is nothing to fill in: the answer is accepting or declining. */
const noFields = { type: 'object', properties: {} } as const;

const declared = z.looseObject({
  elicitation: z.looseObject({ form: z.unknown().optional(), url: z.unknown().optional() }),
});

/** The person at the client that makes a call, as far as the client lets us reach him. */
export interface PersonAtClient {
  /** Undefined where the question cannot be put, or a call with its answer comes later. */
  ask(approval: Approval, signal: AbortSignal): Promise<ClientAnswer> | undefined;
  /** What the call is answered with so that the client asks, and makes it again with the answer. */
  questionFor(approval: Approval, state: () => Promise<string>): Promise<InputRequiredResult> | undefined;
  /** What the call brings back of such a question. */
  readonly brought: { readonly state: string; readonly answer: ClientAnswer } | undefined;
}

export function personAtClient(
  era: 'legacy' | 'modern',
  { server, context }: { readonly server: Server; readonly context: ServerContext },
): PersonAtClient {
  switch (era) {
    case 'legacy':
      return {
        ask: (approval, signal) => {
          const message = messageOf(approval);
          const canAsk = canShowForms({ elicitation: server.getClientCapabilities()?.elicitation });
          if (message === undefined || !canAsk || !readsStreams(context.http?.req)) return undefined;
          return elicited(context, message, { signal, timeoutMs: approval.limit.until.getTime() - Date.now() });
        },
        questionFor: () => undefined,
        brought: undefined,
      };
    case 'modern':
      return {
        ask: () => undefined,
        questionFor: (approval, state) => {
          const message = messageOf(approval);
          const envelope: Readonly<Record<string, unknown>> = context.mcpReq.envelope ?? {};
          if (message === undefined || !canShowForms(envelope[CLIENT_CAPABILITIES_META_KEY])) return undefined;
          const question = inputRequired.elicit({ mode: 'form', message, requestedSchema: noFields });
          return state().then((requestState) =>
            inputRequired({ inputRequests: { [questionKey]: question }, requestState }),
          );
        },
        brought: broughtBy(context),
      };
  }
}

/** The state is not ours, not this caller's, for another tool, or over. */
export function badRequestState(): ProtocolError {
  return new ProtocolError(rpcCodes.invalidParams, 'Invalid or expired requestState. Make the call without it.');
}

function messageOf(approval: Approval): string | undefined {
  const message = [...approvalText(approval), '', 'Accept to let it run, once. Decline, and it does not.'].join('\n');
  return Buffer.byteLength(message) > maxMessageBytes ? undefined : message;
}

function canShowForms(capabilities: unknown): boolean {
  const elicitation = declared.safeParse(capabilities).data?.elicitation;
  // Naming no way at all is how clients say that they show forms since before there was another.
  return elicitation !== undefined && (elicitation.form !== undefined || elicitation.url === undefined);
}

async function elicited(
  context: ServerContext,
  message: string,
  { signal, timeoutMs }: { readonly signal: AbortSignal; readonly timeoutMs: number },
): Promise<ClientAnswer> {
  const params = { mode: 'form' as const, message, requestedSchema: { ...noFields } };
  try {
    const { action } = await context.mcpReq.elicitInput(params, { signal, timeout: Math.max(1, timeoutMs) });
    return answerOf(action);
  } catch {
    // It could not be put, the client has gone, or nobody answered in time: the question stays open for others.
    return 'dismissed';
  }
}

function broughtBy({ mcpReq }: ServerContext): PersonAtClient['brought'] {
  const state: unknown = mcpReq.requestState<string>();
  if (typeof state !== 'string') return undefined;
  const said = inputResponse(mcpReq.inputResponses, questionKey);
  return { state, answer: said.kind === 'elicit' ? answerOf(said.action) : 'dismissed' };
}

function answerOf(action: 'accept' | 'decline' | 'cancel'): ClientAnswer {
  switch (action) {
    case 'accept':
      return 'accepted';
    case 'decline':
      return 'declined';
    case 'cancel':
      return 'dismissed';
  }
}
