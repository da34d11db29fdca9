import type { Readable, Writable } from 'node:stream';
import type { JSONRPCMessage, MessageExtraInfo, RequestId, Transport } from '@modelcontextprotocol/server';
import { errorMessage, notAMessage, tooLarge, type RpcProblem } from './json-rpc.ts';
import { LineReader, type Line } from './line-reader.ts';
import { asJsonRpc, readMessage } from './read-message.ts';

/** The stdio binding of MCP: one JSON-RPC message per line. Bounded in memory, and every bad line is answered. */
export class StdioTransport implements Transport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: (message: JSONRPCMessage, extra?: MessageExtraInfo) => void;
  readonly #input: Readable;
  readonly #output: Writable;
  readonly #lines: LineReader;
  readonly #maxLineBytes: number;
  readonly #ended = Promise.withResolvers<void>();
  #closed = false;

  constructor(options: { readonly input: Readable; readonly output: Writable; readonly maxLineBytes: number }) {
    this.#input = options.input;
    this.#output = options.output;
    this.#maxLineBytes = options.maxLineBytes;
    this.#lines = new LineReader(options.maxLineBytes);
  }

  /** Resolves once either side has closed. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  async start(): Promise<void> {
    const close = (): void => void this.close();
    this.#input.on('data', this.#read).on('end', close).on('close', close).on('error', close);
    // Stays after closing: a client that is gone shows as EPIPE on a later write, and must not end the process.
    this.#output.on('error', close).on('close', close);
    if (this.#input.readableEnded || this.#input.destroyed) close();
  }

  async send(message: JSONRPCMessage): Promise<void> {
    await this.#write(message);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#input.off('data', this.#read).pause();
    this.onclose?.();
    this.#ended.resolve();
  }

  readonly #read = (chunk: Buffer | string): void => {
    for (const line of this.#lines.push(typeof chunk === 'string' ? Buffer.from(chunk) : chunk)) {
      if (this.#closed) return;
      this.#take(line);
    }
  };

  #take(line: Line): void {
    if (line.kind === 'oversized') return this.#refuse(idOf(line.head, line.tail), tooLarge(this.#maxLineBytes));
    if (line.text.trim() === '') return;
    const read = readMessage(line.text);
    if (read.kind === 'problem') return this.#refuse(null, read.problem);
    const message = asJsonRpc(read.message);
    if (message) this.onmessage?.(message);
    else this.#refuse(null, notAMessage);
  }

  #refuse(id: RequestId | null, problem: RpcProblem): void {
    void this.#write(errorMessage(id, problem));
  }

  /** Resolves when the line is handed over, or when there is nobody to hand it to. */
  #write(message: object): Promise<void> {
    if (this.#closed) return Promise.resolve();
    return new Promise((resolve) => this.#output.write(`${JSON.stringify(message)}\n`, () => resolve()));
  }
}

const idFirst = /^\s*\{\s*(?:"jsonrpc"\s*:\s*"2\.0"\s*,\s*)?"id"\s*:\s*(\d{1,15}|"[\w-]{1,100}")\s*,/;
const idLast = /,\s*"id"\s*:\s*(\d{1,15}|"[\w-]{1,100}")\s*\}\s*$/;

/** The id of a request that is too large to be parsed, so that the client does not wait for an answer in vain. */
function idOf(head: string, tail: string): RequestId | null {
  const found = idFirst.exec(head)?.[1] ?? idLast.exec(tail)?.[1];
  if (found === undefined) return null;
  return found.startsWith('"') ? found.slice(1, -1) : Number(found);
}
