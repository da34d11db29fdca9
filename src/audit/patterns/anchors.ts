import type { SecretPattern } from './secret-pattern.ts';

/** Bytes of an anchor that are looked for. */
const windowBytes = 3;

export interface Candidate {
  readonly pattern: SecretPattern;
  readonly anchor: string;
  /** How far before the window it begins. */
  readonly back: number;
}

/** What a pair of bytes may be in a window. */
const first = 1;
const last = 2;

/**
 * Finds where secrets may begin: of each anchor the three bytes are looked for that are rarest in ordinary text. Looks
 * at every other pair of bytes, without waiting for what the one before said. Letters count in any case; the patterns
 * look closer.
 */
export class Anchors {
  /** Length of the longest. */
  readonly maxBytes: number;
  readonly #pairs = new Uint8Array(65_536);
  readonly #windows = new Uint8Array(32_768);
  readonly #candidates = new Map<number, readonly Candidate[]>();
  readonly #byFirst = new Map<number, readonly Candidate[]>();

  constructor(patterns: readonly SecretPattern[]) {
    const anchors = patterns.flatMap((pattern) => pattern.anchors.map((text) => ({ pattern, text })));
    this.maxBytes = Math.max(...anchors.map(({ text }) => text.length));
    for (const { pattern, text } of anchors) this.#add(pattern, text);
  }

  /** The next place from `from` on where the window of an anchor may stand; -1 when there is none. */
  next(bytes: Buffer, from: number): number {
    const pairs = this.#pairs;
    const end = bytes.length - 1;
    for (let at = from; at < end; at += 2) {
      const pair = pairs[pairAt(bytes, at)] ?? 0;
      if (pair === 0) continue;
      if ((pair & last) !== 0 && at > from && this.#isWindow(bytes, at - 1)) return at - 1;
      if ((pair & first) !== 0 && at + 1 < end && this.#isWindow(bytes, at)) return at;
    }
    return -1;
  }

  /** What may begin where its window stands at `at`. */
  candidates(bytes: Buffer, at: number): readonly Candidate[] {
    return this.#candidates.get(windowAt(bytes, at)) ?? [];
  }

  /** What may begin with this byte. */
  beginningWith(byte: number): readonly Candidate[] {
    return this.#byFirst.get(byte | 0x20) ?? [];
  }

  #isWindow(bytes: Buffer, at: number): boolean {
    return this.#windows[foldedAt(bytes, at)] === 1;
  }

  #add(pattern: SecretPattern, text: string): void {
    const bytes = Buffer.from(text);
    const back = rarestWindow(text.toLowerCase());
    this.#pairs[pairAt(bytes, back)] = (this.#pairs[pairAt(bytes, back)] ?? 0) | first;
    this.#pairs[pairAt(bytes, back + 1)] = (this.#pairs[pairAt(bytes, back + 1)] ?? 0) | last;
    this.#windows[foldedAt(bytes, back)] = 1;
    const candidate = { pattern, anchor: text, back };
    append(this.#candidates, windowAt(bytes, back), candidate);
    append(this.#byFirst, (bytes[0] ?? 0) | 0x20, candidate);
  }
}

function append<K, V>(map: Map<K, readonly V[]>, key: K, value: V): void {
  map.set(key, [...(map.get(key) ?? []), value]);
}

function pairAt(bytes: Buffer, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0) | 0x2020;
}

/** Five bits of each of the three. */
function foldedAt(bytes: Buffer, at: number): number {
  return (((bytes[at] ?? 0) & 31) << 10) | (((bytes[at + 1] ?? 0) & 31) << 5) | ((bytes[at + 2] ?? 0) & 31);
}

function windowAt(bytes: Buffer, at: number): number {
  return ((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0) | 0x202020;
}

/** From the commonest to the rarest; what is not in it is rarer still. */
const common = ' etaoinsrhldcumfpgwyb-.:/,="';

function rarestWindow(text: string): number {
  const rarity = (at: number): number => rank(text[at + 1]) * rank(text[at + 2]);
  const places = Array.from({ length: text.length - windowBytes + 1 }, (_, at) => at);
  return places.reduce((best, at) => (rarity(at) > rarity(best) ? at : best), 0);
}

function rank(character = ''): number {
  const at = common.indexOf(character);
  return at === -1 ? common.length + 1 : at + 1;
}
