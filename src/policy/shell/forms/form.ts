import type { ProgramClass } from '../program.ts';

/** A use of programs that is of other classes than the programs at large. */
export interface Form {
  readonly programs: readonly string[];
  /** Matched against the words behind the program, joined by blanks. */
  readonly words: RegExp;
  readonly classes: readonly ProgramClass[];
}

/** `git push` is a use of `git`. */
export function isOf({ programs }: Form, program: string): boolean {
  return programs.some((name) => name === program || program.startsWith(`${name} `));
}

/** `programs`: names with blanks between them, and a slash before the verb of a use: `git/push`. */
export function form(added: ProgramClass, programs: string, words: RegExp): Form {
  return { programs: programs.split(' ').map((name) => name.replace('/', ' ')), words, classes: [added] };
}
