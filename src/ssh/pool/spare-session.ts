import type { SessionChannel } from '../runs/session-channel.ts';

/** Some hosts log an open session, or allow few: one that nobody has wanted for this long is closed. */
const idleMs = 30_000;

/**
 * One session channel that is open before anybody wants it: a command on it is on its way at once, where opening the
 * channel first would cost a round trip.
 */
export class SpareSession {
  readonly #open: () => Promise<SessionChannel>;
  #spare: Promise<SessionChannel | undefined> | undefined;
  #idle: NodeJS.Timeout | undefined;

  constructor(open: () => Promise<SessionChannel>) {
    this.#open = open;
  }

  /** The channel, which is the caller's from here on; undefined when there is none to be used. */
  async take(): Promise<SessionChannel | undefined> {
    const taken = this.#spare;
    this.#spare = undefined;
    clearTimeout(this.#idle);
    const spare = await taken;
    if (spare === undefined || spare.isIdle) return spare;
    spare.close();
    return undefined;
  }

  /** Opens one unless there is one. A host that refuses it is asked again with the next command. */
  refill(): void {
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => this.close(), idleMs).unref();
    if (this.#spare !== undefined) return;
    const opening = this.#open().catch(() => {
      if (this.#spare === opening) this.#spare = undefined;
      return undefined;
    });
    this.#spare = opening;
  }

  close(): void {
    void this.take().then((spare) => spare?.close());
  }
}
