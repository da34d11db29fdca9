import { statSync } from 'node:fs';
import { userInfo } from 'node:os';
import type { Log } from '../base/log.ts';
import type { Host, HostId } from './host.ts';
import type { Inventory } from './inventory.ts';
import { isSameHost } from './same-host.ts';
import type { PersonalPlaces } from './ssh-config-host.ts';
import { readSshConfigNames, sshConfigSources, type SshConfigSource } from './ssh-config-names.ts';
import { resolveSshHost, type SshConfigResolution } from './ssh-config-resolve.ts';
import { Turns } from './turns.ts';

/** `Match exec`, the network and new key files change what a host resolves to without a change of the files. */
const resolvedForMs = 15_000;
const pollEveryMs = 1000;
const resolvedAtOnce = 4;
/** A file changed this recently may change again without its times showing it: the kernel's clock ticks every 4 ms. */
const settledAfterMs = 100;

export interface SshConfigOptions extends PersonalPlaces {
  readonly log: Log;
}

interface Names {
  readonly names: ReadonlySet<HostId>;
  readonly digest: string;
  readonly inputs: readonly string[];
  readonly stamp: Stamp;
}

interface Stamp {
  readonly text: string;
  readonly settled: boolean;
}

interface Resolved {
  readonly host: Promise<Host>;
  readonly until: number;
}

/**
 * The hosts of a person's OpenSSH client configuration.
 *
 * Names come from reading the files; everything else of a host from `ssh -G`, when the host is first asked for. Only
 * names that the configuration speaks of are ever given to ssh.
 */
export class SshConfigHosts implements Inventory, Disposable {
  readonly #log: Log;
  readonly #sources: readonly SshConfigSource[];
  readonly #resolution: SshConfigResolution;
  readonly #listeners = new Set<(gone: ReadonlySet<HostId>) => void>();
  readonly #turns = new Turns(resolvedAtOnce);
  #resolved = new Map<HostId, Resolved>();
  #names: Names | undefined;
  #poll: NodeJS.Timeout | undefined;
  /** The last thing that was wrong at a look, lest it is logged every second. */
  #complaint = '';

  /** Reads nothing yet. `home` should be the account's: ssh itself looks there, whatever `HOME` says. */
  constructor({ log, ...places }: SshConfigOptions) {
    const { user, system } = sshConfigSources(places.home);
    const isAccountHome = places.home === userInfo().homedir;
    this.#log = log;
    this.#sources = isAccountHome ? [user, system] : [user];
    // ssh finds its own files by the account, but relative `Include` paths by HOME.
    const env = { ...places.env, HOME: places.home };
    this.#resolution = { ...places, program: { env, configFile: isAccountHome ? undefined : user.file } };
  }

  status(id: HostId): 'enabled' | 'absent' {
    return this.#current().names.has(id) ? 'enabled' : 'absent';
  }

  ids(): readonly HostId[] {
    return [...this.#current().names];
  }

  async find(id: HostId): Promise<Host | undefined> {
    return this.status(id) === 'absent' ? undefined : await this.#resolve(id);
  }

  /** A host that cannot be resolved is left out with a warning; when none can, that is the error. */
  async all(): Promise<readonly Host[]> {
    const { names } = this.#current();
    const settled = await Promise.allSettled([...names].map((id) => this.#resolved.get(id)?.host ?? this.#resolve(id)));
    const hosts = settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    const errors = settled.flatMap((one): unknown[] => (one.status === 'rejected' ? [one.reason] : []));
    if (hosts.length === 0 && errors.length > 0) throw errors[0];
    for (const error of errors) this.#log.warn({ err: error }, 'a host of the SSH client configuration was left out');
    return hosts;
  }

  onChanged(listener: (gone: ReadonlySet<HostId>) => void): () => void {
    this.#listeners.add(listener);
    this.#poll ??= setInterval(() => this.#look(), pollEveryMs).unref();
    return () => this.#listeners.delete(listener);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#poll);
    this.#listeners.clear();
  }

  readonly #lost = (error: unknown): void => {
    this.#log.error({ err: error }, 'a change of the SSH client configuration was not passed on');
  };

  #look(): void {
    try {
      this.#current();
      this.#complaint = '';
    } catch (error) {
      const complaint = String(error);
      if (complaint === this.#complaint) return;
      this.#complaint = complaint;
      this.#log.warn({ err: error }, 'the SSH client configuration cannot be read; what is open stays open');
    }
  }

  /** The names as the files have them at this moment. */
  #current(): Names {
    const before = this.#names;
    if (before?.stamp.settled && stampOf(before.inputs).text === before.stamp.text) return before;
    const [user, ...others] = this.#sources.map(readSshConfigNames);
    const read = [...(user ? [user] : []), ...others];
    const inputs = read.flatMap((source) => source.inputs);
    const digest = read.map((source) => source.digest).join(' ');
    const names = { names: new Set(user?.names), digest, inputs, stamp: stampOf(inputs) };
    this.#names = names;
    if (before !== undefined && before.digest !== digest) {
      const resolved = this.#resolved;
      this.#resolved = new Map();
      this.#announceChanged(resolved).catch(this.#lost);
    }
    return names;
  }

  #resolve(id: HostId): Promise<Host> {
    const before = this.#resolved.get(id);
    if (before !== undefined && before.until > Date.now()) return before.host;
    const host = this.#turns.take(() => resolveSshHost(id, this.#resolution));
    const resolved = { host, until: Date.now() + resolvedForMs };
    this.#resolved.set(id, resolved);
    host.catch(() => {
      if (this.#resolved.get(id) === resolved) this.#resolved.delete(id);
    });
    if (before !== undefined) this.#announceChanged(new Map([[id, before]])).catch(this.#lost);
    return host;
  }

  /** Tells the listeners which of the hosts are not what they were. One that cannot be resolved any more is not. */
  async #announceChanged(before: ReadonlyMap<HostId, Resolved>): Promise<void> {
    if (this.#listeners.size === 0) return;
    await Promise.all(
      [...before].map(async ([id, old]) => {
        const isListed = this.#names?.names.has(id) ?? false;
        const [was, is] = await Promise.allSettled([old.host, isListed ? this.#resolve(id) : undefined]);
        if (was.status === 'rejected') return;
        if (is.status === 'fulfilled' && is.value !== undefined && isSameHost(was.value, is.value)) return;
        for (const listener of this.#listeners) listener(new Set([id]));
      }),
    );
  }
}

function stampOf(inputs: readonly string[]): Stamp {
  let newest = 0;
  const texts = inputs.map((path) => {
    const facts = statOf(path);
    if (facts === undefined) return 'absent';
    newest = Math.max(newest, Number(facts.ctimeMs));
    return [facts.dev, facts.ino, facts.size, facts.mtimeNs, facts.ctimeNs].join(' ');
  });
  return { text: texts.join('\n'), settled: Date.now() - newest > settledAfterMs };
}

function statOf(path: string) {
  try {
    return statSync(path, { bigint: true, throwIfNoEntry: false });
  } catch {
    // Whatever is wrong with it, reading it will say so.
    return undefined;
  }
}
