import { SdkError, SdkErrorCode } from '@modelcontextprotocol/server';
import { EndedEarly } from '../base/ended-early.ts';

/** What the legacy transport tells the protocol layer in the name of a client that is gone. */
export const clientGone = 'The client closed the connection';

/** Why a call of MCP is to end, from the reason that its signal aborted with. */
export function whyEnded(reason: unknown): EndedEarly {
  if (reason instanceof EndedEarly) return reason;
  const isGone = reason === clientGone || (reason instanceof SdkError && reason.code === SdkErrorCode.ConnectionClosed);
  return new EndedEarly(isGone ? 'client_gone' : 'cancelled');
}
