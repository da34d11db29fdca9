import { randomUUID } from 'node:crypto';
import type { Log } from '../base/log.ts';
import type { PersonId, PrincipalId } from '../identity/caller.ts';
import { eventRecord } from './event-record.ts';
import type { ChangeNote } from './event.ts';
import type { AuditLogFile } from './log-file.ts';
import type { AuditWriter } from './trail.ts';

/** A change of who or what is let in, as an operator makes it. */
export interface Change extends ChangeNote {
  /** The command: `token create`. */
  readonly tool: string;
}

export interface ChangeParts {
  readonly writer: AuditWriter;
  readonly logFile: AuditLogFile;
  readonly log: Log;
  readonly by: { readonly name: string; readonly principal: PrincipalId; readonly personId?: PersonId | undefined };
}

/**
 * Makes a change that is on record before it is made, and what became of it after.
 *
 * Throws `audit_unavailable`, and then nothing was changed.
 */
export async function recordedChange<T>(change: Change, parts: ChangeParts, make: () => Promise<T>): Promise<T> {
  const { writer, logFile, log, by } = parts;
  const { tool, ...said } = change;
  const note = { ...said, metadata: { ...said.metadata, ...by.personId } };
  const common = { callId: randomUUID(), tool, tokenName: by.name, principal: by.principal };
  const startedAt = performance.now();
  const at = new Date().toISOString();
  await writer.append({ ...common, at, kind: 'intent', decision: 'allow', rule: null, actions: [], change: note });
  const end = async (result: 'success' | 'failed'): Promise<void> => {
    const durationMs = Math.round(performance.now() - startedAt);
    const record = eventRecord({ ...common, ...note, kind: 'outcome', result, durationMs });
    logFile.append(record);
    try {
      await writer.append(record);
    } catch (error) {
      log.error({ err: error, tool }, 'the outcome of a change could not be recorded');
    }
  };
  try {
    const made = await make();
    await end('success');
    return made;
  } catch (error) {
    await end('failed');
    throw error;
  }
}
