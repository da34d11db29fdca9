/**
 * How a program reads its options. `gnu`: as getopt_long, also after operands. `first`: the same, up to the first operand.
 * `words`: one dash and a whole word, its value the next word. `none`: it knows no options.
 */
export type OptionStyle = 'gnu' | 'first' | 'words' | 'none';

/** What an option takes: nothing, a value, or perhaps a value that is joined to it. `kind` says what the value may be. */
export type Option = { readonly takes: 'nothing' } | { readonly takes: 'value' | 'joined'; readonly kind: string };

/** The options that a closed rule lists, by how they are written. */
export type OptionTable = ReadonlyMap<string, Option>;

const none: Option = { takes: 'nothing' };

/**
 * Reads a list such as `-abc -n=int -w[=int] --all --color[=text]`: `-abc` are three options of one letter, but for programs
 * whose options are words. An equals sign
 * gives the kind of value that an option takes, in brackets where it may be left out and is always joined.
 */
export function optionTable(list: string, style: OptionStyle = 'gnu'): OptionTable {
  const table = new Map<string, Option>();
  for (const item of list.split(/\s+/).filter(Boolean)) {
    const [, name, optional, kind] = /^(--?[^=[]+|\+\w)(\[)?(?:=([^\]]*)\]?)?$/.exec(item) ?? [];
    if (name === undefined) throw new Error(`not an option: ${item}`);
    if (kind !== undefined) table.set(name, { takes: optional === undefined ? 'value' : 'joined', kind });
    else if (name.startsWith('--') || style === 'words') table.set(name, none);
    else for (const letter of name.slice(1)) table.set(`${name[0] ?? '-'}${letter}`, none);
  }
  return table;
}
