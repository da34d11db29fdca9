import { posix } from 'node:path';
import { isPathAction } from './action.ts';
import type { Rule } from './evaluate.ts';

/**
 * The first seed's restricted paths, for its tools and for every other that names a path. They are judged on the text and
 * again on where the host says that the path leads.
 */
const restricted: readonly Restricted[] = [
  { name: '/etc/shadow', pattern: /^\/etc\/shadow/, find: '/etc/shadow*' },
  { name: '/etc/passwd', pattern: /^\/etc\/passwd/, find: '/etc/passwd*' },
  { name: '/root/.ssh/id_', pattern: /^\/root\/\.ssh\/id_/, find: '/root/.ssh/id_*' },
  { name: '/home/*/.ssh/id_', pattern: /^\/home\/[^/]+\/\.ssh\/id_/, find: '/home/*/.ssh/id_*' },
  { name: '/var/lib/docker', pattern: /^\/var\/lib\/docker/, find: '/var/lib/docker*', isTree: true },
  { name: '/proc/', pattern: /^\/proc(\/|$)/, find: '/proc', isTree: true },
  { name: '/sys/', pattern: /^\/sys(\/|$)/, find: '/sys', isTree: true },
  { name: '/dev/', pattern: /^\/dev(\/|$)/, find: '/dev', isTree: true },
];

interface Restricted {
  readonly name: string;
  readonly pattern: RegExp;
  /** The same as a pattern of `find -path`, where `*` stands for slashes too. */
  readonly find: string;
  /** Whether it is a directory, which may not be listed either. */
  readonly isTree?: true;
}

/** Patterns of `find -path` for what may not be listed, or not be read, although a path above it may. */
export function restrictedBelow(start: string, use: 'listing' | 'reading'): readonly string[] {
  const root = start === '/' ? '' : start;
  const isBelow = ({ find }: Restricted): boolean => {
    const fixed = find.replace(/\*.*/, '');
    return fixed.startsWith(`${root}/`) || root.startsWith(fixed);
  };
  return restricted.filter((one) => (use === 'reading' || one.isTree) && isBelow(one)).map(({ find }) => find);
}

export const restrictedPaths: Rule = {
  id: 'restricted_paths',
  judge(_caller, action) {
    if (!isPathAction(action)) return undefined;
    const path = posix.normalize(action.resolved ?? action.path);
    const hit = restricted.find(({ pattern }) => pattern.test(path));
    if (hit) return refused(`Access to ${hit.name} is restricted`);
    const within = action.tree === true ? restricted.find(({ name }) => mayHold(path, name)) : undefined;
    return within && refused(`${path} may hold ${within.name}, which is restricted. Name what is below it`);
  },
};

function refused(reason: string): ReturnType<Rule['judge']> {
  return { decision: 'deny', code: 'path_not_permitted', justification: `Security validation failed: ${reason}` };
}

/** Whether something of that name, which the directory itself is not, may be below it. */
function mayHold(directory: string, name: string): boolean {
  const parts = directory.split('/').filter(Boolean);
  const wanted = name.split('/').filter(Boolean);
  return parts.every((part, at) => wanted[at] === '*' || wanted[at] === part);
}
