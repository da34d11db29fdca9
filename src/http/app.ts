import { randomUUID } from 'node:crypto';
import type { HttpBindings } from '@hono/node-server';
import { Hono, type Context } from 'hono';
import type { Log } from '../base/log.ts';
import type { Networks } from '../base/networks.ts';
import { createConsole, type ConsoleServices } from '../console/console.ts';
import type { Authenticate } from '../identity/authenticate.ts';
import type { McpAccess, McpHttp } from '../mcp/http.ts';
import type { AllowedNames } from './allowed-names.ts';
import { admit, challenge, type OAuthSurface } from './bearer-gate.ts';
import { BodyRoom, type BodyRoomLimits } from './body-room.ts';
import { clientAddress } from './client-address.ts';
import { healthReport, serverInfo, type ConnectionCounts } from './documents.ts';
import { metricsRoute, type MetricsSurface } from './metrics-route.ts';
import { expectedBytes, readBody } from './read-body.ts';
import { createRestBridge, type RestBridgeParts } from './rest-bridge.ts';

export interface AppServices {
  readonly mcp: McpHttp;
  readonly authenticate: Authenticate;
  readonly version: string;
  readonly log: Log;
  /** The pages for people. */
  readonly console?: ConsoleServices;
  /** Figures for a collector of metrics; absent: its path is not there. */
  readonly metrics?: MetricsSurface;
  /** The tools without MCP; absent: its paths are not there. */
  readonly rest?: Pick<RestBridgeParts, 'services' | 'publicBaseUrl'>;
  /** Where clients may sign in over OAuth; absent: its paths are not there. */
  readonly oauth?: OAuthSurface;
  /** Told of every request whose token nobody knows. */
  readonly refusedLogin: (remoteAddress: string) => void;
  /** SSH connections, for `/health`. */
  readonly connections: () => ConnectionCounts;
  /** Why no calls can be served at this moment, for `/readyz`; empty when they can. Names no host. */
  readonly problems: () => readonly string[];
  /** What else `/readyz` tells, and keeps no call from being served. */
  readonly warnings: () => readonly string[] | Promise<readonly string[]>;
}

export interface AppLimits {
  readonly maxBodyBytes: number;
  /** Of all bodies at once. */
  readonly bodyRoom: BodyRoomLimits;
  /** Whose `X-Forwarded-For` counts. */
  readonly trustedProxies: Networks;
}

type Bindings = { Bindings: HttpBindings };

const mcpPaths = ['/mcp', '/mcp/'];
const ssePaths = ['/sse', '/sse/'];
const messagePaths = ['/messages', '/messages/'];

/** An event stream from which nothing is read for so long is cut; keepalives would be, if anybody were there. */
const stalledStreamMs = 60_000;

