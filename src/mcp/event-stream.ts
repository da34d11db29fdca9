/** Comment frames keep proxies and clients from taking a quiet stream for a dead one. */
const keepAliveMs = 15_000;

/** A server-sent event stream (WHATWG HTML, section 9.2) that carries JSON-RPC messages. */
export class EventStream {
  readonly #encoder = new TextEncoder();
  readonly #onCancelled: () => void;
  readonly #keepAlive: NodeJS.Timeout;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  readonly response: Response;

  /** `onCancelled` is called when the client goes away, not on `close`. */
  constructor(headers: Readonly<Record<string, string>>, onCancelled: () => void) {
    this.#onCancelled = onCancelled;
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.#controller = controller;
      },
      cancel: () => {
        this.#end();
        this.#onCancelled();
      },
    });
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
    this.#write(`event: message\ndata: ${JSON.stringify(message)}\n\n`);
  }

  close(): void {
    this.#end()?.close();
  }

  #write(frame: string): void {
    this.#controller?.enqueue(this.#encoder.encode(frame));
  }

  #end(): ReadableStreamDefaultController<Uint8Array> | undefined {
    const controller = this.#controller;
    this.#controller = undefined;
    clearInterval(this.#keepAlive);
    return controller;
  }
}
