/** Where a pattern was found. `end` is exclusive. */
export interface Found {
  readonly start: number;
  readonly end: number;
}

/** Patterns are at least this long; the search leaps by it. */
export const minPatternBytes = 8;

/**
 * Finds many byte strings in one pass (Wu and Manber, "A Fast Algorithm for Multi-Pattern Searching", 1994).
 *
 * A window of `minPatternBytes` moves over the bytes; the two bytes at its end say how far it may leap. The first match
 * wins, and of those that begin at one place the longest, so that what is found at a place depends on nothing but the
 * `maxBytes` bytes from there on.
 */
export class PatternSet {
  /** Length of the longest pattern. */
  readonly maxBytes: number;
  readonly #leaps = new Uint8Array(65_536).fill(minPatternBytes - 1);
  /** By the two bytes at the window's end, then by length, longest first; as Latin-1, one character a byte. */
  readonly #candidates = new Map<number, Map<number, Set<string>>>();
  /** All of them, as Latin-1, in order. */
  readonly #sorted: readonly string[];

  constructor(patterns: readonly Buffer[]) {
    const longestFirst = patterns.toSorted((a, b) => b.length - a.length);
    this.maxBytes = longestFirst[0]?.length ?? 0;
    for (const pattern of longestFirst) this.#add(pattern);
    this.#sorted = patterns.map((pattern) => pattern.toString('latin1')).sort();
  }

  /** The first match that begins in `from` ≤ position < `before`. */
  find(bytes: Buffer, from: number, before: number): Found | undefined {
    const last = Math.min(before - 1, bytes.length - minPatternBytes);
    let start = from;
    while (start <= last) {
      const key = blockAt(bytes, start + minPatternBytes - 2);
      const leap = this.#leaps[key] ?? 0;
      if (leap > 0) {
        start += leap;
        continue;
      }
      for (const [length, patterns] of this.#candidates.get(key) ?? []) {
        const end = start + length;
        if (end <= bytes.length && patterns.has(bytes.toString('latin1', start, end))) return { start, end };
      }
      start += 1;
    }
    return undefined;
  }

  /** The first position from `from` on where a pattern may begin that the end of the bytes cuts off; else their length. */
  cutOff(bytes: Buffer, from: number): number {
    const first = Math.max(from, bytes.length - this.maxBytes + 1, 0);
    const rest = bytes.toString('latin1', first);
    for (let at = 0; at < rest.length; at += 1) if (this.#isBeginning(rest.slice(at))) return first + at;
    return bytes.length;
  }

  /** Whether a pattern begins with `text` and goes on. */
  #isBeginning(text: string): boolean {
    let [low, high] = [0, this.#sorted.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#sorted[middle] ?? '') <= text) low = middle + 1;
      else high = middle;
    }
    return this.#sorted[low]?.startsWith(text) ?? false;
  }

  #add(pattern: Buffer): void {
    for (let at = 0; at <= minPatternBytes - 2; at += 1) {
      const key = blockAt(pattern, at);
      this.#leaps[key] = Math.min(this.#leaps[key] ?? 0, minPatternBytes - 2 - at);
    }
    const lengths = entryOf(this.#candidates, blockAt(pattern, minPatternBytes - 2), () => new Map());
    entryOf(lengths, pattern.length, () => new Set<string>()).add(pattern.toString('latin1'));
  }
}

function entryOf<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const value = map.get(key) ?? make();
  map.set(key, value);
  return value;
}

function blockAt(bytes: Buffer, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}
