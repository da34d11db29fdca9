import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join, resolve } from 'node:path';

/** Where key paths of the configuration are looked up. */
export interface KeyPlaces {
  readonly configDir: string;
  readonly keysDir: string;
  /** Undefined for personal use: there the working directory is whatever project an agent has open. */
  readonly workingDir: string | undefined;
}

const containerKeys = '/app/keys/';

/**
 * The file meant by a key path of the configuration.
 *
 * Absolute paths are as they are, `~/` is the home directory, and the container path `/app/keys/x` is looked up in
 * the keys directory where it does not exist. Relative ones: from the working directory, then beside the configuration.
 */
export function keyPath(configured: string, places: KeyPlaces): string {
  if (configured.startsWith('~/')) return expandHome(configured);
  if (isAbsolute(configured)) {
    const isElsewhere = configured.startsWith(containerKeys) && !existsSync(configured);
    return isElsewhere ? resolve(places.keysDir, configured.slice(containerKeys.length)) : configured;
  }
  const beside = resolve(dirname(resolve(places.configDir)), configured);
  if (places.workingDir === undefined) return beside;
  const here = resolve(places.workingDir, configured);
  return existsSync(here) || !existsSync(beside) ? here : beside;
}

/** `~/x` as a shell would have it. */
export function expandHome(path: string): string {
  return path.startsWith('~/') ? join(homedir(), path.slice(2)) : path;
}
