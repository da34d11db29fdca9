import { readPath, type PathReading } from '../paths/read-path.ts';
import type { PathShape } from '../paths/path-pattern.ts';
import type { Argument } from './argument.ts';

/** What a closed rule knows of the text around a command. */
export interface Scene {
  /** The working directories there may be; undefined stands for one that is not known. */
  readonly directories: readonly (PathShape | undefined)[];
  /** Where in a pipeline: whether something is written into its standard input. */
  readonly isFed: boolean;
}

/** Where the argument leads as a path; undefined for one that no rule can follow. */
export function pathOf(argument: Argument, { directories }: Scene): PathReading | undefined {
  switch (argument.kind) {
    case 'known':
      return readPath({ text: argument.text, form: 'plain' }, directories);
    case 'glob':
    case 'guarded':
      return readPath({ text: argument.text, form: 'glob' }, directories);
    case 'opaque':
      return undefined;
  }
}
