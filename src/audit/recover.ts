import { z } from 'zod';
import { parseChainStart, parseJson } from './chain-start.ts';
import type { ChainedRecord } from './chain.ts';
import { eventTypes, type EventType, type OutcomeRecord } from './event.ts';
import { hasEnded } from '../base/process-identity.ts';
import type { ProcessIdentity } from '../base/process-identity.ts';
import type { AuditStore } from './trail.ts';

/**
 * Outcomes to write for calls whose process ended between their intent and their outcome: one each.
 *
 * Read and written in one transaction, every lost call is reported exactly once. Chains of processes that run, or that
 * we cannot see, are left alone.
 */
export async function outcomesOfLostCalls(
  store: AuditStore,
  here: ProcessIdentity,
  now: Date,
): Promise<readonly OutcomeRecord[]> {
  const abandoned = new Map<string, boolean>();
  const outcomes = new Map<string, OutcomeRecord>();
  for (const intent of await store.openIntents()) {
    const known = abandoned.get(intent.chain);
    const lost = known ?? (await isAbandoned(store, intent.chain, here));
    abandoned.set(intent.chain, lost);
    // The intent follows its probe, and says more.
    if (lost && intent.callId !== null) outcomes.set(intent.callId, unknownOutcome(intent, intent.callId, now));
  }
  return [...outcomes.values()];
}

async function isAbandoned(store: AuditStore, chain: string, here: ProcessIdentity): Promise<boolean> {
  const first = await store.first(chain);
  const start = first && parseChainStart(first.body);
  return start !== undefined && hasEnded(start, here);
}

const hosts = z.array(z.string()).default([]);
const intentBody = z.object({
  at: z.string(),
  tool: z.string(),
  tokenName: z.string().nullable(),
  principal: z.string().nullable(),
  actions: z.array(z.object({ kind: z.string(), host: z.string().optional(), hosts, command: z.string().optional() })),
  change: z
    .object({
      eventType: z.enum(eventTypes),
      serverName: z.string().optional(),
      metadata: z.record(z.string(), z.unknown()),
    })
    .optional(),
});

/** An intent that cannot be read is reported all the same: its call ran or it did not, and nobody knows. */
const unreadable: z.infer<typeof intentBody> = { at: '', tool: '', tokenName: null, principal: null, actions: [] };

function unknownOutcome(intent: ChainedRecord, callId: string, now: Date): OutcomeRecord {
  const { success, data } = intentBody.safeParse(parseJson(intent.body));
  const { tool, tokenName, principal, actions, at, change } = success ? data : unreadable;
  const startedAt = Date.parse(at);
  const servers = [...new Set(actions.flatMap((action) => [action.host ?? [], action.hosts].flat()))];
  return {
    kind: 'outcome',
    callId,
    at: now.toISOString(),
    tool,
    tokenName,
    principal,
    eventType: change?.eventType ?? eventTypeOf(actions),
    result: 'unknown',
    serverName: change?.serverName ?? (servers.length > 1 ? null : (servers[0] ?? null)),
    command: actions.find(({ command }) => command !== undefined)?.command ?? null,
    exitCode: null,
    durationMs: Number.isNaN(startedAt) ? 0 : Math.max(0, now.getTime() - startedAt),
    error: 'The gateway ended before the outcome was recorded',
    code: null,
    metadata: { ...change?.metadata, chain: intent.chain, seq: intent.seq, ...(servers.length > 1 && { servers }) },
  };
}

function eventTypeOf(actions: readonly { readonly kind: string }[]): EventType {
  return actions.some(({ kind }) => kind.endsWith('_path')) ? 'file_operation' : 'command_execution';
}
