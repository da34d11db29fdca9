import type { Brand } from '../base/brand.ts';
import type { Secret } from '../base/secret.ts';

export type HostId = Brand<string, 'HostId'>;

/** Longest host name accepted; DNS allows 253 characters. */
const maxHostIdLength = 253;

/** Begins the ids of hosts that are in no configuration. */
const adHocPrefix = 'ad-hoc:';

/**
 * A host name as it may stand in `servers.json` and in tool arguments.
 *
 * Never begins with `-`, so that it can never be read as an option by a program it is handed to.
 */
export function isHostId(text: string): text is HostId {
  const isReserved = text.startsWith('-') || text.startsWith(adHocPrefix);
  return text.length > 0 && text.length <= maxHostIdLength && !isReserved && !/[\p{C}\p{Zl}\p{Zp}]/u.test(text);
}

export function isAdHoc(id: HostId): boolean {
  return id.startsWith(adHocPrefix);
}

/** The id of a host that only one caller's arguments describe: no configuration and no argument can name it. */
export function adHocHostId(text: string): HostId {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- minted here, apart from all others
  return `${adHocPrefix}${text}` as HostId;
}

export interface KeyFile {
  readonly path: string;
  readonly passphrase: Secret | undefined;
}

/** What we may present to a host, in the order it is tried: keys, agent, password. */
export interface HostCredentials {
  readonly keys: readonly KeyFile[];
  /** Path of an ssh-agent socket. */
  readonly agent: string | undefined;
  /** Public key files; where given, no other keys of the agent are offered (`IdentitiesOnly` of ssh_config). */
  readonly agentKeys?: readonly string[] | undefined;
  readonly password: Secret | undefined;
}

/** How the TCP stream to a host is made. Jump hosts are in the order they are passed. */
export type HostRoute =
  | { readonly kind: 'direct' }
  | { readonly kind: 'jump'; readonly hosts: readonly Host[] }
  | { readonly kind: 'proxy_command'; readonly command: string };

/** A machine in the inventory. On the wire it is called a server. */
export interface Host {
  readonly id: HostId;
  readonly address: string;
  readonly port: number;
  readonly user: string;
  readonly description: string | undefined;
  readonly tags: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly enabled: boolean;
  /** The account may become root by `sudo -n`. */
  readonly sudo?: boolean;
  /** Directories of programs besides those of the system, for commands under a pinned shell. */
  readonly path?: readonly string[];
  readonly credentials: HostCredentials;
  readonly route: HostRoute;
  /** Name under which the host key is looked up, where it is not the address (`HostKeyAlias`). */
  readonly hostKeyAlias: string | undefined;
  /** Keys pinned in the configuration, as `algorithm base64`; they replace the known_hosts files. */
  readonly pinnedHostKeys: readonly string[];
  /** `known_hosts` files to look the host key up in, first to last; the first is the one we write. */
  readonly knownHostsFiles: readonly string[];
}
