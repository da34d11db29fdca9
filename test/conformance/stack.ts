import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLog } from '../../src/base/log.ts';
import { listen } from '../../src/cli/listen.ts';
import { composeGateway } from '../../src/compose.ts';
import { loadConfig } from '../../src/config/load.ts';
import { httpDefaults, openHttp, type HttpListener } from '../../src/http/listen.ts';
import { authenticateWith, type AuthMethod } from '../../src/identity/authenticate.ts';
import { OwnCalls } from '../../src/identity/own-calls.ts';
import { createMcpHttp } from '../../src/mcp/http.ts';
import { RunningCalls } from '../../src/mcp/running-calls.ts';
import { serversOf } from '../../src/mcp/server.ts';
import { nobodyAsked } from '../fixtures/approvals.ts';
import { fixtureParts } from './parts.ts';

/** Something that listens, to be shown to the suite. `origin` is where the suite's requests say they come from. */
export type Offer = (auth: AuthMethod, origin: string, stack: AsyncDisposableStack) => Promise<HttpListener>;

export interface Shown extends AsyncDisposable {
  readonly url: string;
}

/**
 * Puts a proxy in front of what is offered. The suite sends no credentials: it adds a token to the requests, and
 * changes nothing else of them.
 */
export async function showToSuite(offer: Offer): Promise<Shown> {
  await using stack = new AsyncDisposableStack();
  const own = stack.use(new OwnCalls());
  const authorization = `Bearer ${own.token.reveal()}`;
  let target = 0;
  const proxy = createServer((incoming, outgoing) => forward(incoming, outgoing, { authorization, port: target }));
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  stack.defer(() => {
    proxy.close();
    proxy.closeAllConnections();
  });
  const address = proxy.address();
  if (address === null || typeof address === 'string') throw new Error('not listening on a TCP port');
  const origin = `http://localhost:${address.port}`;
  const listener = await offer(own, origin, stack);
  stack.defer(() => listener.close({ graceMs: 0 }));
  target = listener.port;
  const open = stack.move();
  return { url: `${origin}/mcp`, [Symbol.asyncDispose]: () => open.disposeAsync() };
}

/** Our HTTP listener and both eras of MCP on it as they are shipped, with the suite's own tools, prompts and resources. */
export const fixture: Offer = (auth, origin) => {
  const authenticate = authenticateWith([auth]);
  const services = {
    gateway: {
      tools: [],
      authenticate,
      handle: () => Promise.reject(new Error('the fixture calls no tool of the gateway')),
      approvals: nobodyAsked,
      policy: { ruledOut: () => new Set<never>() },
      admitRequest: () => undefined,
    },
    calls: new RunningCalls(),
    version: '0.0.0',
    log: silentLog,
  };
  const options = { ...httpDefaults, host: '127.0.0.1', port: 0, tls: undefined, publicBaseUrl: undefined };
  return openHttp(
    { ...options, allowedHosts: [], trustedProxies: [], allowedOrigins: [origin] },
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
};

/** The whole gateway as `sallyport serve` starts it, without any server in its inventory. */
export const product: Offer = async (auth, origin, stack) => {
  const directory = await mkdtemp(join(tmpdir(), 'sallyport-conformance-'));
  stack.defer(() => rm(directory, { recursive: true, force: true }));
  const environment = { CONFIG_DIR: directory, DATA_DIR: directory, PORT: '0', ALLOWED_ORIGINS: origin };
  const config = await loadConfig({ use: 'serve', flags: {}, environment, workingDir: directory });
  const running = stack.use(await composeGateway(config, { log: silentLog, authMethods: [auth] }));
  return await listen(config, running, silentLog);
};

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
