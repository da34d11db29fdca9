/**
 * What a program can do, as far as its words tell.
 *
 * - `reads`: shows what is there and changes nothing
 * - `writes`: changes what it is given, and little else
 * - `service`: acts on running services so that they come back
 * - `destructive`: deletes or overwrites more than single files
 * - `privileged`: accounts, keys, packages, firewall, boot, kernel, mounts, schedules, other people's processes
 * - `network`: speaks to other machines; `fetches`: brings something from there
 * - `interpreter`: runs code that stands in its words, in files or on its standard input; `shell`: shell text
 * - `secrets`: shows what nobody should see
 * - `decodes`: makes something else of data, so that what comes out cannot be known
 */
export const programClasses = [
  'reads',
  'writes',
  'service',
  'destructive',
  'privileged',
  'network',
  'fetches',
  'interpreter',
  'shell',
  'decodes',
  'secrets',
] as const;
export type ProgramClass = (typeof programClasses)[number];

/**
 * What stands behind an option: nothing, any text, text only when it is attached, a path that is read or written, or a
 * command. `lookup`: nothing, and with it the program runs no command that follows.
 */
export type ValueKind = 'none' | 'plain' | 'attached' | 'reads' | 'writes' | 'runs' | 'lookup';

export interface OptionSpec {
  readonly names: readonly string[];
  readonly value: ValueKind;
  readonly classes: readonly ProgramClass[];
  /** With it, the program writes the files that it is given to read. */
  readonly writesOperands: boolean;
  /** It says what would be the first operand: `grep -e PATTERN`. */
  readonly isPattern: boolean;
}

/**
 * What stands in the place of an operand.
 *
 * `command`: a command's words, to the end. `command_behind_dashes`: the same, behind `--` alone. `text`: one word that
 * a shell reads. `joined_text`: all words to the end, joined by blanks, that a shell reads. `assignments`: `name=value`.
 */
export type OperandKind =
  | 'plain'
  | 'reads'
  | 'writes'
  | 'command'
  | 'command_behind_dashes'
  | 'text'
  | 'joined_text'
  | 'assignments';

export interface Program {
  readonly name: string;
  readonly classes: readonly ProgramClass[];
  readonly options: ReadonlyMap<string, OptionSpec>;
  /** By their places; the one that repeats takes what the others leave. */
  readonly operands: readonly { readonly kind: OperandKind; readonly repeats: boolean }[];
  /** What follows the first operand that is one of these words is another program, of which the options here stay good. */
  readonly verbs: ReadonlyMap<string, Program>;
  /** `tar xf`: letters without a dash. */
  readonly bareCluster: boolean;
}
