import { z } from 'zod';
import { parseJson } from './chain-start.ts';

/** A chain that was removed for its age, as it ended. */
const cutChain = z.object({ chain: z.string(), seq: z.int(), hash: z.string() });
export type CutChain = Readonly<z.output<typeof cutChain>>;

const chainCut = z.object({ kind: z.literal('chain_cut'), cuts: z.array(cutChain) });

/** The chains that a record says were removed. */
export function cutsIn(body: string): readonly CutChain[] {
  return chainCut.safeParse(parseJson(body)).data?.cuts ?? [];
}

/** By the names of the chains; of one that is named twice, the later end. */
export function cutsByChain(cuts: readonly CutChain[]): ReadonlyMap<string, CutChain> {
  return new Map(cuts.toSorted((a, b) => a.seq - b.seq).map((cut) => [cut.chain, cut]));
}
