import type { Duplex } from 'node:stream';
import ssh2, { type Algorithms, type Client, type ClientChannel } from 'ssh2';
import { GatewayError } from '../base/errors.ts';
import type { Host } from '../hosts/host.ts';
import { CommandChannel } from './command-channel.ts';
import { planLogin, type LoginPlan } from './credentials.ts';
import { knownAlgorithms, verifyHostKey } from './host-keys.ts';
import { SftpChannel } from './sftp-channel.ts';

const keepaliveIntervalMs = 15_000;
const keepaliveCountMax = 3;

/** SHA-1 signatures and hashes, CBC, and the 1024-bit and SHA-1 Diffie-Hellman groups are not offered. */
export const algorithms = {
  kex: [
    'curve25519-sha256',
    'curve25519-sha256@libssh.org',
    'ecdh-sha2-nistp256',
    'ecdh-sha2-nistp384',
    'ecdh-sha2-nistp521',
    'diffie-hellman-group-exchange-sha256',
    'diffie-hellman-group16-sha512',
    'diffie-hellman-group18-sha512',
    'diffie-hellman-group14-sha256',
  ],
  cipher: [
    'aes128-gcm@openssh.com',
    'aes256-gcm@openssh.com',
    'chacha20-poly1305@openssh.com',
    'aes128-ctr',
    'aes192-ctr',
    'aes256-ctr',
  ],
  hmac: ['hmac-sha2-256-etm@openssh.com', 'hmac-sha2-512-etm@openssh.com', 'hmac-sha2-256', 'hmac-sha2-512'],
  serverHostKey: [
    'ssh-ed25519',
    'ecdsa-sha2-nistp256',
    'ecdsa-sha2-nistp384',
    'ecdsa-sha2-nistp521',
    'rsa-sha2-512',
    'rsa-sha2-256',
  ],
  compress: ['none'],
} satisfies Algorithms;

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

export interface ConnectOptions {
  /** The stream to speak SSH over; owned by the connection from here on. */
  readonly stream: Duplex;
  readonly signal: AbortSignal;
}

/** Verifies the host key, logs in, and only then resolves. Nothing but the key exchange is sent to an unverified host. */
export async function openConnection(host: Host, { stream, signal }: ConnectOptions): Promise<Connection> {
  try {
    const plan = await planLogin(host);
    return await logIn(host, plan, stream, signal);
  } catch (error) {
    stream.destroy();
    throw error;
  }
}

function logIn(host: Host, plan: LoginPlan, stream: Duplex, signal: AbortSignal): Promise<Connection> {
  const client = new ssh2.Client();
  return new Promise((resolve, reject) => {
    let hostKeyError: unknown;
    const waiting = [...plan.methods];
    const fail = (error: unknown): void => {
      signal.removeEventListener('abort', aborted);
      reject(hostKeyError ?? error);
      client.destroy();
    };
    const aborted = (): void => fail(signal.reason);
    if (signal.aborted) {
      fail(signal.reason);
      return;
    }
    signal.addEventListener('abort', aborted, { once: true });
    client.on('error', (error) => {
      // The agent's trouble is not the login's: the next method follows.
      if (error.level !== 'agent') fail(connectError(host, plan, error));
    });
    client.on('close', () => fail(lostWhileConnecting(host, undefined)));
    client.on('ready', () => {
      signal.removeEventListener('abort', aborted);
      client.removeAllListeners('close');
      client.removeAllListeners('error');
      resolve(new Ssh2Connection(client, host));
    });
    client.connect({
      sock: stream,
      username: host.user,
      readyTimeout: 0,
      keepaliveInterval: keepaliveIntervalMs,
      keepaliveCountMax,
      algorithms: { ...algorithms, serverHostKey: hostKeyAlgorithms(host) },
      hostVerifier: (key: Buffer) => {
        try {
          verifyHostKey(host, key);
          return true;
        } catch (error) {
          hostKeyError = error;
          return false;
        }
      },
      authHandler: () => waiting.shift() ?? false,
    });
  });
}

/** The types known for the host first: it then proves itself with a key we can check. */
function hostKeyAlgorithms(host: Host): typeof algorithms.serverHostKey {
  const known = new Set<string>(knownAlgorithms(host));
  const isKnown = (name: string): boolean => known.has(name);
  return [
    ...algorithms.serverHostKey.filter((name) => isKnown(name)),
    ...algorithms.serverHostKey.filter((name) => !isKnown(name)),
  ];
}

function connectError(host: Host, plan: LoginPlan, cause: Error & { level?: string }): GatewayError {
  if (cause.level === 'client-authentication') {
    const message = `${host.id} refused the login of ${host.user}. Tried: ${plan.tried.join(', ')}. Add the gateway's public key to that account, or run sallyport server add.`;
    return new GatewayError('host_login_refused', message, { cause });
  }
  if (cause.level === 'handshake') {
    const message = `${host.id} and the gateway share no secure SSH algorithm, or the key exchange failed. Update the SSH server there.`;
    return new GatewayError('host_unreachable', message, { cause });
  }
  return lostWhileConnecting(host, cause);
}

function lostWhileConnecting(host: Host, cause: unknown): GatewayError {
  const message = `${host.id} closed the connection before the login was done. Check the SSH server at ${host.address} port ${host.port}, then try again.`;
  return new GatewayError('host_unreachable', message, { cause });
}

class Ssh2Connection implements Connection {
  readonly #client: Client;
  readonly #host: Host;
  readonly #closed = new AbortController();
  #sftp: Promise<SftpChannel> | undefined;

  constructor(client: Client, host: Host) {
    this.#client = client;
    this.#host = host;
    client.on('error', (error) => this.#ended(error));
    client.on('close', () => this.#ended(undefined));
  }

  get closed(): AbortSignal {
    return this.#closed.signal;
  }

  exec(command: string): Promise<CommandChannel> {
    let asked = false;
    // ssh2 reads the options after the channel has opened and just before it sends the request.
    const options = {
      get env(): NodeJS.ProcessEnv {
        asked = true;
        return {};
      },
    };
    return new Promise((resolve, reject) => {
      this.#whenOpen(reject, () => {
        this.#client.exec(command, options, (error, channel) => {
          if (!error) resolve(new CommandChannel(channel));
          else if (error.message === 'Unable to exec') reject(this.#refused('to run the command', error));
          else if ('reason' in error) reject(this.#refused('another channel', error));
          else reject(this.#lost(error, asked));
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
    const onBroken = (): void => void this.#client.destroy();
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
    setTimeout(() => this.#client.destroy(), 1000).unref();
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

  #ended(cause: unknown): void {
    this.#closed.abort(this.#lost(cause, true));
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
