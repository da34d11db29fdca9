/** How many bytes before and after a range are kept. */
export interface SurroundingSizes {
  readonly before: number;
  readonly after: number;
}

/** What stands around a range, gathered as a file goes by. */
export class Surroundings {
  readonly #sizes: SurroundingSizes;
  #before: Buffer = Buffer.alloc(0);
  #after: Buffer = Buffer.alloc(0);

  constructor(sizes: SurroundingSizes) {
    this.#sizes = sizes;
  }

  get before(): Buffer {
    return this.#before;
  }

  get after(): Buffer {
    return this.#after;
  }

  /** Takes the chunk that begins at `position`; the range begins `from` there, and was cut at `end`, where that is known. */
  take(
    chunk: Buffer,
    position: number,
    range: { readonly from?: number | undefined; readonly end?: number | undefined },
  ): void {
    const { from = Infinity, end } = range;
    if (from > position) {
      const joined = Buffer.concat([this.#before, chunk.subarray(0, from - position)]);
      this.#before = Buffer.from(joined.subarray(Math.max(0, joined.length - this.#sizes.before)));
    }
    if (end === undefined) return;
    const at = end + this.#after.length - position;
    this.#after = Buffer.concat([this.#after, chunk.subarray(at, at + this.#sizes.after - this.#after.length)]);
  }
}
