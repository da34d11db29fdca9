import type { Caller } from '../../identity/caller.ts';
import { decidingMatch, type Decision, type Evaluation } from '../evaluate.ts';
import type { ShellReading, Span, Unit, Word } from '../shell/unit.ts';
import type { HostTraits } from './host-selection.ts';
import type { LoadedPolicy } from './loaded-policy.ts';
import { contextFor, judgementOf } from './profile-rule.ts';
import type { CommandJudgement } from './judge-command.ts';

/** What a person or an agent is told of a decision. Keys as they go over the wire. */
export interface Explanation {
  readonly decision: Decision;
  /** The text that would run in place of the command; null where the command itself would. */
  readonly canonical: string | null;
  readonly units: readonly ExplainedUnit[];
  readonly findings: readonly ExplainedFinding[];
  /** The rule that decided; null where nothing objected. */
  readonly rule: string | null;
  readonly reason: string | null;
  /** A line of policy.yaml that would allow it. */
  readonly would_allow: string | null;
  readonly profile: string;
  readonly policy_version: string;
}

export interface ExplainedUnit {
  readonly program: string;
  readonly argv: readonly string[];
  readonly span: Span;
  readonly via: readonly string[];
}

export interface ExplainedFinding {
  readonly code: string;
  readonly severity: Decision;
  readonly rule: string;
  readonly text: string;
  readonly span: Span | null;
}

interface Asked {
  readonly command: string;
  readonly policy: LoadedPolicy;
  readonly caller: Pick<Caller, 'profile'>;
  readonly host: HostTraits | undefined;
}

/** The decision on a command, and what led to it. */
export function explain(evaluation: Evaluation, { command, policy, caller, host }: Asked): Explanation {
  const judging = contextFor(policy, caller, host);
  const match = decidingMatch(evaluation);
  const told = { profile: caller.profile, policy_version: evaluation.policyVersion };
  const decided = {
    decision: evaluation.decision,
    rule: match?.rule ?? null,
    reason: match?.justification ?? null,
    would_allow: match?.allowingLine ?? null,
  };
  const found =
    judging.kind === 'refused'
      ? { canonical: null, units: [], findings: [] }
      : parts(judgementOf(policy, judging.context, command));
  return { ...decided, ...told, ...found };
}

function parts({
  reading,
  canonical,
  objections,
}: CommandJudgement): Pick<Explanation, 'canonical' | 'units' | 'findings'> {
  const units = unitsOf(reading);
  const findings = objections.map(({ code, decision, rule, text, unit }) => ({
    code,
    severity: decision,
    rule,
    text,
    span: (unit === undefined ? spanOf(reading) : units[unit]?.span) ?? null,
  }));
  return { canonical: canonical ?? null, units: units.map(explained), findings };
}

function unitsOf(reading: ShellReading): readonly Unit[] {
  return reading.kind === 'units' ? reading.units : [];
}

function spanOf(reading: ShellReading): Span | undefined {
  return reading.kind === 'unreadable' ? reading.span : undefined;
}

function explained({ program, argv, span, via }: Unit): ExplainedUnit {
  return { program: textOf(program), argv: argv.map(textOf), span, via };
}

function textOf({ value }: Word): string {
  return value;
}
