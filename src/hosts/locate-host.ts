import { GatewayError } from '../base/errors.ts';
import type { Secret } from '../base/secret.ts';
import type { AdHocHosts } from './ad-hoc-hosts.ts';
import { isHostId, type Host, type HostId } from './host.ts';
import type { Inventory } from './inventory.ts';
import { expandHome } from './key-path.ts';

/** A host as the second seed's arguments describe it. What is not given is undefined. */
export interface HostArguments {
  /** A name in the inventory, or an address. */
  readonly host: string | undefined;
  readonly port: number | undefined;
  readonly username: string | undefined;
  readonly privateKeyPath: string | undefined;
  readonly passphrase: Secret | undefined;
  readonly password: Secret | undefined;
}

export interface LocatedHost {
  readonly id: HostId;
  /** As the caller called it. */
  readonly shown: string;
}

/** As far as one caller may look. */
export interface Reach {
  readonly mayReach: (name: string) => boolean;
  /** Whether that is every host there is. */
  readonly isUnlimited: boolean;
}

/** Finds the host that arguments mean. Whether the caller may use it is for policy to say. */
export type LocateHost = (described: HostArguments, reach: Reach) => Promise<LocatedHost>;

export interface LocateOptions {
  readonly inventory: Inventory;
  /** What is meant where no host is given. */
  readonly defaultHost: string | undefined;
  /** Undefined where callers may only use configured hosts. */
  readonly adHoc: AdHocHosts | undefined;
  readonly secretArguments: 'taken' | 'refused';
}

export function locateHostIn(options: LocateOptions): LocateHost {
  const { inventory, defaultHost, adHoc, secretArguments } = options;
  return async (described, reach) => {
    if (secretArguments === 'refused') refuseSecrets(described);
    const shown = described.host ?? defaultHost;
    if (shown === undefined) {
      throw new GatewayError('invalid_input', "SSH host required. Provide 'host' or set SSH_DEFAULT_HOST.");
    }
    const candidates = await hostsCalled(shown, inventory, reach);
    const enabled = candidates.filter((host) => host.enabled);
    const [fitting, ...others] = enabled.filter((host) => differences(host, described).length === 0);
    if (fitting !== undefined && others.length > 0) throw ambiguous(shown, [fitting, ...others]);
    // A disabled host is no way in either, by whatever arguments.
    const known = fitting ?? candidates.find((host) => !host.enabled);
    if (known !== undefined) return { id: known.id, shown };
    if (adHoc !== undefined && reach.isUnlimited) return { id: adHoc.admit(shown, described, enabled[0]), shown };
    if (enabled[0] !== undefined) throw differs(enabled[0], described);
    // Policy says of it what it says of every name that is not known.
    if (isHostId(shown)) return { id: shown, shown };
    throw new GatewayError('unknown_host', 'Server not found: that cannot be the name of one.');
  };
}

/** Those the caller may reach: the one of this name, else all at this address. */
async function hostsCalled(name: string, inventory: Inventory, { mayReach }: Reach): Promise<readonly Host[]> {
  if (isHostId(name) && inventory.status(name) !== 'absent') {
    const host = mayReach(name) ? await inventory.find(name) : undefined;
    return host === undefined ? [] : [host];
  }
  const address = name.toLowerCase();
  const hosts = await inventory.all();
  return hosts.filter((host) => host.address.toLowerCase() === address && mayReach(host.id));
}

/** The arguments by which another host is described than this one. */
function differences({ port, user, credentials }: Host, described: HostArguments): readonly string[] {
  const { passphrase, password } = described;
  const keyPath = described.privateKeyPath === undefined ? undefined : expandHome(described.privateKeyPath);
  const keys = credentials.keys.filter(({ path }) => keyPath === undefined || path === keyPath);
  const checks: Readonly<Record<string, boolean>> = {
    port: described.port === undefined || described.port === port,
    username: described.username === undefined || described.username === user,
    private_key_path: keyPath === undefined || keys.length > 0,
    passphrase: passphrase === undefined || keys.some((key) => key.passphrase?.reveal() === passphrase.reveal()),
    password: password === undefined || credentials.password?.reveal() === password.reveal(),
  };
  return Object.entries(checks).flatMap(([name, same]) => (same ? [] : [name]));
}

/** Before anything is compared: an answer that depended on the value would let it be guessed. */
function refuseSecrets({ password, passphrase }: HostArguments): void {
  if (password === undefined && passphrase === undefined) return;
  const name = password === undefined ? 'passphrase' : 'password';
  const message = `Secrets are not taken as arguments, because they pass through the model. Leave out '${name}': the gateway logs in by itself. An operator may set SSH_ALLOW_PASSWORD_ARGUMENTS=true.`;
  throw new GatewayError('host_not_allowed', message);
}

function differs(host: Host, described: HostArguments): GatewayError {
  const names = differences(host, described).map((name) => `'${name}'`);
  const message = `${host.id} is configured otherwise than these arguments say. Leave out ${names.join(', ')}. An operator may set SSH_ALLOW_ADHOC_HOSTS=true.`;
  return new GatewayError('host_not_allowed', message);
}

function ambiguous(shown: string, hosts: readonly Host[]): GatewayError {
  const names = hosts.map(({ id }) => id).join(', ');
  const message = `Several servers have the address ${shown}: ${names}. Give one of these names as 'host'.`;
  return new GatewayError('invalid_input', message);
}
