import { userInfo } from 'node:os';
import { join } from 'node:path';
import type { Log } from '../base/log.ts';
import type { Secret } from '../base/secret.ts';
import type { AdHocDefaults } from './ad-hoc-hosts.ts';
import { credentialsOf, defaultHost, fixedInventory, type LoginDefaults } from './default-host.ts';
import type { Host } from './host.ts';
import type { Inventory } from './inventory.ts';
import type { ServersReading } from './read-servers.ts';
import { ServersFile } from './servers-file.ts';
import { SshConfigHosts } from './ssh-config.ts';
import { unitedInventory } from './united-inventory.ts';

/** The settings that say where hosts come from. */
export interface HostSettings {
  /** `stdio` is personal use: whoever runs us is the only one who can call us. */
  readonly use: 'serve' | 'stdio' | 'operator';
  readonly configDir: string;
  readonly serversFile: string;
  readonly keysDir: string;
  readonly knownHostsFile: string;
  readonly workingDir: string | undefined;
  readonly environment: () => Readonly<Record<string, string | undefined>>;
  readonly agentSocket: string | undefined;
  readonly secretFromEnv: (name: string) => Secret | undefined;
  readonly sshDefaultHost: string | undefined;
  readonly sshDefaultUser: string | undefined;
  readonly sshDefaultPort: number;
  readonly sshDefaultPassword: Secret | undefined;
  readonly sshKeyPath: string | undefined;
  readonly sshKeyPassphrase: Secret | undefined;
}

export interface HostsOptions extends Pick<ServersReading, 'judgeSecurity'> {
  readonly log: Log;
  /** They go before those of the same name in the files. */
  readonly stagedHosts?: readonly Host[];
  readonly demoEntries?: ServersReading['demoEntries'];
}

/** All hosts there are, and the file that most of them are in; kept up to date until disposed. */
export interface ConfiguredHosts extends Disposable {
  readonly inventory: Inventory;
  readonly serversFile: ServersFile;
}

/** servers.json first, then `SSH_DEFAULT_*`; for personal use also `~/.ssh/config`. Throws as `ServersFile.open`. */
export async function openHosts(settings: HostSettings, options: HostsOptions): Promise<ConfiguredHosts> {
  using stack = new DisposableStack();
  const { log, stagedHosts = [], demoEntries = 'ignored', judgeSecurity } = options;
  const serversFile = stack.use(
    await ServersFile.open({
      ...settings,
      file: settings.serversFile,
      log,
      knownHostsFiles: [settings.knownHostsFile],
      use: settings.use === 'stdio' ? 'personal' : 'team',
      demoEntries,
      ...(judgeSecurity && { judgeSecurity }),
    }),
  );
  const parts = [fixedInventory(stagedHosts), serversFile, fixedInventory(defaultHosts(settings))];
  if (settings.use === 'stdio') parts.push(stack.use(sshConfigHosts(settings, log)));
  const open = stack.move();
  return { inventory: unitedInventory(parts), serversFile, [Symbol.dispose]: () => open.dispose() };
}

function sshConfigHosts({ environment, knownHostsFile }: HostSettings, log: Log): Inventory & Disposable {
  const { homedir: home } = userInfo();
  return new SshConfigHosts({ home, env: environment(), ownKnownHosts: knownHostsFile, log });
}

/** The host of `SSH_DEFAULT_*`, if there is one. */
export function defaultHosts(settings: HostSettings): readonly Host[] {
  const {
    sshDefaultHost: address,
    sshDefaultUser: user,
    sshDefaultPort: port,
    sshDefaultPassword: password,
  } = settings;
  if (address === undefined || user === undefined) return [];
  const host = defaultHost({ address, port, user, password, ...loginDefaults(settings) });
  return host === undefined ? [] : [host];
}

export function adHocDefaults(settings: HostSettings): AdHocDefaults {
  const login = loginDefaults(settings);
  return {
    port: settings.sshDefaultPort,
    user: settings.sshDefaultUser,
    credentials: credentialsOf({ ...login, password: undefined }),
    knownHostsFiles: login.knownHostsFiles,
  };
}

/** How hosts without an entry of their own are logged in to, and where their host keys are known. */
function loginDefaults(settings: HostSettings): LoginDefaults {
  const isPersonal = settings.use === 'stdio';
  const home = isPersonal ? userInfo().homedir : undefined;
  return {
    keyPath: settings.sshKeyPath,
    passphrase: settings.sshKeyPassphrase,
    agent: isPersonal ? settings.agentSocket : undefined,
    home,
    knownHostsFiles: [settings.knownHostsFile, ...(home === undefined ? [] : [join(home, '.ssh', 'known_hosts')])],
  };
}
