import { readOne, writeOne } from '../closed/path-remarks.ts';
import { protectedReads } from '../closed/protected-paths.ts';
import type { Remarks } from '../closed/finding.ts';
import type { PathAction } from '../action.ts';
import { nameOf } from '../paths/name-glob.ts';
import type { PathShape } from '../paths/path-pattern.ts';
import { home, readPath, showPath, type PathReading } from '../paths/read-path.ts';
import type { JudgingContext } from './context.ts';
import type { CompiledRule, PathTest } from './compiled-rule.ts';
import type { Objection } from './objection.ts';
import { certainlyFits, possiblyFits } from './path-test.ts';
import { closedRulesOf, profileDefaults } from './profiles.ts';
import { ordinarySystemFiles, publicFiles, secretFiles, secretTrees, systemFiles } from './sensitive-paths.ts';

type PathUse = 'read' | 'write' | 'list';

/** What a call on a file would do, as rules see it. */
export interface PathDeed {
  readonly use: PathUse;
  readonly isBySudo: boolean;
  readonly place: PathReading;
  readonly isTree: boolean;
}

export function pathDeed({ kind, path, resolved, tree, query }: PathAction, user: string | undefined): PathDeed {
  const [, use = 'read'] = /(read|write|list)_path$/.exec(kind) ?? [];
  return {
    use: use === 'write' || use === 'list' ? use : 'read',
    isBySudo: kind.startsWith('sudo_'),
    place: atHome(readPath({ text: resolved ?? path, form: 'plain' }, [home]), user),
    isTree: tree === true || query?.contains !== undefined,
  };
}

/** A path below the home of the account is one of its own, however it is written. */
function atHome(place: PathReading, user: string | undefined): PathReading {
  const homeNames = user === undefined ? [] : user === 'root' ? ['root'] : ['home', user];
  const inHome = (shape: PathShape): PathShape => {
    const isBelow =
      shape.root === '/' &&
      homeNames.length > 0 &&
      homeNames.every((name, index) => nameOf(shape.names[index]) === name);
    return isBelow ? { root: '~', names: shape.names.slice(homeNames.length) } : shape;
  };
  return { ...place, shapes: place.shapes.map(inHome) };
}

/** What the profile says of it. */
export function pathObjections(
  { use, isBySudo, place, isTree }: PathDeed,
  context: JudgingContext,
): readonly Objection[] {
  const objections: Objection[] = [];
  const add = (decision: 'allow' | 'ask' | 'deny', rule: string, text: string): void => {
    if (decision !== 'allow')
      objections.push({ decision, rule: `builtin:${rule}`, code: rule.replaceAll('-', '_'), text });
  };
  const closed = closedRulesOf(context.profile);
  const { destructive, secrets } = profileDefaults[context.profile];
  if (closed !== undefined) {
    if (isBySudo && closed === 'observe') add('deny', 'sudo', 'this profile never becomes another user');
    if (use === 'write' && closed === 'observe') add('deny', 'writes', 'this profile writes no files');
    const remarks = place.shapes.flatMap((shape): Remarks =>
      use === 'write' ? writeOne(shape) : use === 'read' ? readOne(shape) : [],
    );
    for (const { severity, text } of remarks) add(severity === 'unlisted' ? 'ask' : severity, 'protected-paths', text);
    const below = isTree ? place.shapes.find((shape) => protectedReads.isBelow(shape)) : undefined;
    if (below !== undefined) add('ask', 'protected-paths', `something below ${showPath(below)} is protected`);
    return objections;
  }
  const secret =
    use === 'list'
      ? undefined
      : place.shapes.find((shape) => secretFiles.has(shape) === 'certain' && publicFiles.has(shape) === 'no');
  const tree = isTree ? place.shapes.find((shape) => secretTrees.test(showPath(shape))) : undefined;
  const held = secret ?? tree;
  if (held !== undefined) add(secrets, 'secrets', `${showPath(held)} holds secrets`);
  const system = place.shapes.find(
    (shape) => systemFiles.has(shape) === 'certain' && ordinarySystemFiles.has(shape) === 'no',
  );
  if (use === 'write' && system !== undefined)
    add(destructive, 'privileged', `${showPath(system)} belongs to the system`);
  if (isBySudo && context.host?.sudo === false)
    add(destructive, 'sudo', 'servers.json does not give this server "sudo": true');
  return objections;
}

/** Whether a rule of the policy speaks of it. */
export function matchesPath(rule: CompiledRule, { use, isBySudo, place }: PathDeed): boolean {
  const kind = `${use}_path` as const;
  if (rule.programs !== undefined || rule.texts !== undefined) return false;
  if (rule.actions !== undefined ? !rule.actions.has(kind) : rule.reads === undefined && rule.writes === undefined)
    return false;
  if (rule.sudo !== 'allowed' && isBySudo !== (rule.sudo === 'required')) return false;
  const [asked, other] = use === 'write' ? [rule.writes, rule.reads] : [rule.reads, rule.writes];
  // A rule about reading alone says nothing of what is written.
  if (asked === undefined && other !== undefined) return false;
  return asked === undefined || fits(rule, asked, place);
}

function fits({ effect }: CompiledRule, test: PathTest, place: PathReading): boolean {
  return effect === 'allow' ? certainlyFits(test, [place]) : possiblyFits(test, [place]);
}
