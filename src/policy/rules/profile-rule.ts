import { commandTexts, isPathAction, type Action, type CommandAction } from '../action.ts';
import type { Caller } from '../../identity/caller.ts';
import type { Rule } from '../evaluate.ts';
import { allowingLine } from './allowing-line.ts';
import type { JudgingContext } from './context.ts';
import { selectsHost, type HostTraits } from './host-selection.ts';
import { judgeCommand, type CommandJudgement } from './judge-command.ts';
import { matchesPath, pathDeed, pathObjections } from './judge-path.ts';
import type { CompiledRule } from './compiled-rule.ts';
import { isJudgedKind } from './judged-kinds.ts';
import { overriddenBy, ruleObjections, strictestFirst, type Objection } from './objection.ts';
import { resolveRole, rulesFor, type LoadedPolicy, type ResolvedRole } from './loaded-policy.ts';
import { bareText } from './text-pattern.ts';

type Judged = ReturnType<Rule['judge']>;

/** The profile of the caller and the rules of the policy, as one rule: within it, the strictest has won already. */
export function profileRule(policy: LoadedPolicy): Rule {
  return {
    id: 'profile',
    judge(caller, action, host) {
      if (!('host' in action)) return judgeOfGateway(action, caller, policy);
      const judging = contextFor(policy, caller, host);
      return judging.kind === 'refused' ? judging.match : judgeAction(action, judging.context, policy);
    },
  };
}

/** What touches no host is for every role, wherever that may work; rules are for it all the same. */
function judgeOfGateway(action: Action, { profile }: Caller, policy: LoadedPolicy): Judged {
  const role = resolveRole(policy, profile);
  return role && judgeAction(action, judgingOf(role, policy, undefined), policy);
}

export type Judging =
  | { readonly kind: 'judged'; readonly context: JudgingContext }
  | { readonly kind: 'refused'; readonly match: NonNullable<Judged> };

/** By what the caller's actions on the host are judged. */
export function contextFor(
  policy: LoadedPolicy,
  { profile }: Pick<Caller, 'profile'>,
  host: HostTraits | undefined,
): Judging {
  const role = resolveRole(policy, profile);
  if (role === undefined) {
    const justification = `The policy has no profile or role '${profile}'. Ask the operator to mend the token or policy.yaml.`;
    return { kind: 'refused', match: { decision: 'deny', code: 'denied_by_policy', rule: 'profile', justification } };
  }
  const isOutside =
    role.hosts.length > 0 && (host === undefined || !role.hosts.every((selection) => selectsHost(selection, host)));
  if (isOutside) {
    const justification = `Access denied to this server: the role '${profile}' is for others. See list_servers.`;
    return { kind: 'refused', match: { decision: 'deny', code: 'host_not_allowed', rule: profile, justification } };
  }
  return { kind: 'judged', context: judgingOf(role, policy, host) };
}

function judgingOf(role: ResolvedRole, policy: LoadedPolicy, host: HostTraits | undefined): JudgingContext {
  return { profile: role.profile, rules: rulesFor(policy, role, host), defaults: policy.defaults, host };
}

function judgeAction(action: Action, context: JudgingContext, policy: LoadedPolicy): Judged {
  if (action.kind === 'run_command') return judgeRun(action, context, policy);
  if ('plain' in action) return judgeBuilt(action.kind, commandTexts(action), context, policy);
  if (isPathAction(action)) {
    const deed = pathDeed(action, context.host?.user);
    const matching = context.rules.filter((rule) => matchesPath(rule, deed));
    return concluded(matching, pathObjections(deed, context), { context, policy });
  }
  const matching = context.rules.filter((rule) => isForKind(rule, action.kind) && saysKindAlone(rule));
  return concluded(matching, [], { context, policy });
}

/** The command with the form in which it runs, where closed rules allow it. */
export function planned(
  policy: LoadedPolicy,
  caller: Pick<Caller, 'profile'>,
  action: CommandAction,
  host: HostTraits | undefined,
): CommandAction {
  const judging = contextFor(policy, caller, host);
  if (judging.kind === 'refused') return action;
  const { canonical } = judgementOf(policy, judging.context, action.command);
  if (canonical === undefined) return action;
  return { ...action, canonical, ...(judging.context.profile === 'observe' && { limits: 'read_only' }) };
}

const kept = 256;
const judgements = new Map<string, CommandJudgement>();

/** A call asks several times for the same, and a fleet for each of its hosts. */
export function judgementOf(policy: LoadedPolicy, context: JudgingContext, command: string): CommandJudgement {
  const { profile, rules, host } = context;
  const key = [policy.version, profile, rules.map(({ id }) => id).join(' '), host?.sudo, command].join('\0');
  const known = judgements.get(key);
  if (known !== undefined) return known;
  const judgement = judgeCommand(command, context);
  const [oldest] = judgements.size >= kept ? judgements.keys() : [];
  if (oldest !== undefined) judgements.delete(oldest);
  judgements.set(key, judgement);
  return judgement;
}

