import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import { silentLog } from '../../src/base/log.ts';
import { httpDefaults, openHttp } from '../../src/http/listen.ts';
import { OwnCalls } from '../../src/identity/own-calls.ts';
import { authenticateWith } from '../../src/identity/authenticate.ts';
import { createMcpHttp } from '../../src/mcp/http.ts';
import { RunningCalls } from '../../src/mcp/running-calls.ts';
import { serversOf } from '../../src/mcp/server.ts';
import { fixtureParts } from './parts.ts';

export interface ConformanceStack extends AsyncDisposable {
  readonly url: string;
}

/**
 * Our HTTP listener and both eras of MCP on it as they are shipped, offering the fixture.
 *
 * The suite sends no credentials: a proxy in front adds a token to its requests, and changes nothing else of them.
 */
export async function conformanceStack(): Promise<ConformanceStack> {
  await using stack = new AsyncDisposableStack();
  const own = stack.use(new OwnCalls());
  const authenticate = authenticateWith([own]);
  const authorization = `Bearer ${own.token.reveal()}`;

  const proxy = createServer((incoming, outgoing) => forward(incoming, outgoing, { authorization, port: target }));
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  stack.defer(() => {
    proxy.close();
    proxy.closeAllConnections();
  });
  const address = proxy.address();
  if (address === null || typeof address === 'string') throw new Error('not listening on a TCP port');

  const handle = (): Promise<never> => Promise.reject(new Error('the fixture calls no tool of the gateway'));
  const services = {
    gateway: { tools: [], authenticate, handle, admitRequest: () => undefined },
    calls: new RunningCalls(),
    version: '0.0.0',
    log: silentLog,
  };
  const listener = await openHttp(
    {
      ...httpDefaults,
      host: '127.0.0.1',
      port: 0,
      tls: undefined,
      publicBaseUrl: undefined,
      allowedHosts: [],
      allowedOrigins: [`http://localhost:${address.port}`],
    },
    {
      mcp: createMcpHttp(services, { createServer: serversOf(fixtureParts, services) }),
      authenticate,
      version: services.version,
      log: silentLog,
      connections: () => ({ total: 0, alive: 0 }),
      problems: () => [],
      warnings: () => [],
      refusedLogin: () => undefined,
    },
  );
  stack.defer(() => listener.close({ graceMs: 0 }));
  const target = listener.port;
  const open = stack.move();
  return {
    url: `http://localhost:${address.port}/mcp`,
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  };
}

function forward(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  { authorization, port }: { readonly authorization: string; readonly port: number },
): void {
  const { method, url: path, headers } = incoming;
  const options = { host: '127.0.0.1', port, method, path, headers: { ...headers, authorization } };
  const sent = request(options, (answer) => {
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(outgoing);
  });
  sent.on('error', () => outgoing.destroy());
  outgoing.on('close', () => sent.destroy());
  incoming.pipe(sent);
}
