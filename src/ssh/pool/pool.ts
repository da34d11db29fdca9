import { createHash } from 'node:crypto';
import { EndedEarly } from '../../base/ended-early.ts';
import { GatewayError, type ErrorCode } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import type { Host, HostId } from '../../hosts/host.ts';
import { ChannelRefused } from '../connect/channel-refused.ts';
import { usualBreaker, type BreakerLimits } from './circuit-breaker.ts';
import { within } from '../deadline.ts';
import { Handshakes } from '../connect/handshakes.ts';
import { HostConnections, type PoolServices } from './host-connections.ts';
import type { Lease } from './lease.ts';
import { QueueBounds, type QueueLimits } from './queue-bounds.ts';
import type { Wanted } from './waiting-calls.ts';

/** One attempt to open a connection: `connected`, or the code of the error. */
export interface ConnectAttempt {
  readonly result: 'connected' | ErrorCode;
  readonly durationMs: number;
}

export interface PoolOptions {
  /** For the whole way from the first TCP packet to a finished login. */
  readonly connectTimeoutMs: number;
  /** A connection nobody has used for this long is closed. */
  readonly idleCloseMs: number;
  readonly log: Log;
  /** All that may be open or being opened. The least used ones give way to new ones, if nobody uses them. */
  readonly maxConnections?: number;
  /** How long a host may take to answer the opening of a channel. */
  readonly answerTimeoutMs?: number;
  readonly queue?: Partial<QueueLimits>;
  readonly breaker?: BreakerLimits;
  /** Told of every attempt to open a connection, once it is over. Must not throw. */
  readonly onConnect?: (attempt: ConnectAttempt) => void;
}

export interface PoolCall extends Wanted {
  /** How long it may take to get a connection, where the caller says so. */
  readonly connectMs?: number | undefined;
}

/** Work that never started is begun anew so often: on a connection that was dead, and on one that had no channel left. */
const maxLost = 1;
const maxRefused = 20;
/** Accounts of hosts that are remembered although nothing is open to them. */
const maxRemembered = 2048;

export interface PoolCounts {
  /** Open, and being opened. */
  readonly connections: number;
  readonly alive: number;
  /** Calls that wait for a connection. */
  readonly waiting: number;
}

/** Of one host, over all accounts and ways. */
export interface HostState {
  readonly connections: number;
  readonly isConnecting: boolean;
  /** Attempts failed, and it is left alone for a while. */
  readonly isFailing: boolean;
}

/**
 * Connections, shared by the calls that go to the same account of the same host by the same way with the same
 * credential, and by no others.
 */
export class ConnectionPool implements AsyncDisposable {
  readonly #options: PoolOptions;
  readonly #hosts = new Map<string, HostConnections>();
  readonly #bounds: QueueBounds;
  readonly #services: PoolServices;
  /** Those who wait until a connection may be opened at all. */
  readonly #starving = new Set<() => void>();
  #closed = false;

