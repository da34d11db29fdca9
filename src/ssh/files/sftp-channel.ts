import type { ClientChannel } from 'ssh2';
import { GatewayError } from '../../base/errors.ts';
import type { HostId } from '../../hosts/host.ts';
import { SftpFrames } from './sftp-frames.ts';
import { MalformedPacket, PacketReader, packet, packetType, protocolVersion, string, uint32 } from './sftp-packets.ts';
import { limits, SftpRefusal, type ReadReply, type SftpLimits } from './sftp-replies.ts';
import { Transfers } from './transfers.ts';

/** Every server takes these (draft-ietf-secsh-filexfer-02, section 3). */
const defaultRequestBytes = 32 * 1024;
/** OpenSSH's limit for reads and writes; with its head, an answer of this size just fits a packet. */
const maxRequestBytes = 255 * 1024;
/** So long a server may take to greet. */
const greetingMs = 30_000;
/** A larger last field is sent as it is, not copied behind its head. */
const copiedBytes = 4096;

export interface SftpRequest<T> {
  readonly type: number;
  readonly fields: readonly Buffer[];
  readonly read: ReadReply<T>;
}

/** Told of one request; either `answered` or `failed` is called, once, and neither may throw. */
export interface Waiting<T> {
  progressed(): void;
  answered(value: T): void;
  failed(error: unknown): void;
}

interface Pending {
  progressed(): void;
  take(type: number, body: PacketReader): void;
  failed(error: unknown): void;
}

export interface SftpChannelOptions {
  readonly host: HostId;
  /** Aborts when the connection under the channel is gone. */
  readonly connectionClosed: AbortSignal;
  /** The host broke the protocol: nothing it says on this connection is to be believed any longer. */
  readonly onBroken: () => void;
}

/**
 * The client's end of one SFTP channel, version 3, shared by all calls on its connection.
 *
 * A request is pending until its answer has come, also when nobody waits for it any longer. An answer to nothing, of
 * another kind than was asked for, or larger, ends the channel, and the connection with it.
 */
export class SftpChannel {
  readonly host: HostId;
  readonly transfers = new Transfers();
  readonly #channel: ClientChannel;
  readonly #options: SftpChannelOptions;
  readonly #frames: SftpFrames;
  readonly #pending = new Map<number, Pending>();
  readonly #ready = Promise.withResolvers<void>();
  readonly #closed = new AbortController();
  readonly #retired = new AbortController();
  #isReady = false;
  #lastId = 0;
  #extensions: ReadonlySet<string> = new Set();
  #limits: SftpLimits = { readBytes: defaultRequestBytes, writeBytes: defaultRequestBytes };
  #heardAt = performance.now();

  /** Greets the server. Rejects with `sftp_unavailable` where what answers is no SFTP server. */
  static async open(channel: ClientChannel, options: SftpChannelOptions): Promise<SftpChannel> {
    const sftp = new SftpChannel(channel, options);
    channel.write(packet(packetType.init, uint32(protocolVersion)));
    const timer = setTimeout(() => sftp.close(), greetingMs).unref();
    await sftp.#ready.promise.finally(() => clearTimeout(timer));
    return sftp;
  }

