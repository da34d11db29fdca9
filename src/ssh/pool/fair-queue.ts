/** What waits, each for a caller: the callers take turns, and what one of them has waiting goes in its order. */
export class FairQueue<T extends { readonly caller: string }> {
  /** In the order in which the callers have their turns. */
  readonly #waiting = new Map<string, T[]>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  push(item: T): void {
    const ofCaller = this.#waiting.get(item.caller);
    if (ofCaller) ofCaller.push(item);
    else this.#waiting.set(item.caller, [item]);
    this.#size += 1;
  }

  /** Takes the next one out. */
  shift(): T | undefined {
    for (const [caller, items] of this.#waiting) {
      const item = items.shift();
      this.#waiting.delete(caller);
      if (items.length > 0) this.#waiting.set(caller, items);
      if (item === undefined) continue;
      this.#size -= 1;
      return item;
    }
    return undefined;
  }

  /** Takes one out of its turn, if it still waits. */
  remove(item: T): void {
    const items = this.#waiting.get(item.caller);
    const index = items?.indexOf(item) ?? -1;
    if (items === undefined || index < 0) return;
    items.splice(index, 1);
    this.#size -= 1;
    if (items.length === 0) this.#waiting.delete(item.caller);
  }
}
