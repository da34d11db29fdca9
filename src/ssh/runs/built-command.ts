import type { BuiltAction } from '../../policy/action.ts';

/** The text of an action that was judged as a command; another one is not run. */
export function builtCommand({ kind, plain, command }: BuiltAction): string {
  if (command === undefined || plain.length === 0) throw new Error(`${kind} was not judged as a command`);
  return command;
}
