import type {
  AuthInfo,
  JSONRPCMessage,
  JSONRPCNotification,
  JSONRPCRequest,
  JSONRPCResponse,
  MessageExtraInfo,
  RequestId,
  TransportSendOptions,
} from '@modelcontextprotocol/server';
import { EventStream } from './event-stream.ts';
import { duplicateId, errorMessage, refusal, rpcCodes } from './json-rpc.ts';
import type { McpSessionTransport } from './mcp-sessions.ts';
import { clientGone } from './why-ended.ts';

export interface Arrival {
  readonly request: Request;
  readonly authInfo: AuthInfo;
}

interface Exchange {
  readonly answer: (response: Response) => void;
  readonly cancel: () => void;
  readonly forget: () => void;
  stream: EventStream | undefined;
}

/**
 * Streamable HTTP of the 2025 revisions for one server instance: a McpSession's many exchanges, or a single one.
 *
 * A request is answered with JSON; only when something must be told before its result does the answer become an event
 * stream. A client that goes away has cancelled its request: nobody is left to read what the command would do.
 */
export class LegacyTransport implements McpSessionTransport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: (message: JSONRPCMessage, extra?: MessageExtraInfo) => void;
  readonly id: string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #exchanges = new Map<RequestId, Exchange>();
  #listening: EventStream | undefined;
  #closed = false;

  /** The id of the McpSession; empty for a single exchange. */
  constructor(id: string) {
    this.id = id;
    this.#headers = id === '' ? {} : { 'mcp-session-id': id };
  }

  /** Whether a request is unanswered or the client is listening. */
  get busy(): boolean {
    return this.#exchanges.size > 0 || this.#listening !== undefined;
  }

  async start(): Promise<void> {}

  /** Hands a request to the server and resolves with the HTTP answer. */
  exchange(message: JSONRPCRequest, arrival: Arrival): Promise<Response> {
    const { id } = message;
    if (this.#closed) return Promise.resolve(sessionEnded(id));
    if (this.#exchanges.has(id)) return Promise.resolve(refusal({ status: 400, problem: duplicateId, id }));
    const { signal } = arrival.request;
    const cancel = (): void => this.#cancel(id, arrival);
    return new Promise((answer) => {
      const forget = (): void => {
        signal.removeEventListener('abort', cancel);
        this.#exchanges.delete(id);
      };
      this.#exchanges.set(id, { answer, cancel, forget, stream: undefined });
      signal.addEventListener('abort', cancel, { once: true });
      this.onmessage?.(message, arrival);
      if (signal.aborted) cancel();
    });
  }

  /** Hands over a message that has no answer. */
  deliver(message: JSONRPCNotification | JSONRPCResponse, arrival: Arrival): void {
    if (this.#closed) return;
    this.onmessage?.(message, arrival);
    if ('method' in message && message.method === 'notifications/cancelled')
      this.#release(message.params?.['requestId']);
  }

  /** The stream for what the server says unasked; a newer one takes the place of an older one, as clients reconnect. */
  listen(): Response {
    if (this.#closed) return sessionEnded();
    this.#listening?.close();
    const stream = new EventStream(this.#headers, () => {
      if (this.#listening === stream) this.#listening = undefined;
    });
    this.#listening = stream;
    return stream.response;
  }

  endListening(): void {
    this.#listening?.close();
    this.#listening = undefined;
  }

  async send(message: JSONRPCMessage, options?: TransportSendOptions): Promise<void> {
    if (!('method' in message)) {
      if (message.id !== undefined) this.#answer(message.id, message);
    } else if (options?.relatedRequestId === undefined) {
      this.#listening?.send(message);
    } else {
      this.#tell(options.relatedRequestId, message);
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.endListening();
    for (const [id, { answer, forget, stream }] of this.#exchanges) {
      forget();
      if (stream) stream.close();
      else answer(sessionEnded(id));
    }
    this.onclose?.();
  }

  #answer(id: RequestId, message: JSONRPCResponse): void {
    const exchange = this.#exchanges.get(id);
    if (!exchange) return;
    exchange.forget();
    if (exchange.stream) {
      exchange.stream.send(message);
      exchange.stream.close();
    } else {
      exchange.answer(Response.json(message, { headers: this.#headers }));
    }
  }

  #tell(id: RequestId, message: JSONRPCMessage): void {
    const exchange = this.#exchanges.get(id);
    if (!exchange) return;
    if (!exchange.stream) {
      exchange.stream = new EventStream(this.#headers, exchange.cancel);
      exchange.answer(exchange.stream.response);
    }
    exchange.stream.send(message);
  }

  /** The client is gone. */
  #cancel(requestId: RequestId, arrival: Arrival): void {
    const params = { requestId, reason: clientGone };
    this.deliver({ jsonrpc: '2.0', method: 'notifications/cancelled', params }, arrival);
  }

  /** The protocol layer answers no cancelled request, but its HTTP exchange has to end. */
  #release(id: unknown): void {
    if (typeof id !== 'string' && typeof id !== 'number') return;
    const exchange = this.#exchanges.get(id);
    if (!exchange) return;
    exchange.forget();
    if (exchange.stream) exchange.stream.close();
    else exchange.answer(Response.json(errorMessage(id, cancelled), { headers: this.#headers }));
  }
}

const cancelled = { code: rpcCodes.cancelled, message: 'Request cancelled' };

function sessionEnded(id?: RequestId): Response {
  return refusal({ status: 404, problem: { code: rpcCodes.sessionNotFound, message: 'Session not found' }, id });
}
