import { z } from 'zod';
import type { ToolCall } from './gateway.ts';

const words = z.looseObject({ approval_id: z.string() });

/**
 * The call with the approval that its arguments name taken out of them: every tool takes `approval_id`, and none has to
 * say so in its schema.
 */
export function withApprovalTaken(call: ToolCall): ToolCall {
  if (typeof call.arguments !== 'object' || call.arguments === null || !('approval_id' in call.arguments)) return call;
  const given = words.safeParse(call.arguments);
  if (!given.success) return call;
  const { approval_id: named, ...rest } = given.data;
  return { ...call, arguments: rest, approval: call.approval ?? { id: named, answer: undefined } };
}

/** The arguments that say what is done, without the one that says only when we answer. */
export function argumentsThatCount(given: unknown): unknown {
  const object = z.record(z.string(), z.unknown()).safeParse(given);
  if (!object.success) return given;
  const { wait: _wait, ...rest } = object.data;
  return rest;
}
