import type { CallTrail } from '../audit/call-trail.ts';
import type { Caller } from '../identity/caller.ts';
import { isOpen, type Action } from '../policy/action.ts';
import { settle } from '../policy/settle.ts';
import type { Evaluation } from '../policy/evaluate.ts';
import type { CallTimeouts } from '../ssh/access.ts';
import type { Gateway } from './gateway.ts';
import { knownHostsOf } from './host-traits.ts';
import { judgeOwnFiles } from './judge-own-files.ts';
import { completed, questionsOf } from './questions.ts';

export interface JudgingContext {
  readonly caller: Caller;
  readonly trail: CallTrail;
  readonly gateway: Gateway;
  readonly timeouts: CallTimeouts | undefined;
  readonly signal: AbortSignal;
}

/**
 * Judges a call by what it comes to on the host, where its input alone does not say: where a path leads, which package
 * manager there is.
 *
 * The question is itself recorded before it is asked, and has a permit of its own that covers nothing else. The
 * evaluation that comes back is of the actions with the answers in them, and the call's permit will cover only those.
 */
export async function judgeOnHost(asked: Evaluation, context: JudgingContext): Promise<Evaluation> {
  return await judgeOwnFiles(await judgeAnswered(asked, context), context);
}

async function judgeAnswered(
  asked: Evaluation,
  { caller, trail, gateway, timeouts, signal }: JudgingContext,
): Promise<Evaluation> {
  if (asked.decision === 'deny' || !asked.actions.some(isOpen)) return asked;

  const questions = asked.actions.flatMap(questionsOf);
  const traits = await knownHostsOf(asked.actions, gateway.inventory);
  const probe = gateway.policy.evaluate(caller, questions, traits);
  using permit = settle(caller, probe);
  if (questions.length > 0) await trail.recordProbe(probe);

  const hosts = gateway.ssh.under(permit, signal, timeouts);
  const actions: Action[] = [];
  for (const action of asked.actions) actions.push(...(await completed(action, hosts, gateway.inventory)));
  return trail.judged(gateway.policy.evaluate(caller, actions, traits));
}
