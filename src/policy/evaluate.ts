import type { ErrorCode } from '../base/errors.ts';
import type { Caller } from '../identity/caller.ts';
import type { Action } from './action.ts';

export type Decision = 'allow' | 'ask' | 'deny';

/** One rule that had something to say about one action. */
export interface Match {
  readonly decision: Decision;
  readonly rule: string;
  /** What the caller is told: what is refused or asked, and what to do about it. */
  readonly justification: string;
  readonly code: ErrorCode;
}

export interface Rule {
  readonly id: string;
  judge(caller: Caller, action: Action): Omit<Match, 'rule'> | undefined;
}

/** The decision on a call's actions, and every match that led to it. */
export interface Evaluation {
  readonly decision: Decision;
  readonly actions: readonly Action[];
  readonly matches: readonly Match[];
}

const strictness = { allow: 0, ask: 1, deny: 2 } as const satisfies Record<Decision, number>;

/** Judges every action by every rule. The strictest match decides; where none matches, the action is allowed. */
export function evaluate(rules: readonly Rule[], caller: Caller, actions: readonly Action[]): Evaluation {
  const matches = actions.flatMap((action) =>
    rules.flatMap((rule) => {
      const match = rule.judge(caller, action);
      return match ? [{ rule: rule.id, ...match }] : [];
    }),
  );
  const decision = matches.reduce<Decision>(
    (strictest, match) => (strictness[match.decision] > strictness[strictest] ? match.decision : strictest),
    'allow',
  );
  return { decision, actions, matches };
}

/** The first match that is as strict as the decision. */
export function decidingMatch(evaluation: Evaluation): Match | undefined {
  return evaluation.matches.find((match) => match.decision === evaluation.decision);
}
