import { tokens } from './tiny-gateway.ts';

/** A client of HTTP+SSE by hand: the events of its stream in order, and where it posts to. */
export class SseStream {
  readonly #reader: ReadableStreamDefaultReader<string>;
  readonly #url: string;
  readonly #token: string;
  #text = '';
  endpoint = '';

  private constructor(url: string, token: string, body: ReadableStream<Uint8Array>) {
    this.#url = url;
    this.#token = token;
    this.#reader = body.pipeThrough(new TextDecoderStream()).getReader();
  }

  static async open(url: string, token: string = tokens.full): Promise<SseStream> {
    const response = await fetch(`${url}/sse`, { headers: { authorization: `Bearer ${token}` } });
    if (!response.ok || !response.body) throw new Error(`GET /sse: ${response.status}`);
    const stream = new SseStream(url, token, response.body);
    stream.endpoint = /^event: endpoint\ndata: (.*)$/.exec((await stream.next()) ?? '')?.[1] ?? '';
    return stream;
  }

  get sessionId(): string {
    return new URLSearchParams(this.endpoint.split('?')[1]).get('sessionId') ?? '';
  }

  post(message: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
    return fetch(this.#url + this.endpoint, {
      method: 'POST',
      headers: { authorization: `Bearer ${this.#token}`, 'content-type': 'application/json', ...headers },
      body: typeof message === 'string' ? message : JSON.stringify(message),
    });
  }

  /** The next frame without the blank line that ends it; undefined when the stream has ended. */
  async next(): Promise<string | undefined> {
    for (;;) {
      const end = this.#text.indexOf('\n\n');
      if (end >= 0) {
        const frame = this.#text.slice(0, end);
        this.#text = this.#text.slice(end + 2);
        return frame;
      }
      const { done, value } = await this.#reader.read();
      if (done) return undefined;
      this.#text += value;
    }
  }

  /** The next JSON-RPC message. */
  async message(): Promise<unknown> {
    const frame = await this.next();
    const data = /^event: message\ndata: (.*)$/.exec(frame ?? '')?.[1];
    if (data === undefined) throw new Error(`not a message: ${frame}`);
    return JSON.parse(data);
  }

  async close(): Promise<void> {
    await this.#reader.cancel();
  }
}
