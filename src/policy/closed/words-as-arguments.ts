import { unknownPart } from '../paths/name-glob.ts';
import type { Piece, Unit, Word } from '../shell/unit.ts';
import { known, opaque, type Argument } from './argument.ts';
import type { Values } from './known-values.ts';

/** Everything a word may stand for: each of the values of a variable whose values are known, else one argument. */
export function argumentsOf(word: Word, values: Values): readonly Argument[] {
  if (word.kind === 'static') return [known(word.value)];
  if (word.pieces === undefined) return [opaque];
  const [substituted, ...others] = word.pieces;
  if (others.length === 0 && substituted?.kind === 'expansion' && /^[<>]\(/.test(substituted.source)) {
    return [known('/dev/fd/63')];
  }
  const filled = filledIn(word.pieces, values);
  return filled.map(toArgument);
}

/** The pieces with the values of one known variable in its place, for each of its values. */
function filledIn(pieces: readonly Piece[], values: Values): readonly (readonly Piece[])[] {
  const at = pieces.findIndex((piece) => piece.kind === 'variable' && values.has(piece.name));
  const variable = pieces[at];
  if (variable?.kind !== 'variable') return [pieces];
  const before = pieces.slice(0, at);
  const after = filledIn(pieces.slice(at + 1), values);
  const choices = values.get(variable.name) ?? [];
  return choices.flatMap((choice) => {
    // Unquoted, a value with blanks is several words.
    const piece = !variable.quoted && /\s/.test(choice.text) ? variable : choice;
    return after.map((rest) => [...before, piece, ...rest]);
  });
}

function toArgument(pieces: readonly Piece[]): Argument {
  if (pieces.every((piece) => piece.kind === 'text')) return known(pieces.map(({ text }) => text).join(''));
  const isGuardable = pieces.every((piece) => piece.kind !== 'expansion' || /^[$`]/.test(piece.source));
  if (!isGuardable) return opaque;
  const isOpen = pieces.some((piece) => piece.kind === 'variable' || piece.kind === 'expansion');
  return { kind: isOpen ? 'guarded' : 'glob', text: pieces.map(patternOf).join('') };
}

function patternOf(piece: Piece): string {
  switch (piece.kind) {
    case 'text':
      return piece.text.replace(/[\\*?[\]]/g, String.raw`\$&`);
    case 'glob':
      return piece.text;
    case 'variable':
    case 'expansion':
      return unknownPart;
  }
}

/** Every combination of what the words of a unit may stand for; undefined where there are too many to judge. */
export function readings({ argv }: Unit, values: Values): readonly (readonly Argument[])[] | undefined {
  let combinations: Argument[][] = [[]];
  for (const word of argv) {
    const choices = argumentsOf(word, values);
    const [only, ...others] = choices;
    if (only !== undefined && others.length === 0) for (const words of combinations) words.push(only);
    else combinations = combinations.flatMap((words) => choices.map((choice) => [...words, choice]));
    if (combinations.length > maxCombinations) return undefined;
  }
  return combinations;
}

const maxCombinations = 256;
