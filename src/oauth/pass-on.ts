import { IncomingMessage } from 'node:http';
import type { HttpBindings } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import type { Context } from 'hono';

export interface OAuthEnv {
  readonly Bindings: HttpBindings;
}

/** What the authorization server is to see of a request, where that is not what came. */
export interface Seen {
  readonly url?: string;
  readonly body?: string;
}

/**
 * The request as the authorization server sees it: under the name of the issuer, whatever name the client used and
 * whatever it says of proxies. No link that is made of it leads elsewhere.
 */
export function seenRequest(c: Context<OAuthEnv>, issuer: string, { url, body = '' }: Seen = {}): IncomingMessage {
  const { incoming } = c.env;
  const { host, protocol } = new URL(issuer);
  const seen = new IncomingMessage(incoming.socket);
  // Else its end would count as that of the connection.
  seen.complete = true;
  seen.method = incoming.method ?? 'GET';
  seen.url = url ?? incoming.url ?? '/';
  seen.httpVersion = incoming.httpVersion;
  const kept = ['accept', 'authorization', 'content-type', 'cookie', 'origin', 'access-control-request-method'];
  for (const name of kept) {
    const value = incoming.headers[name];
    if (value !== undefined) seen.headers[name] = value;
  }
  Object.assign(seen.headers, {
    host,
    'x-forwarded-host': host,
    'x-forwarded-proto': protocol.slice(0, -1),
    'content-length': String(Buffer.byteLength(body)),
  });
  seen.push(body === '' ? null : Buffer.from(body));
  if (body !== '') seen.push(null);
  return seen;
}

/**
 * Has Node's response written by `answer`.
 *
 * That its body is looked at makes the sign a response like others. As it is made, the server may take it for one of its
 * own that is still to be sent, and log an error for each.
 */
export async function answeredBy(
  c: Context<OAuthEnv>,
  answer: (response: HttpBindings['outgoing']) => Promise<void>,
): Promise<Response> {
  await answer(c.env.outgoing);
  return RESPONSE_ALREADY_SENT.body === null ? RESPONSE_ALREADY_SENT : new Response(null, { status: 500 });
}
