import type { Argument } from '../closed/argument.ts';
import type { Setting } from '../closed/judge-closed.ts';
import { pathOf } from '../closed/scene.ts';
import { argumentsOf, readings } from '../closed/words-as-arguments.ts';
import type { PathReading } from '../paths/read-path.ts';
import { effectsOf, type Effects } from '../shell/effects.ts';
import type { Unit, Word } from '../shell/unit.ts';
import type { JudgedUnit } from './match-unit.ts';

const trusted = /^\/(?:usr\/(?:local\/)?)?s?bin\/([^/]+)$/;
/** Their operands are text, and lead nowhere. */
const printing = new Set([
  'echo',
  'printf',
  'expr',
  'seq',
  'sleep',
  'date',
  'kill',
  'test',
  '[',
  'true',
  'false',
  ':',
  'export',
  'logger',
]);

/** The plain name of a program that is in a directory of the system, or is found there. */
export function programName({ program }: Unit): string | undefined {
  if (program.kind !== 'static' || program.tilde === true || program.value === '') return undefined;
  const name = trusted.exec(program.value)?.[1] ?? program.value;
  return name.includes('/') ? undefined : name;
}

export function judgedUnit(unit: Unit, setting: Setting, effects: Effects = effectsOf(unit)): JudgedUnit {
  const program = programName(unit);
  const pathsOf = (words: readonly Word[]): readonly (PathReading | undefined)[] =>
    words.flatMap((word) =>
      argumentsOf(word, setting.values).map((one) => pathOf(one, { directories: setting.directories, isFed: false })),
    );
  const isKnown = effects.args !== undefined;
  const guessed = isKnown || program === undefined || printing.has(program) ? [] : wordsAsPaths(unit, setting, /^/);
  return {
    unit,
    program,
    readings: readings(unit, setting.values),
    reads: [...pathsOf(effects.reads), ...guessed],
    writes: [...pathsOf(effects.writes), ...guessed],
    mentioned: wordsAsPaths(unit, setting, /^[/~]|\//),
    pathsAreKnown: effects.args?.unknown.length === 0 && effects.args.unclear === undefined,
  };
}

/** The words that look so, and what stands behind an equals sign: of a program that we do not know, any may be a path. */
function wordsAsPaths(
  { argv }: Unit,
  { values, directories }: Setting,
  look: RegExp,
): readonly (PathReading | undefined)[] {
  const words = argv.flatMap((word) => argumentsOf(word, values)).filter((word) => word.kind !== 'opaque');
  const candidates = words.flatMap((word): readonly Argument[] => {
    const [, value] = /^-{1,2}[\w-]+=(.+)$/s.exec(word.text) ?? [];
    if (value !== undefined) return [{ kind: word.kind, text: value }];
    return word.text.startsWith('-') ? [] : [word];
  });
  return candidates
    .filter((word) => word.kind !== 'opaque' && look.test(word.text))
    .map((word) => pathOf(word, { directories, isFed: false }));
}
