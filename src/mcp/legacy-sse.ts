import type { AuthInfo, Server } from '@modelcontextprotocol/server';
import type { Caller } from '../identity/caller.ts';
import { duplicateId, notAMessage, refusal } from './json-rpc.ts';
import { McpSessions, type McpSessionLimits } from './mcp-sessions.ts';
import { asJsonRpc } from './read-message.ts';
import { SseTransport } from './sse-transport.ts';

/** Each holds a connection and what waits on it, so they are fewer than those of Streamable HTTP. */
export const defaultSseLimits: McpSessionLimits = {
  maxPerCaller: 32,
  maxTotal: 512,
  idleMs: 4 * 60 * 60 * 1_000,
};

/** MCP over HTTP+SSE, the transport of revision 2024-11-05: a stream to read, and an address to post to. */
export class LegacySse implements AsyncDisposable {
  readonly #sessions: McpSessions<SseTransport>;

  constructor(createServer: () => Server, limits: McpSessionLimits) {
    this.#sessions = new McpSessions({ server: createServer, transport: () => new SseTransport() }, limits);
  }

  /** The stream of a new McpSession. */
  async open(caller: Caller): Promise<Response> {
    const transport = await this.#sessions.open(caller);
    if (transport) return transport.response;
    const error_description = 'Too many event streams are open: close one, or use POST /mcp';
    return Response.json({ error: 'busy', error_description }, { status: 503, headers: { 'retry-after': '5' } });
  }

  /** Takes one message for the McpSession of that id; it is answered on that one's stream. */
  post(id: string | undefined, body: object, from: { readonly caller: Caller; readonly authInfo: AuthInfo }): Response {
    const transport = id === undefined ? undefined : this.#sessions.find(id, from.caller);
    if (!transport) return unknownSession();
    const message = asJsonRpc(body);
    if (!message) return refusal({ status: 400, problem: notAMessage });
    const taken = transport.deliver(message, from.authInfo);
    if (taken === 'duplicate_id') return refusal({ status: 400, problem: duplicateId });
    return new Response(null, { status: 202 });
  }

  endListening(): void {
    this.#sessions.endListening();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#sessions[Symbol.asyncDispose]();
  }
}

/** The second seed's words, under its key. */
function unknownSession(): Response {
  const detail = 'Unknown or missing sessionId';
  return Response.json({ error: 'session_not_found', error_description: detail, detail }, { status: 400 });
}
