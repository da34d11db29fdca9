import { z } from 'zod';
import type { Sealing } from '../base/sealing.ts';
import type { PrincipalId } from '../identity/caller.ts';
import type { Approval } from './approval.ts';

const maxLength = 4_096;
const stateSchema = z.object({ id: z.string(), planHash: z.string(), until: z.number() });

/** Whose answer it is, and to a call of what. */
export interface StateOwner {
  readonly principal: PrincipalId;
  readonly tool: string;
}

/**
 * What a client carries from our question to its answer (MCP 2026-07-28, `requestState`). It is in the hands of whoever
 * asks to be let through: sealed, bound to the caller and the tool, and over with the question. That it counts once is
 * up to the approval it names.
 */
export class RequestStates {
  readonly #sealing: Sealing;

  constructor(sealing: Sealing) {
    this.#sealing = sealing;
  }

  async seal({ id, planHash, limit, requester, question }: Approval): Promise<string> {
    const state = { id, planHash, until: limit.until.getTime() } satisfies z.output<typeof stateSchema>;
    const purpose = purposeOf({ principal: requester.principal, tool: question.tool });
    return (await this.#sealing.seal(purpose, Buffer.from(JSON.stringify(state)))).toString('base64url');
  }

  /** The approval that it is about; undefined where it is not ours, not this caller's or tool's, or over. */
  async open(text: string, owner: StateOwner): Promise<string | undefined> {
    if (text.length > maxLength) return undefined;
    const sealed = Buffer.from(text, 'base64url');
    // The decoder passes over what is no base64url: one state has one text.
    if (sealed.toString('base64url') !== text) return undefined;
    const opened = await this.#sealing.unseal(purposeOf(owner), sealed);
    if (opened === undefined) return undefined;
    const { id, until } = stateSchema.parse(JSON.parse(opened.toString('utf8')));
    return Date.now() < until ? id : undefined;
  }
}

function purposeOf({ principal, tool }: StateOwner): string {
  return JSON.stringify(['requestState', principal, tool]);
}
