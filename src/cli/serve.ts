import { loadConfig } from '../config/load.ts';
import { foundLine } from './found-line.ts';
import { requireSafeBind } from './listen.ts';
import { openProcessLog } from './process-log.ts';
import { openServing } from './serving.ts';
import { aborted, stopSignal } from './stop-signal.ts';

export interface ServeOptions {
  readonly host?: string;
  readonly port?: string;
  readonly configDir?: string;
  readonly demo?: boolean;
}

/** Serves until the process is told to stop, then lets running calls end. */
export async function serve(options: ServeOptions): Promise<void> {
  const stop = stopSignal();
  const { host, port, configDir } = options;
  const config = await loadConfig({ use: 'serve', flags: { host, port, configDir } });
  requireSafeBind(config);
  await using processLog = openProcessLog(config);
  const { log, redactor } = processLog;
  if (options.demo === true) {
    const { serveDemo } = await import('./demo.ts');
    await serveDemo(config, { log, redactor, stop });
    return;
  }
  await using serving = await openServing(config, { log, redactor });
  process.stdout.write(`${foundLine(await serving.running.inventory.all(), config)}\n`);
  process.stdout.write(`Serving MCP at ${serving.listener.url}/mcp\n`);
  await aborted(stop);
}
