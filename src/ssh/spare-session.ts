import type { SessionChannel } from './session-channel.ts';

/** Some hosts log an open session, or allow few: one that nobody has wanted for this long is closed. */
const idleMs = 30_000;

/**
 * One session channel that is open before anybody wants it: a command on it is on its way at once, where opening the
 * channel first would cost a round trip.
 */
export class SpareSession {
  readonly #open: () => Promise<SessionChannel>;
  #spare: SessionChannel | undefined;
  #opening = false;
  #idle: NodeJS.Timeout | undefined;

  constructor(open: () => Promise<SessionChannel>) {
    this.#open = open;
  }

  /** The channel, which is the caller's from here on; undefined when there is none to be used. */
  take(): SessionChannel | undefined {
    const spare = this.#spare;
    this.#spare = undefined;
    clearTimeout(this.#idle);
    if (spare === undefined || spare.isIdle) return spare;
    spare.close();
    return undefined;
  }

  /** Opens one unless there is one. A host that refuses it is asked again with the next command. */
  refill(): void {
    if (this.#opening || this.#spare !== undefined) return;
    this.#opening = true;
    const opened = (spare?: SessionChannel): void => {
      this.#opening = false;
      this.#spare = spare;
      if (spare) this.#idle = setTimeout(() => this.close(), idleMs).unref();
    };
    this.#open().then(opened, () => opened());
  }

  close(): void {
    this.take()?.close();
  }
}
