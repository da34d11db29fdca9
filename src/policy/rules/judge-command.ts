import { settingOf, type Setting } from '../closed/judge-closed.ts';
import { isShell } from '../closed/programs/refused.ts';
import { insertions } from '../closed/insertions.ts';
import type { Decision } from '../evaluate.ts';
import { catastropheIn } from '../catastrophes.ts';
import { readingOf } from '../readings.ts';
import { mayOpenShell } from '../shell/opened-shell.ts';
import type { Finding, ShellReading, Unit } from '../shell/unit.ts';
import { catastrophicRule } from './built-in-policy.ts';
import type { CompiledRule } from './compiled-rule.ts';
import type { JudgingContext } from './context.ts';
import { guardedText } from './guarded-text.ts';
import { judgedUnit } from './judged-unit.ts';
import { matchesUnit } from './match-unit.ts';
import { overriddenBy, ruleObjections, strictestFirst, type Objection } from './objection.ts';
import { closedRulesOf, profileDefaults, stricter } from './profiles.ts';
import { bareText } from './text-pattern.ts';
import { runsTheSame } from './same-commands.ts';
import { profileAnswer } from './unit-objections.ts';

/** The decision on a command, and everything that led to it. */
export interface CommandJudgement {
  readonly decision: Decision;
  readonly reading: ShellReading;
  /** The strictest first. */
  readonly objections: readonly Objection[];
  /** Rules of the policy that allowed a part of it. */
  readonly allowedBy: readonly CompiledRule[];
  /** The text that runs in place of the command, under a pinned shell; only where closed rules allowed it. */
  readonly canonical: string | undefined;
}

type ReadUnits = Extract<ShellReading, { readonly kind: 'units' }>;

/** Judges a shell text: every command that it may run, every rule; the strictest wins. Nothing of a host is asked. */
export function judgeCommand(text: string, context: JudgingContext): CommandJudgement {
  const reading = readingOf(text);
  const whole = bareText(text);
  const asWhole = context.rules.filter((rule) => rule.texts?.has(whole) === true);
  if (reading.kind === 'unreadable') return judgeUnreadable(reading, asWhole, context);
  const setting = settingOf(reading);
  const judgements = reading.units.map((unit, place) => judgeUnit(unit, { place, setting, asWhole, context }));
  const isSudoAllowed = reading.units.every(
    ({ sudo }, place) => sudo === undefined || (judgements[place]?.allowedBy ?? []).length > 0,
  );
  const overriddenEverywhere = overriddenBy(asWhole);
  const objections = [
    ...catastrophes(reading),
    ...ruleObjections(asWhole, overriddenEverywhere),
    ...judgements.flatMap((judgement) => judgement.objections),
    ...reading.findings.flatMap((finding) => findingObjection(finding, reading, judgements, context)),
  ].filter(
    (objection) =>
      objection.isFinal === true ||
      !(
        overriddenEverywhere.has(objection.rule) ||
        (objection.rule === 'builtin:sudo' && isSudoAllowed && runsByIt(reading, objection.unit))
      ),
  );
  const allowedBy = [
    ...new Set([
      ...asWhole.filter(({ effect }) => effect === 'allow'),
      ...judgements.flatMap((judgement) => judgement.allowedBy),
    ]),
  ];
  return concluded(text, { reading, setting, objections, allowedBy, context });
}

/** What nobody can approve, and no rule overrides. */
function catastrophes(reading: ShellReading): readonly Objection[] {
  const found = catastropheIn(reading);
  return found === undefined
    ? []
    : [{ decision: 'deny', rule: catastrophicRule, code: 'catastrophic', text: found, isFinal: true }];
}

interface UnitJudgement {
  readonly objections: readonly Objection[];
  readonly allowedBy: readonly CompiledRule[];
  readonly overridden: ReadonlySet<string>;
}

function judgeUnit(
  unit: Unit,
  {
    place,
    setting,
    asWhole,
    context,
  }: {
    readonly place: number;
    readonly setting: Setting;
    readonly asWhole: readonly CompiledRule[];
    readonly context: JudgingContext;
  },
): UnitJudgement {
  const judged = judgedUnit(unit, setting, closedRulesOf(context.profile) === undefined ? 'open' : 'held');
  const matching = context.rules.filter((rule) => rule.texts === undefined && matchesUnit(rule, judged));
  const overridden = overriddenBy(matching);
  const answer = profileAnswer(judged, setting, context);
  const allowedBy = matching.filter(({ effect, id }) => effect === 'allow' && !overridden.has(id));
  const isMentioned =
    asWhole.some(({ effect }) => effect === 'allow') || matching.some(({ id }) => !overridden.has(id));
  const unlisted = isMentioned ? [] : unlistedObjection(unit, answer.unlisted, context);
  const objections = [
    ...ruleObjections(matching, overridden),
    ...answer.objections.filter(({ rule }) => !overridden.has(rule)),
    ...unlisted,
  ];
  return { allowedBy, overridden, objections: objections.map((objection) => ({ ...objection, unit: place })) };
}

function unlistedObjection(
  unit: Unit,
  unlisted: string | undefined,
  { profile, defaults }: JudgingContext,
): readonly Objection[] {
  const fromFile = isWrapperOnly(unit) ? 'allow' : (defaults.unlisted ?? 'allow');
  const own = unlisted === undefined ? 'allow' : profileDefaults[profile].unlisted;
  const decision = stricter(own, closedRulesOf(profile) !== undefined && unlisted === undefined ? 'allow' : fromFile);
  if (decision === 'allow') return [];
  const text = unlisted ?? `${unit.program.value} is in no rule`;
  return [{ decision, rule: own === decision ? 'builtin:unlisted' : 'defaults.unlisted', code: 'unlisted', text }];
}

