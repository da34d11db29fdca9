import { existsSync } from 'node:fs';
import { relative } from 'node:path';
import { shellWord } from '../base/shell-word.ts';
import type { Config } from '../config/load.ts';
import type { Host } from '../hosts/host.ts';
import { isKeyKnown } from './servers-of.ts';

const namesShown = 3;

/** What the start found, in one line, with the command for what is left to do. */
export function foundLine(hosts: readonly Host[], config: Config): string {
  const enabled = hosts.filter((host) => host.enabled);
  const count = `${enabled.length} ${enabled.length === 1 ? 'server' : 'servers'}`;
  const options = sameConfiguration(config);
  if (enabled.length === 0) return `${count} → sallyport server add${options}`;
  const unknown = enabled.filter((host) => !isKeyKnown(host)).map((host) => host.id);
  if (unknown.length === 0) return `${count}, all with a known host key`;
  const [only] = unknown;
  if (only !== undefined && unknown.length === 1) {
    return `${count}, 1 without a known host key → sallyport server trust ${shellWord(only)}${options}`;
  }
  const named = unknown.slice(0, namesShown).join(', ') + (unknown.length > namesShown ? ', …' : '');
  return `${count}, ${unknown.length} without a known host key (${named}) → sallyport server trust --all${options}`;
}

/** What a command has to be told to mean the configuration of this process. */
function sameConfiguration({ dotenvFile, configDir, workingDir = '.' }: Config): string {
  const shown = (path: string): string => shellWord(relative(workingDir, path) || '.');
  if (dotenvFile !== undefined) return ` --dotenv ${shown(dotenvFile)}`;
  return existsSync(configDir) ? '' : ` --config-dir ${shown(configDir)}`;
}
