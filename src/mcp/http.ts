import { randomBytes } from 'node:crypto';
import {
  createMcpHandler,
  isInitializeRequest,
  isJSONRPCErrorResponse,
  isJSONRPCNotification,
  isJSONRPCRequest,
  isJSONRPCResultResponse,
  isLegacyRequest,
  SUPPORTED_PROTOCOL_VERSIONS,
  type AuthInfo,
  type JSONRPCNotification,
  type JSONRPCResponse,
  type Server,
  type ServerContext,
} from '@modelcontextprotocol/server';
import type { Credential } from '../identity/authenticate.ts';
import type { Caller, Scope } from '../identity/caller.ts';
import type { McpServices } from './call-tool.ts';
import { notAMessage, refusal, rpcCodes } from './json-rpc.ts';
import { defaultSseLimits, LegacySse } from './legacy-sse.ts';
import { LegacyTransport, type Arrival } from './legacy-transport.ts';
import { McpSessions, type McpSessionLimits } from './mcp-sessions.ts';
import { rateLimited } from './rate-limited.ts';
import { neededScopes } from './step-up.ts';
import { readMessage } from './read-message.ts';
import { gatewayServers, type CreateServer } from './server.ts';

/** Who sends a request: found out before it gets here. */
export interface McpAccess {
  readonly credential: Extract<Credential, { kind: 'bearer' }>;
  readonly caller: Caller;
}

/**
 * MCP over HTTP: Streamable HTTP, both eras on one URL, and the older HTTP+SSE.
 *
 * Every request in it is authenticated, from an allowed host and origin.
 */
export interface McpHttp {
  /** Answers one message; `body` is the request's whole body, its size already bounded. */
  post(request: Request, body: string, access: McpAccess): Promise<Response>;
  /** The event stream of a legacy McpSession. */
  get(request: Request, access: McpAccess): Response;
  /** Ends a legacy McpSession. */
  delete(request: Request, access: McpAccess): Promise<Response>;
  /** Opens the event stream of HTTP+SSE. */
  openSse(access: McpAccess): Promise<Response>;
  /** Takes a message for the event stream of that McpSession; `body` as in `post`. */
  postSse(sessionId: string | undefined, body: string, access: McpAccess): Response;
  /** Ends what only listens, then waits up to `graceMs` for the running calls before it aborts them. */
  drain(options: { readonly graceMs: number }): Promise<void>;
  /** Ends every McpSession and exchange: after `drain`, once the answers have left. */
  close(): Promise<void>;
}

export interface McpHttpLimits {
  readonly streamable: McpSessionLimits;
  readonly sse: McpSessionLimits;
}

export const defaultMcpHttpLimits: McpHttpLimits = {
  streamable: { maxPerCaller: 100, maxTotal: 2_000, idleMs: 4 * 60 * 60 * 1_000 },
  sse: defaultSseLimits,
};

export interface McpHttpOptions {
  readonly limits?: McpHttpLimits;
  /** What is served; without it, what the gateway offers. */
  readonly createServer?: CreateServer;
  /** The answer to a credential that has to ask for these scopes; without it, only the call itself says so. */
  readonly insufficientScope?: (needed: readonly Scope[]) => Response;
}

