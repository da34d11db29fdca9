import type { Decision } from '../evaluate.ts';
import type { CompiledRule } from './compiled-rule.ts';

/** A reason not to allow something. */
export interface Objection {
  readonly decision: Exclude<Decision, 'allow'>;
  readonly rule: string;
  readonly code: string;
  /** For people: what is found. */
  readonly text: string;
  /** The unit it is about, by its place. */
  readonly unit?: number;
  /** No rule can override it. */
  readonly isFinal?: true;
}

/** What denies stands before what asks; else they stay in their order. */
export function strictestFirst(objections: readonly Objection[]): readonly Objection[] {
  return objections.toSorted((a, b) => (a.decision === b.decision ? 0 : a.decision === 'deny' ? -1 : 1));
}

/** The rules that these take out of force. */
export function overriddenBy(rules: readonly CompiledRule[]): ReadonlySet<string> {
  return new Set(rules.flatMap(({ overrides }) => [...overrides]));
}

/** What the rules themselves say against it, but those that are overridden. */
export function ruleObjections(rules: readonly CompiledRule[], overridden: ReadonlySet<string>): readonly Objection[] {
  return rules.flatMap(({ id, effect, reason }) => {
    if (effect === 'allow' || overridden.has(id)) return [];
    return [{ decision: effect, rule: id, code: 'rule', text: reason ?? `the policy's rule ${id}` }];
  });
}
