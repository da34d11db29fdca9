import { GatewayError } from '../base/errors.ts';
import type { Caller } from '../identity/caller.ts';
import { decidingMatch, type Evaluation, type Match } from './evaluate.ts';
import { issuePermit, type Permit } from './permit.ts';

/**
 * Turns an evaluation into a permit, or refuses.
 *
 * `ask` needs a person. No channel to a person exists yet, so it is refused as such: nobody could be asked.
 */
export function settle(caller: Caller, evaluation: Evaluation): Permit {
  const match = decidingMatch(evaluation);
  switch (evaluation.decision) {
    case 'allow':
      return issuePermit(caller.principal, evaluation.actions);
    case 'ask':
      throw new GatewayError(
        'approval_unavailable',
        `${match?.justification ?? 'A person must approve this'}. Nobody could be asked.`,
        { details: { rule: match?.rule } },
      );
    case 'deny':
      throw new GatewayError(match?.code ?? 'denied_by_policy', match?.justification ?? 'Denied', {
        details: { rule: match?.rule, ...(isBlocked(match) && { blocked: true }) },
      });
  }
}

/** The first seed's word for what its command and path validation refused. */
function isBlocked(match: Match | undefined): boolean {
  return match?.code === 'denied_by_policy' || match?.code === 'path_not_permitted';
}
