import { GatewayError } from '../base/errors.ts';
import type { Caller } from '../identity/caller.ts';
import { decidingMatch, type Evaluation, type Match } from './evaluate.ts';
import { issuePermit, type Permit } from './permit.ts';

/**
 * Turns an evaluation into a permit, or refuses.
 *
 * `ask` needs a person. No channel to a person exists yet, so it is refused as such: nobody could be asked.
 */
export function settle(caller: Caller, evaluation: Omit<Evaluation, 'policyVersion'>): Permit {
  const match = decidingMatch(evaluation);
  switch (evaluation.decision) {
    case 'allow':
      return issuePermit(caller.principal, evaluation.actions);
    case 'ask':
      throw new GatewayError(
        'approval_unavailable',
        `${match?.justification ?? 'A person must approve this'}. Nobody could be asked.${hint(match)}`,
        { details: { rule: match?.rule, ...allowing(match) } },
      );
    case 'deny':
      throw new GatewayError(match?.code ?? 'denied_by_policy', match?.justification ?? 'Denied', {
        details: { rule: match?.rule, ...allowing(match), ...(isBlocked(match) && { blocked: true }) },
      });
  }
}

/** For whoever writes the policy; the agent passes it on. */
function hint(match: Match | undefined): string {
  if (match?.allowingLine === undefined) return '';
  return ` The operator can allow it with this line below \`rules:\` in policy.yaml: ${match.allowingLine}`;
}

function allowing(match: Match | undefined): { readonly would_allow?: string } {
  return match?.allowingLine === undefined ? {} : { would_allow: match.allowingLine };
}

/** The first seed's word for what its command and path validation refused. */
function isBlocked(match: Match | undefined): boolean {
  return match?.code === 'denied_by_policy' || match?.code === 'path_not_permitted';
}
