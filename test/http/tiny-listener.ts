import { createMcpHttp, defaultMcpHttpLimits } from '../../src/mcp/http.ts';
import type { McpSessionLimits } from '../../src/mcp/mcp-sessions.ts';
import { httpDefaults, openHttp, type HttpListener, type HttpOptions } from '../../src/http/listen.ts';
import { tinyGateway, tokens, type TinyGateway } from '../mcp/tiny-gateway.ts';

export interface TinyListener extends AsyncDisposable, HttpListener {
  readonly gateway: TinyGateway;
  /** What `/readyz` is told. */
  readonly problems: string[];
  /** Addresses whose token was refused. */
  readonly refusedLogins: readonly string[];
  /** A POST to /mcp with the full token; headers given here win, null leaves one out. */
  readonly post: (body: unknown, headers?: Readonly<Record<string, string | null>>) => Promise<Response>;
}

export interface TinyOptions extends Partial<HttpOptions> {
  readonly progressMs?: number;
  readonly sessions?: Partial<McpSessionLimits>;
  readonly sse?: Partial<McpSessionLimits>;
}

/** The real listener over the tiny gateway, on a free loopback port. */
export async function tinyListener({ progressMs, sessions, sse, ...options }: TinyOptions = {}): Promise<TinyListener> {
  const gateway = tinyGateway(progressMs === undefined ? {} : { progressMs });
  const { streamable, sse: sseLimits } = defaultMcpHttpLimits;
  const limits = { streamable: { ...streamable, ...sessions }, sse: { ...sseLimits, ...sse } };
  const problems: string[] = [];
  const refusedLogins: string[] = [];
  const listener = await openHttp(
    {
      ...httpDefaults,
      host: '127.0.0.1',
      port: 0,
      tls: undefined,
      publicBaseUrl: undefined,
      allowedHosts: [],
      allowedOrigins: [],
      trustedProxies: [],
      ...options,
    },
    {
      mcp: createMcpHttp(gateway, { limits }),
      authenticate: gateway.gateway.authenticate,
      version: gateway.version,
      log: gateway.log,
      connections: () => ({ total: 2, alive: 1 }),
      problems: () => problems,
      warnings: () => [],
      refusedLogin: (remoteAddress) => refusedLogins.push(remoteAddress),
    },
  );
  return {
    ...listener,
    gateway,
    problems,
    refusedLogins,
    post: (body, headers = {}) => {
      const all = {
        authorization: `Bearer ${tokens.full}`,
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        ...headers,
      };
      return fetch(`${listener.url}/mcp`, {
        method: 'POST',
        headers: Object.entries(all).flatMap(([name, value]) =>
          value === null ? [] : [[name, value] as [string, string]],
        ),
        body: typeof body === 'string' ? body : JSON.stringify(body),
      });
    },
    [Symbol.asyncDispose]: () => listener.close({ graceMs: 0 }),
  };
}

export function request(method: string, params?: object, id: string | number = 1): object {
  return { jsonrpc: '2.0', id, method, ...(params && { params }) };
}

export function callOf(name: string, input: object = {}, id: string | number = 1): object {
  return request('tools/call', { name, arguments: input }, id);
}

export function initialize(protocolVersion: string): object {
  return request('initialize', { protocolVersion, capabilities: {}, clientInfo: { name: 'a client', version: '9' } });
}

const modernMeta = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientInfo': { name: 'a modern client', version: '9' },
  'io.modelcontextprotocol/clientCapabilities': {},
};

/** A request of the 2026-07-28 revision and the headers that must go with it. */
export function modern(method: string, params: object = {}): { body: object; headers: Record<string, string> } {
  const name = 'name' in params ? { 'mcp-name': String(params.name) } : {};
  return {
    body: request(method, { ...params, _meta: { ...modernMeta } }),
    headers: { 'mcp-protocol-version': '2026-07-28', 'mcp-method': method, ...name },
  };
}
