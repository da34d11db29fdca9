import { GatewayError } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import type { Host } from '../../hosts/host.ts';
import type { BreakerLimits } from './circuit-breaker.ts';
import type { CommandChannel } from '../runs/command-channel.ts';
import type { Handshakes } from '../connect/handshakes.ts';
import type { ConnectAttempt } from './pool.ts';
import { HostTrouble } from './host-trouble.ts';
import type { Lease } from './lease.ts';
import type { QueueBounds } from './queue-bounds.ts';
import { SessionLimit } from './session-limit.ts';
import { SharedConnection } from './shared-connection.ts';
import type { Transport } from '../connect/transport.ts';
import { WaitingCalls, type Wanted } from './waiting-calls.ts';
import { openWay } from '../connect/way.ts';

const maxConnections = 4;
/** Another connection is opened only for calls that have waited so long. */
const growAfterMs = 20;
/** After another connection could not be opened, the ones there are must do for so long. */
const growPauseMs = 5000;
/** How long the calls on a connection that is being retired get to end before it is cut. */
const retireGraceMs = 12_000;
const controlTimeoutMs = 10_000;

/** What the connections of all hosts have in common. */
export interface PoolServices {
  readonly connectTimeoutMs: number;
  readonly answerTimeoutMs: number;
  readonly idleCloseMs: number;
  readonly handshakes: Handshakes;
  readonly bounds: QueueBounds;
  readonly breaker: BreakerLimits;
  readonly log: Log;
  leaseJump(jump: Host, signal: AbortSignal): Promise<Lease>;
  /** Whether one more connection may be opened; if not, `wake` is called when that may have changed. */
  hasRoom(wake: () => void): boolean;
  /** A connection was closed, or is no longer used. */
  freed(): void;
  /** An attempt to open a connection is over. */
  connected(attempt: ConnectAttempt): void;
}

type Use = 'call' | 'forward';

/** The connections to one account of one host, by one way with one credential, and the calls that wait for them. */
export class HostConnections {
  readonly #host: Host;
  readonly #services: PoolServices;
  readonly #limit = new SessionLimit();
  readonly #trouble: HostTrouble;
  readonly #gone = new AbortController();
  readonly #connections = new Map<SharedConnection, NodeJS.Timeout | undefined>();
  readonly #waiting: Readonly<Record<Use, WaitingCalls<Lease>>>;
  #isConnecting = false;
  #growsAgainAt = 0;
  #look: NodeJS.Timeout | undefined;

  constructor(host: Host, services: PoolServices) {
    this.#host = host;
    this.#services = services;
    this.#trouble = new HostTrouble(host, services.breaker);
    const { bounds } = services;
    this.#waiting = { call: new WaitingCalls(host.id, bounds), forward: new WaitingCalls(host.id, bounds) };
  }

  get host(): Host {
    return this.#host;
  }

