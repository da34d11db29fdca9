import type { ErrorCode } from '../base/errors.ts';
import type { HostId } from '../hosts/host.ts';
import type { Caller } from '../identity/caller.ts';
import { hostOf, type Action } from './action.ts';
import type { HostTraits } from './rules/host-selection.ts';

export type Decision = 'allow' | 'ask' | 'deny';

/** One rule that had something to say about one action. */
export interface Match {
  readonly decision: Decision;
  readonly rule: string;
  /** What the caller is told: what is refused or asked, and what to do about it. */
  readonly justification: string;
  readonly code: ErrorCode;
  /** The line of policy.yaml that would allow it. */
  readonly allowingLine?: string;
}

export interface Rule {
  readonly id: string;
  /** The match names a rule of its own where this one stands for several. `host`: what is known of the action's host. */
  judge(
    caller: Caller,
    action: Action,
    host?: HostTraits,
  ): (Omit<Match, 'rule'> & { readonly rule?: string }) | undefined;
}

/** What rules know of the hosts that actions touch. */
export type KnownHosts = ReadonlyMap<HostId, HostTraits>;

/** The decision on a call's actions, and every match that led to it. */
export interface Evaluation {
  readonly decision: Decision;
  readonly actions: readonly Action[];
  readonly matches: readonly Match[];
  /** The policy that decided. */
  readonly policyVersion: string;
}

const strictness = { allow: 0, ask: 1, deny: 2 } as const satisfies Record<Decision, number>;

/** Judges every action by every rule. The strictest match decides; where none matches, the action is allowed. */
export function evaluate(
  rules: readonly Rule[],
  caller: Caller,
  actions: readonly Action[],
  { hosts, policyVersion }: { readonly hosts: KnownHosts; readonly policyVersion: string },
): Evaluation {
  const matches = actions.flatMap((action) =>
    rules.flatMap((rule) => {
      const host = hostOf(action);
      const match = rule.judge(caller, action, host === undefined ? undefined : hosts.get(host));
      return match ? [{ rule: rule.id, ...match }] : [];
    }),
  );
  const decision = matches.reduce<Decision>(
    (strictest, match) => (strictness[match.decision] > strictness[strictest] ? match.decision : strictest),
    'allow',
  );
  return { decision, actions, matches, policyVersion };
}

/** The first match that is as strict as the decision. */
export function decidingMatch(evaluation: Pick<Evaluation, 'decision' | 'matches'>): Match | undefined {
  return evaluation.matches.find((match) => match.decision === evaluation.decision);
}
