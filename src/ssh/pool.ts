import { createHash } from 'node:crypto';
import { GatewayError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { Host, HostId } from '../hosts/host.ts';
import type { Connection } from './connection.ts';
import { dialProxyCommand, dialTcp } from './dial.ts';
import { openConnection } from './login.ts';

export interface PoolOptions {
  /** For the whole way from the first TCP packet to a finished login. */
  readonly connectTimeoutMs: number;
  /** A connection nobody has used for this long is closed. */
  readonly idleCloseMs: number;
  readonly log: Log;
}

/** How long the calls on a connection that is being retired get to end before it is cut. */
const retireGraceMs = 6000;

interface Entry {
  readonly key: string;
  readonly host: Host;
  readonly connecting: Promise<Connection>;
  /** Aborts when the host was removed, disabled or changed. */
  readonly gone: AbortController;
  users: number;
  idle: NodeJS.Timeout | undefined;
}

/** A connection in use. Disposing gives it back; it does not close it. */
export interface Lease extends Disposable {
  readonly connection: Connection;
  /** Aborts when the host was removed, disabled or changed under the call. */
  readonly gone: AbortSignal;
}

/**
 * Connections, shared by the calls that go to the same account of the same host by the same way with the same
 * credential, and by no others.
 */
export class ConnectionPool implements AsyncDisposable {
  readonly #options: PoolOptions;
  readonly #entries = new Map<string, Entry>();
  #closed = false;

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  /** A working connection: a live one, or a new one. The caller disposes the lease. */
  async lease(host: Host, signal: AbortSignal): Promise<Lease> {
    signal.throwIfAborted();
    if (this.#closed) throw new GatewayError('busy', 'The gateway is shutting down. Try again in a moment.');
    const key = connectionKey(host);
    const entry = this.#entries.get(key) ?? this.#open(key, host);
    entry.users += 1;
    clearTimeout(entry.idle);
    try {
      const connection = await settledOr(entry.connecting, AbortSignal.any([signal, entry.gone.signal]));
      return { connection, gone: entry.gone.signal, [Symbol.dispose]: () => this.#release(entry) };
    } catch (error) {
      this.#release(entry);
      throw error;
    }
  }

  /** Ends what is open to these hosts: their calls are told at once, their connections close when those have ended. */
  retire(hosts: ReadonlySet<HostId>): void {
    for (const entry of this.#entries.values()) {
      if (!hostsPassed(entry.host).some((host) => hosts.has(host.id))) continue;
      this.#entries.delete(entry.key);
      const message = `${entry.host.id} was removed, disabled or changed while this was under way.`;
      entry.gone.abort(new GatewayError('cancelled', message));
      if (entry.users === 0) this.#close(entry);
      else setTimeout(() => this.#close(entry), retireGraceMs).unref();
    }
  }

  /** Ends the connection to this host, if there is one and no call uses it. */
  closeIdle(host: Host): 'closed' | 'in_use' | 'not_open' {
    const entry = this.#entries.get(connectionKey(host));
    if (entry === undefined) return 'not_open';
    if (entry.users > 0) return 'in_use';
    this.#close(entry);
    return 'closed';
  }

  /** How many connections are open or being opened. */
  get size(): number {
    return this.#entries.size;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    const entries = [...this.#entries.values()];
    this.#entries.clear();
    for (const entry of entries) {
      clearTimeout(entry.idle);
      entry.gone.abort(new GatewayError('cancelled', 'The gateway is shutting down.'));
    }
    await Promise.allSettled(entries.map(async (entry) => (await entry.connecting).close()));
  }

  #open(key: string, host: Host): Entry {
    const gone = new AbortController();
    const timeout = AbortSignal.timeout(this.#options.connectTimeoutMs);
    const connecting = this.#connect(host, AbortSignal.any([timeout, gone.signal])).catch((error: unknown) => {
      throw timeout.aborted && !(error instanceof GatewayError) ? this.#timedOut(host) : error;
    });
    const entry: Entry = { key, host, connecting, gone, users: 0, idle: undefined };
    this.#entries.set(key, entry);
    const forget = (): void => {
      if (this.#entries.get(key) === entry) this.#entries.delete(key);
    };
    connecting.then((connection) => {
      if (connection.closed.aborted) forget();
      else connection.closed.addEventListener('abort', forget, { once: true });
    }, forget);
    return entry;
  }

  async #connect(host: Host, signal: AbortSignal): Promise<Connection> {
    const { route } = host;
    switch (route.kind) {
      case 'direct':
        return await openConnection(host, { stream: await dialTcp(host, signal), signal });
      case 'proxy_command':
        return await openConnection(host, { stream: dialProxyCommand(route.command), signal });
      case 'jump':
        return await this.#connectThrough(route.hosts, host, signal);
    }
  }

  /** The last jump host is itself reached through those before it, and is held for as long as the connection lives. */
  async #connectThrough(jumps: readonly Host[], host: Host, signal: AbortSignal): Promise<Connection> {
    const last = jumps.at(-1);
    if (last === undefined) return await this.#connect({ ...host, route: { kind: 'direct' } }, signal);
    const before = jumps.slice(0, -1);
    const jump: Host = before.length === 0 ? last : { ...last, route: { kind: 'jump', hosts: before } };
    const lease = await this.lease(jump, signal);
    try {
      const stream = await settledOr(lease.connection.forward(host.address, host.port), signal);
      const connection = await openConnection(host, { stream, signal });
      connection.closed.addEventListener('abort', () => lease[Symbol.dispose](), { once: true });
      return connection;
    } catch (error) {
      lease[Symbol.dispose]();
      throw error;
    }
  }

  #timedOut(host: Host): GatewayError {
    const seconds = this.#options.connectTimeoutMs / 1000;
    const message = `${host.id} did not answer within ${seconds} s. Check that it is up and reachable, then try again.`;
    return new GatewayError('host_unreachable', message);
  }

  #release(entry: Entry): void {
    entry.users -= 1;
    if (entry.users > 0) return;
    if (this.#entries.get(entry.key) !== entry) this.#close(entry);
    else entry.idle = setTimeout(() => this.#close(entry), this.#options.idleCloseMs).unref();
  }

  #close(entry: Entry): void {
    clearTimeout(entry.idle);
    if (this.#entries.get(entry.key) === entry) this.#entries.delete(entry.key);
    entry.connecting.then(
      (connection) => connection.close(),
      (error: unknown) => this.#options.log.debug({ host: entry.host.id, err: error }, 'closed before it was open'),
    );
  }
}

/** Every host whose connection this one passes or is. */
function hostsPassed(host: Host): readonly Host[] {
  return host.route.kind === 'jump' ? [host, ...host.route.hosts] : [host];
}

const connectionKeys = new WeakMap<Host, string>();

/** Two calls share a connection only if all of this is equal: the host, the account, the credential and the way. */
function connectionKey(host: Host): string {
  const known = connectionKeys.get(host);
  if (known !== undefined) return known;
  const secrets = hostsPassed(host)
    .flatMap(({ credentials }) => [credentials.password, ...credentials.keys.map((key) => key.passphrase)])
    .map((secret) => secret && createHash('sha256').update(secret.reveal()).digest('hex'));
  const key = JSON.stringify([host, secrets]);
  connectionKeys.set(host, key);
  return key;
}

/** The promise, or the signal's reason if that comes first. The promise is not cancelled: others may wait for it too. */
async function settledOr<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
