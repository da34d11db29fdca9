import { z } from 'zod';
import { parseJson } from './chain-start.ts';

/** What a record of the trail says, for people and for searches. */
const toldRecord = z.object({
  kind: z.enum(['outcome', 'refusal']),
  callId: z.string(),
  at: z.string(),
  tool: z.string(),
  tokenName: z.string().nullable(),
  principal: z.string().nullable(),
  eventType: z.string(),
  result: z.string(),
  serverName: z.string().nullable(),
  command: z.string().nullable(),
  exitCode: z.number().nullable(),
  durationMs: z.number(),
  error: z.string().nullable(),
  code: z.string().nullable(),
  metadata: z.record(z.string(), z.unknown()),
});
export type ToldRecord = Readonly<z.output<typeof toldRecord>>;

/** What became of a call or a change; undefined for records of other kinds, and for what cannot be read. */
export function toldBy(body: string): ToldRecord | undefined {
  return toldRecord.safeParse(parseJson(body)).data;
}
