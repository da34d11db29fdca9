/** The open documents: what runs here, and how it is. None of them names a host. */

export interface ConnectionCounts {
  readonly total: number;
  readonly alive: number;
}

export function serverInfo(version: string) {
  return {
    name: 'sallyport',
    version,
    protocol: 'json-rpc-2.0',
    transport: 'streamable-http',
    endpoints: {
      mcp: '/mcp',
      sse: '/sse',
      messages: '/messages',
      health: '/health',
      alive: '/healthz',
      ready: '/readyz',
    },
    authentication: { type: 'bearer', header: 'Authorization: Bearer <token>' },
    documentation: 'POST JSON-RPC 2.0 messages of the Model Context Protocol to /mcp; see README.md',
  };
}

/** The seeds' keys; where both have one, the first's value. Connections are counted but never told apart: names of hosts are not for the network. */
export function healthReport(version: string, { total, alive }: ConnectionCounts) {
  return {
    status: 'healthy',
    version,
    transport: 'streamable-http',
    mcp_path: '/mcp',
    auth: 'bearer',
    ssh_connections: { total_connections: total, alive_connections: alive, connections_by_server: {} },
  };
}