/** Every route of the one listener. Host and origin are checked first, then the token, then the size of the body. */
export function createApp(
  services: AppServices,
  names: AllowedNames,
  limits: AppLimits,
  isDraining: () => boolean,
): Hono<Bindings> {
  const { mcp, version, log } = services;
  const app = new Hono<Bindings>();
  const bodies = new BodyRoom(limits.bodyRoom);

  app.use(async (c, next) => {
    if (!names.allowsHost(c.req.header('host'))) return c.json(...forbidden('Host'));
    if (!names.allowsOrigin(c.req.header('origin'))) return c.json(...forbidden('Origin'));
    return next();
  });

  app.get('/health', (c) => c.json(healthReport(version, services.connections())));
  app.get('/healthz', (c) => c.json({ status: 'alive' }));
  app.get('/readyz', async (c) => {
    const reasons = [...(isDraining() ? ['shutting down'] : []), ...services.problems()];
    const warnings = await services.warnings();
    const also = warnings.length > 0 && { warnings };
    return reasons.length === 0
      ? c.json({ status: 'ready', ...also })
      : c.json({ status: 'unavailable', reasons, ...also }, 503);
  });

  app.on('GET', mcpPaths, async (c) => {
    if (!accepts(c, 'text/event-stream')) return c.json(serverInfo(version));
    const access = await admitted(c);
    if (!access) return refuseToken(c);
    if (isDraining()) return drainingAnswer(c);
    if (c.req.method === 'HEAD') return methodNotAllowed(c, 'GET, POST, DELETE');
    cutWhenStalled(c);
    return mcp.get(c.req.raw, access);
  });

  app.on('POST', mcpPaths, async (c) => {
    const access = await admitted(c);
    if (!access) return refuseToken(c);
    if (isDraining()) return drainingAnswer(c);
    if (!isJson(c.req.header('content-type'))) return c.json(...unsupportedMediaType);
    if (!acceptsJson(c)) {
      return c.json({ error: 'not_acceptable', error_description: 'Client must accept application/json' }, 406);
    }
    return await withBody(c, access, (body) => mcp.post(c.req.raw, body, access));
  });

  app.on('DELETE', mcpPaths, async (c) => {
    const access = await admitted(c);
    return access ? await mcp.delete(c.req.raw, access) : refuseToken(c);
  });

  app.on('GET', ssePaths, async (c) => {
    const access = await admitted(c);
    if (!access) return refuseToken(c);
    if (isDraining()) return drainingAnswer(c);
    if (c.req.method === 'HEAD') return methodNotAllowed(c, 'GET');
    cutWhenStalled(c);
    return await mcp.openSse(access);
  });

  app.on('POST', messagePaths, async (c) => {
    const access = await admitted(c);
    if (!access) return refuseToken(c);
    if (isDraining()) return drainingAnswer(c);
    if (!isJson(c.req.header('content-type'))) return c.json(...unsupportedMediaType);
    return await withBody(c, access, (body) => mcp.postSse(c.req.query('sessionId'), body, access));
  });

  app.on(['PUT', 'PATCH', 'OPTIONS'], mcpPaths, (c) => methodNotAllowed(c, 'GET, POST, DELETE'));
  app.on(['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'], ssePaths, (c) => methodNotAllowed(c, 'GET'));
  app.on(['GET', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'], messagePaths, (c) => methodNotAllowed(c, 'POST'));
  const pages = services.console && createConsole(services.console, addressOf);
  if (pages) app.route('/', pages.routes);
  if (services.metrics) app.route('/', metricsRoute(services.metrics, refuseToken));
  if (services.rest) {
    app.route('/', createRestBridge({ ...services.rest, withCaller }));
  }
  if (services.oauth) {
    for (const [path, document] of services.oauth.documents()) app.get(path, (c) => c.json(document));
    app.route('/', services.oauth.routes(addressOf, pages?.letIn));
  }
  app.notFound((c) => c.json({ error: 'not_found' }, 404));
  app.onError((error, c) => {
    // The client went away, or was too slow, while its body was read: nobody is left to be answered.
    if (c.env.incoming.destroyed) return c.json({ error: 'incomplete_request' }, 400);
    const incident = randomUUID();
    log.error(
      { err: error, incident, method: c.req.method, path: c.req.path },
      'a request failed for a reason of ours',
    );
    return c.json({ error: 'internal', error_description: `Internal error, incident ${incident}` }, 500);
  });

  async function withCaller(
    c: Context<Bindings>,
    answer: (body: string, access: McpAccess) => Promise<Response>,
  ): Promise<Response> {
    const access = await admitted(c);
    if (!access) return refuseToken(c);
    if (isDraining()) return drainingAnswer(c);
    const hasBody = c.req.header('content-length') !== '0' && c.req.raw.body !== null;
    if (hasBody && !isJson(c.req.header('content-type'))) return c.json(...unsupportedMediaType);
    return await withBody(c, access, async (body) => await answer(body, access));
  }

  /** Answers with what comes of the body, which is held in memory until then. */
  async function withBody(
    c: Context<Bindings>,
    { caller }: McpAccess,
    answer: (body: string) => Response | Promise<Response>,
  ): Promise<Response> {
    const { maxBodyBytes } = limits;
    const bytes = expectedBytes(c.req.raw, maxBodyBytes);
    if (bytes === undefined) return c.json(...tooLarge(limits));
    using place = bodies.take(caller.principal, bytes);
    if (place === undefined) return c.json(...tooManyBodies);
    const body = await readBody(c.req.raw, maxBodyBytes, place);
    return body === undefined ? c.json(...tooLarge(limits)) : await answer(body);
  }

  async function admitted(c: Context<Bindings>): Promise<McpAccess | undefined> {
    return await admit(c.req.header('authorization'), addressOf(c), services);
  }

  function addressOf(c: Context<Bindings>): string | undefined {
    return clientAddress(c.env.incoming.socket.remoteAddress, c.req.header('x-forwarded-for'), limits.trustedProxies);
  }

  function refuseToken(c: Context<Bindings>): Response {
    const remoteAddress = addressOf(c);
    const hasToken = c.req.header('authorization') !== undefined;
    // Anybody can cause it as often as they like: what is kept of it is the audit's bounded record.
    log.debug({ remoteAddress, hasToken }, 'a request without a valid token');
    if (hasToken) services.refusedLogin(remoteAddress ?? 'unknown');
    return challenge(services.oauth?.challenge(c.req.path));
  }

  return app;
}

function forbidden(header: 'Host' | 'Origin') {
  const message = `This ${header} is not allowed here. An operator can add it with ALLOWED_${header.toUpperCase()}S.`;
  return [{ error: 'forbidden', error_description: message }, 403] as const;
}

const unsupportedMediaType = [
  { error: 'unsupported_media_type', error_description: 'Send Content-Type: application/json' },
  415,
] as const;

function tooLarge({ maxBodyBytes }: AppLimits) {
  const message = `The request is over ${maxBodyBytes} bytes. Send the data in several smaller calls.`;
  return [{ error: 'too_large', error_description: message, max_bytes: maxBodyBytes }, 413] as const;
}

const tooManyBodies = [
  {
    error: 'busy',
    error_description: 'Too many large requests are under way. Wait for one to be answered, then try again.',
  },
  503,
  { 'retry-after': '1' },
] as const;

function methodNotAllowed(c: Context<Bindings>, allow: string): Response {
  return c.json({ error: 'method_not_allowed' }, 405, { allow });
}

function cutWhenStalled(c: Context<Bindings>): void {
  const { outgoing } = c.env;
  outgoing.setTimeout(stalledStreamMs, () => outgoing.destroy());
}

function drainingAnswer(c: Context<Bindings>): Response {
  return c.json({ error: 'unavailable', error_description: 'Shutting down: try again in a moment' }, 503, {
    'retry-after': '1',
    connection: 'close',
  });
}

function accepts(c: Context<Bindings>, type: string): boolean {
  return (c.req.header('accept') ?? '').toLowerCase().includes(type);
}

/** Lenient: simple clients name JSON alone, anything, or nothing at all. */
function acceptsJson(c: Context<Bindings>): boolean {
  return !c.req.header('accept') || ['application/json', 'application/*', '*/*'].some((type) => accepts(c, type));
}

function isJson(contentType: string | undefined): boolean {
  return contentType?.split(';')[0]?.trim().toLowerCase() === 'application/json';
}
