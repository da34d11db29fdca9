/** Something that is opened when it is first used. What could not be opened, or was not there, is tried again at the next use. */
export class OpenedWhenUsed<T> {
  readonly #open: () => Promise<T>;
  #opening: Promise<T> | undefined;

  constructor(open: () => Promise<T>) {
    this.#open = open;
  }

  /** Rejects as the opening does. */
  async get(): Promise<T> {
    const opening = (this.#opening ??= this.#open());
    let opened: T | undefined;
    try {
      opened = await opening;
      return opened;
    } finally {
      if (opened === undefined && this.#opening === opening) this.#opening = undefined;
    }
  }

  /** To close it: undefined where it was never opened, or could not be. */
  async ifOpen(): Promise<T | undefined> {
    return await this.#opening?.catch(() => undefined);
  }
}
