import { z } from 'zod';
import { GatewayError } from '../base/errors.ts';
import type { Once } from '../tools/once.ts';
import { answerWait, idempotencyKey, usualWaitSeconds } from '../tools/parameters.ts';
import type { Tool } from '../tools/tool.ts';
import type { ToolCall } from './gateway.ts';

const words = z.looseObject({ idempotency_key: idempotencyKey.nullable() });
const waiting = z.looseObject({ wait: answerWait.catch(usualWaitSeconds) });

interface KeyedCall {
  readonly given: unknown;
  /** Under which the call is made once; undefined where its caller asks for nothing of the kind. */
  readonly once: Once | undefined;
}

/**
 * The arguments without the key under which their caller wants them carried out once: every tool that changes something takes
 * `idempotency_key`, and none has to say so in its schema. How long the caller waits does not make it another call.
 *
 * Throws on a key that is none: who relies on it must not have it passed over.
 */
export function takenKey(tool: Tool, { arguments: given }: ToolCall): KeyedCall {
  if (tool.readOnly || typeof given !== 'object' || given === null || !('idempotency_key' in given)) {
    return { given, once: undefined };
  }
  const read = words.safeParse(given);
  if (!read.success) {
    const problems = read.error.issues.map(({ message }) => `idempotency_key ${message}`);
    throw new GatewayError('invalid_input', `${problems.join('; ')} (${tool.name})`);
  }
  const { idempotency_key: key, ...rest } = read.data;
  if (key === null || key === undefined) return { given: rest, once: undefined };
  const { wait, ...meant } = waiting.parse({ wait: usualWaitSeconds, ...rest });
  return { given: rest, once: { key, tool: tool.name, arguments: meant, waitMs: wait * 1000 } };
}
