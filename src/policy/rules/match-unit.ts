import { beginningOf, mayBecomeOption, textOf, type Argument } from '../closed/argument.ts';
import { verbAt } from '../closed/closed-form.ts';
import { readOptions } from '../closed/read-options.ts';
import type { PathReading } from '../paths/read-path.ts';
import { programNamed } from '../shell/programs.ts';
import type { Unit } from '../shell/unit.ts';
import type { CompiledRule, OperandTest } from './compiled-rule.ts';
import { certainlyFits, possiblyFits } from './path-test.ts';

/** A unit, and what is known of it, as rules of a policy see it. */
export interface JudgedUnit {
  readonly unit: Unit;
  /** Its program's plain name; undefined where that is not known, or not in a directory of the system. */
  readonly program: string | undefined;
  /** Every combination of what its words may stand for; undefined where there are too many. */
  readonly readings: readonly (readonly Argument[])[] | undefined;
  /** Where it reads and writes, as far as is known of its program. */
  readonly reads: readonly (PathReading | undefined)[];
  readonly writes: readonly (PathReading | undefined)[];
  /** Every word that is written as a path, whatever it is to the program. */
  readonly mentioned: readonly (PathReading | undefined)[];
  /** Some of its words may come to several, and those to anything. */
  readonly mayHoldMore: boolean;
  /** Nothing else is read or written: the program and all its options are known. */
  readonly pathsAreKnown: boolean;
}

/** Whether the rule speaks of this unit. One that allows must fit beyond doubt; any other fits where it may. */
export function matchesUnit(rule: CompiledRule, judged: JudgedUnit): boolean {
  if (rule.actions !== undefined && !rule.actions.has('run_command')) return false;
  if (!fitsSudo(rule, judged.unit)) return false;
  return rule.effect === 'allow' ? allows(rule, judged) : concerns(rule, judged);
}

function fitsSudo({ sudo }: CompiledRule, unit: Unit): boolean {
  if (sudo === 'allowed') return true;
  return (unit.sudo === undefined) === (sudo === 'forbidden');
}

function allows(rule: CompiledRule, judged: JudgedUnit): boolean {
  const { program, readings, unit } = judged;
  const { programs, reads, writes } = rule;
  if (programs === undefined || program === undefined || !programs.has(program) || readings === undefined) return false;
  if (unit.env.length > 0 || !isPlainSudo(unit)) return false;
  const asksForPaths = reads !== undefined || writes !== undefined;
  if (asksForPaths && !judged.pathsAreKnown) return false;
  if (!certainlyFitsAll({ reads, writes }, judged)) return false;
  return readings.length > 0 && readings.every((words) => allowsWords(rule, judged, words));
}

/** As root, or as another user that is plain, without a terminal, a shell or other options. */
function isPlainSudo({ sudo }: Unit): boolean {
  if (sudo === undefined) return true;
  const isListed = sudo.options.every((option) => /^--(?:non-interactive|user|set-home)$/.test(option));
  return (
    isListed && sudo.group === undefined && (sudo.user === undefined || /^[a-z_][a-z0-9_-]*$/.test(sudo.user.value))
  );
}

/** What must not be read must not be mentioned either. */
function certainlyFitsAll({ reads, writes }: Pick<OperandTest, 'reads' | 'writes'>, judged: JudgedUnit): boolean {
  const isMentionable =
    reads?.noneOf === undefined ||
    certainlyFits({ any: undefined, allOf: undefined, noneOf: reads.noneOf }, judged.mentioned);
  return (
    isMentionable &&
    (reads === undefined || certainlyFits(reads, judged.reads)) &&
    (writes === undefined || certainlyFits(writes, judged.writes))
  );
}

function allowsWords(rule: CompiledRule, judged: JudgedUnit, words: readonly Argument[]): boolean {
  const { subcommands, deniedOptions, operands } = rule;
  if (deniedOptions.some((denied) => words.some((word) => mayHoldOption(word, denied)))) return false;
  const { program = '' } = judged;
  const table = rule.options?.get(program);
  const start = subcommands === undefined ? 0 : table === undefined ? firstOperand(words) : verbAt(words, table);
  // Before it, any option may take it for its value.
  const isVerb = table !== undefined || words.slice(0, start).every((word) => standsAlone(program, word));
  if (!isVerb) return false;
  const verb = subcommands?.find((parts) => parts.every((part, index) => textOf(words[start + index]) === part));
  if (subcommands !== undefined && verb === undefined) return false;
  const rest = [...words.slice(0, start), ...words.slice(start + (verb?.length ?? 0))];
  if (table === undefined)
    return allowsOperands(
      operands,
      rest.filter((word) => !beginningOf(word).startsWith('-')),
      judged,
    );
  const given = readOptions(rest, table);
  if ('unlisted' in given || given.operands.some(mayBecomeOption)) return false;
  const areKnown = given.options.every(({ value }) => value === undefined || value.kind === 'known');
  return areKnown && allowsOperands(operands, given.operands, judged);
}

