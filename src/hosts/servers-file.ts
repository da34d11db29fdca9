import { checkConfigFile } from '../base/file-modes.ts';
import { GatewayError } from '../base/errors.ts';
import { readJsonFile } from '../base/json-file.ts';
import type { Log } from '../base/log.ts';
import { describeProblem } from '../base/problem.ts';
import { fileStamp, watchFile } from '../base/watch-file.ts';
import type { Host, HostId } from './host.ts';
import type { Inventory } from './inventory.ts';
import { noServers, readServers, type Servers, type ServersReading } from './read-servers.ts';
import { isSameHost } from './same-host.ts';
import type { SecuritySettings } from './servers-schema.ts';

export interface ServersFileOptions extends ServersReading {
  readonly file: string;
  readonly log: Log;
}

/** The hosts of servers.json, kept up to date with the file until disposed. */
export class ServersFile implements Inventory, Disposable {
  readonly #options: ServersFileOptions;
  readonly #changeListeners = new Set<(gone: ReadonlySet<HostId>) => void>();
  readonly #securityListeners = new Set<(security: SecuritySettings) => void>();
  readonly #watch: Disposable;
  #servers: Servers;
  #isBroken = false;

  private constructor(options: ServersFileOptions, servers: Servers, stamp: string) {
    this.#options = options;
    this.#servers = servers;
    const onChange = (): Promise<void> => this.#reload();
    this.#watch = watchFile(options.file, { stamp, onChange, log: options.log });
  }

  /**
   * Reads the file; a missing one has no servers. A bad entry is skipped with a warning. Throws `config_invalid` when the
   * file is not JSON, others may write it, or its `security` block is bad.
   */
  static async open(options: ServersFileOptions): Promise<ServersFile> {
    const stamp = await fileStamp(options.file);
    const servers = await load(options);
    for (const problem of servers.problems) options.log.warn(`${describeProblem(problem)}. Entry skipped.`);
    for (const note of servers.notes) options.log.warn(note);
    return new ServersFile(options, servers, stamp);
  }

  status(id: HostId): 'enabled' | 'disabled' | 'absent' {
    const host = this.#servers.hosts.get(id);
    if (host === undefined) return 'absent';
    return host.enabled ? 'enabled' : 'disabled';
  }

  ids(): readonly HostId[] {
    return [...this.#servers.hosts.keys()];
  }

  async find(id: HostId): Promise<Host | undefined> {
    return this.#servers.hosts.get(id);
  }

  async all(): Promise<readonly Host[]> {
    return [...this.#servers.hosts.values()];
  }

  /** Undefined while what is in force is what the file says. */
  problem(): string | undefined {
    return this.#isBroken ? 'servers.json has a mistake: what it said before is in force' : undefined;
  }

  security(): SecuritySettings {
    return this.#servers.security;
  }

  onChanged(listener: (gone: ReadonlySet<HostId>) => void): () => void {
    this.#changeListeners.add(listener);
    return () => this.#changeListeners.delete(listener);
  }

  onSecurityChanged(listener: (security: SecuritySettings) => void): () => void {
    this.#securityListeners.add(listener);
    return () => this.#securityListeners.delete(listener);
  }

  [Symbol.dispose](): void {
    this.#watch[Symbol.dispose]();
  }

  /** Takes in the changed file whole, or keeps what was there: half a configuration is nobody's intention. */
  async #reload(): Promise<void> {
    const { log, file } = this.#options;
    const servers = await this.#loadOrReport();
    this.#isBroken = servers === undefined;
    if (servers === undefined) return;
    const before = this.#servers;
    this.#servers = servers;
    for (const note of servers.notes) log.warn(note);
    const gone = goneSince(before.hosts, servers.hosts);
    log.info({ servers: servers.hosts.size, changed: gone.size }, `${file} was taken in`);
    for (const listener of this.#securityListeners) listener(servers.security);
    if (gone.size > 0) for (const listener of this.#changeListeners) listener(gone);
  }

  async #loadOrReport(): Promise<Servers | undefined> {
    const { log } = this.#options;
    try {
      const servers = await load(this.#options);
      if (servers.problems.length === 0) return servers;
      for (const problem of servers.problems) log.error(`${describeProblem(problem)}. The old configuration stays.`);
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      log.error(`${error.message}. The old configuration stays.`);
    }
    return undefined;
  }
}

async function load(options: ServersFileOptions): Promise<Servers> {
  for (const warning of await checkConfigFile(options.file)) options.log.warn(warning);
  const json = await readJsonFile(options.file);
  return json === undefined ? noServers : readServers(json, options);
}

function goneSince(before: ReadonlyMap<HostId, Host>, after: ReadonlyMap<HostId, Host>): ReadonlySet<HostId> {
  const gone = [...before.values()].filter((host) => {
    const successor = after.get(host.id);
    return successor === undefined || !isSameHost(host, successor);
  });
  return new Set(gone.map((host) => host.id));
}
