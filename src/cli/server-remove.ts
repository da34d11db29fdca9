import { rm } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { GatewayError } from '../base/errors.ts';
import type { Config } from '../config/load.ts';
import { dependentsOf, removeServer, serverEntries } from '../hosts/edit-servers.ts';
import type { Host } from '../hosts/host.ts';
import { askToConfirm } from './ask.ts';
import { Cancelled } from './exit-code.ts';
import { openConfig, type CommonOptions } from './open-config.ts';
import { recorded } from './recorded.ts';
import { createScreen } from './screen.ts';
import { loadServers, notFound } from './servers-of.ts';

export interface ServerRemoveOptions extends CommonOptions {
  readonly removeKey?: boolean;
  readonly yes?: boolean;
}

export async function serverRemove(name: string, options: ServerRemoveOptions): Promise<void> {
  const screen = createScreen(options);
  const { config, log } = await openConfig(options);
  const entries = await serverEntries(config.serversFile);
  if (!Object.hasOwn(entries, name)) throw notFound(name);
  const dependents = dependentsOf(entries, name);
  if (dependents.length > 0) {
    throw new GatewayError(
      'conflict',
      `Server '${name}' is the jump host of ${dependents.join(', ')}: change those first`,
    );
  }
  const host = [...(await loadServers(config)).hosts.values()].find(({ id }) => id === name);
  if (host !== undefined) screen.say(`Server: ${host.id} (${host.user}@${host.address}:${host.port})`);
  const message = 'Are you sure you want to remove this server?';
  const isSure = await askToConfirm(screen, { flag: '--yes', message, given: options.yes, otherwise: 'refuse' });
  if (!isSure) throw new Cancelled();
  const metadata = host === undefined ? {} : { host: host.address, port: host.port, user: host.user };
  const change = { tool: 'server remove', eventType: 'server_removed', serverName: name, metadata } as const;
  const removedKeys = await recorded(change, { config, log }, async () => {
    await removeServer(config.serversFile, name);
    return options.removeKey === true && host !== undefined ? await removeKeys(host, config) : [];
  });
  screen.show({
    text: [`✓ Server '${name}' removed`, ...removedKeys.map((path) => `✓ Key ${path} removed`)],
    json: { success: true, server: name, removed_keys: removedKeys },
  });
}

/** Only keys in our own directory: another program may use those elsewhere. */
async function removeKeys(host: Host, config: Config): Promise<readonly string[]> {
  const own = host.credentials.keys.map(({ path }) => path).filter((path) => dirname(resolve(path)) === config.keysDir);
  for (const path of own) {
    await rm(path, { force: true });
    await rm(`${path}.pub`, { force: true });
  }
  return own;
}