function judgeRun(action: CommandAction, context: JudgingContext, policy: LoadedPolicy): Judged {
  const judgement = judgementOf(policy, context, action.command);
  const objections = [...lockdown(context), ...judgement.objections];
  const [first] = objections;
  if (first === undefined) return allowedBy(judgement.allowedBy[0]);
  return refusal(first, { context, policy, line: allowingLine(action.command, { ...judgement, objections }) });
}

/** Commands are not for this profile at all, but for those that tools build. */
function lockdown({ profile, rules }: JudgingContext): readonly Objection[] {
  const isLifted = rules.some(({ effect, overrides }) => effect === 'allow' && overrides.has('builtin:lockdown'));
  if (profile !== 'lockdown' || isLifted) return [];
  return [
    {
      decision: 'deny',
      rule: 'builtin:lockdown',
      code: 'lockdown',
      text: 'the profile lockdown runs no shell commands; use the other tools',
    },
  ];
}

/** As a person would type it: the first text decides, and the others must not be refused outright. */
function judgeBuilt(kind: string, texts: readonly string[], context: JudgingContext, policy: LoadedPolicy): Judged {
  const tool = context.profile === 'lockdown' ? { ...context, profile: 'operator' as const } : context;
  const [first, ...others] = texts.map((text) =>
    judgeCommand(text, { ...tool, rules: asCommands(tool.rules, kind, text) }),
  );
  if (first === undefined) return undefined;
  const refused = [
    first.objections,
    ...others.map(({ objections }) => objections.filter(({ isFinal, code }) => isFinal === true || code === 'rule')),
  ].flat();
  const [worst] = strictestFirst(refused);
  if (worst === undefined) return allowedBy(first.allowedBy[0]);
  const line = allowingLine(texts[0] ?? '', first);
  return refusal(worst, { context: tool, policy, line });
}

/** Rules for this kind of action see its command; one for the kind as such is for the whole of it. */
function asCommands(rules: JudgingContext['rules'], kind: string, text: string): JudgingContext['rules'] {
  return rules.flatMap((rule) => {
    if (rule.actions === undefined) return [rule];
    if (!isForKind(rule, kind)) return [];
    return [saysKindAlone(rule) ? { ...rule, texts: new Set([bareText(text)]) } : { ...rule, actions: undefined }];
  });
}

function isForKind({ actions }: CompiledRule, kind: string): boolean {
  return actions !== undefined && isJudgedKind(kind) && actions.has(kind);
}

function saysKindAlone({ programs, texts, reads, writes }: CompiledRule): boolean {
  return [programs, texts, reads, writes].every((value) => value === undefined);
}

interface Saying {
  readonly context: JudgingContext;
  readonly policy: LoadedPolicy;
}

function concluded(matching: JudgingContext['rules'], own: readonly Objection[], { context, policy }: Saying): Judged {
  const overridden = overriddenBy(matching);
  const kept = own.filter(({ rule }) => !overridden.has(rule));
  const [first] = strictestFirst([...kept, ...ruleObjections(matching, overridden)]);
  return first === undefined
    ? allowedBy(matching.find(({ effect }) => effect === 'allow'))
    : refusal(first, { context, policy, line: undefined });
}

function allowedBy(rule: JudgingContext['rules'][number] | undefined): Judged {
  if (rule === undefined) return undefined;
  return {
    decision: 'allow',
    code: 'denied_by_policy',
    rule: rule.id,
    justification: rule.reason ?? `Allowed by the rule ${rule.id}`,
  };
}

function refusal(
  { decision, rule, text }: Objection,
  {
    context,
    policy,
    line,
  }: { readonly context: JudgingContext; readonly policy: LoadedPolicy; readonly line: string | undefined },
): NonNullable<Judged> {
  const place = placeOf(rule, policy);
  const said = `${sentence(text)} Rule ${rule}${place}, profile ${context.profile}`;
  const isAsking = decision === 'ask';
  return {
    decision,
    rule,
    code: isAsking ? 'approval_unavailable' : 'denied_by_policy',
    justification: isAsking ? `A person must approve this: ${said}` : `Denied by policy: ${said}`,
    ...(line !== undefined && { allowingLine: line }),
  };
}

function sentence(text: string): string {
  return `${text.replace(/\.$/, '')}.`;
}

function placeOf(rule: string, { rules, file }: LoadedPolicy): string {
  const found = rules.find(({ id }) => id === rule);
  return found === undefined || file === undefined ? '' : ` (${file.split('/').at(-1) ?? ''}:${found.position.line})`;
}
