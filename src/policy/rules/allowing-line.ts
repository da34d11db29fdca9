import { textOf } from '../closed/argument.ts';
import { readOptions } from '../closed/read-options.ts';
import { optionTable } from '../closed/option-table.ts';
import { programNamed } from '../shell/programs.ts';
import { programName } from './judged-unit.ts';
import type { CommandJudgement } from './judge-command.ts';

/**
 * The line of `rules:` in policy.yaml that would allow a command that was refused, as narrow as the command; undefined
 * where no rule can.
 */
export function allowingLine(command: string, judgement: CommandJudgement): string | undefined {
  const { objections } = judgement;
  if (objections.length === 0 || objections.some(({ isFinal }) => isFinal === true)) return undefined;
  const overrides = [...new Set(objections.map(({ rule }) => rule))].filter(
    (rule) => rule !== 'builtin:unlisted' && !rule.startsWith('defaults.'),
  );
  return narrowRule(judgement, overrides) ?? wholeText(command, overrides);
}

/** Of one command with words that are known: its program, its options and its operands, and nothing else. */
function narrowRule({ reading, objections }: CommandJudgement, overrides: readonly string[]): string | undefined {
  const units = reading.kind === 'units' ? reading.units : [];
  const places = new Set(objections.map(({ unit }) => unit));
  const [place] = places;
  const unit = places.size === 1 && place !== undefined ? units[place] : undefined;
  const program = unit && programName(unit);
  const isKnown =
    unit?.argv.every(({ kind, tilde }) => kind === 'static' && tilde !== true) === true && unit.env.length === 0;
  if (unit === undefined || program === undefined || !nameable.test(program)) return undefined;
  if (!isKnown || overrides.includes('builtin:opaque')) return undefined;
  const words = unit.argv.map(({ value }) => ({ kind: 'known', text: value }) as const);
  const options = [...new Set(words.flatMap(({ text }) => optionsIn(text)))];
  const listed = options.map((name) => (!name.includes(' ') && takesValue(program, name) ? `${name} VALUE` : name));
  // What is attached to a letter looks like more letters: then the whole text is what a line can name.
  if (!listed.every((item) => /^(?:-\w|--\w[\w-]*)(?: VALUE)?$/.test(item))) return undefined;
  const read = readOptions(words, optionTable(listed.map((item) => item.replace(' VALUE', '=text')).join(' ')));
  if ('unlisted' in read) return undefined;
  const operands = [...new Set(read.operands.map((word) => textOf(word) ?? ''))];
  if (!operands.every(isPattern)) return undefined;
  return flow([
    ['id', `allow-${program}`],
    ['effect', 'allow'],
    ['command', program],
    ...(listed.length > 0 ? [['options', { allow: listed }] as const] : []),
    ...(operands.length > 0 ? [['operands', { each: operands }] as const] : []),
    ...(unit.sudo === undefined ? [] : [['sudo', 'allowed'] as const]),
    ...(overrides.length > 0 ? [['overrides', overrides] as const] : []),
  ]);
}

/** Names of programs that rules can have. */
const nameable = /^[a-z0-9][a-z0-9._-]{0,57}$/i;

/** Whether a rule that is given the text means just that. */
function isPattern(text: string): boolean {
  return text !== '' && text.length <= 1000 && !text.startsWith('re:');
}

function optionsIn(word: string): readonly string[] {
  if (word.startsWith('--'))
    return word === '--' ? [] : [`${word.split('=')[0] ?? word}${word.includes('=') ? ' VALUE' : ''}`];
  return word.startsWith('-') && word.length > 1
    ? word
        .slice(1)
        .split('')
        .map((letter) => `-${letter}`)
    : [];
}

function takesValue(program: string, option: string): boolean {
  const value = programNamed(program)?.options.get(option)?.value;
  return value !== undefined && value !== 'none' && value !== 'lookup' && value !== 'attached';
}

function wholeText(command: string, overrides: readonly string[]): string | undefined {
  if (command.length > 1000) return undefined;
  return flow([
    ['id', 'allow-this-command'],
    ['effect', 'allow'],
    ['text', command.trim()],
    ...(overrides.length > 0 ? [['overrides', overrides] as const] : []),
  ]);
}

/** Words that YAML takes for nothing but text. */
const plain = /^(?!(?:true|false|null|yes|no|on|off|y|n)$)[A-Za-z][A-Za-z0-9_-]*$/i;

/** YAML that is JSON but for its keys. */
function flow(members: readonly (readonly [string, unknown])[]): string {
  return `- { ${members.map(([key, value]) => `${key}: ${flowValue(value)}`).join(', ')} }`;
}

function flowValue(value: unknown): string {
  if (typeof value === 'string') return plain.test(value) ? value : JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(flowValue).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    return `{ ${Object.entries(value)
      .map(([key, inner]) => `${key}: ${flowValue(inner)}`)
      .join(', ')} }`;
  }
  return JSON.stringify(value);
}
