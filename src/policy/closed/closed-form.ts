import { mayBecomeOption, textOf, type Argument } from './argument.ts';
import { fine, unknownYet, unlisted, type Remarks } from './finding.ts';
import { optionTable, type OptionStyle, type OptionTable } from './option-table.ts';
import { hasOption, readOptions, type Arguments } from './read-options.ts';
import type { Scene } from './scene.ts';
import { valueKind } from './value-kinds.ts';

/** One use that a program is allowed for, as it is written down. */
export interface FormText {
  /** The words after the program that choose this use, with `/` between levels: `compose/ps`. */
  readonly verbs?: string;
  /** Options that may stand before the verb; `same`: those of the form. */
  readonly leading?: string;
  readonly options?: string;
  /** Kinds of operands in order, the last with `?`, `*` or `+` where it may be left out or repeated. None where absent. */
  readonly operands?: string;
  /** All of these options must be given; of names with `|` between them, one. */
  readonly needs?: string;
  readonly style?: OptionStyle;
  /** Its operands may carry data out, or are read as more than a name: nothing in them may be known only when it runs. */
  readonly certain?: true;
  /** Whatever else must hold. */
  readonly also?: (given: Arguments, scene: Scene) => Remarks;
}

/** A form, ready to judge with. */
export type Form = (words: readonly Argument[], scene: Scene) => Remarks;

interface OperandKind {
  readonly kind: string;
  readonly count: 'one' | 'optional' | 'any' | 'some';
}

export function closedForm(text: FormText): Form {
  const table = optionTable(text.options ?? '', text.style);
  const leading = text.leading === 'same' ? table : optionTable(text.leading ?? '', text.style);
  const verbs = text.verbs?.split(/\s+/).map((verb) => verb.split('/'));
  const kinds = operandKinds(text.operands ?? '');
  const needs = (text.needs ?? '')
    .split(/\s+/)
    .filter(Boolean)
    .map((need) => need.split('|'));
  return (words, scene) => {
    const parts = verbs === undefined ? { before: [], after: words } : aroundVerb(words, verbs, leading, text.style);
    if (parts === undefined) return unlisted('is not listed with these words');
    if (text.certain && parts.after.some((word) => word.kind === 'guarded')) {
      return unknownYet('a word that must be certain is known only when it runs');
    }
    const before = readOptions(parts.before, leading, text.style);
    const after = readOptions(parts.after, table, text.style);
    if ('unlisted' in before) return unlisted(`\`${before.unlisted}\` is not among its listed options`);
    if ('unlisted' in after) return unlisted(`\`${after.unlisted}\` is not among its listed options`);
    const given = { options: [...before.options, ...after.options], operands: after.operands };
    const missing = needs.find((names) => !hasOption(given, ...names));
    if (missing !== undefined) return unlisted(`needs ${missing.join(' or ')}`);
    return [
      ...given.options.flatMap((option) =>
        option.value === undefined || option.kind === undefined ? fine : valueKind(option.kind)(option.value, scene),
      ),
      ...operandRemarks(given.operands, kinds, scene),
      ...(text.also?.(given, scene) ?? fine),
    ];
  };
}

/** The words before and after those of the verb, where the verb stands at its place. */
function aroundVerb(
  words: readonly Argument[],
  verbs: readonly (readonly string[])[],
  leading: OptionTable,
  style: OptionStyle | undefined,
): { readonly before: readonly Argument[]; readonly after: readonly Argument[] } | undefined {
  const start = verbAt(words, leading, style);
  const fitting = verbs.filter((parts) => parts.every((part, index) => textOf(words[start + index]) === part));
  const [verb] = fitting.toSorted((a, b) => b.length - a.length);
  return verb && { before: words.slice(0, start), after: words.slice(start + verb.length) };
}

/** Where the first word stands that is no option and no option's value. */
export function verbAt(words: readonly Argument[], leading: OptionTable, style: OptionStyle = 'gnu'): number {
  for (let count = 0; count < words.length; count += 1) {
    const given = readOptions(words.slice(0, count + 1), leading, style);
    if ('operands' in given && given.operands.length > 0) return count;
  }
  return words.length;
}

const counts: ReadonlyMap<string, OperandKind['count']> = new Map([
  ['?', 'optional'],
  ['*', 'any'],
  ['+', 'some'],
]);

function operandKinds(text: string): readonly OperandKind[] {
  return text
    .split(/\s+/)
    .filter(Boolean)
    .map((item) => {
      const [, kind = '', mark] = /^(.*?)([?*+])?$/.exec(item) ?? [];
      return { kind, count: counts.get(mark ?? '') ?? 'one' };
    });
}

function operandRemarks(operands: readonly Argument[], kinds: readonly OperandKind[], scene: Scene): Remarks {
  const remarks: Remarks[] = [];
  const rest = [...operands];
  for (const { kind, count } of kinds) {
    const needed = count === 'one' || count === 'some';
    if (needed && rest.length === 0) return unlisted('lacks an operand');
    const taken = count === 'any' || count === 'some' ? rest.splice(0) : rest.splice(0, 1);
    remarks.push(...taken.map((operand) => operandRemark(operand, kind, count, scene)));
  }
  if (rest.length > 0) return unlisted('has more operands than are listed');
  return remarks.flat();
}

function operandRemark(operand: Argument, kind: string, count: OperandKind['count'], scene: Scene): Remarks {
  const isRepeatable = count === 'any' || count === 'some';
  if (kind === 'free') return fine;
  if (operand.kind === 'glob' && !isRepeatable) return unlisted('a pattern may be many operands');
  if (mayBecomeOption(operand) && kind !== 'look')
    return unknownYet('a file name may become an option; begin it with ./');
  const isFile = kind === 'read' || kind === 'count' || kind === 'look';
  if (operand.kind === 'known' && (isFile ? /^[-+]./s : /^[-+].*\//s).test(operand.text))
    return unlisted('begins like an option');
  return valueKind(kind)(operand, scene);
}
