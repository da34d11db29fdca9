import { PathSet } from '../../../src/policy/paths/path-set.ts';
import { compileRule, type CompiledRule } from '../../../src/policy/rules/compiled-rule.ts';
import type { JudgingContext } from '../../../src/policy/rules/context.ts';
import type { HostTraits } from '../../../src/policy/rules/host-selection.ts';
import { judgeCommand, type CommandJudgement } from '../../../src/policy/rules/judge-command.ts';
import type { RuleDocument } from '../../../src/policy/rules/policy-schema.ts';

export const web: HostTraits = { name: 'web-1', tags: [], labels: {}, user: 'deploy', sudo: true };

const sets = new Map([
  ['logs', new PathSet(['/var/log/**'])],
  ['shadow', new PathSet(['/etc/shadow'])],
  ['home', new PathSet(['~/**'])],
  ['env', new PathSet(['**/.env'])],
]);

/** A rule called `a`, of the sets of paths `logs`, `shadow`, `home` and `env`. */
export function aRule(document: Partial<RuleDocument>): CompiledRule {
  const setNamed = (name: string): PathSet => sets.get(name) ?? new PathSet([]);
  return compileRule({ id: 'a', effect: 'allow', ...document }, { line: 1, column: 1 }, setNamed);
}

export function judge(command: string, context: Partial<JudgingContext> = {}): CommandJudgement {
  return judgeCommand(command, { profile: 'observe', rules: [], defaults: {}, host: web, ...context });
}
