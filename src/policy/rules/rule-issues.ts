import { didYouMean } from '../../base/did-you-mean.ts';
import type { Issue } from '../../base/problem.ts';
import type { PathCondition, PolicyDocument, RuleDocument } from './policy-schema.ts';
import { textPatternProblem } from './text-pattern.ts';

/** What a rule may name. */
export interface KnownNames {
  readonly sets: readonly string[];
  readonly roles: readonly string[];
  readonly rules: readonly string[];
  /** The rule that nothing overrides. */
  readonly final: string;
}

/** What is wrong with the rules beyond their form. */
export function ruleIssues({ rules = [] }: PolicyDocument, known: KnownNames): readonly Issue[] {
  return rules.flatMap((rule, index) => {
    const isTwice = rules.findIndex(({ id }) => id === rule.id) < index;
    const issues = [
      ...(isTwice ? [{ path: ['id'], message: `another rule is called ${rule.id}` }] : []),
      ...nameIssues(rule, known),
      ...conditionIssues(rule),
      ...patternIssues(rule),
    ];
    return issues.map(({ path, message }) => ({ path: ['rules', index, ...path], message }));
  });
}

function nameIssues(rule: RuleDocument, known: KnownNames): readonly Issue[] {
  const missing = (
    what: string,
    path: readonly PropertyKey[],
    names: readonly string[],
    all: readonly string[],
  ): readonly Issue[] =>
    names.flatMap((name, index) =>
      all.includes(name) ? [] : [{ path: [...path, index], message: `no ${what} ${name}${didYouMean(name, all)}` }],
    );
  const final = (rule.overrides ?? []).indexOf(known.final);
  if (final !== -1) return [{ path: ['overrides', final], message: 'nothing overrides what would destroy a host' }];
  return [
    ...missing('role or profile', ['roles'], rule.roles ?? [], known.roles),
    ...missing('rule', ['overrides'], rule.overrides ?? [], known.rules),
    ...conditions(rule).flatMap(({ path, condition }) =>
      (['any', 'allOf', 'noneOf'] as const).flatMap((key) =>
        missing('set of paths', [...path, key], condition[key] ?? [], known.sets),
      ),
    ),
  ];
}

function conditions({
  reads,
  writes,
  operands,
}: RuleDocument): readonly { readonly path: readonly PropertyKey[]; readonly condition: PathCondition }[] {
  const paths = typeof operands === 'object' ? operands.paths : undefined;
  return [
    { path: ['reads'], condition: reads },
    { path: ['writes'], condition: writes },
    { path: ['operands', 'paths', 'read'], condition: paths?.read },
    { path: ['operands', 'paths', 'write'], condition: paths?.write },
  ].flatMap(({ path, condition }) => (condition === undefined ? [] : [{ path, condition }]));
}

/** Conditions that would never hold, or would say less than they seem to. */
function conditionIssues(rule: RuleDocument): readonly Issue[] {
  const { command, text, effect, subcommand, options, operands, reads, writes, actions } = rule;
  const issues: Issue[] = [];
  const needCommand = { subcommand, options, operands };
  for (const [key, value] of Object.entries(needCommand)) {
    if (value !== undefined && command === undefined)
      issues.push({ path: [key], message: 'needs a command beside it' });
  }
  if (
    text !== undefined &&
    [command, subcommand, options, operands, reads, writes, actions].some((value) => value !== undefined)
  ) {
    issues.push({ path: ['text'], message: 'is a whole command; nothing else of it can be asked' });
  }
  const saysNothing = [command, text, reads, writes, actions].every((value) => value === undefined);
  if (saysNothing)
    issues.push({ path: [], message: 'must say what it is for: command, text, reads, writes or actions' });
  const isForCommands = actions === undefined || actions.includes('run_command');
  if (
    effect === 'allow' &&
    isForCommands &&
    command === undefined &&
    text === undefined &&
    (actions === undefined || reads === undefined) &&
    actions?.includes('run_command') === true
  ) {
    issues.push({ path: ['actions'], message: 'a rule that allows commands must name them: add command or text' });
  }
  if (typeof options === 'object' && Array.isArray(options.allow)) {
    for (const [index, option] of options.allow.entries())
      if (!optionForm.test(option)) issues.push({ path: ['options', 'allow', index], message: 'is not an option' });
  }
  if (typeof options === 'object' && effect !== 'allow' && options.allow !== undefined) {
    issues.push({
      path: ['options', 'allow'],
      message: 'is for rules that allow; say deny: options that make this rule match',
    });
  }
  if (
    typeof operands === 'object' &&
    operands.max !== undefined &&
    operands.min !== undefined &&
    operands.max < operands.min
  ) {
    issues.push({ path: ['operands', 'max'], message: 'is less than min' });
  }
  return issues;
}

/** `-a`, `-n VALUE`, `--all`, `--color[=WHEN]`. */
const optionForm = /^--?[^-\s=[][^\s=[]*(?:\[?[\s=]+\S.*|\s*)$/;

function patternIssues({ operands }: RuleDocument): readonly Issue[] {
  const each = typeof operands === 'object' ? operands.each : undefined;
  return [each ?? []].flat().flatMap((pattern, index) => {
    const problem = textPatternProblem(pattern);
    const path = Array.isArray(each) ? ['operands', 'each', index] : ['operands', 'each'];
    return problem === undefined ? [] : [{ path, message: problem }];
  });
}
