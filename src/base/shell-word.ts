import { GatewayError } from './errors.ts';

/** Nothing here means anything to a shell, wherever in a word it stands. `=` does: `a=b` assigns, and zsh looks up `=a`. */
const plain = /^[\w@%+:,./-]+$/;

/**
 * The text as one argument for a POSIX shell, quoted where it must be. Nothing in it is expanded.
 *
 * Quote, backslash and exclamation mark stand outside the quotes: between them fish reads the backslash and csh the
 * exclamation mark, and the word would end elsewhere than we think. A leading dash is the caller's business. Throws
 * `invalid_input` for text that no argument can hold: with NUL, or with halves of surrogate pairs.
 */
export function shellWord(text: string): string {
  if (plain.test(text)) return text;
  if (text.includes('\0') || !text.isWellFormed()) {
    throw new GatewayError('invalid_input', 'An argument has a NUL or malformed Unicode. Send it without.');
  }
  return `'${text.replace(/['\\!]+/g, (special) => `'${special.replace(/./g, String.raw`\$&`)}'`)}'`;
}
