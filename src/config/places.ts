import { homedir } from 'node:os';
import { dirname, isAbsolute, join, resolve } from 'node:path';

/**
 * Who runs us: `serve` for a team, `stdio` started by somebody's agent, `operator` at the command line.
 *
 * The working directory of `stdio` is whatever project the agent has open: nothing is looked up there.
 */
export type Use = 'serve' | 'stdio' | 'operator';

export interface Places {
  readonly configDir: string;
  readonly keysDir: string;
  readonly logsDir: string;
  readonly dataDir: string;
}

/** Where things are unless settings say otherwise; `configured` is the configuration directory asked for. */
export function defaultPlaces(options: {
  readonly use: Use;
  readonly configured: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly workingDir: string;
}): Places {
  const { use, configured, environment, workingDir } = options;
  if (use !== 'stdio') {
    const here = (name: string): string => join(workingDir, name);
    const configDir = resolve(workingDir, configured ?? 'config');
    return { configDir, keysDir: here('keys'), logsDir: here('logs'), dataDir: here('data') };
  }
  const home = homedir();
  const xdgConfig = join(xdgBase(environment['XDG_CONFIG_HOME'], join(home, '.config')), 'sallyport');
  const state = join(xdgBase(environment['XDG_STATE_HOME'], join(home, '.local', 'state')), 'sallyport');
  const configDir = configured === undefined ? xdgConfig : resolve(workingDir, configured);
  const keysDir = configured === undefined ? join(xdgConfig, 'keys') : join(dirname(configDir), 'keys');
  return { configDir, keysDir, logsDir: join(state, 'logs'), dataDir: state };
}

/** The XDG base directory specification has relative values ignored. */
function xdgBase(value: string | undefined, otherwise: string): string {
  return value !== undefined && isAbsolute(value) ? value : otherwise;
}
