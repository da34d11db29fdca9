import { createServer, type Server, type ServerOptions, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TlsOptions } from 'node:tls';
import { getRequestListener } from '@hono/node-server';
import { Networks } from '../base/networks.ts';
import { AllowedNames, type NameOptions } from './allowed-names.ts';
import { createApp, type AppServices } from './app.ts';
import type { BodyRoomLimits } from './body-room.ts';
import { withoutBrackets } from './check-bind.ts';

export interface HttpOptions extends NameOptions {
  /** 0 takes a free one. */
  readonly port: number;
  /** Addresses or networks whose `X-Forwarded-For` counts. */
  readonly trustedProxies: readonly string[];
  /** PEM texts. */
  readonly tls: { readonly cert: string; readonly key: string } | undefined;
  readonly maxBodyBytes: number;
  /** Of all bodies at once. */
  readonly bodyRoom: BodyRoomLimits;
  /** For a request's headers, from the moment its connection opened. */
  readonly headersTimeoutMs: number;
  /** For a whole request. A call may then run as long as it likes. */
  readonly requestTimeoutMs: number;
  readonly maxConnections: number;
}

export const httpDefaults = {
  maxBodyBytes: 8 * 1024 * 1024,
  bodyRoom: { perCallerBytes: 64 * 1024 * 1024, totalBytes: 256 * 1024 * 1024 },
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 60_000,
  maxConnections: 2_000,
} as const;

const maxHeaderBytes = 16 * 1024;
const keepAliveMs = 65_000;

/** How long answers on their way get to leave, once no call is running. */
const flushMs = 500;

const securityHeaders: ReadonlyMap<string, string> = new Map([
  ['cache-control', 'no-store'],
  ['content-security-policy', "default-src 'none'; frame-ancestors 'none'"],
  ['cross-origin-resource-policy', 'same-origin'],
  ['referrer-policy', 'no-referrer'],
  ['x-content-type-options', 'nosniff'],
  ['x-frame-options', 'DENY'],
]);

export interface HttpListener {
  readonly port: number;
  /** Where clients of this machine find it, without a trailing slash. */
  readonly url: string;
  /**
   * Stops accepting, lets running calls finish for up to `graceMs`, then aborts them, and waits until they have ended.
   * A second call waits for the first.
   */
  close(options: { readonly graceMs: number }): Promise<void>;
}

/** Opens the one listener. Whether the address is a safe one is `checkBind`'s to say, before. */
export async function openHttp(options: HttpOptions, services: AppServices): Promise<HttpListener> {
  const server = createNodeServer(options);
  server.maxConnections = options.maxConnections;
  const { port } = await listening(server, options);
  // Such as that the system has no memory for a connection: unheard, it would end the process.
  server.on('error', (error) => services.log.error({ err: error }, 'the listener reported an error'));

  let closing: Promise<void> | undefined;
  const limits = { ...options, trustedProxies: new Networks(options.trustedProxies) };
  const app = createApp(services, new AllowedNames(options, port), limits, () => closing !== undefined);
  const listener = getRequestListener(app.fetch);
  const headers = new Map(securityHeaders);
  if (options.tls) headers.set('strict-transport-security', 'max-age=31536000');
  const unanswered = new Set<ServerResponse>();
  server.on('request', (incoming, outgoing) => {
    unanswered.add(outgoing);
    outgoing.once('close', () => unanswered.delete(outgoing));
    outgoing.setHeaders(headers);
    void listener(incoming, outgoing);
  });

  async function close(graceMs: number): Promise<void> {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    await services.mcp.drain({ graceMs });
    await allClosed(unanswered, flushMs);
    await services.mcp.close();
    server.closeAllConnections();
    await closed;
  }

  return {
    port,
    url: `${options.tls ? 'https' : 'http'}://${clientHost(options.host)}:${port}`,
    close: ({ graceMs }) => (closing ??= close(graceMs)),
  };
}

function createNodeServer(options: HttpOptions): Server {
  const shared: ServerOptions = {
    headersTimeout: options.headersTimeoutMs,
    requestTimeout: options.requestTimeoutMs,
    connectionsCheckingInterval: Math.min(5_000, options.headersTimeoutMs),
    keepAliveTimeout: keepAliveMs,
    maxHeaderSize: maxHeaderBytes,
    noDelay: true,
  };
  return options.tls ? createTlsServer({ ...shared, ...options.tls, ...tlsLimits(options) }) : createServer(shared);
}

/** Whoever says nothing before the handshake must not hold a connection for longer than who says nothing after it. */
function tlsLimits({ headersTimeoutMs }: HttpOptions): TlsOptions {
  return { minVersion: 'TLSv1.2', handshakeTimeout: headersTimeoutMs };
}

async function listening(server: Server, { host, port }: HttpOptions): Promise<AddressInfo> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: withoutBrackets(host), port }, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('Not listening on a TCP port');
  return address;
}

async function allClosed(responses: ReadonlySet<ServerResponse>, timeoutMs: number): Promise<void> {
  const closed = [...responses].map((response) => new Promise((resolve) => response.once('close', resolve)));
  const { promise: timeout, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, timeoutMs);
  await Promise.race([Promise.all(closed), timeout]);
  clearTimeout(timer);
}

function clientHost(host: string): string {
  const address = withoutBrackets(host);
  if (address === '0.0.0.0' || address === '::' || address === '') return '127.0.0.1';
  return address.includes(':') ? `[${address}]` : address;
}
