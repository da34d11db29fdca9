import { Anchors, type Candidate } from './anchors.ts';
import { knownSecrets } from './known-secrets.ts';
import {
  lookBehind,
  none,
  startsWith,
  unknown,
  type Beginning,
  type Rest,
  type SecretPattern,
  type View,
} from './secret-pattern.ts';

/** Told of each stretch to take out, in order. Without a name it goes on from the one before. */
export type OnSecret = (start: number, end: number, name: string | undefined) => void;

const anchors = new Anchors(knownSecrets);

/** Finds secrets by their looks in bytes that arrive in pieces; what it finds does not depend on how they are cut. */
export class PatternScan {
  #before: Buffer = Buffer.alloc(0);
  #rest: Rest | undefined;

  /**
   * Looks through the bytes that follow what was settled. Returns how many of these are settled: those after them are
   * to be given again, with more.
   */
  next(bytes: Buffer, { isWhole }: Pick<View, 'isWhole'>, onSecret: OnSecret): number {
    const settled = this.#walk({ bytes, before: this.#before, isWhole }, onSecret);
    if (settled > 0) {
      const joined =
        settled < lookBehind ? Buffer.concat([this.#before, bytes.subarray(0, settled)]) : bytes.subarray(0, settled);
      this.#before = Buffer.from(joined.subarray(-lookBehind));
    }
    return settled;
  }

  #walk(view: View, onSecret: OnSecret): number {
    const { bytes, isWhole } = view;
    let at = 0;
    for (;;) {
      if (this.#rest) {
        const { end, done } = this.#rest.next(view, at);
        if (end > at) onSecret(at, end, undefined);
        at = end;
        if (!done) return at;
        this.#rest = undefined;
      }
      const found = this.#nextSecret(view, at);
      if (typeof found === 'number') return found;
      onSecret(found.start, found.end, found.name);
      at = found.end;
      this.#rest = found.rest;
      if (at >= bytes.length && (isWhole || !this.#rest)) return at;
    }
  }

  /** The next secret from `at` on; or, where there is none, how far that is certain. */
  #nextSecret(view: View, at: number): Found | number {
    const { bytes } = view;
    for (let place = anchors.next(bytes, at); place !== -1; place = anchors.next(bytes, place + 1)) {
      for (const candidate of anchors.candidates(bytes, place)) {
        const start = place - candidate.back;
        const begun = start < at ? none : beginOf(candidate, view, start);
        if (begun.kind === 'unknown') return this.#firstOpen(view, at, start);
        if (begun.kind === 'found') return { ...begun, name: candidate.pattern.name };
      }
    }
    return this.#firstOpen(view, at, bytes.length);
  }

  /** Where before `limit` an anchor may stand that the end of the bytes cuts off; else `limit`. */
  #firstOpen(view: View, from: number, limit: number): number {
    const { bytes, isWhole } = view;
    if (isWhole) return limit;
    for (let start = Math.max(from, bytes.length - anchors.maxBytes + 1); start < limit; start += 1) {
      const isOpen = (one: Candidate): boolean => beginOf(one, view, start).kind === 'unknown';
      if (anchors.beginningWith(bytes[start] ?? 0).some(isOpen)) return start;
    }
    return limit;
  }
}

type Found = Extract<Beginning, { readonly kind: 'found' }> & Pick<SecretPattern, 'name'>;

function beginOf({ anchor, pattern }: Candidate, view: View, at: number): Beginning {
  switch (startsWith(view, at, anchor, pattern.letters)) {
    case 'yes':
      return pattern.begin(view, at, at + anchor.length);
    case 'no':
      return none;
    case 'unknown':
      return unknown;
  }
}
