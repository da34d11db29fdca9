import type { Duplex } from 'node:stream';
import type { Client, ClientChannel } from 'ssh2';
import { GatewayError } from '../base/errors.ts';
import type { Host } from '../hosts/host.ts';
import type { CommandChannel } from './command-channel.ts';
import { openSession, type SessionChannel } from './session-channel.ts';
import { SftpChannel } from './sftp-channel.ts';
import { SpareSession } from './spare-session.ts';

/** One authenticated SSH transport to one host. */
export interface Connection {
  /**
   * Starts a command on a channel of its own, without a terminal. Rejects with `ran: not_started` when the host was
   * certainly never asked to start it, else with `may_have_run`.
   */
  exec(command: string): Promise<CommandChannel>;
  /** The connection's SFTP channel, opened at first use and shared. */
  sftp(): Promise<SftpChannel>;
  /** A TCP stream from the host to somewhere else: how a jump host is passed. */
  forward(address: string, port: number): Promise<Duplex>;
  /** Aborts when the transport is gone, for whatever reason. */
  readonly closed: AbortSignal;
  close(): void;
}

export class Ssh2Connection implements Connection {
  readonly #client: Client;
  readonly #host: Host;
  readonly #stream: Duplex;
  readonly #closed = new AbortController();
  readonly #spare = new SpareSession(() => this.#openSession());
  #sftp: Promise<SftpChannel> | undefined;

  constructor(client: Client, host: Host, stream: Duplex) {
    this.#client = client;
    this.#host = host;
    this.#stream = stream;
    client.on('error', (error) => this.#ended(error));
    client.on('end', () => this.#ended(undefined));
    client.on('close', () => this.#ended(undefined));
  }

  get closed(): AbortSignal {
    return this.#closed.signal;
  }

  async exec(command: string): Promise<CommandChannel> {
    if (this.#closed.signal.aborted) throw this.#lost(this.#closed.signal.reason, false);
    const session = this.#spare.take() ?? (await this.#openSession());
    const started = session.start(command);
    this.#spare.refill();
    const outcome = await started;
    switch (outcome.kind) {
      case 'started':
        return outcome.command;
      case 'refused':
        throw this.#refused('to run the command', outcome.cause);
      case 'not_sent':
        throw this.#lost(outcome.cause, false);
      case 'unknown':
        throw this.#lost(outcome.cause, true);
    }
  }

  #openSession(): Promise<SessionChannel> {
    return new Promise((resolve, reject) => {
      this.#whenOpen(reject, () => {
        openSession(this.#client).then(resolve, (error: unknown) => {
          const isRefused = error instanceof Error && 'reason' in error;
          reject(isRefused ? this.#refused('another channel', error) : this.#lost(error, false));
        });
      });
    });
  }

  sftp(): Promise<SftpChannel> {
    this.#sftp ??= this.#openSftp().catch((error: unknown) => {
      this.#sftp = undefined;
      throw error;
    });
    return this.#sftp;
  }

  async #openSftp(): Promise<SftpChannel> {
    const channel = await new Promise<ClientChannel>((resolve, reject) => {
      this.#whenOpen(reject, () => {
        this.#client.subsys('sftp', (error, opened) => {
          if (!error) resolve(opened);
          else if (this.#closed.signal.aborted) reject(this.#lost(error, false));
          else reject('reason' in error ? this.#refused('another channel', error) : this.#noSftp(error));
        });
      });
    });
    const { id } = this.#host;
    const onBroken = (): void => void this.#stream.destroy();
    const sftp = await SftpChannel.open(channel, { host: id, connectionClosed: this.#closed.signal, onBroken });
    sftp.closed.addEventListener('abort', () => (this.#sftp = undefined), { once: true });
    return sftp;
  }

  forward(address: string, port: number): Promise<Duplex> {
    return new Promise((resolve, reject) => {
      this.#whenOpen(reject, () => {
        this.#client.forwardOut('127.0.0.1', 0, address, port, (error, channel) => {
          if (!error) resolve(channel);
          else {
            const message = `The jump host ${this.#host.id} could not reach ${address} port ${port}, or forbids forwarding.`;
            reject(new GatewayError('host_unreachable', message, { cause: error }));
          }
        });
      });
    });
  }

  close(): void {
    this.#client.end();
    // A host that does not answer the goodbye must not keep the socket.
    setTimeout(() => this.#stream.destroy(), 1000).unref();
  }

  /** ssh2 throws at once on a socket that is no longer writable, before its own events say so. */
  #whenOpen(reject: (error: unknown) => void, ask: () => void): void {
    try {
      this.#closed.signal.throwIfAborted();
      ask();
    } catch (cause) {
      this.#ended(cause);
      reject(this.#lost(cause, false));
    }
  }

  /** A host that does not close its side must not keep the socket. */
  #ended(cause: unknown): void {
    this.#closed.abort(this.#lost(cause, true));
    this.#stream.destroy();
  }

  #refused(what: string, cause: unknown): GatewayError {
    return new GatewayError('busy', `${this.#host.id} refused ${what} on this connection. Try again in a moment.`, {
      cause,
    });
  }

  #noSftp(cause: unknown): GatewayError {
    const message = `${this.#host.id} offers no SFTP. Enable the sftp subsystem there, or use execute_command.`;
    return new GatewayError('sftp_unavailable', message, { cause });
  }

  #lost(cause: unknown, mayHaveRun: boolean): GatewayError {
    const next = mayHaveRun ? 'It may have run: look before running it again.' : 'Nothing was started: try again.';
    const ran = mayHaveRun ? 'may_have_run' : 'not_started';
    return new GatewayError('connection_lost', `The connection to ${this.#host.id} was lost. ${next}`, { cause, ran });
  }
}
