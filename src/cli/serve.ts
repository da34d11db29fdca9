import { GatewayError } from '../base/errors.ts';
import { configInvalid } from '../base/problem.ts';
import { loadConfig, type Config } from '../config/load.ts';
import { listTokens } from '../identity/edit-tokens.ts';
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
  await requireSafeStart(config);
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

/** All that stops the start at once: whoever comes with example files should not find out one line after the other. */
async function requireSafeStart(config: Config): Promise<void> {
  const checks = [async () => requireSafeBind(config), async () => void (await listTokens(config.tokensFile, {}))];
  const problems: string[] = [];
  for (const check of checks) {
    try {
      await check();
    } catch (error) {
      if (!(error instanceof GatewayError) || error.code !== 'config_invalid') throw error;
      problems.push(error.message);
    }
  }
  if (problems.length > 0) throw configInvalid(problems);
}
