import type { Redirect, ShellReading, Unit, Word } from '../shell/unit.ts';
import { home, readPath } from '../paths/read-path.ts';
import type { PathShape } from '../paths/path-pattern.ts';
import type { Argument } from './argument.ts';
import { notCommonSyntax } from './common-syntax.ts';
import { asked, denied, fine, unknownYet, unlisted, type Remarks } from './finding.ts';
import { knownValues, type Values } from './known-values.ts';
import { readRemarks, writeRemarks } from './path-remarks.ts';
import { judgeProgram, type ClosedProfile } from './programs.ts';
import { isForbidden, isInterpreter, isShell, printsItsVersion, readableShells } from './programs/refused.ts';
import { isHarmlessVariable } from './programs/wrappers.ts';
import type { Scene } from './scene.ts';
import { closedVariableRemarks, isClosedVariable } from './variables.ts';
import { argumentsOf, readings } from './words-as-arguments.ts';

type ReadUnits = Extract<ShellReading, { readonly kind: 'units' }>;

/** What all of a text means for each of its commands. */
export interface Setting {
  readonly values: Values;
  readonly directories: readonly (PathShape | undefined)[];
  /** What there is to say of the variables that loops and defaults set. */
  readonly loops: Remarks;
}

export function settingOf(reading: ReadUnits): Setting {
  const values = knownValues(reading);
  const loops = reading.loops.flatMap(({ name }) => closedVariableRemarks(name));
  return { values, directories: directoriesOf(reading, values), loops };
}

export function judgeUnitClosed(unit: Unit, setting: Setting, profile: ClosedProfile): Remarks {
  const scene: Scene = { directories: setting.directories, isFed: unit.stdin !== 'none' };
  return [
    ...programRemarks(unit, setting, { scene, profile }),
    ...setting.loops,
    ...unit.env.flatMap(({ name }) => variableRemarks(name, unit)),
    ...unit.redirects.flatMap((redirect) => redirectRemarks(redirect, setting, { scene, profile })),
  ];
}

interface Judging {
  readonly scene: Scene;
  readonly profile: ClosedProfile;
}

const trusted = /^\/(?:usr\/(?:local\/)?)?s?bin\/([^/]+)$/;

function programRemarks(unit: Unit, setting: Setting, { scene, profile }: Judging): Remarks {
  const { program } = unit;
  if (program.kind !== 'static' || program.tilde === true)
    return denied('dynamic_program', 'which program runs is not known');
  if (program.value === '') return isBare(unit) ? fine : unlisted('the command is empty');
  const name = trusted.exec(program.value)?.[1] ?? program.value;
  if (name.includes('/')) return unlisted(`${name} is not in a directory of the system`);
  if (isForbidden(name)) return denied('forbidden', `${name} is refused whatever it is told`);
  const combinations = readings(unit, setting.values);
  if (combinations === undefined) return denied('too_many', 'its words stand for too many commands');
  return combinations.flatMap((words) => wordsRemarks({ name, unit, profile }, words, scene));
}

/** Nothing but assignments and redirections, rather than a program with an empty name. */
function isBare({ argv, env, redirects }: Unit): boolean {
  return argv.length === 0 && env.length + redirects.length > 0;
}

function wordsRemarks(
  { name, unit, profile }: { readonly name: string; readonly unit: Unit; readonly profile: ClosedProfile },
  words: readonly Argument[],
  scene: Scene,
): Remarks {
  const [only, ...others] = words;
  if (others.length === 0 && only?.kind === 'known' && only.text === '--version' && printsItsVersion(name)) return fine;
  if (isShell(name)) return shellRemarks(name, words);
  if (isInterpreter(name)) {
    const isFed = unit.stdin !== 'none';
    return isFed && profile === 'operator'
      ? denied('interpreter', `${name} may run what it is given`)
      : unlisted(`${name} runs code`);
  }
  if (name === 'sudo' && profile === 'observe') return denied('sudo', 'this profile never becomes another user');
  const remarks = judgeProgram({ name, profile }, words, scene);
  if (remarks === undefined) return unlisted(`${name} is not listed`);
  const isSudoOption = name === 'sudo' && remarks.some(({ severity }) => severity === 'unlisted');
  return isSudoOption ? denied('sudo', 'sudo with options that are not listed') : remarks;
}