  private constructor(channel: ClientChannel, options: SftpChannelOptions) {
    this.host = options.host;
    this.#channel = channel;
    this.#options = options;
    this.#frames = new SftpFrames({
      packet: (bytes) => this.#received(bytes),
      progress: (id) => this.#pending.get(id)?.progressed(),
    });
    const lost = (): void => this.#end(this.#lost());
    channel.on('data', (chunk: Buffer) => this.#take(chunk));
    channel.stderr.resume();
    for (const event of ['end', 'close', 'error']) channel.on(event, lost);
    if (options.connectionClosed.aborted) lost();
    else options.connectionClosed.addEventListener('abort', lost, { signal: this.closed });
  }

  /** Aborts with a GatewayError when the channel or its connection is gone. */
  get closed(): AbortSignal {
    return this.#closed.signal;
  }

  /** Aborts when nothing new is to be begun on the channel: it is stuck or closed. */
  get retired(): AbortSignal {
    return this.#retired.signal;
  }

  /** The largest read and write that the server takes. */
  get limits(): SftpLimits {
    return this.#limits;
  }

  hasExtension(name: string): boolean {
    return this.#extensions.has(name);
  }

  request<T>({ type, fields, read }: SftpRequest<T>, waiting: Waiting<T>): void {
    if (this.closed.aborted) {
      waiting.failed(this.closed.reason);
      return;
    }
    this.#lastId = (this.#lastId + 1) >>> 0;
    const askedAt = performance.now();
    this.#pending.set(this.#lastId, {
      progressed: () => waiting.progressed(),
      failed: (error) => waiting.failed(error),
      take: (answerType, body) => {
        const answer = orRefusal(() => read(answerType, body));
        this.transfers.answered(performance.now() - askedAt);
        if (answer instanceof SftpRefusal) waiting.failed(answer);
        else waiting.answered(answer);
      },
    });
    this.#send(type, [uint32(this.#lastId), ...fields]);
  }

  /**
   * Retires the channel if nothing at all has come over it for so long: whatever serves it is stuck. It is closed
   * once it has answered what it was asked, such as to remove an unfinished file, or when it is as silent again.
   */
  retireIfSilentFor(ms: number): void {
    if (this.retired.aborted || performance.now() - this.#heardAt < ms) return;
    this.#retired.abort();
    setTimeout(() => this.#end(this.#lost()), ms).unref();
  }

  /** For when the host must have room for something else. Whatever is pending fails. */
  close(): void {
    this.#end(this.#lost());
  }

  #send(type: number, fields: readonly Buffer[]): void {
    const last = fields.at(-1);
    if (last === undefined || last.length <= copiedBytes) {
      this.#channel.write(packet(type, ...fields));
      return;
    }
    const head = packet(type, ...fields.slice(0, -1));
    head.writeUInt32BE(head.length - 4 + last.length);
    this.#channel.write(head);
    this.#channel.write(last);
  }

  #take(chunk: Buffer): void {
    if (this.closed.aborted) return;
    this.#heardAt = performance.now();
    try {
      this.#frames.push(chunk);
    } catch (error) {
      if (!(error instanceof MalformedPacket)) throw error;
      const wasReady = this.#isReady;
      this.#end(this.#isNoSftp(error));
      // Before the greeting it may be no more than a login script that prints something: commands are none the worse.
      if (wasReady) this.#options.onBroken();
    }
  }

  #received(bytes: Buffer): void {
    const body = new PacketReader(bytes);
    const type = body.byte();
    if (!this.#isReady) {
      this.#greeted(type, body);
      return;
    }
    const id = body.uint32();
    const pending = this.#pending.get(id);
    if (pending === undefined) throw new MalformedPacket();
    // An answer that is none is taken by nobody: the request fails with the channel.
    pending.take(type, body);
    this.#pending.delete(id);
    if (this.retired.aborted && this.#pending.size === 0) this.#end(this.#lost());
  }

  #greeted(type: number, body: PacketReader): void {
    if (type !== packetType.version || body.uint32() !== protocolVersion) throw new MalformedPacket();
    const extensions = new Set<string>();
    while (body.hasMore) {
      extensions.add(body.text());
      body.bytes();
    }
    this.#extensions = extensions;
    this.#isReady = true;
    // Whoever transfers something large before the answer has come starts with small requests.
    if (this.hasExtension('limits@openssh.com')) this.#askForLimits();
    this.#ready.resolve();
  }

  #askForLimits(): void {
    const within = (bytes: number): number => Math.min(Math.max(bytes, defaultRequestBytes), maxRequestBytes);
    this.request(
      { type: packetType.extended, fields: [string('limits@openssh.com')], read: limits },
      {
        progressed: () => undefined,
        answered: ({ readBytes, writeBytes }) => {
          this.#limits = { readBytes: within(readBytes), writeBytes: within(writeBytes) };
        },
        failed: () => undefined,
      },
    );
  }

  #end(reason: GatewayError): void {
    if (this.closed.aborted) return;
    this.#closed.abort(reason);
    this.#retired.abort();
    this.#channel.close();
    const pending = [...this.#pending.values()];
    this.#pending.clear();
    for (const waiting of pending) waiting.failed(reason);
    this.#ready.reject(this.#options.connectionClosed.aborted ? reason : this.#isNoSftp(reason));
  }

  #lost(): GatewayError {
    return new GatewayError('connection_lost', `The SFTP channel to ${this.host} was lost. Try again.`, {
      cause: this.#options.connectionClosed.reason,
    });
  }

  #isNoSftp(cause: unknown): GatewayError {
    const message = this.#isReady
      ? `The SFTP server of ${this.host} broke the protocol, and the connection was dropped. Use execute_command, and tell the operator.`
      : `${this.host} offers no SFTP. Enable the sftp subsystem there, or use execute_command.`;
    return new GatewayError('sftp_unavailable', message, { cause });
  }
}

function orRefusal<T>(read: () => T): T | SftpRefusal {
  try {
    return read();
  } catch (error) {
    if (error instanceof SftpRefusal) return error;
    throw error;
  }
}
