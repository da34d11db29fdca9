import { beginningOf, behind, type Argument } from './argument.ts';
import type { OptionStyle, OptionTable } from './option-table.ts';

export interface GivenOption {
  readonly name: string;
  readonly value?: Argument;
  /** The kind of value that the table wants. */
  readonly kind?: string;
  /** The value stands in the same word. */
  readonly joined?: true;
}

export interface Arguments {
  readonly options: readonly GivenOption[];
  readonly operands: readonly Argument[];
}

/** What is not in the table, or not certain. */
export interface NotListed {
  readonly unlisted: string;
}

/**
 * Reads options as the program will. `--` ends them only where no value is expected; a long option fits whole or not at
 * all.
 */
export function readOptions(
  words: readonly Argument[],
  table: OptionTable,
  style: OptionStyle = 'gnu',
): Arguments | NotListed {
  const options: GivenOption[] = [];
  const operands: Argument[] = [];
  const rest = [...words];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    const text = beginningOf(word);
    if (word.kind === 'known' && text === '--' && style !== 'words' && style !== 'none') {
      operands.push(...rest);
      break;
    }
    const isOption = text.startsWith('-') || (text.startsWith('+') && table.has(text.slice(0, 2)));
    const isDash = text === '-' && word.kind === 'known';
    if (!isOption || isDash || style === 'none') {
      operands.push(word);
      if (style !== 'first') continue;
      operands.push(...rest);
      break;
    }
    const read =
      style === 'words' || text.startsWith('--') ? readWord(word, rest, table) : readCluster(word, rest, table);
    if ('unlisted' in read) return read;
    options.push(...read);
  }
  return { options, operands };
}

function readWord(word: Argument, rest: Argument[], table: OptionTable): readonly GivenOption[] | NotListed {
  const text = beginningOf(word);
  const equals = text.indexOf('=');
  const name = equals === -1 ? text : text.slice(0, equals);
  const option = table.get(name);
  if (option === undefined || (equals === -1 && word.kind !== 'known')) return { unlisted: name };
  if (option.takes === 'nothing') return equals === -1 ? [{ name }] : { unlisted: text };
  const { kind } = option;
  if (equals !== -1) return [{ name, kind, value: behind(word, equals + 1), joined: true }];
  if (option.takes === 'joined') return [{ name }];
  const value = rest.shift();
  return value === undefined ? { unlisted: `${name} without a value` } : [{ name, kind, value }];
}

function readCluster(word: Argument, rest: Argument[], table: OptionTable): readonly GivenOption[] | NotListed {
  const text = beginningOf(word);
  const options: GivenOption[] = [];
  for (let at = 1; ; at += 1) {
    const isCertain = at < text.length;
    if (!isCertain && (word.kind === 'known' || at === 1)) return word.kind === 'known' ? options : { unlisted: text };
    const name = `${text[0] ?? '-'}${text[at] ?? ''}`;
    const option = isCertain ? table.get(name) : undefined;
    if (option === undefined) return { unlisted: isCertain ? name : text };
    if (option.takes === 'nothing') {
      options.push({ name });
      continue;
    }
    const { kind } = option;
    const remains = word.kind !== 'known' || at + 1 < text.length;
    if (remains) return [...options, { name, kind, value: behind(word, at + 1), joined: true }];
    if (option.takes === 'joined') return [...options, { name }];
    const value = rest.shift();
    return value === undefined ? { unlisted: `${name} without a value` } : [...options, { name, kind, value }];
  }
}

/** The value of the option where it is certain and given once. */
export function valueOf({ options }: Arguments, ...names: readonly string[]): Argument | undefined {
  const given = options.filter(({ name }) => names.includes(name));
  return given.length === 1 ? given[0]?.value : undefined;
}

export function hasOption({ options }: Arguments, ...names: readonly string[]): boolean {
  return options.some(({ name }) => names.includes(name));
}
