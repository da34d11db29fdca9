const newline = 0x0a;

/** Enough of an oversized line's beginning and end to find the request's id in: clients write it first or last. */
const keptBytes = 512;

const firstBytes = 64 * 1024;

export type Line =
  | { readonly kind: 'line'; readonly text: string }
  | { readonly kind: 'oversized'; readonly head: string; readonly tail: string };

/** Splits bytes into lines. Holds `maxBytes` at most: of a longer line only the two ends are kept. */
export class LineReader {
  readonly #maxBytes: number;
  #buffer = Buffer.allocUnsafe(firstBytes);
  #used = 0;
  /** The beginning of a line that has grown too long; the buffer then holds its end. */
  #head: string | undefined;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** The lines that this chunk completes. */
  *push(chunk: Buffer): Generator<Line> {
    let start = 0;
    for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, start)) {
      this.#append(chunk.subarray(start, end));
      yield this.#take();
      start = end + 1;
    }
    this.#append(chunk.subarray(start));
  }

  #append(bytes: Buffer): void {
    const size = this.#used + bytes.length;
    if (this.#head === undefined && size <= this.#maxBytes) {
      if (size > this.#buffer.length) this.#grow(size);
      bytes.copy(this.#buffer, this.#used);
      this.#used = size;
      return;
    }
    const held = this.#buffer.subarray(0, this.#used);
    this.#head ??= Buffer.concat([held.subarray(0, keptBytes), bytes.subarray(0, keptBytes)]).toString(
      'utf8',
      0,
      keptBytes,
    );
    this.#buffer = Buffer.concat([held.subarray(-keptBytes), bytes.subarray(-keptBytes)]).subarray(-keptBytes);
    this.#used = this.#buffer.length;
  }

  #grow(size: number): void {
    const larger = Buffer.allocUnsafe(Math.min(this.#maxBytes, Math.max(size, this.#buffer.length * 2)));
    this.#buffer.copy(larger, 0, 0, this.#used);
    this.#buffer = larger;
  }

  #take(): Line {
    const text = this.#buffer.toString('utf8', 0, this.#used);
    const head = this.#head;
    this.#head = undefined;
    this.#used = 0;
    if (this.#buffer.length !== firstBytes) this.#buffer = Buffer.allocUnsafe(firstBytes);
    return head === undefined ? { kind: 'line', text } : { kind: 'oversized', head, tail: text };
  }
}
