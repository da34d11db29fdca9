import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Secret } from '../base/secret.ts';
import type { Host, KeyFile } from './host.ts';
import { isHostId } from './host.ts';
import { expandHome } from './key-path.ts';
import type { Inventory } from './inventory.ts';

/** What `SSH_DEFAULT_*` and `SSH_KEY_*` say. */
export interface DefaultHostSettings {
  readonly address: string;
  readonly port: number;
  readonly user: string;
  readonly password: Secret | undefined;
  readonly keyPath: string | undefined;
  readonly passphrase: Secret | undefined;
  readonly agent: string | undefined;
  /** Home directory whose `.ssh` is ours to read: personal use only. */
  readonly home: string | undefined;
  readonly knownHostsFiles: readonly string[];
}

const usualKeys = ['id_ed25519', 'id_rsa', 'id_ecdsa'];

/** The one host of the second seed's settings, named by its address; undefined where that cannot be a name. */
export function defaultHost(settings: DefaultHostSettings): Host | undefined {
  const { address, port, user, knownHostsFiles } = settings;
  if (!isHostId(address)) return undefined;
  return {
    id: address,
    address,
    port,
    user,
    description: undefined,
    tags: [],
    labels: {},
    enabled: true,
    credentials: { keys: keysOf(settings), agent: settings.agent, password: settings.password },
    route: { kind: 'direct' },
    hostKeyAlias: undefined,
    pinnedHostKeys: [],
    knownHostsFiles,
  };
}

/** The key that is named; else, without a password, the user's own. */
function keysOf({ keyPath, passphrase, password, home }: DefaultHostSettings): readonly KeyFile[] {
  if (keyPath !== undefined) return [{ path: expandHome(keyPath), passphrase }];
  if (password !== undefined || home === undefined) return [];
  return usualKeys
    .map((name) => ({ path: join(home, '.ssh', name), passphrase: undefined }))
    .filter(({ path }) => existsSync(path));
}

/** Hosts that never change: the default host, and one that is being set up. */
export function fixedInventory(hosts: readonly Host[]): Inventory {
  const byId = new Map(hosts.map((host) => [host.id, host]));
  return {
    status: (id) => {
      const host = byId.get(id);
      if (host === undefined) return 'absent';
      return host.enabled ? 'enabled' : 'disabled';
    },
    find: async (id) => byId.get(id),
    all: async () => hosts,
    onChanged: () => () => undefined,
  };
}
