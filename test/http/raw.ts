import { request, type IncomingHttpHeaders } from 'node:http';

export interface RawAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface RawRequest {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
}

/**
 * A request with any header, which `fetch` would not send, on a connection of its own. Resolves with an event stream once
 * that has begun; rejects where it is cut before it is answered.
 */
export function raw(url: string, { method = 'GET', headers = {}, body }: RawRequest = {}): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers, agent: false }, (response) => {
      let text = '';
      const answered = (): void => {
        sent.destroy();
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text });
      };
      if (String(response.headers['content-type']).includes('event-stream')) return answered();
      response.on('data', (chunk) => (text += String(chunk))).on('close', answered);
    });
    // Whoever is refused may still be sending when the answer comes.
    sent.on('error', (error) => setImmediate(() => reject(error)));
    sent.end(body);
  });
}
