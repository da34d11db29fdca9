import type { PatternSet } from './pattern-set.ts';
import { PatternScan } from './patterns/pattern-scan.ts';

/** Redacts bytes that arrive in pieces. What `push` and `end` return, joined, is what redacting the whole gives. */
export interface RedactingStream {
  /** May return the chunk itself. */
  push(chunk: Buffer): Buffer;
  end(): Buffer;
  /** How many secrets were taken out until now. */
  readonly redactions: number;
}

export interface Stage {
  /** Takes out what can be decided, and keeps the rest for when more is there. */
  next(bytes: Buffer, end: { readonly isWhole: boolean }): Settled;
}

interface Settled {
  readonly clean: Buffer;
  readonly rest: Buffer;
  readonly count: number;
}

const nothing = Buffer.alloc(0);
const exactMark = Buffer.from('[redacted]');

/** Replaces exact values. `patterns` is asked for each piece: secrets may come and go. */
export function exactStage(patterns: () => PatternSet): Stage {
  return {
    next: (bytes, { isWhole }) => {
      const set = patterns();
      if (set.maxBytes === 0) return { clean: bytes, rest: nothing, count: 0 };
      const parts: Buffer[] = [];
      let at = 0;
      let cut = isWhole ? bytes.length : set.cutOff(bytes, 0);
      for (let found = set.find(bytes, at, cut); found; found = set.find(bytes, at, cut)) {
        parts.push(bytes.subarray(at, found.start), exactMark);
        at = found.end;
        if (at > cut) cut = set.cutOff(bytes, at);
      }
      const count = parts.length / 2;
      const clean = count === 0 ? upTo(bytes, cut) : Buffer.concat([...parts, bytes.subarray(at, cut)]);
      return { clean, rest: bytes.subarray(cut), count };
    },
  };
}

/** Replaces what is a secret by its looks by a mark that says of what kind it was. For one stream. */
export function patternStage(): Stage {
  const scan = new PatternScan();
  return {
    next: (bytes, end) => {
      const parts: Buffer[] = [];
      let [at, count] = [0, 0];
      const settled = scan.next(bytes, end, (start, stop, name) => {
        parts.push(bytes.subarray(at, start));
        if (name !== undefined) parts.push(Buffer.from(`[redacted:${name}]`));
        if (name !== undefined) count += 1;
        at = stop;
      });
      const isSame = parts.length === 0;
      const clean = isSame ? upTo(bytes, settled) : Buffer.concat([...parts, bytes.subarray(at, settled)]);
      return { clean, rest: bytes.subarray(settled), count };
    },
  };
}

function upTo(bytes: Buffer, end: number): Buffer {
  return end === bytes.length ? bytes : bytes.subarray(0, end);
}

/** One stage after the other: what the first lets through, the second looks at. */
export class StagedStream implements RedactingStream {
  readonly #stages: readonly { readonly stage: Stage; held: Buffer }[];
  #redactions = 0;

  constructor(stages: readonly Stage[]) {
    this.#stages = stages.map((stage) => ({ stage, held: nothing }));
  }

  get redactions(): number {
    return this.#redactions;
  }

  push(chunk: Buffer): Buffer {
    return this.#through(chunk, { isWhole: false });
  }

  end(): Buffer {
    return this.#through(nothing, { isWhole: true });
  }

  #through(chunk: Buffer, end: { readonly isWhole: boolean }): Buffer {
    return this.#stages.reduce((bytes, one) => {
      const joined = one.held.length === 0 ? bytes : Buffer.concat([one.held, bytes]);
      const { clean, rest, count } = one.stage.next(joined, end);
      one.held = rest.length === 0 ? nothing : Buffer.from(rest);
      this.#redactions += count;
      return clean;
    }, chunk);
  }
}
