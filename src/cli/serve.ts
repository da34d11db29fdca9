import { createLog, type Log } from '../base/log.ts';
import { composeGateway, type ComposeOptions, type RunningGateway } from '../compose.ts';
import { loadConfig, type Config } from '../config/load.ts';
import type { HttpListener } from '../http/listen.ts';
import { foundLine } from './found-line.ts';
import { listen, requireSafeBind } from './listen.ts';
import { aborted, stopSignal } from './stop-signal.ts';

export interface ServeOptions {
  readonly host?: string;
  readonly port?: string;
  readonly configDir?: string;
  readonly demo?: boolean;
}

/** How long running calls get to end after SIGTERM. */
const drainMs = 10_000;

/** Serves until the process is told to stop, then lets running calls end. */
export async function serve(options: ServeOptions): Promise<void> {
  const stop = stopSignal();
  const { host, port, configDir } = options;
  const config = await loadConfig({ use: 'serve', flags: { host, port, configDir } });
  requireSafeBind(config);
  const log = createLog(config.logLevel);
  for (const warning of config.warnings) log.warn(warning);
  if (options.demo === true) {
    const { serveDemo } = await import('./demo.ts');
    await serveDemo(config, { log, stop });
    return;
  }
  await using serving = await openServing(config, { log });
  process.stdout.write(`${foundLine(await serving.running.inventory.all())}\n`);
  process.stdout.write(`Serving MCP at ${serving.listener.url}/mcp\n`);
  await aborted(stop);
}

export interface Serving extends AsyncDisposable {
  readonly running: RunningGateway;
  readonly listener: HttpListener;
}

/** The gateway with its listener; disposing it drains both. */
export async function openServing(config: Config, options: ComposeOptions): Promise<Serving> {
  await using stack = new AsyncDisposableStack();
  const running = stack.use(await composeGateway(config, options));
  const listener = await listen(config, running, options.log);
  stack.defer(() => listener.close({ graceMs: drainMs }));
  const open = stack.move();
  return { running, listener, [Symbol.asyncDispose]: () => closeSaying(open, options.log) };
}

async function closeSaying(open: AsyncDisposableStack, log: Log): Promise<void> {
  log.info('shutting down: running calls may end');
  await open.disposeAsync();
}
