import { commands } from './commands.ts';
import { files } from './files.ts';
import { jobs } from './jobs.ts';
import type { Kind } from './kind.ts';

/** Every kind of call that is made. */
export const kinds: readonly Kind[] = [...commands, ...files, ...jobs];
