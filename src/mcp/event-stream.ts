/** Comment frames keep proxies and clients from taking a quiet stream for a dead one. */
const keepAliveMs = 15_000;

/** What may wait for a client that does not read, besides one message. */
export const maxWaitingBytes = 2 * 1024 * 1024;

/**
 * A server-sent event stream (WHATWG HTML, section 9.2) that carries JSON-RPC messages.
 *
 * What waits to be read is bounded: a client that is further behind is given up, as if it had gone away.
 */
export class EventStream {
  readonly #encoder = new TextEncoder();
  readonly #onCancelled: () => void;
  readonly #keepAlive: NodeJS.Timeout;
  readonly response: Response;
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  /** Set while the client wants more than there is. */
  #reader: ReadableStreamDefaultController<Uint8Array> | undefined;
  #ended = false;

  /** `onCancelled` is called when the client goes away or is given up, not on `close`. */
  constructor(headers: Readonly<Record<string, string>>, onCancelled: () => void) {
    this.#onCancelled = onCancelled;
    const body = new ReadableStream<Uint8Array>(
      { pull: (controller) => this.#feed(controller), cancel: () => this.#giveUp() },
      { highWaterMark: 0 },
    );
    this.response = new Response(body, {
      headers: {
        'content-type': 'text/event-stream',
        'cache-control': 'no-cache, no-transform',
        'x-accel-buffering': 'no',
        ...headers,
      },
    });
    this.#keepAlive = setInterval(() => this.#write(': keepalive\n\n'), keepAliveMs).unref();
  }

  send(message: unknown): void {
    this.event('message', JSON.stringify(message));
  }

  /** `data` is a single line. */
  event(name: string, data: string): void {
    this.#write(`event: ${name}\ndata: ${data}\n\n`);
  }

  /** Ends the stream once the client has read what waits. */
  close(): void {
    if (this.#ended) return;
    this.#end();
    if (this.#reader) this.#feed(this.#reader);
  }

  #write(frame: string): void {
    if (this.#ended) return;
    if (this.#waitingBytes > maxWaitingBytes) {
      this.#giveUp();
      return;
    }
    const bytes = this.#encoder.encode(frame);
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
    if (this.#reader) this.#feed(this.#reader);
  }

  #feed(controller: ReadableStreamDefaultController<Uint8Array>): void {
    const next = this.#waiting.shift();
    this.#reader = next || this.#ended ? undefined : controller;
    if (next) {
      this.#waitingBytes -= next.length;
      controller.enqueue(next);
    }
    if (this.#ended && this.#waiting.length === 0) controller.close();
  }

  #giveUp(): void {
    if (this.#ended) return;
    this.#reader = undefined;
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#end();
    this.#onCancelled();
  }

  #end(): void {
    this.#ended = true;
    clearInterval(this.#keepAlive);
  }
}
