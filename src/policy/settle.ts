import { GatewayError } from '../base/errors.ts';
import type { Caller } from '../identity/caller.ts';
import type { Approved } from './approved.ts';
import { decidingMatch, type Evaluation, type Match } from './evaluate.ts';
import { issuePermit, type Permit } from './permit.ts';

type Judged = Omit<Evaluation, 'policyVersion'>;

/**
 * Turns an evaluation into a permit, or refuses.
 *
 * `ask` needs the approval of a person, given on this very evaluation. `deny` needs nothing: nobody can approve it.
 */
export function settle(caller: Caller, evaluation: Judged, approved?: Approved): Permit {
  const match = decidingMatch(evaluation);
  switch (evaluation.decision) {
    case 'allow':
      return issuePermit(caller.principal, evaluation.actions);
    case 'ask':
      if (approved?.evaluation === evaluation) return issuePermit(caller.principal, evaluation.actions);
      throw nobodyCouldBeAsked(evaluation);
    case 'deny':
      throw new GatewayError(match?.code ?? 'denied_by_policy', match?.justification ?? 'Denied', {
        details: { ...ruleOf(match), ...(isBlocked(match) && { blocked: true }) },
      });
  }
}

export function nobodyCouldBeAsked(evaluation: Judged): GatewayError {
  const match = decidingMatch(evaluation);
  const message = `${whyAsked(match)}. Nobody could be asked.${allowingHint(match)}`;
  return new GatewayError('approval_unavailable', message, { details: ruleOf(match) });
}

/** Without a full stop at its end. */
export function whyAsked(match: Match | undefined): string {
  return (match?.justification ?? 'A person must approve this').replace(/\.$/, '');
}

/** For whoever writes the policy; the agent passes it on. */
export function allowingHint(match: Match | undefined): string {
  if (match?.allowingLine === undefined) return '';
  return ` The operator can allow it with this line below \`rules:\` in policy.yaml: ${match.allowingLine}`;
}

/** The rule that decided, and the line that would allow it. */
export function ruleOf(match: Match | undefined): { readonly rule: string | undefined; readonly would_allow?: string } {
  return { rule: match?.rule, ...(match?.allowingLine !== undefined && { would_allow: match.allowingLine }) };
}

/** The first seed's word for what its command and path validation refused. */
function isBlocked(match: Match | undefined): boolean {
  return match?.code === 'denied_by_policy' || match?.code === 'path_not_permitted';
}
