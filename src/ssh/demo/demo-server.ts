import { createHash, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { resolve } from 'node:path';
import ssh2, {
  type AuthContext,
  type Connection,
  type ParsedKey,
  type ServerChannel,
  type Session as SessionChannel,
} from 'ssh2';
import { algorithms } from '../connect/algorithms.ts';
import { DemoCommand } from './demo-command.ts';
import { serveSftp } from './demo-sftp-channel.ts';
import { takeRequestsAfterEof } from './ssh2-server-quirks.ts';

const maxConnections = 32;
const maxChannelsPerConnection = 64;
const maxLoginAttempts = 6;
const loginTimeoutMs = 10_000;

export interface DemoServerOptions {
  /** Working directory of commands, and where relative SFTP paths start. */
  readonly home: string;
  /** The server's private key, in a format of OpenSSH or PEM, without a passphrase. */
  readonly hostKey: string | Buffer;
  /** The one key that may log in, under any user name: a public key line. */
  readonly authorizedKey: string;
  readonly address: '127.0.0.1';
  /** Any free port unless told. */
  readonly port?: number;
}

/**
 * Starts an SSH server inside this process, to try the gateway on: commands and SFTP, one key, loopback only.
 *
 * It is not a sandbox. Commands run as the user who runs the gateway and may do all that this user may; the scratch
 * home is where they start, not where they stay. No shell, terminal or forwarding is offered.
 */
export async function startDemoServer(options: DemoServerOptions): Promise<DemoServer> {
  const server = new DemoServer(options);
  await server.listen();
  return server;
}

export class DemoServer implements AsyncDisposable {
  /** The public host key, as the protocol carries it. */
  readonly hostKey: Buffer;
  readonly #options: DemoServerOptions;
  readonly #authorized: ParsedKey;
  readonly #listener: Server;
  readonly #sockets = new Set<Socket>();
  readonly #commands = new Set<DemoCommand>();
  readonly #killCommands = (): void => {
    for (const command of this.#commands) command.kill();
  };

  constructor(options: DemoServerOptions) {
    this.#options = { ...options, home: resolve(options.home) };
    this.hostKey = parseKey(options.hostKey).getPublicSSH();
    this.#authorized = parseKey(options.authorizedKey);
    // The client would choose the hash, and ssh2 lets it choose SHA-1.
    if (this.#authorized.type === 'ssh-rsa') throw new Error('the demo server takes no RSA key');
    this.#listener = createServer({ noDelay: true }, (socket) => this.#welcome(socket));
    this.#listener.maxConnections = maxConnections;
  }

  get port(): number {
    const address = this.#listener.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  async listen(): Promise<void> {
    this.#listener.listen(this.#options.port ?? 0, this.#options.address);
    await once(this.#listener, 'listening');
    // Commands are not our children's children to the kernel: without this they would outlive an exit in a hurry.
    process.on('exit', this.#killCommands);
  }

  /** Ends every connection and every command, and resolves when they are gone. */
  async close(): Promise<void> {
    process.off('exit', this.#killCommands);
    if (!this.#listener.listening) return;
    const closed = once(this.#listener, 'close');
    this.#listener.close();
    this.#killCommands();
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all([closed, ...[...this.#commands].map((command) => command.gone())]);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #welcome(socket: Socket): void {
    this.#sockets.add(socket);
    const login = setTimeout(() => socket.destroy(), loginTimeoutMs);
    socket.once('close', () => {
      clearTimeout(login);
      this.#sockets.delete(socket);
    });
    const kex = algorithms.kex.filter((name) => !name.startsWith('diffie-hellman-group-exchange'));
    const { cipher, hmac, compress } = algorithms;
    const server = new ssh2.Server({
      hostKeys: [this.#options.hostKey],
      ident: 'Sallyport-demo',
      algorithms: { kex, cipher, hmac, compress },
    });
    server.on('connection', (client) => {
      client.on('ready', () => clearTimeout(login));
      this.#serve(client, socket);
    });
    server.injectSocket(socket);
  }

  #serve(client: Connection, socket: Socket): void {
    let attempts = 0;
    // A broken connection is the client's affair; its end is what matters here, and that is an event of its own.
    client.on('error', () => socket.destroy());
    client.on('authentication', (attempt) => {
      attempts += 1;
      if (attempts > maxLoginAttempts) socket.destroy();
      else if (this.#isAuthorized(attempt)) attempt.accept();
      else attempt.reject(['publickey']);
    });
    const channels = new Set<AbortController>();
    socket.once('close', () => {
      for (const channel of channels) channel.abort();
    });
    client.on('session', (accept, reject) => {
      if (channels.size >= maxChannelsPerConnection) {
        reject();
        return;
      }
      const channel = new AbortController();
      channels.add(channel);
      channel.signal.addEventListener('abort', () => channels.delete(channel), { once: true });
      const sessionChannel = accept();
      sessionChannel.on('close', () => channel.abort());
      this.#serveChannel(sessionChannel, channel.signal);
    });
  }

  #serveChannel(sessionChannel: SessionChannel, ended: AbortSignal): void {
    const { home } = this.#options;
    let command: DemoCommand | undefined;
    takeRequestsAfterEof(sessionChannel);
    sessionChannel.on('exec', (accept, reject, { command: text }) => {
      // No program can be given a NUL. Length is no matter: ssh2 takes no packet above 35,000 bytes.
      if (text.includes('\0')) {
        reject();
        return;
      }
      const channel: ServerChannel | undefined = accept();
      // Absent where this session has run something already.
      if (channel === undefined) return;
      const started = new DemoCommand({ command: text, home, channel, ended });
      command = started;
      this.#commands.add(started);
      ended.addEventListener('abort', () => void started.gone().then(() => this.#commands.delete(started)), {
        once: true,
      });
    });
    sessionChannel.on('signal', (_accept, _reject, { name }) => command?.signal(name));
    sessionChannel.on('subsystem', (accept, reject, { name }) => {
      if (name !== 'sftp') {
        reject();
        return;
      }
      const channel: ServerChannel | undefined = accept();
      if (channel !== undefined) serveSftp({ channel, home, ended });
    });
  }

  /** Whether this is the one key and, once the client signs, whether the signature is the key's. */
  #isAuthorized(attempt: AuthContext): boolean {
    if (attempt.method !== 'publickey') return false;
    const known = digest(this.#authorized.getPublicSSH());
    if (!timingSafeEqual(digest(attempt.key.data), known)) return false;
    // Without a signature the client only asks whether this key would do.
    if (attempt.signature === undefined) return true;
    if (attempt.blob === undefined) return false;
    // An Error, which is truthy, where the signature cannot be read.
    const verified: unknown = this.#authorized.verify(attempt.blob, attempt.signature, attempt.hashAlgo);
    return verified === true;
  }
}

function parseKey(text: string | Buffer): ParsedKey {
  const parsed = ssh2.utils.parseKey(text);
  if (parsed instanceof Error) throw parsed;
  return parsed;
}

function digest(bytes: Buffer): Buffer {
  return createHash('sha256').update(bytes).digest();
}
