import type { CallTrail } from '../audit/call-trail.ts';
import type { Caller } from '../identity/caller.ts';
import { isPathAction, type Action, type PathAction } from '../policy/action.ts';
import { settle } from '../policy/approvals.ts';
import type { Evaluation } from '../policy/evaluate.ts';
import type { CallTimeouts } from '../ssh/access.ts';
import type { Gateway } from './gateway.ts';

interface JudgingContext {
  readonly caller: Caller;
  readonly trail: CallTrail;
  readonly gateway: Gateway;
  readonly timeouts: CallTimeouts | undefined;
  readonly signal: AbortSignal;
}

/**
 * Judges the paths of a call by where they lead on the host, for the text of a path says nothing about symlinks.
 *
 * The question is itself recorded before it is asked, and has a permit of its own that covers nothing else. The
 * evaluation that comes back names the resolved paths, and the call's permit will cover only those.
 */
export async function judgePaths(
  asked: Evaluation,
  { caller, trail, gateway, timeouts, signal }: JudgingContext,
): Promise<Evaluation> {
  const paths = asked.actions.filter(isPathAction);
  if (paths.length === 0 || asked.decision === 'deny') return asked;

  const questions = paths.map(({ host, path }): Action => ({ kind: 'resolve_path', host, path }));
  const probe = gateway.policy.evaluate(caller, questions);
  using permit = settle(caller, probe);
  await trail.recordProbe(probe);

  const hosts = gateway.ssh.under(permit, signal, timeouts);
  const answers = new Map<PathAction, string>();
  for (const action of paths) answers.set(action, await hosts.resolvePath(action.host, action.path));
  const resolved = asked.actions.map((action): Action => {
    if (!isPathAction(action)) return action;
    const answer = answers.get(action);
    return answer === undefined ? action : { ...action, resolved: answer };
  });
  return trail.judged(gateway.policy.evaluate(caller, resolved));
}
