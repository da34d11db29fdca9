import type { Argument } from '../closed/argument.ts';
import type { Setting } from '../closed/judge-closed.ts';
import { pathOf } from '../closed/scene.ts';
import { argumentsOf, readings } from '../closed/words-as-arguments.ts';
import type { PathReading } from '../paths/read-path.ts';
import { effectsOf } from '../shell/effects.ts';
import type { Piece, Unit, Word } from '../shell/unit.ts';
import type { JudgedUnit } from './match-unit.ts';

const trusted = /^\/(?:usr\/(?:local\/)?)?s?bin\/([^/]+)$/;

/** The plain name of a program that is in a directory of the system, or is found there. */
export function programName({ program }: Unit): string | undefined {
  if (program.kind !== 'static' || program.tilde === true || program.value === '') return undefined;
  const name = trusted.exec(program.value)?.[1] ?? program.value;
  return name.includes('/') ? undefined : name;
}

/** `held`: what is known only when it runs is held to a name by the guard of the canonical form. `open`: it may be anything. */
export type Held = 'held' | 'open';

export function judgedUnit(unit: Unit, setting: Setting, held: Held): JudgedUnit {
  const effects = effectsOf(unit);
  const program = programName(unit);
  const pathsOf = (words: readonly Word[]): readonly (PathReading | undefined)[] =>
    words.flatMap((word) => argumentsOf(word, setting.values).map((one) => placeOf(one, setting, held)));
  const guessed = effects.args === undefined ? wordsAsPaths(unit, setting, { look: /^/, held }) : [];
  return {
    unit,
    program,
    readings: readings(unit, setting.values),
    reads: [...pathsOf(effects.reads), ...guessed],
    writes: [...pathsOf(effects.writes), ...guessed],
    mentioned: wordsAsPaths(unit, setting, { look: /^~|\//, held }),
    mayHoldMore: unit.argv.some((word) => isSplit(word, setting, held)),
    pathsAreKnown: effects.args?.unknown.length === 0 && effects.args.unclear === undefined,
  };
}

function placeOf(argument: Argument, { directories }: Setting, held: Held): PathReading | undefined {
  const reading = pathOf(argument, { directories, isFed: false });
  if (reading === undefined || argument.kind !== 'guarded' || held === 'held') return reading;
  return { ...reading, doubts: new Set([...reading.doubts, 'unknown_directory']) };
}

/** Whether the word may come to several: no quotes keep together what is known only when it runs. */
function isSplit({ kind, pieces }: Word, { values }: Setting, held: Held): boolean {
  if (kind !== 'dynamic') return false;
  if (pieces === undefined) return true;
  const isOpen = (piece: Piece): boolean =>
    (piece.kind === 'variable' && !(values.get(piece.name)?.every(({ text }) => !/\s/.test(text)) ?? false)) ||
    piece.kind === 'expansion';
  return held === 'open' && pieces.some((piece) => 'quoted' in piece && !piece.quoted && isOpen(piece));
}

/** What may be a path in the word of a program that we do not know: behind an equals sign, an option's letter or an at sign too. */
function pathsIn(word: Exclude<Argument, { readonly kind: 'opaque' }>): readonly Argument[] {
  const [, value] = /^(?:[^/]*=|-\w(?=[/~.])|@)(.+)/s.exec(word.text) ?? [];
  const inside = value === undefined ? [] : [{ kind: word.kind, text: value }];
  return word.text.startsWith('-') ? inside : [word, ...inside];
}

/** The words that look so. */
function wordsAsPaths(
  { argv }: Unit,
  setting: Setting,
  { look, held }: { readonly look: RegExp; readonly held: Held },
): readonly (PathReading | undefined)[] {
  return argv
    .flatMap((word) => argumentsOf(word, setting.values))
    .flatMap((word) => (word.kind === 'opaque' ? [word] : pathsIn(word)))
    .filter((word) => word.kind === 'opaque' || look.test(word.text))
    .map((word) => placeOf(word, setting, held));
}
