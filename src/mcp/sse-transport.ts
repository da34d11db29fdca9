import { randomUUID } from 'node:crypto';
import {
  isJSONRPCRequest,
  type AuthInfo,
  type JSONRPCMessage,
  type MessageExtraInfo,
  type RequestId,
} from '@modelcontextprotocol/server';
import { EventStream } from './event-stream.ts';
import type { McpSessionTransport } from './mcp-sessions.ts';

/**
 * HTTP+SSE of revision 2024-11-05 for one client: one stream that carries all there is to read, and whose first event
 * names where to post. The McpSession lasts as long as the stream; with it end the calls that nobody would hear of.
 */
export class SseTransport implements McpSessionTransport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: (message: JSONRPCMessage, extra?: MessageExtraInfo) => void;
  readonly id = randomUUID();
  readonly #stream = new EventStream({}, () => void this.close());
  readonly #unanswered = new Set<RequestId>();
  #leaving = false;
  #closed = false;

  constructor() {
    this.#stream.event('endpoint', `/messages?sessionId=${this.id}`);
  }

  get response(): Response {
    return this.#stream.response;
  }

  get busy(): boolean {
    return this.#unanswered.size > 0;
  }

  async start(): Promise<void> {}

  /** Takes what the client posted; the answer comes on the stream. */
  deliver(message: JSONRPCMessage, authInfo: AuthInfo): 'taken' | 'duplicate_id' {
    if (isJSONRPCRequest(message)) {
      if (this.#unanswered.has(message.id)) return 'duplicate_id';
      this.#unanswered.add(message.id);
    }
    // Without the POST request: what it accepts says nothing of what the stream may carry.
    this.onmessage?.(message, { authInfo });
    // A cancelled request is never answered.
    if ('method' in message && message.method === 'notifications/cancelled') {
      this.#answered(message.params?.['requestId']);
    }
    return 'taken';
  }

  /** Ends once what was asked is answered. */
  endListening(): void {
    this.#leaving = true;
    this.#answered(undefined);
  }

  async send(message: JSONRPCMessage): Promise<void> {
    this.#stream.send(message);
    if (!('method' in message)) this.#answered(message.id);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#stream.close();
    this.onclose?.();
  }

  #answered(id: unknown): void {
    if (typeof id === 'string' || typeof id === 'number') this.#unanswered.delete(id);
    if (this.#leaving && !this.busy) void this.close();
  }
}
