import type { Client, ClientChannel } from 'ssh2';
import { CommandChannel } from './command-channel.ts';

export type StartOutcome =
  | { readonly kind: 'started'; readonly command: CommandChannel }
  /** The host said no: nothing was started. */
  | { readonly kind: 'refused'; readonly cause: unknown }
  /** The channel was closed before the request was sent: nothing was started. */
  | { readonly kind: 'not_sent'; readonly cause: unknown }
  /** The request was sent, and the channel ended without an answer to it. */
  | { readonly kind: 'unknown'; readonly cause: unknown };

export type StandardInput = 'closed' | 'open';

/** A session channel (RFC 4254, section 6.1) on which nothing has been started. It takes one command. */
export interface SessionChannel {
  /** False once it is of no use: closed, or the host has sent something that nobody asked for. */
  readonly isIdle: boolean;
  /** Starts a command. Unless its standard input is to stay open, it sees the end of it at once. */
  start(text: string, input?: StandardInput): Promise<StartOutcome>;
  /** Calls back once both sides have closed it. */
  onClose(listener: () => void): void;
  close(): void;
}

/** Both sides of the SSH flow control start from this; ssh2 counts on it. */
const windowBytes = 2 * 1024 * 1024;
const packetBytes = 32 * 1024;

type OpenCallback = ((error: Error | undefined, channel: ClientChannel) => void) & { type?: 'session' };

/**
 * Opens a session channel and starts nothing on it. Rejects with ssh2's error, which has a `reason` when the host
 * refused (RFC 4254, section 5.1).
 *
 * ssh2 opens a channel only together with what is to run on it, so its inner layers are asked. Where a version of it
 * has them no longer, a test fails, and the channel is opened when it is used.
 */
export function openSession(client: Client): Promise<SessionChannel> {
  if (!isOpener(client)) return Promise.resolve(new LateSession(client));
  return new Promise((resolve, reject) => {
    const opened: OpenCallback = (error, channel) => {
      if (error) reject(error);
      else if (isStarter(channel)) resolve(new OpenSession(channel));
      else reject(new Error('a channel without the inner parts that are known of ssh2'));
    };
    opened.type = 'session';
    const id = client._chanMgr.add(opened);
    if (id === -1) reject(new Error('no channel number is free'));
    else client._protocol.session(id, windowBytes, packetBytes);
  });
}

class OpenSession implements SessionChannel {
  readonly #channel: Starter;

  constructor(channel: Starter) {
    this.#channel = channel;
  }

  get isIdle(): boolean {
    const { incoming, outgoing, readableLength, stderr } = this.#channel;
    const isOpen = incoming.state === 'open' && outgoing.state === 'open';
    return isOpen && readableLength === 0 && stderr.readableLength === 0;
  }

  start(text: string, input: StandardInput = 'closed'): Promise<StartOutcome> {
    const channel = this.#channel;
    if (!this.isIdle) return Promise.resolve({ kind: 'not_sent', cause: undefined });
    return new Promise((resolve) => {
      // It listens before the answer comes, for the exit may come with it.
      const command = new CommandChannel(channel);
      channel._callbacks.push((failure) => {
        if (!failure) resolve({ kind: 'started', command });
        // ssh2 ends the requests of a channel that is closed as if they had been refused.
        else if (channel.incoming.state === 'closed') resolve({ kind: 'unknown', cause: failure });
        else resolve({ kind: 'refused', cause: failure });
      });
      try {
        channel._client._protocol.exec(channel.outgoing.id, text, true);
        if (input === 'closed') channel.eof();
      } catch (cause) {
        resolve({ kind: 'not_sent', cause });
      }
    });
  }

  onClose(listener: () => void): void {
    this.#channel.once('close', listener);
  }

  close(): void {
    this.#channel.resume();
    this.#channel.stderr.resume();
    this.#channel.close();
  }
}

/** Holds nothing open: the channel is opened by the request, at the price of one more round trip. */
class LateSession implements SessionChannel {
  readonly isIdle = true;
  readonly #client: Client;
  #closed: (() => void)[] = [];

  constructor(client: Client) {
    this.#client = client;
  }

  onClose(listener: () => void): void {
    this.#closed.push(listener);
  }

  start(text: string, input: StandardInput = 'closed'): Promise<StartOutcome> {
    let asked = false;
    // ssh2 reads the options after the channel has opened and just before it sends the request.
    const options = {
      get env(): NodeJS.ProcessEnv {
        asked = true;
        return {};
      },
    };
    return new Promise((resolve) => {
      this.#client.exec(text, options, (cause, channel) => {
        if (!cause) {
          channel.once('close', () => this.close());
          if (input === 'closed') channel.end();
          resolve({ kind: 'started', command: new CommandChannel(channel) });
          return;
        }
        this.close();
        resolve({ kind: asked ? 'unknown' : 'not_sent', cause });
      });
    });
  }

  close(): void {
    for (const listener of this.#closed) listener();
    this.#closed = [];
  }
}

interface Opener {
  readonly _chanMgr: { add(opened: OpenCallback): number };
  readonly _protocol: { session(channel: number, windowBytes: number, packetBytes: number): void };
}

interface Starter extends ClientChannel {
  eof(): void;
  readonly incoming: { readonly state: string };
  readonly outgoing: { readonly id: number; readonly state: string };
  readonly _callbacks: ((failure: unknown) => void)[];
  readonly _client: {
    readonly _protocol: { exec(channel: number, command: string, wantReply: true): void };
  };
}

function isOpener(client: object): client is Opener {
  return '_chanMgr' in client && '_protocol' in client;
}

function isStarter(channel: ClientChannel): channel is Starter {
  return 'incoming' in channel && 'outgoing' in channel && '_callbacks' in channel && '_client' in channel;
}
