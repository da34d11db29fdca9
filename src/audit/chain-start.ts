import { z } from 'zod';
import type { ChainStartRecord } from './event.ts';

const chainStart = z.object({
  kind: z.literal('chain_start'),
  at: z.string(),
  version: z.string(),
  hostname: z.string(),
  bootId: z.string(),
  pid: z.int(),
  startTicks: z.string(),
  seals: z.array(z.object({ chain: z.string(), seq: z.int(), hash: z.string() })),
});

/** Undefined where a body is not the start of a chain. */
export function parseChainStart(body: string): ChainStartRecord | undefined {
  const parsed = chainStart.safeParse(parseJson(body));
  return parsed.success ? parsed.data : undefined;
}

/** Undefined where a body is not JSON: nothing we write is. */
export function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
