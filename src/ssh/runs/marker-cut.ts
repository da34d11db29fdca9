/** Passes on a stream of bytes up to a marker in it, which is left out, as is nothing else. */
export class MarkerCut {
  readonly #marker: Buffer;
  readonly #pass: (chunk: Buffer) => void;
  readonly #found: () => void;
  #held = Buffer.alloc(0);
  #isFound = false;

  constructor(marker: string, pass: (chunk: Buffer) => void, found: () => void) {
    this.#marker = Buffer.from(marker);
    this.#pass = pass;
    this.#found = found;
  }

  push(chunk: Buffer): void {
    if (this.#isFound) {
      this.#pass(chunk);
      return;
    }
    const bytes = Buffer.concat([this.#held, chunk]);
    const at = bytes.indexOf(this.#marker);
    // What may be the beginning of the marker waits for the rest of it.
    const end = at === -1 ? bytes.length - this.#begunAtEnd(bytes) : at;
    this.#held = Buffer.from(at === -1 ? bytes.subarray(end) : []);
    if (end > 0) this.#pass(bytes.subarray(0, end));
    if (at === -1) return;
    this.#isFound = true;
    const rest = bytes.subarray(at + this.#marker.length);
    if (rest.length > 0) this.#pass(rest);
    this.#found();
  }

  /** Passes on what waits. */
  flush(): void {
    const held = this.#held;
    this.#held = Buffer.alloc(0);
    if (held.length > 0) this.#pass(held);
  }

  #begunAtEnd(bytes: Buffer): number {
    for (let length = Math.min(this.#marker.length - 1, bytes.length); length > 0; length -= 1) {
      if (bytes.subarray(bytes.length - length).equals(this.#marker.subarray(0, length))) return length;
    }
    return 0;
  }
}
