import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { GatewayError } from '../../base/errors.ts';
import { ChannelRefused } from '../connect/channel-refused.ts';
import type { CommandChannel } from '../runs/command-channel.ts';
import type { Connection, KeptCommand, ReadySession } from '../connect/connection.ts';
import type { SessionChannel, StandardInput } from '../runs/session-channel.ts';
import type { SessionLimit } from './session-limit.ts';
import type { SftpChannel } from '../files/sftp-channel.ts';
import { SpareSession } from './spare-session.ts';
import type { Transport } from '../connect/transport.ts';

/** A session that the host has not quite closed yet is in the way of the next one: tried again after each pause. */
const pausesMs = [20, 60, 150, 400];
/** After a refusal the connection takes no further call for so long. */
const restMs = 50;

export interface SharedConnectionOptions {
  readonly transport: Transport;
  readonly limit: SessionLimit;
  /** Runs a command on any other connection to the same account of the host, be it a new one. */
  readonly elsewhere: (command: string) => Promise<CommandChannel>;
}

/** A connection as the calls on it share it: its spare session, its SFTP channel, and how many calls it takes. */
export class SharedConnection implements Connection {
  readonly #transport: Transport;
  readonly #limit: SessionLimit;
  readonly #elsewhere: (command: string) => Promise<CommandChannel>;
  readonly #spare: SpareSession;
  #sftp: Promise<SftpChannel> | undefined;
  #kept: KeptCommand | undefined;
  #calls = 0;
  #forwards = 0;
  #running = 0;
  #restsUntil = 0;
  #isUsedUp = false;
  #isNew = true;
  #hadSession = false;
  #ranCommands = false;
  #usedAt = performance.now();

  constructor({ transport, limit, elsewhere }: SharedConnectionOptions) {
    this.#transport = transport;
    this.#limit = limit;
    this.#elsewhere = elsewhere;
    this.#spare = new SpareSession(() => this.#openOnce(() => transport.openSession()));
  }

  get closed(): AbortSignal {
    return this.#transport.closed;
  }

  get path(): readonly string[] {
    return this.#transport.host.path ?? [];
  }

  get sudo(): boolean {
    return this.#transport.host.sudo ?? false;
  }

  get takesOneCommand(): boolean {
    return this.#transport.takesOneCommand;
  }

  retire(): void {
    this.#isUsedUp = true;
  }

  /** When it was last used; a `performance.now()`. */
  get usedAt(): number {
    return this.#usedAt;
  }

  /** Nobody has used it yet. */
  get isNew(): boolean {
    return this.#isNew;
  }

  get isUnused(): boolean {
    return this.#calls === 0 && this.#forwards === 0;
  }

  /** It takes no further work: lost, silent, or without a session to be had. It is closed when nobody uses it. */
  get isUsedUp(): boolean {
    return this.#isUsedUp || this.closed.aborted;
  }

  get takesCalls(): boolean {
    return !this.isUsedUp && this.#calls < this.#maxCalls && performance.now() >= this.#restsUntil;
  }

