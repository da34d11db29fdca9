import type { Secret } from '../base/secret.ts';
import { neutralise } from '../base/untrusted-text.ts';
import { minPatternBytes, PatternSet } from './pattern-set.ts';
import { formsOf } from './secret-forms.ts';

const mark = Buffer.from('[redacted]');
const nothing = Buffer.alloc(0);
const none = new PatternSet([]);

export interface Redacted<T> {
  readonly output: T;
  /** How many secrets were taken out. */
  readonly redactions: number;
  /** How many texts held characters that would not have been seen. */
  readonly neutralised: number;
}

/** A date, or a secret that shows itself as `[redacted]`; not what a host or a caller named `toJSON`. */
function hasOwnText(value: object): boolean {
  return 'toJSON' in value && typeof value.toJSON === 'function';
}

/** Redacts bytes that arrive in pieces. What `push` and `end` return, joined, is what redacting the whole gives. */
export interface RedactingStream {
  /** May return the chunk itself. */
  push(chunk: Buffer): Buffer;
  end(): Buffer;
}

/** Replaces the exact values of the secrets we hold, and their usual encodings, by `[redacted]`. */
export class Redactor {
  readonly #holders = new Map<string, number>();
  /** Undefined when secrets came or went since it was made. */
  #built: PatternSet | undefined = none;

  /**
   * Redacts the secret from here on, also in streams already open, until the returned function is called. A value too
   * short to be told from ordinary text is not registered.
   */
  add(secret: Secret): () => void {
    const value = secret.reveal();
    if (Buffer.byteLength(value) < minPatternBytes) return () => undefined;
    this.#hold(value, 1);
    let held = true;
    return () => {
      if (held) this.#hold(value, -1);
      held = false;
    };
  }

  redactText(text: string): string {
    return this.#redactText(text).text;
  }

  /** Redacts and neutralises every text in `output`, keys included. */
  redactOutput<T extends object>(output: T): Redacted<T> {
    const counts = { redactions: 0, neutralised: 0 };
    const clean = (value: unknown): unknown => {
      if (typeof value === 'string') return cleanText(value);
      if (Array.isArray(value)) return value.map(clean);
      if (typeof value !== 'object' || value === null || hasOwnText(value)) return value;
      return Object.fromEntries(Object.entries(value).map(([key, inner]) => [cleanText(key), clean(inner)]));
    };
    const cleanText = (value: string): string => {
      const { text, count } = this.#redactText(value);
      const visible = neutralise(text);
      counts.redactions += count;
      if (visible !== text) counts.neutralised += 1;
      return visible;
    };
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- texts become texts, all else stays
    return { output: clean(output) as T, ...counts };
  }

  stream(): RedactingStream {
    let held: Buffer = nothing;
    const take = (chunk: Buffer, options: { readonly final: boolean }): Buffer => {
      const bytes = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
      const { clean, rest } = this.#redact(bytes, options);
      held = rest.length === 0 ? nothing : Buffer.from(rest);
      return clean;
    };
    return { push: (chunk) => take(chunk, { final: false }), end: () => take(nothing, { final: true }) };
  }

  /** `at`, or the end of the secret that it stands in. */
  clearOf(bytes: Buffer, at: number): number {
    const patterns = this.#patterns();
    let end = 0;
    for (let found = patterns.find(bytes, 0, at); found; found = patterns.find(bytes, end, at)) end = found.end;
    return Math.max(at, end);
  }

  /** How many bytes at the end may be the beginning of a secret. */
  heldBack(bytes: Buffer): number {
    return this.#redact(bytes, { final: false }).rest.length;
  }

  #hold(value: string, by: 1 | -1): void {
    const holders = (this.#holders.get(value) ?? 0) + by;
    if (holders === 0) this.#holders.delete(value);
    else this.#holders.set(value, holders);
    this.#built = this.#holders.size === 0 ? none : undefined;
  }

  #patterns(): PatternSet {
    return (this.#built ??= new PatternSet([...this.#holders.keys()].flatMap(formsOf)));
  }

  #redactText(text: string): { readonly text: string; readonly count: number } {
    if (this.#holders.size === 0) return { text, count: 0 };
    const { clean, count } = this.#redact(Buffer.from(text), { final: true });
    return { text: count === 0 ? text : clean.toString(), count };
  }

  /** Redacts what can be decided. While more may follow, that leaves out a `rest` in which a secret may have begun. */
  #redact(bytes: Buffer, { final }: { readonly final: boolean }): { clean: Buffer; rest: Buffer; count: number } {
    const patterns = this.#patterns();
    if (patterns.maxBytes === 0) return { clean: bytes, rest: nothing, count: 0 };
    const parts: Buffer[] = [];
    let at = 0;
    let cut = final ? bytes.length : patterns.cutOff(bytes, 0);
    for (let found = patterns.find(bytes, at, cut); found; found = patterns.find(bytes, at, cut)) {
      parts.push(bytes.subarray(at, found.start), mark);
      at = found.end;
      if (at > cut) cut = patterns.cutOff(bytes, at);
    }
    const count = parts.length / 2;
    const clean = count === 0 ? bytes.subarray(0, cut) : Buffer.concat([...parts, bytes.subarray(at, cut)]);
    return { clean, rest: bytes.subarray(cut), count };
  }
}
