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
  type ServerContext,
} from '@modelcontextprotocol/server';
import type { Credential } from '../identity/authenticate.ts';
import type { Caller } from '../identity/caller.ts';
import type { McpServices } from './call-tool.ts';
import { refusal, rpcCodes } from './json-rpc.ts';
import { LegacyTransport, type Arrival } from './legacy-transport.ts';
import { defaultMcpSessionLimits, McpSessions, type McpSessionLimits } from './mcp-sessions.ts';
import { rateLimited } from './rate-limited.ts';
import { readMessage } from './read-message.ts';
import { createServers } from './server.ts';

/** Who sends a request: found out before it gets here. */
export interface McpAccess {
  readonly token: string;
  readonly caller: Caller;
}

/** MCP over Streamable HTTP, both eras on one URL. Every request in it is authenticated, from an allowed host and origin. */
export interface McpHttp {
  /** Answers one message; `body` is the request's whole body, its size already bounded. */
  post(request: Request, body: string, access: McpAccess): Promise<Response>;
  /** The event stream of a legacy McpSession. */
  get(request: Request, access: McpAccess): Response;
  /** Ends a legacy McpSession. */
  delete(request: Request, access: McpAccess): Promise<Response>;
  /** Ends what only listens, then waits up to `graceMs` for the running calls before it aborts them. */
  drain(options: { readonly graceMs: number }): Promise<void>;
  /** Ends every McpSession and exchange: after `drain`, once the answers have left. */
  close(): Promise<void>;
}

export function createMcpHttp(services: McpServices, limits: McpSessionLimits = defaultMcpSessionLimits): McpHttp {
  const { calls, log } = services;
  const createServer = createServers(services);
  const sessions = new McpSessions(() => createServer({ era: 'legacy', credentialOf }), limits);
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
    const problem = { code: rpcCodes.invalidRequest, message: 'Invalid request: not a JSON-RPC 2.0 message' };
    return refusal({ status: 400, problem });
  }

  /** For one request of a client that keeps no session. */
  async function connectOnce(): Promise<LegacyTransport> {
    const transport = new LegacyTransport();
    await createServer({ era: 'legacy', credentialOf }).connect(transport);
    return transport;
  }

  return {
    async post(request, body, access) {
      const read = readMessage(body);
      const isCounted = read.kind === 'problem' || !needsNoAnswer(read.message);
      const limited = isCounted ? rateLimited(() => services.gateway.admitRequest(access.caller)) : undefined;
      if (limited) return limited;
      if (read.kind === 'problem') return refusal({ status: 400, problem: read.problem });
      const { message } = read;
      const authInfo = authInfoOf(access);
      if (await isLegacyRequest(request, message)) return postLegacy(message, { request, authInfo }, access);
      return modern.fetch(request, { authInfo, parsedBody: message });
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

    async drain(options) {
      sessions.endListening();
      await calls.drain(options);
    },

    async close() {
      await sessions[Symbol.asyncDispose]();
      await modern.close();
    },
  };
}

/** Notifications and answers run nothing and are never too many: a cancellation must get through. */
function needsNoAnswer(message: object): message is JSONRPCNotification | JSONRPCResponse {
  return isJSONRPCNotification(message) || isJSONRPCResultResponse(message) || isJSONRPCErrorResponse(message);
}

function credentialOf(context: ServerContext): Credential {
  const token = context.http?.authInfo?.token;
  return token === undefined ? { kind: 'missing', message: 'Not authenticated' } : { kind: 'bearer', token };
}

function authInfoOf({ token, caller }: McpAccess): AuthInfo {
  return { token, clientId: caller.name, scopes: [...caller.scopes] };
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
