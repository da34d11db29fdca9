import type { Rule } from './evaluate.ts';
import { readingOf } from './readings.ts';
import { resolveRole, type LoadedPolicy } from './rules/loaded-policy.ts';
import { profileDefaults } from './rules/profiles.ts';
import type { SecondParser } from './shell/second-parser.ts';

/** The strict mode: what two parsers do not read alike is as unlisted as what is in no rule, and `standard` asks. */
export function secondOpinion(parser: SecondParser, policy: LoadedPolicy): Rule {
  return {
    id: 'builtin:second-parser',
    judge({ profile }, action) {
      const builtIn = resolveRole(policy, profile)?.profile;
      if (action.kind !== 'run_command' || builtIn === undefined) return undefined;
      const decision = builtIn === 'standard' ? 'ask' : profileDefaults[builtIn].unlisted;
      const reading = readingOf(action.command);
      if (decision === 'allow' || reading.kind === 'unreadable') return undefined;
      if (parser.statementsIn(action.command) === reading.statements) return undefined;
      const said = `A second parser reads this text in another way. Write it plainer. Profile ${profile}`;
      return decision === 'ask'
        ? { decision, code: 'approval_unavailable', justification: `A person must approve this: ${said}` }
        : { decision, code: 'denied_by_policy', justification: `Denied by policy: ${said}` };
    },
  };
}
