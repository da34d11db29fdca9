import type { Program } from './program.ts';
import { programsOf } from './program-table.ts';
import { files } from './programs/files.ts';
import { interpreters } from './programs/interpreters.ts';
import { network } from './programs/network.ts';
import { system } from './programs/system.ts';
import { wrappers } from './programs/wrappers.ts';

let programs: ReadonlyMap<string, Program> | undefined;

/** What we know of the program of this name, or at this path; undefined if nothing. */
export function programNamed(word: string): Program | undefined {
  programs ??= programsOf([wrappers, interpreters, files, system, network]);
  const name = word.slice(word.lastIndexOf('/') + 1);
  return programs.get(name);
}
