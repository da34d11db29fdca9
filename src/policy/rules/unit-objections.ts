import { judgeUnitClosed, type Setting } from '../closed/judge-closed.ts';
import type { Remark } from '../closed/finding.ts';
import type { PathShape } from '../paths/path-pattern.ts';
import type { PathSet } from '../paths/path-set.ts';
import { showPath, type PathReading } from '../paths/read-path.ts';
import { commandsQuotedBy } from '../quoted-commands.ts';
import { effectsOf } from '../shell/effects.ts';
import type { ProgramClass } from '../shell/program.ts';
import type { Unit } from '../shell/unit.ts';
import type { JudgingContext } from './context.ts';
import type { JudgedUnit } from './match-unit.ts';
import type { Objection } from './objection.ts';
import { closedRulesOf, profileDefaults } from './profiles.ts';
import { ordinarySystemFiles, publicFiles, secretFiles, systemFiles, secretTrees } from './sensitive-paths.ts';

/** What a profile says of a unit. */
export interface UnitAnswer {
  readonly objections: readonly Objection[];
  /** The profile's own rules do not mention this use: it is decided as unlisted. */
  readonly unlisted: string | undefined;
}

export function profileAnswer(judged: JudgedUnit, setting: Setting, context: JudgingContext): UnitAnswer {
  const closed = closedRulesOf(context.profile);
  if (closed === undefined) return openAnswer(judged, context);
  const remarks = judgeUnitClosed(judged.unit, setting, closed);
  const objections = remarks.flatMap((remark) =>
    remark.severity === 'unlisted' ? [] : [objectionTo(remark, remark.severity, context)],
  );
  return { objections, unlisted: remarks.find(({ severity }) => severity === 'unlisted')?.text };
}

const closedRuleIds: Readonly<Record<string, string>> = {
  path_protected: 'builtin:protected-paths',
  path_may_be_protected: 'builtin:protected-paths',
  tree_holds_protected: 'builtin:protected-paths',
  dynamic_argument: 'builtin:dynamic-argument',
  writes_file: 'builtin:writes',
  write_elsewhere: 'builtin:writes',
  forbidden: 'builtin:forbidden',
  sudo: 'builtin:sudo',
  sudo_user: 'builtin:sudo',
  dangerous_variable: 'builtin:variables',
};

function objectionTo(remark: Remark, severity: 'ask' | 'deny', { defaults }: JudgingContext): Objection {
  const { code, text } = remark;
  const extra =
    code === 'dynamic_argument'
      ? defaults.dynamicArgument
      : code.startsWith('write')
        ? defaults.writeRedirect
        : undefined;
  return {
    decision: extra === 'deny' ? extra : severity,
    rule: closedRuleIds[code] ?? `builtin:${code.replaceAll('_', '-')}`,
    code,
    text,
  };
}

/** Everything runs but what is destructive, privileged or secret. */
function openAnswer(judged: JudgedUnit, context: JudgingContext): UnitAnswer {
  const { destructive, secrets } = profileDefaults[context.profile];
  const objections: Objection[] = [];
  const add = (decision: Objection['decision'], code: string, text: string): void =>
    void objections.push({ decision, rule: `builtin:${code}`, code, text });
  const { classes, reads } = effectsOf(judged.unit);
  if (destructive !== 'allow') {
    const name = judged.unit.program.value;
    if (classes.has('destructive'))
      add(destructive, 'destructive', `${name} deletes or overwrites more than single files`);
    if (classes.has('privileged') || stopsByScript(judged.unit))
      add(destructive, 'privileged', `${name} changes what only administrators change`);
    if (quotes(judged.unit, 'destructive', 'privileged'))
      add(destructive, 'destructive', `${name} has a command in its code that deletes, or changes the system`);
    const system = pathIn(judged.writes, systemFiles, ordinarySystemFiles);
    if (system !== undefined) add(destructive, 'privileged', `${showPath(system)} belongs to the system`);
    if (name === 'sudo' && context.host?.sudo === false) {
      add(destructive, 'sudo', 'servers.json does not give this server "sudo": true');
    }
  }
  if (secrets !== 'allow') {
    const secret = pathIn([...judged.reads, ...judged.writes], secretFiles, publicFiles);
    const tree = reads.find(({ value }) => secretTrees.test(value));
    if (secret !== undefined) add(secrets, 'secrets', `${showPath(secret)} holds secrets`);
    else if (tree !== undefined) add(secrets, 'secrets', `${tree.value} holds secrets`);
    else if (classes.has('secrets')) add(secrets, 'secrets', `${judged.unit.program.value} shows secrets here`);
  }
  objections.push(...defaultObjections(judged.unit, context));
  return { objections, unlisted: undefined };
}

function quotes(unit: Unit, ...classes: readonly ProgramClass[]): boolean {
  const quoted = commandsQuotedBy(unit);
  if (quoted === 'too_many') return true;
  const units = quoted.flatMap((reading) => (reading.kind === 'units' ? reading.units : []));
  return units.some((one) => classes.some((wanted) => effectsOf(one).classes.has(wanted)));
}

/** The start scripts of services, by their paths. */
function stopsByScript({ program, argv }: Unit): boolean {
  return (
    /^\/etc\/(?:rc\.d\/)?(?:init|rc)\.d\/[^/]+$/.test(program.value) &&
    argv.some(({ value }) => /stop|disable|kill/.test(value))
  );
}

/** What the defaults of the policy file add to a profile that allows what it does not mention. */
function defaultObjections({ argv, redirects }: Unit, { defaults }: JudgingContext): readonly Objection[] {
  const objections: Objection[] = [];
  const { dynamicArgument = 'allow', writeRedirect = 'allow' } = defaults;
  if (dynamicArgument !== 'allow' && argv.some(({ kind }) => kind === 'dynamic')) {
    const text = 'an argument is known only when it runs';
    objections.push({ decision: dynamicArgument, rule: 'defaults.dynamicArgument', code: 'dynamic_argument', text });
  }
  const writes = redirects.some(
    ({ operator, target }) => operator.includes('>') && !/^(?:\d+|-|\/dev\/null)$/.test(target.value),
  );
  if (writeRedirect !== 'allow' && writes) {
    objections.push({
      decision: writeRedirect,
      rule: 'defaults.writeRedirect',
      code: 'writes_file',
      text: 'output goes to a file',
    });
  }
  return objections;
}

/** The first that is certainly in the set, and not in the other: what a pattern might match is no reason to ask here. */
function pathIn(paths: readonly (PathReading | undefined)[], set: PathSet, except: PathSet): PathShape | undefined {
  const shapes = paths.flatMap((path) => path?.shapes ?? []);
  return shapes.find((shape) => set.has(shape) === 'certain' && except.has(shape) !== 'certain');
}