export function createMcpHttp(services: McpServices, options: McpHttpOptions = {}): McpHttp {
  const { gateway, calls, log } = services;
  const { limits = defaultMcpHttpLimits, createServer = gatewayServers(services) } = options;
  const legacyServer = (): Server => createServer({ era: 'legacy', credentialOf });
  const newTransport = (): LegacyTransport => new LegacyTransport(randomBytes(24).toString('base64url'));
  const sessions = new McpSessions({ server: legacyServer, transport: newTransport }, limits.streamable);
  const sse = new LegacySse(legacyServer, limits.sse);
  const modern = createMcpHandler(() => createServer({ era: 'modern', credentialOf }), {
    legacy: 'reject',
    onerror: (error) => log.debug({ error: error.name }, 'a modern MCP request was refused'),
  });

  async function postLegacy(message: object, arrival: Arrival, { caller }: McpAccess): Promise<Response> {
    if (isJSONRPCRequest(message) && isInitializeRequest(message)) {
      return ((await sessions.open(caller)) ?? (await connectOnce())).exchange(message, arrival);
    }
    const unsupported = refusedVersion(arrival.request);
    if (unsupported) return unsupported;
    const id = arrival.request.headers.get('mcp-session-id');
    const session = id === null ? undefined : sessions.find(id, caller);
    if (id !== null && !session) return sessionNotFound();
    if (isJSONRPCRequest(message)) return (session ?? (await connectOnce())).exchange(message, arrival);
    if (needsNoAnswer(message)) {
      session?.deliver(message, arrival);
      return new Response(null, { status: 202 });
    }
    return refusal({ status: 400, problem: notAMessage });
  }

  /** For one request of a client that keeps no session. */
  async function connectOnce(): Promise<LegacyTransport> {
    const transport = new LegacyTransport('');
    await legacyServer().connect(transport);
    return transport;
  }

  function receive(body: string, caller: Caller): object | Response {
    const read = readMessage(body);
    const isCounted = read.kind === 'problem' || !needsNoAnswer(read.message);
    const limited = isCounted ? rateLimited(() => gateway.admitRequest(caller)) : undefined;
    if (limited) return limited;
    return read.kind === 'problem' ? refusal({ status: 400, problem: read.problem }) : read.message;
  }

  return {
    async post(request, body, access) {
      const received = receive(body, access.caller);
      if (received instanceof Response) return received;
      const authInfo = authInfoOf(access);
      const response = (await isLegacyRequest(request, received))
        ? await postLegacy(received, { request, authInfo }, access)
        : await modern.fetch(request, { authInfo, parsedBody: received });
      const needed = neededScopes(received, access.caller, gateway.tools);
      if (needed === undefined || options.insufficientScope === undefined) return response;
      // The call was refused, and is on record; clients ask their person for more when the whole request is.
      await response.body?.cancel();
      return options.insufficientScope(needed);
    },

    get(request, { caller }) {
      const id = request.headers.get('mcp-session-id');
      if (id === null) return methodNotAllowed();
      return refusedVersion(request) ?? sessions.find(id, caller)?.listen() ?? sessionNotFound();
    },

    async delete(request, { caller }) {
      const id = request.headers.get('mcp-session-id');
      if (id === null) return methodNotAllowed();
      const session = sessions.find(id, caller);
      if (!session) return sessionNotFound();
      await session.close();
      return new Response(null, { status: 200 });
    },

    async openSse({ caller }) {
      return rateLimited(() => gateway.admitRequest(caller)) ?? (await sse.open(caller));
    },

    postSse(sessionId, body, access) {
      const received = receive(body, access.caller);
      if (received instanceof Response) return received;
      return sse.post(sessionId, received, { caller: access.caller, authInfo: authInfoOf(access) });
    },

    async drain(options) {
      sessions.endListening();
      sse.endListening();
      await calls.drain(options);
    },

    async close() {
      await sessions[Symbol.asyncDispose]();
      await sse[Symbol.asyncDispose]();
      await modern.close();
    },
  };
}

/** Notifications and answers run nothing and are never too many: a cancellation must get through. */
function needsNoAnswer(message: object): message is JSONRPCNotification | JSONRPCResponse {
  return isJSONRPCNotification(message) || isJSONRPCResultResponse(message) || isJSONRPCErrorResponse(message);
}

function credentialOf(context: ServerContext): Credential {
  const { token, extra } = context.http?.authInfo ?? {};
  if (token === undefined) return { kind: 'missing', message: 'Not authenticated' };
  const address = extra?.['address'];
  return { kind: 'bearer', token, address: typeof address === 'string' ? address : undefined };
}

function authInfoOf({ credential: { token, address }, caller }: McpAccess): AuthInfo {
  return { token, clientId: caller.name, scopes: [...caller.scopes], extra: { address } };
}

function refusedVersion(request: Request): Response | undefined {
  const version = request.headers.get('mcp-protocol-version');
  if (version === null || SUPPORTED_PROTOCOL_VERSIONS.includes(version)) return undefined;
  const message = `Bad Request: Unsupported protocol version (supported versions: ${SUPPORTED_PROTOCOL_VERSIONS.join(', ')})`;
  return refusal({ status: 400, problem: { code: rpcCodes.transport, message } });
}

function sessionNotFound(): Response {
  return refusal({ status: 404, problem: { code: rpcCodes.sessionNotFound, message: 'Session not found' } });
}

function methodNotAllowed(): Response {
  const problem = { code: rpcCodes.transport, message: 'Method not allowed without an Mcp-Session-Id: use POST' };
  return refusal({ status: 405, problem, headers: { allow: 'POST' } });
}
