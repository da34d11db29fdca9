import type { Readable, Writable } from 'node:stream';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import type { Credential } from '../identity/authenticate.ts';
import type { McpServices } from './call-tool.ts';
import { gatewayServers } from './server.ts';
import { StdioTransport } from './stdio-transport.ts';

export interface StdioOptions {
  readonly input: Readable;
  readonly output: Writable;
  /** Whose calls these are: read at each call, so that a token that is revoked stops at its next one. */
  readonly credential: Credential;
  /** Longest message accepted, in bytes. */
  readonly maxLineBytes: number;
  /** Aborts when the process is told to stop. */
  readonly signal?: AbortSignal;
}

/**
 * Serves one client over standard input and output, in the era it opens with.
 *
 * Resolves once the client is gone and its calls, aborted then, have ended.
 */
export async function serveMcpStdio(services: McpServices, options: StdioOptions): Promise<void> {
  const { calls, log } = services;
  const createServer = gatewayServers(services);
  const transport = new StdioTransport(options);
  const connection = serveStdio(({ era }) => createServer({ era, credentialOf: () => options.credential }), {
    transport,
    onerror: (error) => log.debug({ error: error.name }, 'the MCP layer reported an error'),
  });
  const stop = (): void => {
    calls.end();
    void connection.close();
  };
  options.signal?.addEventListener('abort', stop, { once: true });
  if (options.signal?.aborted) stop();
  await transport.ended;
  options.signal?.removeEventListener('abort', stop);
  await calls.drain({ graceMs: 0 });
}
