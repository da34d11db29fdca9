import type { Duplex } from 'node:stream';
import type { Client, ClientChannel } from 'ssh2';
import { GatewayError } from '../../base/errors.ts';
import type { Host } from '../../hosts/host.ts';
import { ChannelRefused } from './channel-refused.ts';
import type { CommandChannel } from '../runs/command-channel.ts';
import { readInTurns } from './fair-reading.ts';
import { guardAgainstHost } from './host-guard.ts';
import { openSession, type SessionChannel, type StandardInput } from '../runs/session-channel.ts';
import { SftpChannel } from '../files/sftp-channel.ts';

/** The host counts a session until it has seen its end, a little later than we do. */
const settlingMs = 250;

export interface TransportOptions {
  readonly client: Client;
  /** The stream that SSH is spoken over; owned by the transport. */
  readonly stream: Duplex;
  readonly host: Host;
  /** How long the host may take to answer the opening of a channel. */
  readonly answerTimeoutMs: number;
}

/** The channels of one SSH transport that has logged in. */
export class Transport {
  readonly #client: Client;
  readonly #stream: Duplex;
  readonly #host: Host;
  readonly #answerTimeoutMs: number;
  readonly #closed = new AbortController();
  #sessions = 0;

  constructor({ client, stream, host, answerTimeoutMs }: TransportOptions) {
    this.#client = client;
    this.#stream = stream;
    this.#host = host;
    this.#answerTimeoutMs = answerTimeoutMs;
    client.on('error', (error) => this.#ended(error));
    client.on('end', () => this.#ended(undefined));
    client.on('close', () => this.#ended(undefined));
    readInTurns(stream);
    guardAgainstHost(client, stream, (why) => this.#ended(new Error(why)));
  }

  /** Aborts when the transport is gone, for whatever reason. */
  get closed(): AbortSignal {
    return this.#closed.signal;
  }

  get host(): Host {
    return this.#host;
  }

  /** How many sessions the host counts at this moment, as far as we can know. */
  get sessions(): number {
    return this.#sessions;
  }

  /**
   * Whether no session may be open ahead while a command runs here. Dropbear (seen in 2022.83) closes every session on
   * which nothing runs when a command of the connection ends, runs what is sent on it before it hears that we have closed
   * it too, and breaks off the connection at the first output of that.
   */
  get takesOneCommand(): boolean {
    // The software that the host says it is: RFC 4253, section 4.2.
    const version: unknown = Reflect.get(this.#client, '_remoteVer');
    return typeof version === 'string' && version.startsWith('dropbear');
  }

  /** Rejects with `ChannelRefused` when the host lets us have no more, else when the transport is lost or silent. */
  openSession(): Promise<SessionChannel> {
    return this.#answered(openSession, (session) => {
      session.close();
    }).then((session) => {
      this.#count(session);
      return session;
    });
  }

  /** Starts a command on a session. Its errors say whether the host was asked. */
  async start(session: SessionChannel, command: string, input?: StandardInput): Promise<CommandChannel> {
    const { promise: timedOut, resolve } = Promise.withResolvers<{ readonly kind: 'silent' }>();
    const silentMs = this.#answerTimeoutMs * 2;
    const timer = setTimeout(resolve, silentMs, { kind: 'silent' });
    const outcome = await Promise.race([session.start(command, input), timedOut]);
    clearTimeout(timer);
    switch (outcome.kind) {
      case 'started':
        return outcome.command;
      case 'refused': {
        session.close();
        const message = `${this.#host.id} does not let ${this.#host.user} run commands. Ask the operator of that account.`;
        throw new GatewayError('host_permission_denied', message, { cause: outcome.cause });
      }
      case 'not_sent':
        throw this.#lost(outcome.cause, 'not_started');
      case 'unknown':
        session.close();
        throw this.#lost(outcome.cause, 'may_have_run');
      case 'silent': {
        session.close();
        const message = `${this.#host.id} did not say within ${silentMs / 1000} s whether a command runs. Look before running it again.`;
        throw new GatewayError('host_unreachable', message, { ran: 'may_have_run' });
      }
    }
  }

  async openSftp(): Promise<SftpChannel> {
    const open = (client: Client): Promise<ClientChannel> =>
      new Promise((resolve, reject) => {
        client.subsys('sftp', (error, channel) => (error ? reject(error) : resolve(channel)));
      });
    const channel = await this.#answered(open, (late) => late.close());
    this.#count({ onClose: (listener) => channel.once('close', listener) });
    const onBroken = (): void => this.#ended(new Error('the SFTP server broke the protocol'));
    return await SftpChannel.open(channel, { host: this.#host.id, connectionClosed: this.closed, onBroken });
  }

  async forward(address: string, port: number): Promise<Duplex> {
    const open = (client: Client): Promise<Duplex> =>
      new Promise((resolve, reject) => {
        client.forwardOut('127.0.0.1', 0, address, port, (error, channel) =>
          error ? reject(error) : resolve(channel),
        );
      });
    try {
      return await this.#answered(open, (late) => late.destroy());
    } catch (cause) {
      if (this.closed.aborted) throw cause;
      const message = `The jump host ${this.#host.id} could not reach ${address} port ${port}, or forbids forwarding.`;
      throw new GatewayError('host_unreachable', message, { cause });
    }
  }

  close(): void {
    this.#client.end();
    // A host that does not answer the goodbye must not keep the socket.
    setTimeout(() => this.#stream.destroy(), 1000).unref();
  }

  /** The host refuses even the first session. */
  noSessions(cause: unknown): GatewayError {
    const message = `${this.#host.id} does not let ${this.#host.user} run commands or reach files. Ask the operator of that account.`;
    return new GatewayError('host_permission_denied', message, { cause });
  }

  /** What became of work on the transport that is lost with it. */
  #lost(cause: unknown, ran: 'not_started' | 'may_have_run'): GatewayError {
    const next =
      ran === 'not_started' ? 'Nothing was started: try again.' : 'It may have run: look before running it again.';
    return new GatewayError('connection_lost', `The connection to ${this.#host.id} was lost. ${next}`, { cause, ran });
  }

  /** What the host answers to the opening of a channel, within its time; a channel that comes later goes to `late`. */
  async #answered<T>(open: (client: Client) => Promise<T>, late: (channel: T) => void): Promise<T> {
    const { promise: timedOut, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => reject(new Error('no answer in time')), this.#answerTimeoutMs);
    let opening: Promise<T> | undefined;
    try {
      this.closed.throwIfAborted();
      // ssh2 throws at once on a socket that is no longer writable, before its own events say so.
      opening = open(this.#client);
      return await Promise.race([opening, timedOut]);
    } catch (cause) {
      opening?.then(late, () => undefined);
      throw this.#openFailure(cause);
    } finally {
      clearTimeout(timer);
    }
  }

  /** RFC 4254, section 5.1: 2 is what OpenSSH says when `MaxSessions` is reached, 4 a shortage of resources. */
  #openFailure(cause: unknown): GatewayError {
    const reason = cause instanceof Error && 'reason' in cause ? cause.reason : undefined;
    if (this.closed.aborted || reason === undefined) {
      if (cause instanceof Error && cause.message.startsWith('Unable to start subsystem')) return this.#noSftp(cause);
      return this.#lost(cause, 'not_started');
    }
    if (reason === 1 || reason === 3) return this.noSessions(cause);
    return new ChannelRefused(this.#host.id, cause);
  }

  #noSftp(cause: unknown): GatewayError {
    const message = `${this.#host.id} offers no SFTP. Enable the sftp subsystem there, or use execute_command.`;
    return new GatewayError('sftp_unavailable', message, { cause });
  }

  #count(session: { onClose(listener: () => void): void }): void {
    this.#sessions += 1;
    session.onClose(() => setTimeout(() => (this.#sessions -= 1), settlingMs).unref());
  }

  /** A host that does not close its side must not keep the socket. */
  #ended(cause: unknown): void {
    this.#closed.abort(this.#lost(cause, 'may_have_run'));
    this.#stream.destroy();
  }
}
