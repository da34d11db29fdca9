import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Secret } from '../base/secret.ts';
import type { Host, HostCredentials, KeyFile } from './host.ts';
import { isHostId } from './host.ts';
import { expandHome } from './key-path.ts';
import type { Inventory } from './inventory.ts';

/** What `SSH_DEFAULT_*` says of the one host. */
export interface DefaultHostSettings extends LoginDefaults {
  readonly address: string;
  readonly port: number;
  readonly user: string;
  readonly password: Secret | undefined;
}

/** What `SSH_KEY_*` and the place say of hosts without an entry of their own. */
export interface LoginDefaults {
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
    credentials: credentialsOf(settings),
    route: { kind: 'direct' },
    hostKeyAlias: undefined,
    pinnedHostKeys: [],
    knownHostsFiles,
  };
}

type Login = LoginDefaults & Pick<DefaultHostSettings, 'password'>;

export function credentialsOf(login: Login): HostCredentials {
  return { keys: keysOf(login), agent: login.agent, password: login.password };
}

/** The key that is named; else, without a password, the user's own. */
function keysOf({ keyPath, passphrase, password, home }: Login): readonly KeyFile[] {
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
    ids: () => hosts.map(({ id }) => id),
    find: async (id) => byId.get(id),
    all: async () => hosts,
    onChanged: () => () => undefined,
  };
}
