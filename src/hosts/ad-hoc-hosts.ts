import { isAbsolute } from 'node:path';
import { GatewayError } from '../base/errors.ts';
import type { Secret } from '../base/secret.ts';
import { adHocHostId, type Host, type HostCredentials, type HostId } from './host.ts';
import type { Inventory } from './inventory.ts';
import { expandHome } from './key-path.ts';
import type { HostArguments } from './locate-host.ts';
import { isSameHost } from './same-host.ts';

/** How many are remembered; the one admitted longest ago is forgotten first. */
const maxHosts = 256;

/** What is taken where the arguments do not say. */
export interface AdHocDefaults {
  readonly port: number;
  readonly user: string | undefined;
  /** Without a password: one that was set for one host is not shown to others. */
  readonly credentials: HostCredentials;
  readonly knownHostsFiles: readonly string[];
}

export interface AdHocOptions {
  readonly defaults: AdHocDefaults;
  /** Keeps a secret out of results and records from here on, until the returned function is called. */
  readonly redact: (secret: Secret) => () => void;
}

interface Admitted {
  readonly host: Host;
  readonly unredact: readonly (() => void)[];
}

/**
 * Hosts that are in no configuration: arguments of calls describe them. They are not listed.
 *
 * Each has an id that no argument can name, and none is used twice: a call reaches the host that its own arguments
 * describe, with the credentials they hold, and never one that another caller described.
 */
export class AdHocHosts implements Inventory {
  readonly #options: AdHocOptions;
  readonly #admitted = new Map<HostId, Admitted>();
  #count = 0;

  constructor(options: AdHocOptions) {
    this.#options = options;
  }

  /** The host at `address`, or, where that is the name of one we know, this one as the arguments have it. */
  admit(address: string, described: HostArguments, known: Host | undefined): HostId {
    const host = this.#describe(address, described, known);
    const same = [...this.#admitted.values()].find((one) => isSameHost({ ...one.host, id: host.id }, host));
    if (same !== undefined) return same.host.id;
    const { passphrase, password } = described;
    const secrets = [passphrase, password].filter((secret) => secret !== undefined);
    this.#admitted.set(host.id, { host, unredact: secrets.map(this.#options.redact) });
    const [oldest] = this.#admitted.keys();
    if (this.#admitted.size > maxHosts && oldest !== undefined) this.#forget(oldest);
    return host.id;
  }

  status(id: HostId): 'ad_hoc' | 'absent' {
    return this.#admitted.has(id) ? 'ad_hoc' : 'absent';
  }

  ids(): readonly HostId[] {
    return [];
  }

  async find(id: HostId): Promise<Host | undefined> {
    return this.#admitted.get(id)?.host;
  }

  async all(): Promise<readonly Host[]> {
    return [];
  }

  onChanged(): () => void {
    return () => undefined;
  }

  #forget(id: HostId): void {
    for (const unredact of this.#admitted.get(id)?.unredact ?? []) unredact();
    this.#admitted.delete(id);
  }

  #describe(address: string, described: HostArguments, known: Host | undefined): Host {
    const { defaults } = this.#options;
    const user = described.username ?? known?.user ?? defaults.user;
    if (user === undefined) {
      const message = "SSH username required. Provide 'username' or set SSH_DEFAULT_USER.";
      throw new GatewayError('invalid_input', message);
    }
    const port = described.port ?? known?.port ?? defaults.port;
    this.#count += 1;
    return {
      id: adHocHostId(`${user}@${known?.id ?? address}:${port}#${this.#count}`),
      address: known?.address ?? address,
      port,
      user,
      description: undefined,
      tags: [],
      labels: {},
      enabled: true,
      credentials: credentialsOf(described, known?.credentials ?? defaults.credentials),
      route: known?.route ?? { kind: 'direct' },
      hostKeyAlias: known?.hostKeyAlias,
      pinnedHostKeys: known?.pinnedHostKeys ?? [],
      knownHostsFiles: known?.knownHostsFiles ?? defaults.knownHostsFiles,
    };
  }
}

/** The second seed's choice: the key that is given, else the password, else what is usual. */
function credentialsOf(described: HostArguments, usual: HostCredentials): HostCredentials {
  const { privateKeyPath, passphrase, password } = described;
  if (privateKeyPath !== undefined) {
    const path = expandHome(privateKeyPath);
    if (!isAbsolute(path)) {
      const message = "'private_key_path' must be an absolute path on the gateway's machine, or begin with ~/.";
      throw new GatewayError('invalid_input', message);
    }
    return { keys: [{ path, passphrase }], agent: undefined, password };
  }
  if (password !== undefined) return { keys: [], agent: undefined, password };
  const keys = usual.keys.map((key) => ({ ...key, passphrase: passphrase ?? key.passphrase }));
  return { ...usual, keys, password: undefined };
}
