import type { AskedStep, Question } from '../approvals/question.ts';
import type { Host } from '../hosts/host.ts';
import { hostOf, isPathAction, type Action } from '../policy/action.ts';
import { decidingMatch, type Evaluation } from '../policy/evaluate.ts';
import { whyAsked } from '../policy/settle.ts';
import type { Explanation } from '../policy/rules/explain.ts';

/** Of a command with more, the rest is in its text. */
const maxPrograms = 100;
const maxFindings = 50;

type Explain = (action: Extract<Action, { readonly kind: 'run_command' }>) => Explanation;

/** What a person is shown: the actions as they were judged, alike ones on many hosts as one. */
export function questionOf(
  { tool, evaluation }: { readonly tool: string; readonly evaluation: Evaluation },
  hosts: readonly Host[],
  explain: Explain,
): Question {
  const match = decidingMatch(evaluation);
  const alike = Map.groupBy(evaluation.actions, (action) => JSON.stringify({ ...action, host: undefined }));
  return {
    tool,
    hosts: hosts.map(({ id, address, user, tags, labels }) => ({ name: id, address, user, tags, labels })),
    steps: [...alike.values()].map((actions) => stepOf(actions, explain)),
    rule: match?.rule ?? '',
    reason: whyAsked(match),
  };
}

function stepOf(actions: readonly Action[], explain: Explain): AskedStep {
  const [first] = actions;
  if (first === undefined) throw new Error('a step needs an action');
  const hosts = actions.flatMap((action) => hostOf(action) ?? []);
  const { units, findings } = first.kind === 'run_command' ? explain(first) : { units: [], findings: [] };
  return {
    does: first.kind,
    hosts,
    ...aboutOf(first),
    programs: units.slice(0, maxPrograms).map(({ program, argv }) => [program, ...argv]),
    findings: findings.slice(0, maxFindings).map(({ text }) => text),
  };
}

function aboutOf(action: Action): Pick<AskedStep, 'about' | 'really'> {
  if (action.kind === 'run_command') return { about: action.command, really: action.canonical };
  if (isPathAction(action)) {
    const isElsewhere = action.resolved !== undefined && action.resolved !== action.path;
    return { about: action.path, really: isElsewhere ? action.resolved : undefined };
  }
  if ('plain' in action) return { about: action.plain[0], really: action.command };
  return { about: 'path' in action ? action.path : undefined, really: undefined };
}
