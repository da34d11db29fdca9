import type { Word } from './unit.ts';
import { filledIn } from './words.ts';

/**
 * The commands of `find -exec`, and its other words.
 *
 * A command ends at `;` or at `{} +`. Within it nothing is an option of find.
 */
export function splitFind(argv: readonly Word[]): {
  readonly commands: readonly (readonly Word[])[];
  readonly others: readonly Word[];
} {
  const commands: Word[][] = [];
  const others: Word[] = [];
  let command: Word[] | undefined;
  for (const [index, word] of argv.entries()) {
    if (command === undefined) {
      others.push(word);
      if (isOneOf(word, ['-exec', '-execdir', '-ok', '-okdir'])) commands.push((command = []));
    } else if (isOneOf(word, [';']) || (isOneOf(word, ['+']) && isOneOf(argv[index - 1], ['{}']))) {
      command = undefined;
    } else {
      command.push(filledIn(word, '{}'));
    }
  }
  return { commands: commands.filter(({ length }) => length > 0), others };
}

function isOneOf(word: Word | undefined, values: readonly string[]): boolean {
  return word?.kind === 'static' && values.includes(word.value);
}