  get #maxCalls(): number {
    return this.#transport.takesOneCommand ? 1 : this.#limit.calls;
  }

  /** One more user, until it is disposed: a call of its own, or a stream through this host to another. */
  join(as: 'call' | 'forward'): Disposable {
    const add = (count: 1 | -1): void => {
      if (as === 'call') this.#calls += count;
      else this.#forwards += count;
      this.#usedAt = performance.now();
    };
    add(1);
    this.#isNew = false;
    return {
      [Symbol.dispose]: () => {
        add(-1);
        // What was let go while it runs may end at any time.
        if (this.#transport.takesOneCommand && this.#calls === 0 && this.#running > 0) this.#isUsedUp = true;
        if (this.#ranCommands) this.#refill();
      },
    };
  }

  async open(): Promise<ReadySession> {
    const open = (): Promise<SessionChannel> => this.#transport.openSession();
    const session = (await this.#spare.take()) ?? (await this.#open(open, () => this.#closeSftp()));
    return { start: (command, input) => this.#run(session, command, input), close: () => session.close() };
  }

  async exec(command: string, input?: StandardInput): Promise<CommandChannel> {
    return await (await this.open()).start(command, input);
  }

  async control(command: string): Promise<CommandChannel> {
    return (await this.controlHere(command)) ?? (await this.#elsewhere(command));
  }

  /** As `control`, on this connection or not at all. */
  async controlHere(command: string): Promise<CommandChannel | undefined> {
    if (this.#transport.takesOneCommand) return undefined;
    const open = (): Promise<SessionChannel> => this.#openOnce(() => this.#transport.openSession());
    const session = (await this.#spare.take()) ?? (await open().catch(() => undefined));
    return session && (await this.#run(session, command));
  }

  async keep(command: string, kept: KeptCommand): Promise<CommandChannel | undefined> {
    const open = (): Promise<SessionChannel> => this.#transport.openSession();
    if (kept.room === 'left') {
      if (this.isUsedUp || this.#transport.takesOneCommand || !this.#limit.hasRoomToKeep) return undefined;
      const session = await this.#openOnce(open).catch(() => undefined);
      return session && (await this.#keepOn(session, command, kept));
    }
    return await this.#keepOn(await this.#open(open, () => this.#closeSftp()), command, kept);
  }

  sftp(): Promise<SftpChannel> {
    this.#sftp ??= this.#openSftp();
    return this.#sftp;
  }

  forward(address: string, port: number): Promise<Duplex> {
    return this.#transport.forward(address, port);
  }

  close(): void {
    this.#isUsedUp = true;
    this.#spare.close();
    this.#transport.close();
  }

  async #openSftp(): Promise<SftpChannel> {
    const forget = (): void => void (this.#sftp = undefined);
    try {
      const sftp = await this.#open(
        () => this.#transport.openSftp(),
        () => undefined,
      );
      if (sftp.retired.aborted) forget();
      sftp.retired.addEventListener('abort', forget, { once: true });
      return sftp;
    } catch (error) {
      forget();
      throw error;
    }
  }

  async #run(session: SessionChannel, command: string, input: StandardInput = 'closed'): Promise<CommandChannel> {
    this.#running += 1;
    session.onClose(() => (this.#running -= 1));
    return await this.#start(session, command, input);
  }

  async #start(session: SessionChannel, command: string, input: StandardInput): Promise<CommandChannel> {
    const started = this.#transport.start(session, command, input);
    this.#ranCommands = true;
    this.#refill();
    return await started.catch((error: unknown) => {
      if (error instanceof GatewayError && error.code === 'host_unreachable') this.#isUsedUp = true;
      throw error;
    });
  }

  async #keepOn(session: SessionChannel, command: string, kept: KeptCommand): Promise<CommandChannel> {
    this.#kept = kept;
    session.onClose(() => {
      if (this.#kept === kept) this.#kept = undefined;
    });
    return await this.#start(session, command, 'open');
  }

  #yield(): void {
    this.#kept?.yields();
    this.#kept = undefined;
  }

  async #openOnce<T>(open: () => Promise<T>): Promise<T> {
    try {
      const channel = await open();
      this.#hadSession = true;
      return channel;
    } catch (error) {
      if (error instanceof ChannelRefused) {
        this.#limit.refused(this.#transport.sessions);
        if (!this.#limit.hasRoomToKeep) this.#yield();
        this.#restsUntil = performance.now() + restMs;
      } else if (error instanceof GatewayError && error.code === 'connection_lost') this.#isUsedUp = true;
      throw error;
    }
  }

  /**
   * Opens a channel. While a single call is on the connection, nobody else's session can be in the way: what is open
   * for later is closed, and the host gets time to notice.
   */
  async #open<T>(open: () => Promise<T>, makeRoom: () => void): Promise<T> {
    for (const pauseMs of pausesMs) {
      try {
        return await this.#openOnce(open);
      } catch (error) {
        if (!(error instanceof ChannelRefused) || this.#calls > 1) throw error;
      }
      this.#spare.close();
      this.#yield();
      makeRoom();
      await sleep(pauseMs);
    }
    try {
      return await this.#openOnce(open);
    } catch (error) {
      if (!(error instanceof ChannelRefused)) throw error;
      this.#isUsedUp = true;
      throw this.#hadSession ? error : this.#transport.noSessions(error);
    }
  }

  #closeSftp(): void {
    this.#sftp?.then(
      (sftp) => sftp.close(),
      () => undefined,
    );
  }

  /** A spare counts among the calls: what is kept for ending runs and for files stays free. */
  #refill(): void {
    if (!this.isUsedUp && this.#calls < this.#maxCalls) this.#spare.refill();
  }
}
