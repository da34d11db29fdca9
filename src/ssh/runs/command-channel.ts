import type { ClientChannel } from 'ssh2';

/** How the host says a command ended: RFC 4254, section 6.10. */
export type HostExit =
  | { readonly kind: 'exited'; readonly status: number }
  | { readonly kind: 'signalled'; readonly signal: string };

/**
 * The channel of one command, listened to from the moment the host accepted the command: a short one has ended, and
 * its exit has come, in the same packet. Must be made in the callback that hands over the channel, not after an await.
 */
export class CommandChannel {
  readonly stream: ClientChannel;
  #exit: HostExit | undefined;
  #tell: ((exit: HostExit) => void) | undefined;

  constructor(stream: ClientChannel) {
    this.stream = stream;
    // An error that nobody listens for would end the process; every one is followed by the close of the channel.
    for (const output of [stream, stream.stderr]) output.on('error', () => undefined);
    stream.on('exit', (status: number | null, signal?: string) => {
      this.#exit = status === null ? { kind: 'signalled', signal: signal ?? 'unknown' } : { kind: 'exited', status };
      this.#tell?.(this.#exit);
    });
  }

  /** Undefined as long as the host has not said it; it never does when the connection breaks. */
  get exit(): HostExit | undefined {
    return this.#exit;
  }

  /** Calls back once the host says how the command ended: at once if it has. One listener. */
  onExit(listener: (exit: HostExit) => void): void {
    if (this.#exit) listener(this.#exit);
    else this.#tell = listener;
  }
}
