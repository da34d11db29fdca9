import { createHash } from 'node:crypto';
import { canonicalJson } from '../base/canonical-json.ts';
import type { Host } from '../hosts/host.ts';
import type { Caller } from '../identity/caller.ts';
import type { Evaluation } from '../policy/evaluate.ts';

/** Everything that makes a call this call. */
export interface Plan {
  readonly caller: Caller;
  readonly tool: string;
  /** As the caller gave them, without those that say only when we answer. */
  readonly arguments: unknown;
  readonly evaluation: Evaluation;
  readonly hosts: readonly Host[];
  /** SHA-256 of a file before and after, where one is changed. */
  readonly change?: { readonly before: string | null; readonly after: string | null } | undefined;
  /** SHA-256 of what is copied, where it is known. */
  readonly copies?: string | null | undefined;
}

/** Lower-case hex SHA-256 of a plan: one byte of difference is another plan, which nobody has approved. */
export function planHash({ caller, tool, arguments: given, evaluation, hosts, change, copies }: Plan): string {
  const { principal, name, scopes, allowedServers, profile } = caller;
  const { actions, matches, policyVersion } = evaluation;
  const plan = {
    format: 1,
    caller: { principal, name, scopes, allowedServers, profile },
    tool,
    given: given ?? null,
    actions,
    matches,
    policyVersion,
    hosts: hosts.map(reached),
    change,
    ...(copies !== undefined && copies !== null && { copies }),
  };
  return createHash('sha256').update(canonicalJson(plan)).digest('hex');
}

/** Which machine it is, and as whom. Without the credentials: which of them opens the door changes nothing of the room. */
function reached(host: Host): object {
  const { id, address, port, user, tags, labels, sudo, path, route, hostKeyAlias, pinnedHostKeys } = host;
  const way = route.kind === 'jump' ? { kind: route.kind, hosts: route.hosts.map(reached) } : route;
  return { id, address, port, user, tags, labels, sudo, path, way, hostKeyAlias, pinnedHostKeys };
}
