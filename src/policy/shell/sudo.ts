import type { Arguments } from './arguments.ts';
import type { Sudo } from './unit.ts';

/** As whom the command runs that stands behind these words; undefined where they are not those of sudo or its like. */
export function sudoOf({ program, options }: Arguments): Sudo | undefined {
  if (program.name !== 'sudo' && program.name !== 'doas') return undefined;
  const valueOf = (name: string) => options.findLast((option) => option.name === name)?.value;
  const user = valueOf('--user');
  const group = valueOf('--group');
  return {
    ...(user !== undefined && { user }),
    ...(group !== undefined && { group }),
    options: options.map(({ name }) => name),
  };
}