/** A shell runs a text that is known and was read again. */
function shellRemarks(name: string, words: readonly Argument[]): Remarks {
  const [options, script, ...more] = words;
  const isText = options?.kind === 'known' && /^-[ceuxl]*c[ceuxl]*$/.test(options.text) && script?.kind === 'known';
  if (!isText || !readableShells.has(name)) return denied('opaque_shell', `${name} runs what is not known`);
  if (/^[-+]/.test(script.text)) return denied('opaque_shell', `${name} takes its text for an option`);
  if (more.length > 0) return asked('opaque_shell', `${name} is given more than a text`);
  if (name !== 'bash' && notCommonSyntax.test(script.text))
    return unlisted(`${name} may read this text in another way than bash`);
  return fine;
}

function variableRemarks(name: string, { program }: Unit): Remarks {
  if (name === 'IFS' && program.value === 'read') return fine;
  if (isClosedVariable(name)) return closedVariableRemarks(name);
  return program.value === '' || isHarmlessVariable(name) ? fine : unlisted(`${name} is put into the environment`);
}

function redirectRemarks(
  { operator, descriptor, target }: Redirect,
  setting: Setting,
  { scene, profile }: Judging,
): Remarks {
  if (operator.startsWith('<<')) return fine;
  if (descriptor !== undefined && !/^\d+$/.test(descriptor)) return unlisted('opens a descriptor by a name');
  const isOutput = operator.includes('>');
  if ((operator === '>&' || operator === '<&') && target.kind === 'static' && /^(?:\d+-?|-)$/.test(target.value))
    return fine;
  if (isOutput && isCommandSubstitution(target)) return fine;
  const targets = argumentsOf(target, setting.values);
  return targets.flatMap((one) => (isOutput ? outputRemarks(one, scene, profile) : inputRemarks(one, scene)));
}

/** What stands behind `>(` is a command, and judged as one. */
function isCommandSubstitution({ kind, value }: Word): boolean {
  return kind === 'dynamic' && /^[<>]\(/.test(value);
}

function outputRemarks(target: Argument, scene: Scene, profile: ClosedProfile): Remarks {
  if (target.kind === 'known' && target.text === '/dev/null') return fine;
  if (profile === 'observe') return denied('writes_file', 'this profile writes no files');
  if (target.kind !== 'known') return unknownYet('where it writes is known only when it runs');
  return writeRemarks(target, scene);
}

function inputRemarks(target: Argument, scene: Scene): Remarks {
  return target.kind === 'opaque' ? unknownYet('what it reads is known only when it runs') : readRemarks(target, scene);
}

/** The home directory, and every one that the text changes to. */
function directoriesOf({ units }: ReadUnits, values: Values): readonly (PathShape | undefined)[] {
  const changes = units.filter(({ program }) => /^(?:cd|pushd|popd|chdir)$/.test(program.value));
  const directories: (PathShape | undefined)[] = [home];
  for (const { argv } of changes) {
    const target = argv.find(({ value }) => !/^-[LPe@-]*$/.test(value) || value === '-');
    if (target === undefined) continue;
    directories.push(...argumentsOf(target, values).flatMap((one) => placesOf(one, directories)));
    if (directories.length > maxDirectories) return [...directories.slice(0, maxDirectories), undefined];
  }
  return directories;
}

const maxDirectories = 32;

function placesOf(target: Argument, from: readonly (PathShape | undefined)[]): readonly (PathShape | undefined)[] {
  if (target.kind !== 'known' || target.text === '-') return [undefined];
  const { shapes, doubts } = readPath({ text: target.text, form: 'plain' }, from);
  return doubts.size > 0 ? [undefined, ...shapes] : shapes;
}
