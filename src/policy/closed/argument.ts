import { unknownPart } from '../paths/name-glob.ts';

/**
 * A word of a command, as closed rules see it. `known`: its text. `glob`: a pattern that the host's files decide.
 * `guarded`: text with parts that are known only when the command runs, held to a name by the guard of the canonical
 * form. `opaque`: anything else.
 */
export type Argument =
  | { readonly kind: 'known'; readonly text: string }
  | { readonly kind: 'glob' | 'guarded'; readonly text: string }
  | { readonly kind: 'opaque' };

export const opaque: Argument = { kind: 'opaque' };

export function known(text: string): Argument {
  return { kind: 'known', text };
}

/** The text where it is certain. */
export function textOf(argument: Argument | undefined): string | undefined {
  return argument?.kind === 'known' ? argument.text : undefined;
}

/** What it certainly begins with. */
export function beginningOf(argument: Argument): string {
  switch (argument.kind) {
    case 'known':
      return argument.text;
    case 'glob':
      return /^[^*?[\\\0]*/.exec(argument.text)?.[0] ?? '';
    case 'guarded':
      return argument.text.slice(0, argument.text.indexOf(unknownPart)).replaceAll('\\', '');
    case 'opaque':
      return '';
  }
}

/** The rest of it, behind its first characters, which are certain. */
export function behind(argument: Argument, characters: number): Argument {
  switch (argument.kind) {
    case 'known':
      return known(argument.text.slice(characters));
    case 'glob':
    case 'guarded':
      return { kind: argument.kind, text: argument.text.slice(characters) };
    case 'opaque':
      return argument;
  }
}

/** A word that a file's name may turn into an option. */
export function mayBecomeOption(argument: Argument): boolean {
  return (argument.kind === 'glob' || argument.kind === 'guarded') && /^[*?[]/.test(argument.text);
}
