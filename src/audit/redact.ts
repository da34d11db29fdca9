import type { Secret } from '../base/secret.ts';
import type { SecretSpan, SecretsShown } from '../base/secrets-shown.ts';
import { neutralise } from '../base/untrusted-text.ts';
import { minPatternBytes, PatternSet } from './pattern-set.ts';
import { exactStage, patternStage, StagedStream, type RedactingStream, type Stage } from './redacting-stream.ts';
import { PatternScan } from './patterns/pattern-scan.ts';
import { formsOf } from './secret-forms.ts';

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

/** Whether what looks like a secret is taken out too. */
export type PatternsUse = 'on' | 'off';

/**
 * Replaces the exact values of the secrets we hold, and their usual encodings, by `[redacted]`, and what is a secret by
 * its looks by a mark that says of what kind it was, such as `[redacted:github_token]`.
 */
export class Redactor implements SecretsShown {
  readonly #holders = new Map<string, number>();
  /** Undefined when secrets came or went since it was made. */
  #built: PatternSet | undefined = none;
  #patternsUse: PatternsUse = 'on';

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

  /** For the streams that are opened from here on, and all else. */
  usePatterns(use: PatternsUse): void {
    this.#patternsUse = use;
  }

  redactText(text: string): string {
    return this.redact(text).text;
  }

  /** Takes the secrets out of a text, and counts them. */
  redact(text: string): { readonly text: string; readonly count: number } {
    if (text.length < minPatternBytes) return { text, count: 0 };
    let bytes: Buffer = Buffer.from(text);
    let count = 0;
    for (const stage of this.#stages()) {
      const next = stage.next(bytes, { isWhole: true });
      bytes = next.clean;
      count += next.count;
    }
    return { text: count === 0 ? text : bytes.toString(), count };
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
      const { text, count } = this.redact(value);
      const visible = neutralise(text);
      counts.redactions += count;
      if (visible !== text) counts.neutralised += 1;
      return visible;
    };
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- texts become texts, all else stays
    return { output: clean(output) as T, ...counts };
  }

  stream(): RedactingStream {
    return new StagedStream(this.#stages());
  }

  spans(bytes: Buffer, { isWhole }: { readonly isWhole: boolean }): ReturnType<SecretsShown['spans']> {
    const found: SecretSpan[] = [];
    const exact = this.#patterns();
    const certain = isWhole || exact.maxBytes === 0 ? bytes.length : exact.cutOff(bytes, 0);
    for (let one = exact.find(bytes, 0, bytes.length); one; one = exact.find(bytes, one.end, bytes.length)) {
      found.push({ ...one, mark: '[redacted]' });
    }
    if (this.#patternsUse === 'off') return { spans: found, settled: Math.max(certain, found.at(-1)?.end ?? 0) };
    const settled = new PatternScan().next(bytes, { isWhole }, (start, end, name) => {
      const begun = name === undefined ? found.pop() : undefined;
      found.push({ start: begun?.start ?? start, end, mark: begun?.mark ?? `[redacted:${name}]` });
    });
    return { spans: united(found), settled: Math.min(Math.max(certain, found.at(-1)?.end ?? 0), settled) };
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

  #stages(): readonly Stage[] {
    const exact = exactStage(() => this.#patterns());
    return this.#patternsUse === 'on' ? [exact, patternStage()] : [exact];
  }
}

/** In order; those that overlap become one. */
function united(spans: readonly SecretSpan[]): readonly SecretSpan[] {
  const all: SecretSpan[] = [];
  for (const one of spans.toSorted((a, b) => a.start - b.start)) {
    const before = all.at(-1);
    if (!before || one.start >= before.end) all.push(one);
    else all[all.length - 1] = { ...before, end: Math.max(before.end, one.end) };
  }
  return all;
}
