import { resolveRole, type LoadedPolicy } from './loaded-policy.ts';

/** What tools may be of no use without: changing something on a host, whatever they are told, or commands for a shell. */
export type Means = 'changes' | 'shell';

const none: ReadonlySet<Means> = new Set();
const changes: ReadonlySet<Means> = new Set(['changes']);
const shell: ReadonlySet<Means> = new Set(['shell']);

/** What no call with the profile is ever allowed. Nothing, where any rule of the policy allows something. */
export function ruledOut(policy: LoadedPolicy, profile: string): ReadonlySet<Means> {
  if (policy.rules.some(({ effect }) => effect === 'allow')) return none;
  switch (resolveRole(policy, profile)?.profile) {
    case 'observe':
      return changes;
    case 'lockdown':
      return shell;
    case 'operator':
    case 'standard':
    case 'admin':
    case 'seed':
    case undefined:
      return none;
  }
}