/** Whether no value follows the option: it is joined to it, or the option is known to take none. */
function standsAlone(program: string, option: Argument): boolean {
  const text = textOf(option) ?? '';
  const value = programNamed(program)?.options.get(text)?.value;
  return /^--[^=]+=/.test(text) || value === 'none' || value === 'lookup' || value === 'attached';
}

function firstOperand(words: readonly Argument[]): number {
  const found = words.findIndex((word) => !beginningOf(word).startsWith('-'));
  return found === -1 ? words.length : found;
}

function allowsOperands(test: OperandTest | 'any', operands: readonly Argument[], judged: JudgedUnit): boolean {
  if (test === 'any') return operands.every((word) => word.kind === 'known' || word.kind === 'glob');
  const { each, min, max, reads, writes } = test;
  if (operands.length < min || operands.length > max) return false;
  if ((reads !== undefined || writes !== undefined) && !judged.pathsAreKnown) return false;
  if (!certainlyFitsAll({ reads, writes }, judged)) return false;
  // What the host's files decide is any number of operands, but for the paths that were judged.
  const areFixed = operands.every(
    (word) => word.kind === 'known' || (word.kind === 'glob' && reads !== undefined && max === Infinity),
  );
  if (!areFixed) return false;
  return each === undefined || operands.every((word) => each.some((pattern) => pattern(textOf(word) ?? '')));
}

function concerns(rule: CompiledRule, judged: JudgedUnit): boolean {
  const { programs, reads, writes } = rule;
  if (programs === undefined && reads === undefined && writes === undefined)
    return rule.actions?.has('run_command') ?? false;
  if (programs !== undefined && (judged.program === undefined || !programs.has(judged.program))) return false;
  if (reads !== undefined && !possiblyFits(reads, judged.reads)) return false;
  if (writes !== undefined && !possiblyFits(writes, judged.writes)) return false;
  const { readings } = judged;
  return (
    programs === undefined || readings === undefined || readings.some((words) => concernsWords(rule, judged, words))
  );
}

function concernsWords(rule: CompiledRule, judged: JudgedUnit, words: readonly Argument[]): boolean {
  if (judged.mayHoldMore) return true;
  const { subcommands, deniedOptions, operands } = rule;
  const hasVerb = subcommands === undefined || subcommands.some((verb) => mayHoldVerb(words, verb));
  const hasOption =
    deniedOptions.length === 0 || deniedOptions.some((denied) => words.some((word) => mayHoldOption(word, denied)));
  return hasVerb && hasOption && concernsOperands(operands, words, judged);
}

/** Wherever the words of a verb may stand, also behind values of options that we do not know. */
function mayHoldVerb(words: readonly Argument[], verb: readonly string[]): boolean {
  let found = 0;
  for (const word of words) {
    if (word.kind !== 'known' || word.text === verb[found]) found += 1;
    // What a pattern matches may be all that is left of the verb.
    if (found === verb.length || mayBecome(word, verb[found - 1])) return true;
  }
  return false;
}

/** Whether the names that a pattern matches may begin with this word. */
function mayBecome(word: Argument, part = ''): boolean {
  return word.kind === 'glob' && part.startsWith(beginningOf(word));
}

/** Abbreviated, inside a cluster, with a value, with one dash for two, or known only when it runs. */
function mayHoldOption(word: Argument, { name, isPrefix }: CompiledRule['deniedOptions'][number]): boolean {
  const text = beginningOf(word);
  const isOpen = word.kind !== 'known';
  if (isOpen && oneDash(name).startsWith(oneDash(text))) return true;
  if (/^-[^-]$/.test(name)) return /^-[^-]/.test(text) && (isOpen || text.includes(name.slice(1)));
  const [given = ''] = text.split('=');
  if (oneDash(given) === oneDash(name)) return true;
  if (!name.startsWith('--') || !/^--./.test(given)) return false;
  return name.startsWith(given) || (isPrefix && given.startsWith(name));
}

function oneDash(option: string): string {
  return option.replace(/^--/, '-');
}

function concernsOperands(test: OperandTest | 'any', words: readonly Argument[], judged: JudgedUnit): boolean {
  if (test === 'any') return true;
  const { each, min, max, reads, writes } = test;
  const end = words.findIndex((word) => textOf(word) === '--');
  const options = words.filter((word, index) => beginningOf(word).startsWith('-') && (end === -1 || index < end));
  const operands = words.filter((word, index) => !options.includes(word) && index !== end);
  const isCounted = operands.every((word) => word.kind === 'known');
  // Each option may have taken one of them for its value.
  if (isCounted && (operands.length < min || operands.length - options.length > max)) return false;
  if (reads !== undefined && !possiblyFits(reads, judged.reads)) return false;
  if (writes !== undefined && !possiblyFits(writes, judged.writes)) return false;
  if (each === undefined) return true;
  return operands.some((word) => word.kind !== 'known' || each.some((pattern) => pattern(word.text)));
}