  get open(): readonly SharedConnection[] {
    return [...this.#connections.keys()];
  }

  get isConnecting(): boolean {
    return this.#isConnecting;
  }

  /** No attempt is made at this moment, for the last ones failed. */
  get isFailing(): boolean {
    return this.#trouble.current !== undefined;
  }

  /** Nothing is open, and nobody waits. */
  get isIdle(): boolean {
    return this.#connections.size === 0 && !this.#isConnecting && !this.#isWanted;
  }

  /** A connection with room for one more. Waits for its turn, or until one is open. */
  async lease(use: Use, wanted: Wanted): Promise<Lease> {
    wanted.signal.throwIfAborted();
    this.#gone.signal.throwIfAborted();
    const isTurn = this.#waiting[use].size === 0;
    const lease = isTurn ? this.#lend(use) : undefined;
    if (lease) return lease;
    const waiting = this.#waiting[use].wait(wanted);
    this.#serve();
    return await waiting;
  }

  /** Ends what is open: the calls are told at once, the connections close when those have ended. */
  retire(reason: GatewayError): void {
    clearTimeout(this.#look);
    this.#gone.abort(reason);
    this.#failAll(reason);
    for (const connection of this.open) {
      if (connection.isUnused) this.close(connection);
      else setTimeout(() => this.close(connection), retireGraceMs).unref();
    }
  }

  close(connection: SharedConnection): void {
    clearTimeout(this.#connections.get(connection));
    this.#connections.delete(connection);
    connection.close();
    this.#services.freed();
  }

  get #isWanted(): boolean {
    return this.#waiting.call.size + this.#waiting.forward.size > 0;
  }

  #lend(use: Use): Lease | undefined {
    const takes = ({ takesCalls, isUsedUp }: SharedConnection): boolean => (use === 'call' ? takesCalls : !isUsedUp);
    const connection = this.open.find(takes);
    if (connection === undefined) return undefined;
    clearTimeout(this.#connections.get(connection));
    const held = connection.join(use);
    let isHeld = true;
    return {
      connection,
      gone: this.#gone.signal,
      [Symbol.dispose]: () => {
        if (!isHeld) return;
        isHeld = false;
        held[Symbol.dispose]();
        this.#release(connection);
      },
    };
  }

  #release(connection: SharedConnection): void {
    if (connection.isUnused && this.#connections.has(connection)) {
      if (connection.isUsedUp || this.#gone.signal.aborted) this.close(connection);
      else {
        const idle = setTimeout(() => this.close(connection), this.#services.idleCloseMs).unref();
        this.#connections.set(connection, idle);
        this.#services.freed();
      }
    }
    this.#serve();
  }

  /** Serves whoever waits; opens a connection when there is none, or when the wait has become long. */
  #serve(): void {
    this.#waiting.forward.serve(() => this.#lend('forward'));
    this.#waiting.call.serve(() => this.#lend('call'));
    if (!this.#isWanted || this.#look !== undefined) return;
    if (!this.open.some(({ isUsedUp }) => !isUsedUp)) {
      this.#grow();
      return;
    }
    this.#look = setTimeout(() => {
      this.#look = undefined;
      this.#waiting.call.serve(() => this.#lend('call'));
      if (this.#isWanted && performance.now() >= this.#growsAgainAt) this.#grow();
      this.#serve();
    }, growAfterMs);
  }

  #grow(): void {
    if (this.#isConnecting || this.#gone.signal.aborted || this.#connections.size >= maxConnections) return;
    const { current } = this.#trouble;
    if (current !== undefined) {
      this.#couldNotGrow(current);
      return;
    }
    if (!this.#services.hasRoom(() => this.#serve())) return;
    this.#isConnecting = true;
    void this.#connect(this.#gone.signal)
      .then(
        (transport) => this.#add(transport),
        (error: unknown) => this.#couldNotGrow(error),
      )
      .finally(() => {
        this.#isConnecting = false;
        this.#serve();
      });
  }

  #add(transport: Transport): void {
    const elsewhere = (command: string): Promise<CommandChannel> => this.#controlElsewhere(connection, command);
    const connection = new SharedConnection({ transport, limit: this.#limit, elsewhere });
    this.#connections.set(connection, undefined);
    const lost = (): void => {
      // One that was never of use is as bad as none: it must not be opened over and over.
      if (connection.isNew && this.#connections.has(connection)) this.#brokeAtOnce();
      this.close(connection);
      this.#serve();
    };
    if (transport.closed.aborted) lost();
    else transport.closed.addEventListener('abort', lost, { once: true });
    if (!this.#isWanted) this.#release(connection);
  }

  #brokeAtOnce(): void {
    const message = `${this.#host.id} broke off the connection right after the login. Check the SSH server there, then try again.`;
    const error = new GatewayError('host_unreachable', message);
    this.#trouble.failed(error);
    this.#couldNotGrow(error);
  }

  /** Where connections are open, the calls wait for those; else nothing can be done for them. */
  #couldNotGrow(error: unknown): void {
    this.#growsAgainAt = performance.now() + growPauseMs;
    if (!this.open.some(({ isUsedUp }) => !isUsedUp)) this.#failAll(error);
    else this.#services.log.debug({ host: this.#host.id, err: error }, 'no further connection could be opened');
  }

  #failAll(error: unknown): void {
    this.#waiting.forward.failAll(error);
    this.#waiting.call.failAll(error);
  }

  /** What has to do with this host alone counts as its trouble: not our own keys, and not a jump host. */
  async #connect(signal: AbortSignal): Promise<Transport> {
    const host = this.#host;
    // Loaded late: with the SSH library, which is a good part of the start of a process.
    const [{ planLogin }, { connectTo }] = await Promise.all([
      import('../connect/credentials.ts'),
      import('../connect/connect.ts'),
    ]);
    const startedAt = performance.now();
    const tell = (result: ConnectAttempt['result']): void =>
      this.#services.connected({ result, durationMs: performance.now() - startedAt });
    const plan = await planLogin(host);
    const way = await openWay(host, (jump, until) => this.#services.leaseJump(jump, until), signal);
    try {
      const transport = await connectTo(host, { ...this.#services, plan, way }, signal);
      this.#trouble.connected();
      tell('connected');
      transport.closed.addEventListener('abort', () => way[Symbol.dispose](), { once: true });
      return transport;
    } catch (error) {
      way[Symbol.dispose]();
      this.#trouble.failed(error);
      tell(error instanceof GatewayError ? error.code : 'internal');
      throw error;
    }
  }

  /** On another of the connections, else on one that is opened for it and closed with it, beyond the usual number. */
  async #controlElsewhere(asking: SharedConnection, command: string): Promise<CommandChannel> {
    for (const other of this.open) {
      if (other === asking || other.isUsedUp) continue;
      const control = await other.controlHere(command);
      if (control) return control;
    }
    const transport = await this.#connect(AbortSignal.timeout(controlTimeoutMs));
    try {
      const control = await transport.start(await transport.openSession(), command);
      control.stream.once('close', () => transport.close());
      setTimeout(() => transport.close(), controlTimeoutMs).unref();
      return control;
    } catch (error) {
      transport.close();
      throw error;
    }
  }
}
