import { existsSync } from 'node:fs';
import { GatewayError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { loadConfig, type Config } from '../config/load.ts';
import { defaultHosts, openHosts } from '../hosts/configured-hosts.ts';
import { isHostId, type Host } from '../hosts/host.ts';
import type { CommonOptions } from './open-config.ts';
import { hostNamed, isKeyKnown, loadServers } from './servers-of.ts';

/** The enabled servers of servers.json, and `SSH_DEFAULT_HOST`, that have no known host key. */
export async function untrustedHosts(config: Config, options: CommonOptions): Promise<readonly Host[]> {
  const { hosts } = await loadServers(config);
  const standalone = defaultHosts(await settingsOfDefaultHost(config, options)).filter(({ id }) => !hosts.has(id));
  return [...hosts.values(), ...standalone].filter((host) => host.enabled && !isKeyKnown(host));
}

/**
 * The host that a gateway would mean by the name: a server of servers.json, `SSH_DEFAULT_HOST`, and for personal use one
 * of `~/.ssh/config`. Keys of personal hosts are stored in a file of ours; `~/.ssh/known_hosts` is only read.
 */
export async function hostToTrust(
  name: string,
  { config, log }: { readonly config: Config; readonly log: Log },
  options: CommonOptions,
): Promise<Host> {
  const standalone = defaultHosts(await settingsOfDefaultHost(config, options)).find(({ id }) => id === name);
  try {
    return await hostNamed(config, name);
  } catch (error) {
    if (!(error instanceof GatewayError) || error.code !== 'unknown_host') throw error;
    return standalone ?? (await personalHost(name, options, log));
  }
}

async function personalHost(name: string, options: CommonOptions, log: Log): Promise<Host> {
  using hosts = await openHosts(await personalConfig(options), { log });
  const host = isHostId(name) ? await hosts.inventory.find(name) : undefined;
  if (host !== undefined) return host;
  const message =
    `Server '${name}' not found: neither in servers.json nor in ~/.ssh/config. Where it is the SSH_DEFAULT_HOST of an ` +
    'MCP client, set SSH_DEFAULT_HOST and SSH_DEFAULT_USER here too, or connect to it once with `ssh`, by hand.';
  throw new GatewayError('unknown_host', message);
}

/** Where there is no configuration and none was named, whoever sits here means his own `sallyport stdio`. */
async function settingsOfDefaultHost(config: Config, options: CommonOptions): Promise<Config> {
  const isTeam = options.configDir !== undefined || options.dotenv !== undefined || existsSync(config.configDir);
  return isTeam ? config : await personalConfig(options);
}

async function personalConfig({ configDir, dotenv }: CommonOptions): Promise<Config> {
  return await loadConfig({ use: 'stdio', flags: { configDir }, dotenvFile: dotenv });
}
