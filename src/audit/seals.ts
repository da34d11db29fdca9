import type { ChainedRecord } from './chain.ts';
import type { ChainStartRecord } from './event.ts';
import type { CutChain } from './chain-cut.ts';
import type { BadRecord } from './verify.ts';

interface Seal {
  readonly hash: string;
  readonly by: string;
}

/** The seals read so far on chains that are still to come, or are being read. */
export class Seals {
  readonly #waiting = new Map<string, Map<number, Seal>>();
  readonly #begun = new Set<string>();
  readonly #cuts: ReadonlyMap<string, CutChain>;

  /** `cuts`: what was removed for its age, which no seal is missing for. */
  constructor(cuts: ReadonlyMap<string, CutChain> = new Map()) {
    this.#cuts = cuts;
  }

  /** Takes the seals of a chain's start. One on a chain already read is bad: it sealed what did not exist yet. */
  take(by: string, seals: ChainStartRecord['seals']): BadRecord | undefined {
    for (const { chain, seq, hash } of seals) {
      const cut = this.#cuts.get(chain);
      if (cut && seq <= cut.seq) {
        if (seq === cut.seq && hash !== cut.hash) {
          return { chain: by, seq: 1, reason: `it seals chain ${chain}, which did not end so when it was removed` };
        }
        continue;
      }
      if (this.#begun.has(chain)) return { chain: by, seq: 1, reason: `it seals chain ${chain}, which started later` };
      const ofChain = this.#waiting.get(chain) ?? new Map<number, Seal>();
      this.#waiting.set(chain, ofChain);
      const known = ofChain.get(seq);
      if (known && known.hash !== hash)
        return { chain, seq, reason: `chains ${known.by} and ${by} sealed it differently` };
      ofChain.set(seq, { hash, by });
    }
    return undefined;
  }

  /** Says when a record is not what was sealed. */
  broken({ chain, seq, hash }: Pick<ChainedRecord, 'chain' | 'seq' | 'hash'>): BadRecord | undefined {
    this.#begun.add(chain);
    const ofChain = this.#waiting.get(chain);
    const seal = ofChain?.get(seq);
    if (!ofChain || !seal) return undefined;
    ofChain.delete(seq);
    if (ofChain.size === 0) this.#waiting.delete(chain);
    return seal.hash === hash ? undefined : { chain, seq, reason: `it is not the record that chain ${seal.by} sealed` };
  }

  /** Says when a chain ends before a record that was sealed. */
  unmet({ chain, seq }: Pick<ChainedRecord, 'chain' | 'seq'>): BadRecord | undefined {
    const [cut] = this.#waiting.get(chain) ?? [];
    this.#waiting.delete(chain);
    if (!cut) return undefined;
    return { chain, seq: seq + 1, reason: `missing: chain ${cut[1].by} sealed this chain up to record ${cut[0]}` };
  }

  /** Says when a chain that was sealed never came. */
  missingChain(): BadRecord | undefined {
    const [chain] = this.#waiting.keys();
    if (chain === undefined) return undefined;
    return this.unmet({ chain, seq: 0 });
  }
}
