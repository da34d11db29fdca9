import { mkdir } from 'node:fs/promises';
import { createLog, type Log } from '../base/log.ts';
import { loadConfig, type Config } from '../config/load.ts';

/** Options that every command has. */
export interface CommonOptions {
  readonly configDir?: string;
  /** A `.env` to take variables from, as `serve` does by itself. */
  readonly dotenv?: string;
  readonly json?: boolean;
}

/** Configuration for a command that an operator types; only warnings and worse are logged, unless asked for more. */
export async function openConfig(
  options: CommonOptions,
  use: 'operator' | 'stdio' = 'operator',
): Promise<{ readonly config: Config; readonly log: Log }> {
  const config = await loadConfig({
    use,
    flags: { configDir: options.configDir },
    dotenvFile: options.dotenv,
  });
  const log = createLog(config.logLevel === 'info' ? 'warn' : config.logLevel);
  for (const warning of config.warnings) log.warn(warning);
  return { config, log };
}

/** Makes a directory that only we may enter. One that exists stays as it is. */
export async function makePrivateDirectory(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
}