/** Nothing but assignments and redirections. */
function isWrapperOnly({ program, argv }: Unit): boolean {
  return program.kind === 'static' && program.value === '' && argv.length === 0;
}

const runtimeCodes: ReadonlySet<Finding['code']> = new Set([
  'dynamic_program',
  'brace_program',
  'opaque_text',
  'unclear_wrapper',
  'code_from_stdin',
]);

function findingObjection(
  finding: Finding,
  { units }: ReadUnits,
  judgements: readonly UnitJudgement[],
  { profile, defaults }: JudgingContext,
): readonly Objection[] {
  const places = units.flatMap((unit, place) =>
    unit.span[0] <= finding.span[0] && finding.span[1] <= unit.span[1] ? [place] : [],
  );
  const own = profileDefaults[profile].finding({
    ...finding,
    isMild: isMild(
      finding,
      places.flatMap((place) => units[place] ?? []),
    ),
  });
  const decision = stricter(own, runtimeCodes.has(finding.code) ? (defaults.dynamicCommand ?? 'allow') : 'allow');
  if (decision === 'allow') return [];
  const rule = finding.code === 'fetched_code' ? 'builtin:fetched-code' : 'builtin:opaque';
  if (places.some((place) => judgements[place]?.overridden.has(rule) === true)) return [];
  const [unit] = places;
  return [{ decision, rule, code: finding.code, text: finding.text, ...(unit !== undefined && { unit }) }];
}

function programOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** Project scripts and code that an interpreter is given in words run with the account's rights, as they would by hand. */
function isMild({ code, text }: Finding, units: readonly Unit[]): boolean {
  if (code === 'sourced_file')
    return units.some(({ program, argv }) => /^(?:\.|source)$/.test(program.value) && argv[0]?.kind === 'static');
  if (code === 'code_from_stdin') {
    const reader = programOf(units.at(-1)?.program.value ?? '');
    return !isShell(reader) && !mayOpenShell(reader);
  }
  return (
    code === 'dangerous_variable' &&
    !/^(?:LD_PRELOAD|LD_AUDIT|BASH_ENV|ENV|BASH_FUNC|PROMPT_COMMAND|GIT_SSH|GIT_EXTERNAL|GIT_PROXY|SUDO_ASKPASS)/.test(
      text,
    )
  );
}

/** Whether the unit is what makes others run as another user: `sudo -e` and `sudo -l` are not, whatever stands beside them. */
function runsByIt({ units }: ReadUnits, place: number | undefined): boolean {
  return units.some(({ sudo, wrapper }) => sudo !== undefined && wrapper === place);
}

function judgeUnreadable(
  reading: Extract<ShellReading, { readonly kind: 'unreadable' }>,
  asWhole: readonly CompiledRule[],
  { profile, defaults }: JudgingContext,
): CommandJudgement {
  const own = profileDefaults[profile].unparsable;
  const decision = stricter(own, defaults.unparsable ?? 'allow');
  const overridden = overriddenBy(asWhole);
  const opaque: readonly Objection[] =
    decision === 'allow' || overridden.has('builtin:opaque')
      ? []
      : [{ decision, rule: 'builtin:opaque', code: reading.code, text: reading.text }];
  const objections = [...catastrophes(reading), ...ruleObjections(asWhole, overridden), ...opaque];
  return {
    decision: strictest(objections),
    reading,
    objections: strictestFirst(objections),
    allowedBy: asWhole.filter(({ effect }) => effect === 'allow'),
    canonical: undefined,
  };
}

interface Concluding {
  readonly reading: ReadUnits;
  readonly setting: Setting;
  readonly objections: readonly Objection[];
  readonly allowedBy: readonly CompiledRule[];
  readonly context: JudgingContext;
}

/** What closed rules allowed runs in the form that was judged; where there is none, it is not allowed by them. */
function concluded(text: string, { reading, setting, objections, allowedBy, context }: Concluding): CommandJudgement {
  const { profile } = context;
  const closed = closedRulesOf(profile);
  const isByText = allowedBy.some(({ texts }) => texts !== undefined);
  const isPinned = !isByText && (closed !== undefined || allowedBy.length > 0);
  const inserted = closed === undefined ? [] : insertions(reading.units);
  const canonical = isPinned ? provenForm(text, reading, { values: setting.values, inserted }) : undefined;
  const unproven: readonly Objection[] =
    isPinned && canonical === undefined
      ? [
          {
            decision: notAllowed(profileDefaults[profile].unlisted),
            rule: 'builtin:opaque',
            code: 'no_canonical_form',
            text: 'the text has no form that runs exactly what was judged',
          },
        ]
      : [];
  const all = strictestFirst([...objections, ...unproven]);
  const decision = strictest(all);
  return { decision, reading, objections: all, allowedBy, canonical: decision === 'allow' ? canonical : undefined };
}

/** What runs in place of the text. Before anything is put in, it must come to what was read. */
function provenForm(
  text: string,
  { units, canonical }: ReadUnits,
  { values, inserted }: Parameters<typeof guardedText>[2],
): string | undefined {
  const guarded = guardedText(text, units, { values, inserted: [] });
  if (guarded === undefined) return undefined;
  const form = inserted.length === 0 ? (canonical ?? guarded) : guarded;
  if (!runsTheSame(form, units)) return undefined;
  return inserted.length === 0 ? form : guardedText(text, units, { values, inserted });
}

function notAllowed(decision: Decision): 'ask' | 'deny' {
  return decision === 'allow' ? 'ask' : decision;
}

function strictest(objections: readonly Objection[]): Decision {
  return objections.reduce<Decision>((worst, { decision }) => stricter(worst, decision), 'allow');
}
