import type { HostId } from '../hosts/host.ts';
import type { PrincipalId } from '../identity/caller.ts';
import { holdsCaller, holdsHost, type Lock, type LockableHost } from '../locks/lock.ts';
import { hostOf } from '../policy/action.ts';
import type { CallUnderWay } from './calls-under-way.ts';
import type { JobEndings } from './end-jobs.ts';
import type { Gateway } from './gateway.ts';

export interface EnforcedBy {
  readonly gateway: Gateway;
  readonly endings: JobEndings;
  /** Ends the connections to these hosts. */
  readonly disconnect: (hosts: ReadonlySet<HostId>) => void;
  /** Who holds tokens of this name. */
  readonly principalsNamed: (name: string) => readonly PrincipalId[];
}

/** Ends what is under way and locked: calls first, then questions to people, jobs and connections. */
export async function enforceLocks(locks: readonly Lock[], by: EnforcedBy): Promise<void> {
  if (locks.length === 0) return;
  const { gateway, endings } = by;
  const hosts = new Map<HostId, LockableHost>();
  for (const { id, tags, labels } of await gateway.inventory.all()) hosts.set(id, { name: id, tags, labels });
  const isLocked = (host: LockableHost): boolean => locks.some((lock) => holdsHost(lock, host));
  const isHost = (id: HostId): boolean => isLocked(hosts.get(id) ?? { name: id, tags: [], labels: {} });
  const isCaller = (name: string): boolean => locks.some((lock) => holdsCaller(lock, { name }));
  const isAt = (id: HostId | undefined): boolean => id !== undefined && isHost(id);
  const isCall = ({ caller, actions }: CallUnderWay): boolean =>
    caller.ends === undefined && (isCaller(caller.name) || actions.some((action) => isAt(hostOf(action))));
  gateway.calls.end(isCall, 'locked');
  void gateway.approvals.drop(({ requester, question }) => isCaller(requester.name) || question.hosts.some(isLocked));
  const owners = new Set(locks.flatMap(({ on }) => (on.kind === 'caller' ? by.principalsNamed(on.name) : [])));
  await endings.end(gateway, 'locked', (job) => owners.has(job.owner) || isHost(job.host));
  by.disconnect(new Set([...hosts.keys()].filter(isHost)));
}
