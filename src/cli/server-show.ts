import { keysOfHost } from '../ssh/host-keys/host-keys.ts';
import { fingerprint } from '../ssh/host-keys/public-key.ts';
import type { Host } from '../hosts/host.ts';
import { openConfig, type CommonOptions } from './open-config.ts';
import { createScreen } from './screen.ts';
import { hostNamed } from './servers-of.ts';

/** One server as the gateway takes it, without any secret. */
export async function serverShow(name: string, options: CommonOptions): Promise<void> {
  const screen = createScreen(options);
  const { config } = await openConfig(options);
  const json = described(await hostNamed(config, name));
  const text = Object.entries(json).flatMap(([key, value]) => {
    const shown = typeof value === 'string' ? value : JSON.stringify(value);
    return value === null || shown === '[]' || shown === '{}' ? [] : [`${key}: ${shown}`];
  });
  screen.show({ text, json });
}

function described(host: Host): object {
  const { id, address, port, user, description, tags, labels, enabled, sudo = false, credentials, route } = host;
  return {
    name: id,
    host: address,
    port,
    user,
    description: description ?? null,
    tags,
    labels,
    enabled,
    sudo,
    keys: credentials.keys.map(({ path }) => path),
    agent: credentials.agent !== undefined,
    password: credentials.password === undefined ? null : '[secret]',
    jump: route.kind === 'jump' ? route.hosts.map((jump) => jump.id) : [],
    proxy_command: route.kind === 'proxy_command' ? route.command : null,
    host_keys: keysOfHost(host).map(({ key }) => `${key.type} ${fingerprint(key)}`),
    host_keys_from: host.pinnedHostKeys.length > 0 ? 'servers.json' : host.knownHostsFiles,
  };
}
