const nothing = Buffer.alloc(0);

/** The first and the last `capacity` bytes of a stream of any length, in memory of three times that at most. */
export class HeadAndTail {
  readonly #capacity: number;
  #head = nothing;
  #headBytes = 0;
  /** Twice the capacity, so that its bytes move only once in a while. */
  #tail = nothing;
  #tailBytes = 0;
  #total = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Of the whole stream. */
  get bytes(): number {
    return this.#total;
  }

  /** Copies what it keeps. */
  push(chunk: Buffer): void {
    this.#total += chunk.length;
    if (this.#head.length === 0) this.#head = Buffer.allocUnsafe(this.#capacity);
    const first = chunk.copy(this.#head, this.#headBytes);
    this.#headBytes += first;
    if (first < chunk.length) this.#keepLast(chunk.subarray(Math.max(first, chunk.length - this.#capacity)));
  }

  /** The first bytes; at most `capacity`. */
  first(count: number): Buffer {
    return this.#head.subarray(0, Math.min(count, this.#headBytes));
  }

  /** The last bytes; at most `capacity`. */
  last(count: number): Buffer {
    const wanted = Math.min(count, this.#capacity, this.#total);
    const tail = this.#tail.subarray(Math.max(0, this.#tailBytes - wanted), this.#tailBytes);
    // A tail shorter than that has lost nothing: it follows the head without a gap.
    const missing = wanted - tail.length;
    return missing === 0
      ? tail
      : Buffer.concat([this.#head.subarray(this.#headBytes - missing, this.#headBytes), tail]);
  }

  #keepLast(bytes: Buffer): void {
    if (this.#tail.length === 0) this.#tail = Buffer.allocUnsafe(2 * this.#capacity);
    if (this.#tailBytes + bytes.length > this.#tail.length) {
      const kept = this.#capacity - bytes.length;
      this.#tail.copyWithin(0, this.#tailBytes - kept, this.#tailBytes);
      this.#tailBytes = kept;
    }
    this.#tailBytes += bytes.copy(this.#tail, this.#tailBytes);
  }
}
