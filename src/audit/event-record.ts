import { randomUUID } from 'node:crypto';
import type { Caller } from '../identity/caller.ts';
import type { OutcomeRecord } from './event.ts';

type Telling = 'kind' | 'eventType' | 'result';

/** The record of something that is no tool call; what is not said is empty. */
export function eventRecord(event: Pick<OutcomeRecord, Telling> & Partial<OutcomeRecord>): OutcomeRecord {
  return {
    callId: randomUUID(),
    at: new Date().toISOString(),
    tool: '',
    tokenName: null,
    principal: null,
    serverName: null,
    command: null,
    exitCode: null,
    durationMs: 0,
    error: null,
    code: null,
    metadata: {},
    ...event,
  };
}

/** A request whose credential nobody knows: it is refused at the door, before there is a call. */
export function refusedLogin(remoteAddress: string): OutcomeRecord {
  return eventRecord({
    kind: 'refusal',
    eventType: 'authentication',
    result: 'denied',
    error: 'Invalid or disabled token',
    code: 'unauthenticated',
    metadata: { remote_address: remoteAddress },
  });
}

/** A person at the web pages. */
export function webLogin(did: string, caller: Caller, remoteAddress: string | undefined): OutcomeRecord {
  const { name, principal, personId } = caller;
  return eventRecord({
    kind: 'outcome',
    eventType: 'authentication',
    result: 'success',
    tool: 'console',
    tokenName: name,
    principal,
    metadata: { operation: did, remote_address: remoteAddress ?? null, ...personId },
  });
}

/** An operator ended calls of others. */
export function endedCalls(callIds: readonly string[], { name, principal, personId }: Caller): OutcomeRecord {
  return eventRecord({
    kind: 'outcome',
    eventType: 'lock',
    result: 'success',
    tool: 'console',
    tokenName: name,
    principal,
    metadata: { operation: 'end calls', calls: callIds, ...personId },
  });
}

/** A request over its caller's limit, refused at the edge likewise. */
export function refusedRequest({ name, principal }: Caller, error: string): OutcomeRecord {
  return eventRecord({
    kind: 'refusal',
    eventType: 'rate_limit_exceeded',
    result: 'denied',
    tokenName: name,
    principal,
    error,
    code: 'rate_limited',
  });
}