  constructor(options: PoolOptions) {
    const { connectTimeoutMs, idleCloseMs, log, answerTimeoutMs = 10_000, breaker = usualBreaker } = options;
    this.#options = options;
    this.#bounds = new QueueBounds({
      perCaller: 1024,
      total: 8192,
      timeoutMs: connectTimeoutMs + 20_000,
      ...options.queue,
    });
    this.#services = {
      connectTimeoutMs,
      answerTimeoutMs,
      idleCloseMs,
      breaker,
      log,
      bounds: this.#bounds,
      handshakes: new Handshakes(),
      leaseJump: (jump, signal) => this.#of(jump).lease('forward', { caller: '', signal }),
      hasRoom: (wake) => this.#hasRoom(wake),
      freed: () => this.#wakeStarving(),
      connected: (attempt) => options.onConnect?.(attempt),
    };
  }

  /** A working connection: a live one, or a new one. The caller disposes the lease. */
  async lease(host: Host, { caller, signal }: Wanted): Promise<Lease> {
    if (this.#closed) throw new GatewayError('busy', 'The gateway is shutting down. Try again in a moment.');
    return await this.#of(host).lease('call', { caller, signal });
  }

  /**
   * Does the work on a connection. It is begun anew, on another one, only where provably nothing was started: the
   * connection turned out to be dead before anything was sent, or the host let it have no further channel.
   */
  async use<T>(host: Host, call: PoolCall, work: (lease: Lease, ends: AbortSignal) => Promise<T>): Promise<T> {
    let [lost, refused] = [0, 0];
    for (;;) {
      using lease = await this.#leaseInTime(host, call);
      try {
        return await work(lease, AbortSignal.any([call.signal, lease.gone]));
      } catch (error) {
        if (!(error instanceof GatewayError) || error.ran !== 'not_started') throw error;
        if (error instanceof ChannelRefused) refused += 1;
        else if (error.code === 'connection_lost') lost += 1;
        else throw error;
        if (lost > maxLost || refused > maxRefused) throw error;
      }
    }
  }

  /** Ends the connections to this host, if there are any and no call uses them. */
  closeIdle(host: Host): 'closed' | 'in_use' | 'not_open' {
    const connections = this.#hosts.get(connectionKey(host));
    if (connections === undefined || connections.isIdle) return 'not_open';
    if (connections.isConnecting || connections.open.some(({ isUnused }) => !isUnused)) return 'in_use';
    for (const connection of connections.open) connections.close(connection);
    return 'closed';
  }

  /** Ends what is open to these hosts: their calls are told at once, their connections close when those have ended. */
  retire(hosts: ReadonlySet<HostId>): void {
    for (const [key, connections] of this.#hosts) {
      const { host } = connections;
      if (!hostsPassed(host).some(({ id }) => hosts.has(id))) continue;
      this.#hosts.delete(key);
      const message = `${host.id} was removed, disabled or changed while this was under way.`;
      connections.retire(new EndedEarly('host_changed', message));
    }
  }

  /** How it stands with the hosts that there was something to do with. */
  states(): ReadonlyMap<HostId, HostState> {
    const states = new Map<HostId, HostState>();
    for (const { host, open, isConnecting, isFailing } of this.#hosts.values()) {
      const known = states.get(host.id);
      states.set(host.id, {
        connections: (known?.connections ?? 0) + open.length,
        isConnecting: (known?.isConnecting ?? false) || isConnecting,
        isFailing: (known?.isFailing ?? false) || isFailing,
      });
    }
    return states;
  }

  get counts(): PoolCounts {
    const alive = this.#open.length;
    const connecting = [...this.#hosts.values()].filter(({ isConnecting }) => isConnecting).length;
    return { connections: alive + connecting, alive, waiting: this.#bounds.total };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    const all = [...this.#hosts.values()];
    this.#hosts.clear();
    for (const connections of all) {
      connections.retire(new EndedEarly('draining'));
      for (const connection of connections.open) connections.close(connection);
    }
  }

  async #leaseInTime(host: Host, { caller, signal, connectMs }: PoolCall): Promise<Lease> {
    using limit = within(signal, connectMs, `The connection to ${host.id}`);
    return await this.lease(host, { caller, signal: limit.signal });
  }

  get #open() {
    return [...this.#hosts.values()].flatMap((owner) => owner.open.map((connection) => ({ owner, connection })));
  }

  #of(host: Host): HostConnections {
    const key = connectionKey(host);
    const known = this.#hosts.get(key);
    if (known) return known;
    if (this.#hosts.size >= maxRemembered) {
      for (const [other, { isIdle }] of this.#hosts) if (isIdle) this.#hosts.delete(other);
    }
    const connections = new HostConnections(host, this.#services);
    this.#hosts.set(key, connections);
    return connections;
  }

  #hasRoom(wake: () => void): boolean {
    const { maxConnections = 512 } = this.#options;
    if (this.counts.connections < maxConnections) return true;
    const unused = this.#open.filter(({ connection }) => connection.isUnused);
    const leastUsed = unused.sort((a, b) => a.connection.usedAt - b.connection.usedAt)[0];
    if (leastUsed) {
      leastUsed.owner.close(leastUsed.connection);
      return true;
    }
    this.#starving.add(wake);
    return false;
  }

  #wakeStarving(): void {
    const wakes = [...this.#starving];
    this.#starving.clear();
    for (const wake of wakes) queueMicrotask(wake);
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
